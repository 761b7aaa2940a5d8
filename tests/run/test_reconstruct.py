"""`inrbench.reconstruct`: the methods of the experiments, by name, in a script or a notebook."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import inrbench
from inrbench import Grid, Scan, load, reconstruct
from inrbench.cells import records
from inrbench.cells.history import HISTORY
from inrbench.errors import Diverged, Unsupported
from inrbench.run.parent import run_cell

TINY = {"size": 24, "views": 12, "columns": 32}
SIREN = {
    "network": {"name": "siren", "width": 16, "layers": 2},
    "objective": "least_squares",
    "iterations": 10,
}


@pytest.fixture(scope="module")
def case():
    return load("forbild", **TINY)


def test_the_package_alone_imports_neither_torch_nor_numpy():
    code = (
        "import sys, inrbench; dir(inrbench); hasattr(inrbench, 'nothing');"
        "print(*{'torch', 'numpy', 'pandas', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_every_public_name_is_there_and_an_unknown_one_names_them():
    assert all(hasattr(inrbench, name) for name in inrbench.__all__)
    with pytest.raises(AttributeError, match="no 'reconstrct': it offers load, reconstruct"):
        _ = inrbench.reconstrct


@pytest.mark.parametrize("gradient", ["autograd", {"name": "jvp", "rate": 0.25}])
def test_image_curve_and_parameters_are_those_of_the_cell(case, tiny, tmp_path, gradient):
    key = "autograd" if gradient == "autograd" else "jvp25"
    cell = tiny(f"inr-siren-least_squares-{key}")
    record = run_cell(cell, tmp_path, "cpu", 1, "again", tmp_path / "run.log")
    folder = records.folder(tmp_path, cell)
    found = reconstruct(case, "inr", **SIREN, gradient=gradient, checkpoints=5, device="cpu")
    assert found.method == record.spec["method"]
    assert np.array_equal(found.image, records.read_images(folder)["final"])
    assert np.array_equal(found.best, records.read_images(folder)["best"])
    assert {name: found.metrics[name] for name in record.metrics} == record.metrics
    history = records.read_history(folder)
    assert list(found.curve) == list(history)
    same = [name for name in HISTORY if name != "seconds"]
    assert np.array_equal(found.curve[same], history[same], equal_nan=True)


def test_a_scan_is_enough(case):
    found = reconstruct(case.scan, "cgls", grid=case.grid, iterations=4)
    assert found.metrics == {} and found.best is None
    assert found.curve.loss.is_monotonic_decreasing and found.curve.mse.isna().all()
    assert np.array_equal(found.image, reconstruct(case, "cgls", iterations=4).image)


def test_a_scan_with_a_reference_and_held_out_views_is_judged_by_both(case):
    judged, rest = case.scan.subset(slice(0, 12, 2)), case.scan.subset(slice(1, 12, 2))
    found = reconstruct(
        judged, "cgls", grid=case.grid, reference=case.reference, held_out=rest, iterations=4
    )
    assert set(found.metrics) == {
        "mse", "psnr", "ssim", "best_mse", "best_iteration", "held_out", "held_out_spread",
    }  # fmt: skip
    assert 0 < found.metrics["held_out"] < 1


def test_the_seed_alone_decides_what_is_random(case):
    first, again, other = (
        reconstruct(case, **SIREN, gradient={"name": "jvp", "rate": 0.5}, seed=seed).image
        for seed in (1, np.int64(1), 2)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_what_a_method_notes_is_there(case):
    found = reconstruct(case, "gradient_quality", **SIREN, gradient="autograd", at=[1], repeats=2)
    assert list(found.notes["sampler"]) == ["autograd", "exact", "uniform"]
    assert reconstruct(case, "fbp").notes.empty


def test_each_step_is_reported(case):
    steps = []
    reconstruct(case, "cgls", iterations=4, report=lambda *step: steps.append(step))
    assert [(k, total) for k, total, _ in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {"loss", "seconds"} <= set(steps[0][2])


def test_a_network_of_a_plug_in_goes_by_its_name(case, tmp_path):
    file = tmp_path / "plane.py"
    file.write_text(
        "import torch\n\nfrom inrbench.plugins import register\n\n\n"
        '@register("network", "plane", "plane")\n'
        "class Plane(torch.nn.Module):\n"
        "    def __init__(self, dimension: int, scale: float) -> None:\n"
        "        super().__init__()\n"
        "        self.slope = torch.nn.Parameter(torch.zeros(dimension))\n\n"
        "    def forward(self, x):\n"
        "        return x @ self.slope\n"
    )
    inrbench.add_plugin(str(file))
    found = reconstruct(case, network="plane", objective="least_squares", gradient="autograd",
                        iterations=3)  # fmt: skip
    assert np.isfinite(found.image).all()


SCAN = Scan(torch.ones(3, 8), inrbench.ParallelBeam([0.0, 1.0, 2.0], 8, 1.0))
GRID = Grid((16, 16), 0.5)


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        ((np.ones((3, 8)),), {}, "scan of type ndarray: expected a Case"),
        ((SCAN, "fbp"), {}, r"grid=None: a scan has none; give Grid\(shape, spacing\)"),
        ((SCAN, "fbq"), {"grid": GRID}, "unknown method 'fbq': did you mean 'fbp'"),
        ((SCAN, "cgls"), {"grid": GRID, "iteration": 3}, "did you mean 'iterations'"),
        ((SCAN, "inr"), {"grid": GRID, **SIREN, "gradient": "autograd"}, "scale=None: inr"),
        ((SCAN, "fbp"), {"grid": GRID, "scale": 0.0}, "scale=0.0: must be above 0"),
        ((SCAN, "fbp"), {"grid": GRID, "seed": -1}, "seed=-1: expected a whole number from 0"),
        ((SCAN, "fbp"), {"grid": GRID, "seed": 1.5}, "seed=1.5: expected a whole number from 0"),
        ((SCAN, "fbp"), {"grid": GRID, "checkpoints": 0}, "checkpoints=0: expected at least 1"),
        ((SCAN, "fbp"), {"grid": GRID, "reference": torch.ones(3, 3)}, r"the grid has \(16, 16\)"),
        ((SCAN, "inr"), {"grid": GRID, "scale": 1.0, **SIREN}, "missing .*'gradient'; give it"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(arguments, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        reconstruct(*arguments, **given)


def test_a_case_and_its_own_arguments_do_not_go_together(case):
    with pytest.raises(ValueError, match="a case brings its own grid, scale: drop them"):
        reconstruct(case, "fbp", grid=case.grid, scale=1.0)


def test_a_run_that_diverges_and_a_method_that_cannot_are_said_so(case):
    with pytest.raises(Diverged, match="lower the learning rate"):
        reconstruct(case, **SIREN, gradient="autograd", learning_rate=1e6)
    with pytest.raises(Unsupported, match="cone"):
        reconstruct(case, "fdk")
