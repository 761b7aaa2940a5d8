"""Filtered back-projection against closed-form scans, for every beam and offset."""

import numpy as np
import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import methods
from inrbench.geometry import FanBeam, ParallelBeam
from inrbench.grid import Grid
from inrbench.methods.fbp import FBP, angular_steps, filtered_back_projection, redundancy
from inrbench.phantoms.ellipses import line_integrals, rasterise
from inrbench.scan import Scan
from inrbench.testing.problem import cone_beam, small_problem
from inrbench.testing.projectors import ASYMMETRIC

GRID = Grid((128, 128), 80 / 128)
BEAMS = {
    "parallel": ParallelBeam(np.linspace(0, np.pi, 360, endpoint=False), 400, 0.4),
    "parallel, offset": ParallelBeam(
        np.linspace(0, np.pi, 360, endpoint=False), 400, 0.4, detector_offset=7.3
    ),
    "parallel, over a full turn": ParallelBeam(
        np.linspace(0, 2 * np.pi, 720, endpoint=False), 400, 0.4
    ),
    "fan": FanBeam(np.linspace(0, 2 * np.pi, 720, endpoint=False), 400, 0.6, 200.0, 300.0),
    "fan, offset": FanBeam(
        np.linspace(0, 2 * np.pi, 720, endpoint=False), 400, 0.6, 200.0, 300.0, 11.3
    ),
    "fan over 250 degrees": FanBeam(np.deg2rad(np.arange(40, 290, 0.5)), 400, 0.6, 200.0, 300.0),
    "fan with two gaps": FanBeam(
        np.deg2rad(np.r_[0:100:0.5, 130:200:0.5, 230:360:0.5]), 400, 0.6, 400.0, 540.0
    ),
    "wide fan": FanBeam(np.linspace(0, 2 * np.pi, 720, endpoint=False), 600, 0.6, 90.0, 150.0),
}


@pytest.mark.parametrize("name", BEAMS)
def test_densely_sampled_scans_give_the_object_back(name):
    """Right place, right way round, right attenuation: inside each ellipse the mean to 1 %."""
    sinogram = torch.as_tensor(line_integrals(ASYMMETRIC, BEAMS[name]), dtype=torch.float32)
    image = filtered_back_projection(sinogram, BEAMS[name], GRID).numpy()
    truth = rasterise(ASYMMETRIC, GRID)
    x, y = np.meshgrid(*GRID.axes())
    for centre, value in (((6, -4), 0.02), ((-18, 22), 0.05)):
        inside = np.hypot(x - centre[0], y - centre[1]) < 4
        assert image[inside].mean() == pytest.approx(value, rel=0.01)
    error = np.linalg.norm(image - truth) / np.linalg.norm(truth)
    mirrored = np.linalg.norm(image[::-1] - truth) / np.linalg.norm(truth)
    assert error < 0.2 < 0.9 < mirrored


def test_steps_of_even_views_divide_the_turn():
    steps = angular_steps(np.linspace(0, 2 * np.pi, 10, endpoint=False), 2 * np.pi)
    np.testing.assert_allclose(steps, 2 * np.pi / 10)


def test_views_that_see_the_same_rays_share_their_step():
    """A parallel scan over a full turn sees each ray twice."""
    steps = angular_steps(np.linspace(0, 2 * np.pi, 10, endpoint=False), np.pi)
    np.testing.assert_allclose(steps, np.pi / 10)


def test_a_gap_is_not_filled_in():
    """Views beside the missing 300 degrees weigh as much as the others."""
    steps = angular_steps(np.deg2rad(np.arange(0, 60, 1.0)), 2 * np.pi)
    np.testing.assert_allclose(steps, np.deg2rad(1.0))


def test_without_gaps_no_line_is_reweighted():
    np.testing.assert_array_equal(redundancy(BEAMS["fan, offset"]), 1.0)


def test_the_two_measurements_of_a_line_share_its_weight():
    """c + c' = 2 for conjugate rays, found by closing the scan's own turn numerically."""
    views = np.deg2rad(np.arange(0, 360, 1.0))
    keep = (views < np.deg2rad(200)) | (views > np.deg2rad(300))
    # Columns at fan angles of whole half degrees, so that conjugate views are views.
    spacing = 300 * np.tan(np.deg2rad(0.5))
    fan = FanBeam(views[keep], 3, spacing, 200.0, 300.0)
    weights = {
        (round(float(np.rad2deg(t))), j): c
        for t, row in zip(fan.angles, redundancy(fan), strict=True)
        for j, c in enumerate(row)
    }
    pairs = 0
    for (t, j), c in weights.items():
        other = ((t + 180 - (j - 1)) % 360, 2 - j)
        if other in weights:
            assert c + weights[other] == pytest.approx(2, abs=1e-2)
            pairs += 1
        else:
            assert c == pytest.approx(2, abs=1e-2)
    assert pairs > 300


def test_as_a_method_it_is_linear_and_draws_nothing():
    grid, scan, _ = small_problem()

    class Listener:
        def start(self, iterations, projector):
            assert (iterations, projector) == (1, None)

        def step(self, iteration, value, image):
            self.image = image()

    listener, generator = Listener(), torch.Generator().manual_seed(0)
    before = generator.get_state()
    image = methods.make("fbp", 1.0).reconstruct(scan, grid, listener, generator)
    assert torch.equal(before, generator.get_state())
    assert torch.equal(image, listener.image)
    twice = Scan(2 * scan.sinogram, scan.geometry)
    doubled = methods.make("fbp", 1.0).reconstruct(twice, grid, listener, generator)
    torch.testing.assert_close(doubled, 2 * image)


def test_cone_beams_are_for_fdk():
    scan = Scan(torch.zeros(cone_beam().sinogram_shape), cone_beam())
    with pytest.raises(Unsupported, match="for cone beams use fdk"):
        FBP().reconstruct(scan, Grid((8, 8, 8), 1.0), None, torch.Generator())
