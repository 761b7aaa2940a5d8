"""ADMM as a method: what an iteration is, what decides the image, and how it fails in words."""

import contextlib
from dataclasses import replace

import pytest
import torch

from inrbench import methods, projectors
from inrbench.cells import records
from inrbench.datasets.simulate import forbild
from inrbench.errors import Diverged, Unsupported
from inrbench.experiments import files as experiments
from inrbench.grid import Grid
from inrbench.memory import plan
from inrbench.meters.brief import Brief, Enough
from inrbench.meters.clock import Clock
from inrbench.methods.admm import squared_norm
from inrbench.run.monitor import TruthMonitor
from inrbench.run.parent import run_cell
from inrbench.tables import to_markdown
from inrbench.tables.plan import plan_page
from inrbench.testing.problem import fan_beam, parallel_beam

SIREN = {"name": "siren", "width": 16, "layers": 2, "frequency": 10.0}
CELLS = [{
    "name": "admm", "axes": {"network": "siren", "gradient": "autograd"},
    "parameters": {"iterations": 20, "cgls_steps": 5, "adam_steps": 5},
}]  # fmt: skip


@pytest.fixture(scope="module")
def case():
    return forbild(size=24, views=12, columns=32)


def make(scale=0.02, gradient=None, **parameters):
    settings = {"iterations": 60, "cgls_steps": 10, "adam_steps": 10, **parameters}
    gradient = gradient or {"name": "autograd"}
    return methods.make("admm", scale, network=SIREN, gradient=gradient, **settings)


def reconstruct(case, seed=0, truth=None, **parameters):
    truth = case.reference if truth is None else truth
    monitor = TruthMonitor(truth, Clock("cpu"), 3, lambda *step: None)
    generator = torch.Generator().manual_seed(seed)
    image = make(case.scale, **parameters).reconstruct(case.scan, case.grid, monitor, generator)
    return image, monitor


@pytest.mark.parametrize("gradient", [
    {"name": "autograd"}, {"name": "jvp", "rate": 1, "chunk": 100}, {"name": "jvp", "rate": 0.25},
])  # fmt: skip
def test_image_and_network_come_together_and_explain_the_data(case, gradient):
    image, monitor = reconstruct(case, gradient=gradient, learning_rate=3e-3, iterations=200)
    first, last = monitor.rows[0], monitor.rows[-1]
    assert last["primal"] < 0.3 * first["primal"] and last["dual"] < 0.3 * first["dual"]
    projector = projectors.make(case.scan.geometry, case.grid)
    misfit = projector.forward(image) - case.scan.sinogram
    assert misfit.norm() < 0.15 * case.scan.sinogram.norm()


def test_an_iteration_is_a_step_of_cgls(case):
    _, monitor = reconstruct(case, iterations=60, cgls_steps=20)
    assert [row["iteration"] for row in monitor.rows] == [20, 40, 60]
    assert all({"loss", "primal", "dual", "mse"} <= row.keys() for row in monitor.rows)


def test_generator_alone_decides(case):
    gradient = {"name": "jvp", "rate": 0.25}
    torch.manual_seed(1)
    first, _ = reconstruct(case, 3, gradient=gradient)
    torch.manual_seed(2)
    again, _ = reconstruct(case, 3, torch.rand(case.grid.shape), gradient=gradient)
    other, _ = reconstruct(case, 4, gradient=gradient)
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_exact_iterates_are_those_of_autograd(case):
    reference, _ = reconstruct(case)
    exact, _ = reconstruct(case, gradient={"name": "jvp", "rate": 1, "chunk": 100})
    assert float((exact - reference).norm() / reference.norm()) < 1e-3


def test_a_pass_of_two_iterations_ends_after_the_first_outer_one(case):
    steps = []

    class Noting(Brief):
        def step(self, iteration, *more):
            steps.append(iteration)
            super().step(iteration, *more)

    with contextlib.suppress(Enough):
        make().reconstruct(case.scan, case.grid, Noting(2), torch.Generator())
    assert steps == [10]


