"""Conditioning: singular values against dense matrices, closed forms, and what is rounding."""

import math

import numpy as np
import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import networks, projectors, ramp
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.objectives import spectrum as conditioning
from inrbench.projectors import astra
from inrbench.projectors.base import Projector
from inrbench.testing.problem import fan_beam, small_network, small_problem

OBJECTIVES = ("least_squares", "filtered_least_squares")


class Cosines(torch.nn.Module):
    """Features a_k cos(pi k (x + 1) / 2), orthogonal on pixel centres, norm a_k sqrt(n / 2)."""

    def __init__(self, frequencies, amplitudes):
        super().__init__()
        self.register_buffer("frequencies", torch.tensor(frequencies, dtype=torch.float64))
        self.register_buffer("amplitudes", torch.tensor(amplitudes, dtype=torch.float64))
        self.last = torch.nn.Linear(len(frequencies), 1)

    def forward(self, x):
        phase = math.pi / 2 * (x[:, :1] + 1) * self.frequencies
        return self.last(self.amplitudes * torch.cos(phase)).squeeze(-1)


def identity(n):
    """A = 1, as if each pixel had a ray of its own: rows are views, columns detector columns."""
    index = torch.arange(n * n, dtype=torch.int32)
    matrix = torch.sparse_csr_tensor(
        torch.arange(n * n + 1, dtype=torch.int32), index, torch.ones(n * n), (n * n, n * n)
    )
    geometry = ParallelBeam(np.linspace(0, np.pi, n, endpoint=False), n, 1.0)
    return Projector(geometry, Grid((n, n), 1.0), torch.device("cpu"), "test", 0,
                     lambda x: x, lambda y: y, matrix)  # fmt: skip


def dense(grid, projector):
    """A and H as dense float64 matrices, column by column."""
    units = torch.eye(grid.size).reshape(-1, *grid.shape)
    a = torch.stack([projector.forward(image).flatten() for image in units], dim=1).double()
    views, columns = projector.geometry.sinogram_shape
    spacing = projector.geometry.detector_spacing
    view = ramp.apply(torch.eye(columns, dtype=torch.float64), spacing)
    return a.numpy(), np.kron(np.eye(views), view.numpy())


def test_agrees_with_dense_matrices_and_with_the_gram_matrix():
    grid, _, projector = small_problem()
    a, h = dense(grid, projector)
    phi = conditioning.features(small_network(grid), grid)
    found = conditioning.last_layer_spectra(phi, projector)
    values, vectors = np.linalg.eigh(h)
    roots = {
        "least_squares": np.eye(len(h)),
        "filtered_least_squares": vectors * np.sqrt(values) @ vectors.T,
    }
    for name, root in roots.items():
        spectrum = found[name]
        expected = np.linalg.svd(root @ a @ phi.numpy(), compute_uv=False)
        assert spectrum.sigma_max == pytest.approx(expected[0], rel=1e-10)
        assert spectrum.sigma_min == spectrum.sigma_rank == pytest.approx(expected[-1], rel=1e-7)
        assert spectrum.resolved and spectrum.columns == 9
        gram = phi.T.numpy() @ a.T @ root @ root @ a @ phi.numpy()
        assert spectrum.condition == pytest.approx(np.linalg.cond(gram), rel=1e-5)
        assert spectrum.condition == spectrum.range_condition


def test_orthogonal_features_have_the_condition_of_their_norms():
    """Under A = 1: norms^2 4 n/2, n/2, n/8 and n of the constant, so 4 / (1/4)."""
    projector = identity(8)
    network = Cosines([1, 2, 5], [2.0, 1.0, 0.5])
    phi = conditioning.features(network, projector.grid)
    found = conditioning.last_layer_spectra(phi, projector)["least_squares"]
    assert found.condition == pytest.approx(16, rel=1e-12) and found.rank == 4


def test_equal_features_are_not_resolved():
    """With a column twice the Gram matrix is singular; on its range it is conditioned as
    without it, but for the doubled norm: 2 * 4 / (1/4)."""
    projector = identity(8)
    network = Cosines([1, 1, 2, 5], [2.0, 2.0, 1.0, 0.5])
    phi = conditioning.features(network, projector.grid)
    for name, found in conditioning.last_layer_spectra(phi, projector).items():
        assert not found.resolved and (found.rank, found.columns) == (4, 5)
        assert found.sigma_min < found.floor < found.sigma_rank
        assert found.condition == pytest.approx((found.sigma_max / found.floor) ** 2)
        assert found.condition > 1e20
        if name == "least_squares":
            assert found.range_condition == pytest.approx(32, rel=1e-12)


def test_a_hash_encoding_whose_rectifiers_do_not_switch_has_the_rank_of_its_encoding():
    """Its tables start at 1e-4: all units but a few stay on one side of their kink, so features
    are affine in the encoding's levels * features numbers."""
    grid = Grid((32, 32), 2.5)
    projector = projectors.make(fan_beam(20, 48), grid)
    sizes = {"levels": 4, "log2_table": 10, "coarsest": 4, "finest": 32, "width": 32}
    network = networks.make("hash_encoding", grid, 0.02, seed=0, **sizes)
    phi = conditioning.features(network, grid)
    phi = phi[:, (phi != 0).any(0)]
    for found in conditioning.last_layer_spectra(phi, projector).values():
        assert (found.rank, found.resolved) == (4 * 2 + 1, False)
        # What should be zero is rounding, and far below the floor.
        assert found.sigma_min < 0.01 * found.floor < found.sigma_rank


def test_the_floor_lies_above_the_error_of_a_phi():
    """Against numpy's extended precision, which has eleven bits more."""
    grid, _, projector = small_problem()
    a, _ = dense(grid, projector)
    phi = conditioning.features(small_network(grid), grid)
    exact = a.astype(np.longdouble) @ phi.numpy().astype(np.longdouble)
    error = (projector.matrix.double() @ phi).numpy() - exact
    found = conditioning.last_layer_spectra(phi, projector)["least_squares"]
    assert 0 < np.linalg.norm(error.astype(float), 2) < 0.1 * found.floor


def test_the_floors_of_ls_and_fls_are_one_share_of_their_largest_values():
    """max(m, k) 2^-52 for m rays: the root of H has more rows, and means no other matrix."""
    grid, _, projector = small_problem()
    phi = conditioning.features(small_network(grid), grid)
    rays = projector.matrix.shape[0]
    for found in conditioning.last_layer_spectra(phi, projector).values():
        assert found.floor / found.sigma_max == pytest.approx(rays * 2.0**-52)


def test_fewer_rays_than_weights_are_not_resolved():
    found = conditioning.spectrum(torch.eye(2, 3, dtype=torch.float64), 2)
    assert (found.rank, found.columns, found.resolved) == (2, 3, False)
    assert found.range_condition == 1
    with pytest.raises(ValueError, match=r"shape \(3, 1\) without a number other than 0"):
        conditioning.spectrum(torch.zeros(3, 1, dtype=torch.float64), 3)


def test_without_a_matrix_it_is_unsupported(monkeypatch):
    monkeypatch.setattr(astra, "MATRIX_LIMIT", 0)
    grid, _, projector = small_problem()
    phi = torch.ones(grid.size, 1, dtype=torch.float64)
    with pytest.raises(Unsupported, match="astra CPU keeps none"):
        conditioning.last_layer_spectra(phi, projector)
