"""What holds for the breast of every seed; here of four."""

import functools

import numpy as np
import pytest

from inrbench.grid import Grid
from inrbench.phantoms import breast as phantom
from inrbench.phantoms.breast import ADIPOSE, FIBROGLANDULAR, RADIUS, SKIN, SPECK, rasterise

SEEDS = pytest.mark.parametrize("seed", range(4))
BETWEEN = (ADIPOSE + FIBROGLANDULAR) / 2

breast = functools.cache(phantom.breast)


def grid(size):
    return Grid((size, size), 180 / size)


def blocks(image, n):
    rows, columns = image.shape
    return image.reshape(rows // n, n, columns // n, n).mean(axis=(1, 3))


def points(seed):
    """Attenuation at 256 x 256 points of the field, and |q| there."""
    x, y = grid(256).axes()
    x, y = x[None, :], y[:, None]
    return breast(seed).attenuation(x, y), np.hypot(*breast(seed).undeformed(x, y))


def boundary(seed, radius):
    """Distances in mm from the origin at which |q| = radius, along 180 directions."""
    angles = np.linspace(0, 2 * np.pi, 180, endpoint=False)[:, None]
    distances = np.arange(60, 90, 0.02)
    q = np.hypot(*breast(seed).undeformed(distances * np.cos(angles), distances * np.sin(angles)))
    assert (np.diff(q, axis=1) > 0).all()  # each direction leaves the breast once
    return distances[(q < radius).sum(axis=1)]


@SEEDS
def test_attenuations_are_those_of_the_tissues(seed):
    mu, q = points(seed)
    assert (mu[q >= RADIUS] == 0).all()
    tissue = mu[(q < RADIUS) & (mu != SPECK)]
    # The texture has a standard deviation of 1 %, and a normal variable hardly exceeds five.
    assert tissue.min() > 0.94 * ADIPOSE and tissue.max() < 1.06 * FIBROGLANDULAR < SPECK
    assert not np.any((tissue > 1.06 * ADIPOSE) & (tissue < 0.94 * FIBROGLANDULAR))


@SEEDS
def test_tissues_have_their_shares(seed):
    mu, q = points(seed)
    inner = mu[q < RADIUS - phantom.SKIN_THICKNESS]
    assert np.mean(inner > BETWEEN) == pytest.approx(0.25, abs=0.05)
    skin = mu[(q > RADIUS - phantom.SKIN_THICKNESS + 0.01) & (q < RADIUS)]
    assert (skin > BETWEEN).all()
    # 2 d / R of the disc, which the deformation leaves to some per cent.
    assert skin.size / np.count_nonzero(mu) == pytest.approx(2 * 1.75 / 80, rel=0.1)
    # Under the skin there is fat, and in the middle more fibroglandular tissue than elsewhere.
    assert np.mean(mu[(q > 68) & (q < 78)] > BETWEEN) < 0.15
    assert np.mean(mu[q < 50] > BETWEEN) > 0.25


@SEEDS
def test_mass_is_that_of_a_disc_of_tissue(seed):
    image = rasterise(breast(seed), grid(128))
    area, mass = (image > ADIPOSE / 2).sum() * (180 / 128) ** 2, image.sum() * (180 / 128) ** 2
    assert area == pytest.approx(np.pi * RADIUS**2, rel=0.1)
    assert ADIPOSE < mass / area < 0.5 * (ADIPOSE + SKIN)


@SEEDS
def test_outline_is_no_circle_and_lies_in_the_field(seed):
    outline = boundary(seed, RADIUS)
    assert np.abs(outline - RADIUS).max() <= phantom.DEFORMATION < 90 - RADIUS
    # A circle shifted by 9 mm has a second harmonic of 9^2 / (4 * 80) = 0.25 mm, and no third.
    harmonics = np.abs(np.fft.rfft(outline)) / (outline.size / 2)
    assert harmonics[2:].max() > 0.5
    thickness = outline - boundary(seed, RADIUS - phantom.SKIN_THICKNESS)
    assert thickness.min() > 1.2 and thickness.max() < 2.4


@SEEDS
def test_specks_are_small_discs_that_can_be_seen(seed):
    x, y, radius = breast(seed).specks.T
    assert x.size == 24 and radius.min() >= 0.2 and radius.max() <= 0.5
    assert np.hypot(x, y).max() < 56
    # The pixel of 512 x 512 that holds a speck's centre: brighter than any other tissue.
    size = 180 / 512
    offsets = (np.arange(8) - 3.5) * size / 8
    for x0, y0, r in breast(seed).specks:
        across, down = (np.floor([x0, y0] / np.array(size)) + 0.5) * size
        pixel = breast(seed).attenuation(across + offsets[None, :], down + offsets[:, None])
        assert 1.06 * FIBROGLANDULAR < pixel.mean() <= SPECK
        assert pixel.max() == SPECK
        around = x0 + (r + 0.01) * np.cos(np.arange(6)), y0 + (r + 0.01) * np.sin(np.arange(6))
        assert breast(seed).attenuation(*around).min() < SPECK


@SEEDS
def test_texture_is_there_and_does_not_dominate(seed):
    mu, q = points(seed)
    adipose = mu[(q < RADIUS) & (mu < BETWEEN)]
    assert adipose.std() / adipose.mean() == pytest.approx(0.01, rel=0.15)
    assert adipose.std() < 0.06 * (FIBROGLANDULAR - ADIPOSE)


@pytest.mark.parametrize("seed", [0, 1])
def test_resolutions_agree(seed):
    """Rendering at 2n and averaging 2 x 2 blocks, against rendering at n.

    The same sample points give the same image but for rounding. Four samples along an edge of a
    pixel of either size differ where an edge crosses a pixel, by up to about 1/8 of the step: in
    the root mean square by 1.5 % of adipose tissue at 64^2, and less on finer grids.
    """
    images = {size: rasterise(breast(seed), grid(size)) for size in (64, 128, 256)}
    same = rasterise(breast(seed), grid(64), supersampling=8)
    np.testing.assert_allclose(blocks(images[128], 2), same, atol=1e-7)
    differences = [blocks(images[2 * size], 2) - images[size] for size in (64, 128)]
    rms = [np.sqrt((d**2).mean()) / ADIPOSE for d in differences]
    assert rms[1] < rms[0] < 0.015
    assert max(np.abs(d).max() for d in differences) < 0.2 * ADIPOSE
    for size in (64, 128):
        np.testing.assert_allclose(images[size].mean(), images[256].mean(), rtol=1e-3)


def test_seed_decides_the_phantom_bit_for_bit():
    one, same, other = (rasterise(phantom.breast(seed), grid(64)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0.5 * ADIPOSE


def test_memory_blocks_do_not_change_the_image(monkeypatch):
    whole = rasterise(breast(0), grid(32))
    monkeypatch.setattr(phantom, "_BLOCK", 1)
    np.testing.assert_array_equal(rasterise(breast(0), grid(32)), whole)


def test_impossible_input_is_named():
    with pytest.raises(ValueError, match=r"a grid of shape \(4, 4, 4\): the breast is a slice"):
        rasterise(breast(0), Grid((4, 4, 4), 45.0))
    with pytest.raises(ValueError, match="supersampling=0: needs at least one sample"):
        rasterise(breast(0), grid(8), supersampling=0)