@pytest.mark.parametrize("shape", [(18, 22), (36, 44)])
@pytest.mark.parametrize("geometry", [
    parallel_beam(), parallel_beam(views=34), fan_beam(), fan_beam(columns=80),
])  # fmt: skip
def test_rho_is_a_fraction_of_the_norm_of_the_normal_operator(geometry, shape):
    """||A 1||^2 / ||1||^2 is below ||A||^2, as found by power iteration, by 10 % at most."""
    projector = projectors.make(geometry, Grid(shape, 80.0 / max(shape)))
    v = torch.ones(shape)
    for _ in range(50):
        v = projector.adjoint(projector.forward(v / v.norm()))
    assert 0.9 * float(v.norm()) < squared_norm(projector) < 1.0001 * float(v.norm())


@pytest.mark.parametrize(("parameters", "sentence"), [
    ({"learning_rate": 1e20}, "residual is nan at iteration 10; .*lower the learning rate"),
    ({"rho": 1e30}, "residual is nan at iteration 10; .* change rho"),
    ({"learning_rate": 1e3}, "the loss rose from .* lower the learning rate"),
])  # fmt: skip
def test_absurd_values_diverge_with_a_sentence_and_keep_the_history(case, parameters, sentence):
    monitor = TruthMonitor(case.reference, Clock("cpu"), 3, lambda *step: None)
    with pytest.raises(Diverged, match=sentence):
        make(case.scale, **parameters).reconstruct(
            case.scan, case.grid, monitor, torch.Generator().manual_seed(0)
        )
    assert monitor.rows and monitor.rows[-1]["iteration"] <= 60


@pytest.mark.parametrize(("parameters", "sentence"), [
    ({"rho": 0.0}, r"rho=0\.0: must be above 0"), ({"rho": -1.0}, r"rho=-1\.0"),
    ({"rho": float("inf")}, r"rho=inf: must be above 0 and finite; usual is 0.03 to 0.3, a share"),
    ({"learning_rate": 0.0}, r"learning_rate=0\.0"), ({"adam_steps": 0}, "adam_steps=0"),
    ({"cgls_steps": 0}, "cgls_steps=0: needs at least one"),
    ({"iterations": 0}, "iterations=0: expected a multiple of cgls_steps=10"),
    ({"iterations": 25}, "iterations=25: expected a multiple of cgls_steps=10"),
    ({"gradient": {"name": "jvp", "rate": 1.5}}, r"rate=1\.5"),
])  # fmt: skip
def test_impossible_values_are_refused(parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(**parameters)


def test_statistical_weights_are_unsupported(case):
    weighted = replace(case.scan, weights=torch.ones_like(case.scan.sinogram))
    with pytest.raises(Unsupported, match="drop the scan's weights"):
        make().reconstruct(weighted, case.grid, Brief(2), torch.Generator())


def test_a_cell_keeps_its_residuals_whether_it_ends_or_diverges(tiny, tmp_path):
    for name, rho, status in (("fine", 0.1, "ok"), ("absurd", 1e30, "diverged")):
        changed = [CELLS[0] | {"parameters": {**CELLS[0]["parameters"], "rho": rho}}]
        cell = tiny("admm-siren-autograd", methods=changed)
        record = run_cell(cell, tmp_path / name, "cpu", 1, "again", tmp_path / "run.log")
        assert record.status == status, record.reason
        history = records.read_history(records.folder(tmp_path / name, cell))
        assert {"primal", "dual"} <= set(history.columns) and len(history) > 0
        if status == "ok":
            assert history.iteration.tolist() == [5, 10, 15, 20]
            assert history.primal.notna().all() and history.mse.notna().all()
            assert record.time.timed > 0


def test_it_is_planned_as_other_methods_are(tiny, tmp_path):
    tiny("admm-siren-autograd", methods=CELLS)
    (row,) = plan.of_experiment(experiments.load("trial", "tiny", tmp_path / "experiments"))
    assert row.peak > 4 * 24**2 and row.labels["objective"] == "ADMM"
    assert "autograd" in to_markdown(plan_page([row], "Title"))
