"""What the cells of the experiment `regression` spend their time in, one kernel at a time.

Its data set, networks and gradient modes in one of its presets: a projection and an adjoint, the
network over the whole grid, and one gradient in each mode, with an objective that costs nothing.
On the CPU and, where there is one, on CUDA, whose kernels have ended when the clock is read.

    pytest benchmarks/test_kernels.py --benchmark-autosave
    pytest benchmarks/test_kernels.py --benchmark-compare
"""

import pytest
import torch
from distance import Distance

from inrbench import datasets, experiment_files, gradients, networks, projectors
from inrbench.datasets.case import Case
from inrbench.networks.rasterise import rasterise
from inrbench.unsupported import Unsupported

_VALUES = experiment_files.load("regression").axis_values()
NETWORKS, MODES = (list(dict.fromkeys(_VALUES[axis])) for axis in ("network", "gradient"))
WARM_UP, ROUNDS = 3, 30


@pytest.fixture(scope="module")
def experiment(request):
    return experiment_files.load("regression", request.config.getoption("--preset"))


@pytest.fixture(scope="module")
def case(experiment):
    (label,) = experiment.datasets
    return Case.open(datasets.prepared(experiment.dataset(label)))


@pytest.fixture(params=["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def device(request):
    return request.param


@pytest.fixture
def projector(case, device):
    try:
        return projectors.make(case.scan.geometry, case.grid, device)
    except Unsupported as error:
        pytest.skip(str(error))


@pytest.fixture
def measure(benchmark, device):
    """Time rounds of one call each, to the end of what it started on the device."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def timed(kernel, *arguments):
        def once():
            kernel(*arguments)
            wait()

        benchmark.pedantic(once, warmup_rounds=WARM_UP, rounds=ROUNDS)

    return timed


def made(axis, key, experiment):
    part = experiment.part(axis, key)
    return part["name"], {name: value for name, value in part.items() if name != "name"}


@pytest.fixture
def network(request, experiment, case, device):
    name, parameters = made("network", request.param, experiment)
    return networks.make(name, case.grid, case.scale, **parameters).to(device)


def test_forward(measure, projector, case, device):
    measure(projector.forward, torch.rand(case.grid.shape, device=device))


def test_adjoint(measure, projector, case, device):
    measure(projector.adjoint, torch.rand(case.scan.sinogram.shape, device=device))


@pytest.mark.parametrize("network", NETWORKS, indirect=True)
def test_rasterise(measure, network, case):
    measure(rasterise, network, case.grid)


@pytest.mark.parametrize("network", NETWORKS, indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_gradient(measure, network, mode, experiment, case, device):
    name, parameters = made("gradient", mode, experiment)
    gradient = gradients.make(name, **parameters)
    objective = Distance(torch.rand(case.grid.shape, device=device))
    generator = torch.Generator(device).manual_seed(0)
    measure(gradient.backward, network, case.grid, objective, generator)
