"""A random slice through a breast: skin, adipose and fibroglandular tissue, specks, texture.

After the breast CT phantom of E. Y. Sidky, I. Lorente, J. G. Brankov, X. Pan, "Do CNNs solve the
CT inverse problem?", IEEE Trans. Biomed. Eng. 68(6), 2021, with the texture and the smooth
deformation that M. Najaf and G. Ongie, "Accelerated optimization of implicit neural
representations for CT reconstruction", ISBI 2025, add to it. Neither paper's code was at hand: the
radius and the attenuations are theirs as we remember them, and all other numbers here are ours.

Lengths in mm, attenuation in mm^-1. x runs to the right, y up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from inrbench.grid import Grid
from inrbench.phantoms.power_law import PowerLawField, power_law_field
from inrbench.phantoms.supersampling import midpoints

RADIUS = 80.0
ADIPOSE = 0.0194
FIBROGLANDULAR = SKIN = 0.0233
SPECK = 0.0333

SKIN_THICKNESS = 1.75
FIBROGLANDULAR_SHARE = 0.25  # of the area within the radius, before the deformation
DEFORMATION = 9.0  # no point is moved farther
TEXTURE = 0.01  # standard deviation, relative to the tissue's attenuation
CLUSTERS, SPECKS_IN_CLUSTER, CLUSTER_RADIUS = 3, 8, 5.0
_PERIOD = 200.0  # of the random fields: above the diameter, so that opposite sides differ

# Samples worked on at a time: bounds the memory to some tens of MB whatever the size of the grid.
_BLOCK = 2**18


@dataclass(frozen=True, eq=False)
class Breast:
    """mu(r) = m(q) (1 + 0.01 texture(q)) at q = r + sum_w a_w cos(k_w . r + phase_w), |q| < 80.

    m is skin where |q| > 80 - 1.75, else fibroglandular where `density`(q) > threshold, else
    adipose tissue. Specks are discs in r, and their attenuation has no texture.

    Args:
        waves: rows (a_x, a_y, k_x, k_y, phase) of the deformation, in mm, rad/mm and rad.
        lobes, web: the fields behind the fibroglandular tissue.
        threshold: of `density`.
        texture: field of mean square 1.
        specks: rows (x, y, radius) in mm.
    """

    waves: np.ndarray
    lobes: PowerLawField
    web: PowerLawField
    threshold: float
    texture: PowerLawField
    specks: np.ndarray

    def undeformed(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """q of the points r = (x, y) in mm: two arrays of the broadcast shape of x and y."""
        u, v = x + 0 * y, y + 0 * x
        for a_x, a_y, k_x, k_y, phase in self.waves:
            # cos(k_x x + phase + k_y y) by the sum formula: on a raster, two outer products.
            along, across = k_x * x + phase, k_y * y
            wave = np.cos(along) * np.cos(across) - np.sin(along) * np.sin(across)
            u += a_x * wave
            v += a_y * wave
        return u, v

    def attenuation(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """mu at the points (x, y) in mm; float64 of the broadcast shape of x and y."""
        u, v = self.undeformed(x, y)
        mu = np.zeros(u.shape)
        inside = np.hypot(u, v) < RADIUS
        u, v = u[inside], v[inside]
        dense = density(self.lobes, self.web, u, v) > self.threshold
        skin = np.hypot(u, v) > RADIUS - SKIN_THICKNESS
        tissue = np.where(skin, SKIN, np.where(dense, FIBROGLANDULAR, ADIPOSE))
        mu[inside] = tissue * (1 + TEXTURE * self.texture(u, v))
        for x0, y0, radius in self.specks:
            if np.abs(y - y0).min() < radius:
                mu[(x - x0) ** 2 + (y - y0) ** 2 < radius**2] = SPECK
        return mu


def density(lobes: PowerLawField, web: PowerLawField, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """lobes - 2 |web| - 3 (|q| / 80)^4 at the points q = (u, v) in mm, each of shape (m,).

    High where `lobes` is high (compact tissue), along the lines on which `web` changes its sign
    (strands), and away from the skin, under which there is fat.
    """
    return lobes(u, v) - 2 * np.abs(web(u, v)) - 3 * (np.hypot(u, v) / RADIUS) ** 4


def breast(seed: int = 0) -> Breast:
    """The breast of a seed of numpy's default generator: the same seed gives the same breast."""
    rng = np.random.default_rng(seed)
    waves = _waves(rng)
    # The power law holds up to 60 mm for lobes and 30 mm for strands, and down to 1.5 mm: the
    # finest detail is a few pixels of a grid of 512 x 512.
    lobes = power_law_field(rng, 3.0, 60.0, 1.5, _PERIOD)
    web = power_law_field(rng, 3.0, 30.0, 1.5, _PERIOD)
    texture = power_law_field(rng, 3.0, 20.0, 1.0, _PERIOD)

    axis = np.arange(-RADIUS, RADIUS, 0.5)
    u, v = (part.ravel() for part in np.meshgrid(axis, axis))
    within = np.hypot(u, v) < RADIUS
    densities = density(lobes, web, u[within], v[within])
    threshold = float(np.quantile(densities, 1 - FIBROGLANDULAR_SHARE))

    bare = Breast(waves, lobes, web, threshold, texture, np.empty((0, 3)))
    return replace(bare, specks=_specks(rng, bare))


