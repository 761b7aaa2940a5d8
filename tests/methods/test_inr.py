"""The INR method: it fits, it is seeded by its generator alone, and modes agree along a run."""

import pytest
import torch

from inrbench import methods
from inrbench.grid import Grid
from inrbench.meters.clock import Clock
from inrbench.phantoms.ellipses import line_integrals
from inrbench.run.monitor import TruthMonitor
from inrbench.scan import Scan
from inrbench.testing.problem import SCALE, fan_beam
from inrbench.testing.projectors import ASYMMETRIC


class Listener:
    def __init__(self):
        self.values = []

    def start(self, iterations, projector):
        self.projector = projector

    def step(self, iteration, value, image):
        self.values.append(float(value))

    def note(self, rows):
        assert not list(rows())  # an INR has nothing to say besides


def reconstruct(
    seed=0, gradient=None, iterations=20, objective="least_squares", listener=None, **options
):
    grid, geometry = Grid((18, 22), 80 / 22), fan_beam()
    scan = Scan(line_integrals(ASYMMETRIC, geometry), geometry)
    method = methods.make(
        "inr",
        SCALE,
        network={"name": "siren", "width": 16, "layers": 2, "frequency": 10.0},
        objective={"name": objective, **options},
        gradient=gradient or {"name": "autograd"},
        iterations=iterations,
        learning_rate=1e-3,
    )
    listener = listener or Listener()
    image = method.reconstruct(scan, grid, listener, torch.Generator().manual_seed(seed))
    return image, listener


@pytest.mark.parametrize("objective", ["least_squares", "filtered_least_squares"])
@pytest.mark.parametrize(
    "gradient", [{"name": "autograd"}, {"name": "jvp", "rate": 1}, {"name": "jvp", "rate": 0.25}]
)
def test_a_fit_explains_most_of_the_data(objective, gradient):
    _, listener = reconstruct(gradient=gradient, iterations=150, objective=objective)
    assert listener.values[-1] < 0.25 * listener.values[0]


def test_generator_alone_decides():
    """Equal seeds give equal images bit for bit, whatever torch's global generator holds."""
    gradient = {"name": "jvp", "rate": 0.25}
    torch.manual_seed(1)
    first, _ = reconstruct(3, gradient)
    torch.manual_seed(2)
    again, _ = reconstruct(3, gradient)
    other, _ = reconstruct(4, gradient)
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_another_truth_gives_the_same_image_bit_for_bit():
    """A method does not see what it is compared with."""
    images = []
    for truth in (torch.rand(18, 22), torch.rand(18, 22)):
        listener = TruthMonitor(truth, Clock("cpu"), 5, lambda *step: None)
        images.append(reconstruct(gradient={"name": "jvp", "rate": 0.25}, listener=listener)[0])
        assert len(listener.rows) == 20
    assert torch.equal(*images)


def test_exact_iterates_are_those_of_autograd():
    """Twenty steps of Adam later the two runs still agree to 1e-3 of the image."""
    reference, _ = reconstruct()
    exact, _ = reconstruct(gradient={"name": "jvp", "rate": 1, "chunk": 50})
    assert float((exact - reference).norm() / reference.norm()) < 1e-3


def test_impossible_parameters_are_refused_before_anything_runs():
    parts = {"network": {"name": "siren"}, "objective": {"name": "least_squares"}}
    with pytest.raises(ValueError, match=r"rate=1\.5"):
        methods.make("inr", 1.0, **parts, gradient={"name": "jvp", "rate": 1.5})
    with pytest.raises(ValueError, match="did you mean 'learning_rate'"):
        methods.make("inr", 1.0, **parts, gradient={"name": "jvp"}, learning_rates=[1.0])


@pytest.mark.parametrize("gradient", [{"name": "autograd"}, {"name": "jvp", "rate": 0.25}])
@pytest.mark.parametrize("objective", ["least_squares", "filtered_least_squares"])
def test_subsets_take_as_many_steps_an_iteration_and_fit_faster(objective, gradient):
    """17 views in 4 parts: as many values as iterations, and a better fit after equally many."""
    _, whole = reconstruct(gradient=gradient, iterations=25, objective=objective)
    _, parts = reconstruct(gradient=gradient, iterations=25, objective=objective, subsets=4)
    assert len(parts.values) == len(whole.values) == 25
    assert parts.values[-1] < 0.8 * whole.values[-1]


def test_one_subset_is_the_whole_bit_for_bit():
    for objective in ("least_squares", "filtered_least_squares"):
        whole, parts = (reconstruct(objective=objective, **options)
                        for options in ({}, {"subsets": 1}))  # fmt: skip
        assert torch.equal(whole[0], parts[0]) and whole[1].values == parts[1].values


def test_subsets_report_the_bytes_of_all_their_matrices():
    """A part's matrix has the entries of its views; only row pointers come on top."""
    _, whole = reconstruct(iterations=1)
    _, parts = reconstruct(iterations=1, subsets=17)
    held = whole.projector.bytes
    assert held < parts.projector.bytes < held + 4 * 17 * (18 * 22 + 40)


def test_impossible_subsets_are_refused():
    with pytest.raises(ValueError, match="subsets=0: expected a whole number"):
        reconstruct(subsets=0)
    with pytest.raises(ValueError, match="subsets=18: the scan has 17 views"):
        reconstruct(subsets=18)
