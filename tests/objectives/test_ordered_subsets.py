"""Ordered subsets: the parts add up to the whole, and their order spreads the angles."""

import itertools

import pytest
import torch

from inrbench import gradients, objectives, projectors
from inrbench.objectives.ordered_subsets import joined, order, parts
from inrbench.projectors import astra
from inrbench.scan import Scan
from inrbench.testing.problem import (
    SCALE,
    cone_beam,
    flat_gradient,
    parallel_beam,
    small_network,
    small_problem,
)

NAMES = ("least_squares", "filtered_least_squares")


@pytest.mark.parametrize("subsets", [1, 4, 17])  # of 17 views: 4 does not divide them
@pytest.mark.parametrize("name", NAMES)
def test_parts_add_up_to_the_whole(name, subsets):
    """sum_s (views_s / views) l_s = l, and the gradients likewise."""
    for geometry in (None, parallel_beam()):
        grid, scan, projector = small_problem(geometry)
        image = SCALE * torch.rand(grid.shape, generator=torch.Generator().manual_seed(0))
        whole = objectives.make(name, scan, projector)
        value, v = whole.value_and_gradient(image)
        found = parts(name, scan, grid, subsets)
        assert len(found) == subsets
        each = [part.value_and_gradient(image) for part in found]
        shares = [1 / part.factor for part in found]
        assert sum(shares) == pytest.approx(1)
        total = sum(share * value for share, (value, _) in zip(shares, each, strict=True))
        torch.testing.assert_close(total, value)
        summed = sum(share * part for share, (_, part) in zip(shares, each, strict=True))
        torch.testing.assert_close(summed, v, rtol=0, atol=1e-5 * float(v.abs().max()))
        for part, (value, _) in zip(found, each, strict=True):
            torch.testing.assert_close(part.value(image), value)


def test_parts_of_a_cone_beam_add_up_to_the_whole():
    pytest.importorskip("itk", reason="cone beams on a CPU need itk-rtk")
    grid, scan, projector = small_problem(cone_beam(), (6, 8, 10))
    image = SCALE * torch.rand(grid.shape, generator=torch.Generator().manual_seed(0))
    for name in NAMES:
        _, v = objectives.make(name, scan, projector).value_and_gradient(image)
        found = parts(name, scan, grid, 4)  # of 9 views
        summed = sum(part.value_and_gradient(image)[1] / part.factor for part in found)
        torch.testing.assert_close(summed, v, rtol=0, atol=1e-5 * float(v.abs().max()))


def test_part_s_holds_every_nth_view_from_s_on_and_no_copy_of_it():
    grid, scan, _ = small_problem()
    found = parts("least_squares", scan, grid, 4)
    for s, part in zip(order(4), found, strict=True):
        assert torch.equal(part.objective.scan.sinogram, scan.sinogram[s::4])
        assert part.objective.scan.sinogram.untyped_storage().data_ptr() == (
            scan.sinogram.untyped_storage().data_ptr()
        )
        assert part.projector.geometry.angles.tolist() == scan.geometry.angles[s::4].tolist()


def test_weights_go_with_their_views():
    grid, scan, projector = small_problem()
    weights = torch.rand(scan.sinogram.shape, generator=torch.Generator().manual_seed(5))
    weighted = Scan(scan.sinogram, scan.geometry, weights)
    image = torch.zeros(grid.shape)
    whole = objectives.make("least_squares", weighted, projector).value(image)
    found = parts("least_squares", weighted, grid, 3)
    torch.testing.assert_close(sum(part.value(image) / part.factor for part in found), whole)


@pytest.mark.parametrize("mode", [{"name": "autograd"}, {"name": "jvp", "rate": 1, "chunk": 50}])
def test_each_gradient_mode_carries_the_parts_to_the_weights(mode):
    """The mean over equal parts of the gradients in theta is that of the whole."""
    grid, scan, projector = small_problem(parallel_beam(views=16))
    network, gradient = small_network(grid), gradients.make(**mode)
    generator = torch.Generator()

    def at(objective):
        network.zero_grad()
        gradient.backward(network, grid, objective, generator)
        return flat_gradient(network)

    whole = at(objectives.make("filtered_least_squares", scan, projector))
    mean = sum(map(at, parts("filtered_least_squares", scan, grid, 4))) / 4
    torch.testing.assert_close(mean, whole, rtol=0, atol=1e-4 * float(whole.abs().max()))


@pytest.mark.parametrize("subsets", [1, 2, 3, 4, 6, 8, 12, 30])
def test_order_visits_each_part_once_and_neighbours_are_far_apart(subsets):
    """Of n parts around a circle, the next one is at least n/4 away (and no more than n/2)."""
    visited = order(subsets)
    assert sorted(visited) == list(range(subsets))
    for a, b in itertools.pairwise(visited):
        assert min((a - b) % subsets, (b - a) % subsets) >= subsets / 4


def test_matrices_of_the_parts_are_as_large_as_the_whole_one():
    """Entries add up; each part has row pointers of its own, and the image's once more."""
    grid, scan, projector = small_problem()
    found = parts("least_squares", scan, grid, 4)
    extra = 4 * (4 - 1) * (1 + grid.size + 1)
    assert sum(part.projector.bytes for part in found) == projector.bytes + extra


def test_parts_keep_matrices_where_the_whole_would_keep_one(monkeypatch):
    grid, scan, _ = small_problem()
    size = astra.matrix_bytes(scan.geometry, grid)
    for limit, backend in ((size, "astra matrix"), (size - 1, "astra CPU")):
        monkeypatch.setattr(astra, "MATRIX_LIMIT", limit)
        whole = projectors.make(scan.geometry, grid)
        found = [part.projector for part in parts("least_squares", scan, grid, 4)]
        assert {projector.backend for projector in (whole, *found)} == {backend}


@pytest.mark.parametrize(("subsets", "word"), [
    (0, "subsets=0: expected a whole number"), (-2, "subsets=-2"),
    (2.5, r"subsets=2\.5: expected a whole number"), (18, "the scan has 17 views"),
])  # fmt: skip
def test_impossible_numbers_are_refused(subsets, word):
    grid, scan, _ = small_problem()
    with pytest.raises(ValueError, match=word):
        parts("least_squares", scan, grid, subsets)


def test_the_parts_joined_are_the_whole_projector():
    grid, scan, whole = small_problem()
    one = joined(parts("least_squares", scan, grid, 4), scan.geometry)
    image = torch.rand(grid.shape, generator=torch.Generator().manual_seed(1))
    sinogram = torch.rand(scan.sinogram.shape, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(one.forward(image), whole.forward(image), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(
        one.adjoint(sinogram), whole.adjoint(sinogram), rtol=1e-5, atol=1e-5
    )
    assert one.bytes > 0 and one.in_torch