def _waves(rng: np.random.Generator) -> np.ndarray:
    """Four waves of 115 to 220 mm. |a_w| adds up to `DEFORMATION`: the outline stays in the field.

    With sum |a_w| |k_w| < 0.5 the deformation nowhere folds, and stretches less than twofold.
    """
    amplitudes = rng.standard_normal((4, 2))
    amplitudes *= DEFORMATION / np.linalg.norm(amplitudes, axis=1).sum()
    wavenumbers, directions = 2 * np.pi / rng.uniform(115, 220, 4), rng.uniform(0, 2 * np.pi, 4)
    return np.column_stack(
        [
            amplitudes,
            wavenumbers * np.cos(directions),
            wavenumbers * np.sin(directions),
            rng.uniform(0, 2 * np.pi, 4),
        ]
    )


def _specks(rng: np.random.Generator, bare: Breast) -> np.ndarray:
    """Clusters of microcalcifications, 0.4 to 1 mm wide, about points of fibroglandular tissue."""
    specks = []
    while len(specks) < CLUSTERS * SPECKS_IN_CLUSTER:
        centre = _in_disc(rng, 50.0)
        u, v = bare.undeformed(*centre[:, None])
        if density(bare.lobes, bare.web, u, v)[0] > bare.threshold:
            for _ in range(SPECKS_IN_CLUSTER):
                place = centre + _in_disc(rng, CLUSTER_RADIUS)
                specks.append((*place, rng.uniform(0.2, 0.5)))
    return np.array(specks)


def _in_disc(rng: np.random.Generator, radius: float) -> np.ndarray:
    direction = rng.uniform(0, 2 * np.pi)
    return radius * np.sqrt(rng.uniform()) * np.array([np.cos(direction), np.sin(direction)])


def rasterise(breast: Breast, grid: Grid, supersampling: int = 4) -> np.ndarray:
    """Pixel averages: the mean of mu over supersampling x supersampling points in each pixel.

    Args:
        breast: the phantom.
        grid: a grid in two dimensions.
        supersampling: samples along each edge of a pixel; 1 takes the value at the pixel's centre.

    Returns:
        float32 attenuation in mm^-1, shape grid.shape, row 0 at the largest y.

    Raises:
        ValueError: a grid that is not two-dimensional, or supersampling below 1.
    """
    if grid.dimension != 2:
        raise ValueError(f"a grid of shape {grid.shape}: the breast is a slice, with (ny, nx)")
    x, y = grid.axes()
    n, offsets = supersampling, midpoints(grid, supersampling)
    sample_x = (x[:, None] + offsets).reshape(1, -1)
    image = np.empty(grid.shape, dtype=np.float32)
    step = max(1, _BLOCK // (n * sample_x.size))
    for start in range(0, y.size, step):
        block = y[start : start + step]
        sample_y = (block[:, None] + offsets).reshape(-1, 1)
        samples = breast.attenuation(sample_x, sample_y)
        image[start : start + step] = samples.reshape(block.size, n, x.size, n).mean(axis=(1, 3))
    return image
