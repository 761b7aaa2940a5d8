"""Grid: pixel centres in mm and network coordinates."""

import numpy as np
import pytest
import torch

from inrbench.grid import Grid


def test_row_zero_has_the_largest_y_and_x_runs_with_the_columns():
    x, y = Grid((2, 4), 3.0).axes()
    np.testing.assert_allclose(x, [-4.5, -1.5, 1.5, 4.5])
    np.testing.assert_allclose(y, [1.5, -1.5])


def test_outer_edges_of_the_longest_side_are_at_one():
    grid = Grid((2, 4), 3.0)
    coordinates = grid.coordinates().reshape(2, 4, 2)
    half_pixel = 1 / 4
    assert float(coordinates[..., 0].max()) == 1 - half_pixel
    assert float(coordinates[..., 1].max()) == half_pixel  # the same scale for both axes
    assert coordinates[0, 0].tolist() == [-0.75, 0.25]


def test_coordinates_follow_the_centres_in_three_dimensions():
    """x first, y falls with the row, z grows with the slice."""
    grid = Grid((3, 4, 5), 0.5)
    x, y, z = grid.axes()
    coordinates = grid.coordinates().reshape(3, 4, 5, 3) * (5 * 0.5 / 2)
    expected = np.stack(np.broadcast_arrays(x[None, None], y[None, :, None], z[:, None, None]), -1)
    np.testing.assert_allclose(coordinates.numpy(), expected, atol=1e-6)
    assert np.all(np.diff(z) > 0) and np.all(np.diff(y) < 0)


def test_pieces_and_picked_points_are_those_of_the_whole():
    grid = Grid((5, 7), 1.0)
    whole = grid.coordinates()
    assert torch.equal(whole[3:20], grid.coordinates(3, 20))
    picked = torch.tensor([34, 0, 11])
    assert torch.equal(whole[picked], grid.points(picked))


@pytest.mark.parametrize(("shape", "spacing", "word"), [
    ((4,), 1.0, "shape="), ((4, 0), 1.0, "shape="), ((4, 4), 0.0, "spacing=0.0"),
])  # fmt: skip
def test_impossible_grids_are_refused(shape, spacing, word):
    with pytest.raises(ValueError, match=word):
        Grid(shape, spacing)
