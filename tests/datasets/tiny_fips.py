"""A tiny FIPS data set: ellipsoids whose line integrals are known, on a detector of its own."""

import functools

import numpy as np
import tifffile

from inrbench.phantoms.ellipsoids import Ellipsoid

NAME, PREFIX = "fips_walnut", "20201111_walnut_"
ROWS, COLUMNS, AIR = 60, 52, 6
VIEWS, STEP, PIXEL = 60, 6.0, 2.0
TO_AXIS, TO_DETECTOR = 210.66, 553.74
BODY = [
    Ellipsoid((1.0, -2.0, 1.5), (9.0, 7.0, 8.0), (0.4, 0.0, 0.0), 0.02),
    Ellipsoid((5.0, 6.0, -4.0), (3.0, 3.5, 3.0), (0.0, 0.0, 0.0), 0.04),
    Ellipsoid((-6.0, 2.0, 6.0), (2.5, 3.0, 3.5), (0.0, 0.0, 0.0), 0.03),
]

STATED = {
    "ProjectName": PREFIX,
    "GeometryType": "Cone",
    "DistanceSourceDetector": TO_DETECTOR,
    "DistanceSourceOrigin": TO_AXIS,
    "DistanceUnit": "mm",
    "NumberImages": VIEWS + 1,
    "AngleFirst": 0,
    "AngleInterval": STEP,
    "AngleLast": 360,
    "DetectorType": "EID",
    "PixelSize": PIXEL,
}


@functools.cache
def astra_cone():
    """Line integrals (views, rows, columns) in ASTRA's `cone`, written out from its manual.

    At angle t the source is at R (sin t, -cos t, 0) and the detector opposite; columns run along
    (cos t, sin t, 0) and rows along (0, 0, 1), with the middle of the detector in the plane z = 0.
    """
    total = np.zeros((VIEWS + 1, ROWS, COLUMNS))
    across = (np.arange(COLUMNS) - (COLUMNS - 1) / 2) * PIXEL
    up = (np.arange(ROWS) - (ROWS - 1) / 2) * PIXEL
    for view, t in enumerate(np.deg2rad(STEP * np.arange(VIEWS + 1))):
        source = TO_AXIS * np.array([np.sin(t), -np.cos(t), 0.0])
        pixels = (TO_AXIS - TO_DETECTOR) * np.array([np.sin(t), -np.cos(t), 0.0])
        pixels = pixels + across[:, None] * np.array([np.cos(t), np.sin(t), 0.0])
        pixels = pixels + up[:, None, None] * np.array([0.0, 0.0, 1.0])
        rays = pixels - source
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        sources = np.broadcast_to(source, rays.shape)
        total[view] = sum(body.value * body.chords(sources, rays) for body in BODY)
    return total


def write(folder, shift=0, changes=None):
    """Images that a circular shift by `shift` pixels to the right would put right, and the txt."""
    folder.mkdir(parents=True, exist_ok=True)
    stated = {**STATED, **(changes or {})}
    lines = [f"{key}= {value} " for key, value in stated.items() if value is not None]
    (folder / f"{PREFIX}.txt").write_text("\n".join(["[GENERAL]", *lines]))
    beam = np.random.default_rng(0).uniform(50_000, 60_000, VIEWS + 1)  # each view has its own
    for view, integrals in enumerate(astra_cone()):
        counts = beam[view] * np.exp(-np.roll(integrals, -shift, axis=1))
        tifffile.imwrite(folder / f"{PREFIX}{view + 1:04}.tif", counts.round().astype(np.uint16))
