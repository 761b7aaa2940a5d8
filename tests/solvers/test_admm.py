"""ADMM: with a network that is linear in its weights it ends at a dense least-squares solution."""

import pytest
import torch

from inrbench.gradients.autograd import Autograd
from inrbench.networks.rasterise import rasterise
from inrbench.objectives.proximal import Proximal
from inrbench.solvers.adam import Adam
from inrbench.solvers.admm import admm
from inrbench.testing.problem import small_problem


class Cosines(torch.nn.Module):
    """E(theta) = Phi theta, Phi holding the products of cosines along x and y."""

    def __init__(self, orders: int = 4) -> None:
        super().__init__()
        self.orders = torch.arange(orders)
        self.theta = torch.nn.Parameter(torch.zeros(orders**2))

    def features(self, points: torch.Tensor) -> torch.Tensor:
        """Phi, shape (points, orders^2)."""
        x, y = (torch.cos(self.orders * (p[:, None] + 1) * torch.pi / 2) for p in points.T)
        return (x[:, :, None] * y[:, None, :]).flatten(1)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return self.features(points) @ self.theta


@pytest.fixture
def problem():
    """Grid, scan, projector, network, Phi, ||A||^2 and the least-squares image in its range."""
    grid, scan, projector = small_problem()
    network = Cosines()
    phi = network.features(grid.coordinates())
    columns = [projector.forward(c.reshape(grid.shape)).flatten() for c in phi.T]
    solution = torch.linalg.lstsq(torch.stack(columns, 1), scan.sinogram.flatten()[:, None])
    v = torch.ones(grid.shape)
    for _ in range(30):
        v = projector.adjoint(projector.forward(v / v.norm()))
    wanted = (phi @ solution.solution[:, 0]).reshape(grid.shape)
    return grid, scan, projector, network, phi, float(v.norm()), wanted


def run(projector, scan, fit, rho, outer):
    steps = []
    start = torch.zeros(projector.grid.shape)
    image = admm(
        projector, scan.sinogram, start, fit, rho, outer, 20,
        lambda k, value, image, primal, dual: steps.append((k, float(value), primal, dual)),
    )  # fmt: skip
    return image, steps


@pytest.mark.parametrize("rho", [0.03, 0.1, 0.3])
def test_it_ends_at_the_least_squares_image_whatever_rho(problem, rho):
    """Each theta-update exact, as ADMM's theory has it; both residuals vanish."""
    grid, scan, projector, _, phi, norm, wanted = problem
    onto = phi @ torch.linalg.pinv(phi)

    def fit(target):
        return (onto @ target.flatten()).reshape(grid.shape)

    image, steps = run(projector, scan, fit, rho * norm, 150)
    assert float((image - wanted).norm() / wanted.norm()) < 1e-3
    assert [k for k, *_ in steps] == list(range(1, 151))
    _, value, primal, dual = steps[-1]
    assert primal < 1e-3 and dual < 1e-3
    assert max(primal, dual) < 1e-2 * max(steps[0][2:])
    misfit = 0.5 * (projector.forward(image) - scan.sinogram).square().sum()
    assert value == pytest.approx(float(misfit), rel=1e-4)


def test_steps_of_adam_will_do_for_the_theta_update(problem):
    grid, scan, projector, network, _, norm, wanted = problem
    optimiser = Adam(network.parameters())

    @torch.enable_grad()
    def fit(target):
        for _ in range(20):
            optimiser.step(
                lambda: Autograd().backward(network, grid, Proximal(target, 1.0), None), 1e-3
            )
        return rasterise(network, grid)

    image, steps = run(projector, scan, fit, 0.1 * norm, 60)
    assert float((image - wanted).norm() / wanted.norm()) < 0.02
    assert steps[-1][2] < 0.1 * steps[0][2]


def test_residuals_are_those_of_the_definition(problem):
    """primal = ||x - E|| / ||E||, dual = ||E - E_old|| / ||E||; the fit's target is x + u, and the
    value is that of E."""
    grid, scan, projector, _, _, norm, _ = problem
    targets, images = [], [torch.zeros(grid.shape)]

    def fit(target):
        targets.append(target.clone())
        images.append(0.5 * target)
        return images[-1]

    _, steps = run(projector, scan, fit, 0.1 * norm, 3)
    u = torch.zeros(grid.shape)
    for target, old, image, (_, value, primal, dual) in zip(
        targets, images, images[1:], steps, strict=False
    ):
        x = target - u
        u = u + x - image
        assert primal == pytest.approx(float((x - image).norm() / image.norm()), rel=1e-4)
        assert dual == pytest.approx(float((image - old).norm() / image.norm()), rel=1e-4)
        misfit = 0.5 * (projector.forward(image) - scan.sinogram).square().sum()
        assert value == pytest.approx(float(misfit), rel=1e-4)
