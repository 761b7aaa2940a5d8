"""A tiny walnut in its publishers' layout: two spheres whose line integrals are known."""

import io
import zipfile

import numpy as np
import tifffile
from scipy.ndimage import map_coordinates

from inrbench.datasets import walnut
from inrbench.geometry import ConeBeam, ConeVectors

TURN, ROWS, COLUMNS, SIDE = 1200, 24, 16, 33
SPHERES = (((0.5, 0.7, 0.3), 0.7, 0.4), ((-0.7, 0.2, -0.8), 0.4, 0.8))  # centre, radius, 1/mm


def orbit():
    """A measured orbit: circular, but for shifts and tilts of every view."""
    beam = ConeBeam(np.arange(TURN + 1) * 2 * np.pi / TURN, (ROWS, COLUMNS), 0.62, 66.0, 199.0)
    vectors = beam.vectors + np.random.default_rng(0).normal(0, 0.01, (TURN + 1, 12))
    vectors[-1] = vectors[0]
    return vectors


def line_integrals(geometry):
    source, direction = geometry.rays()
    total = 0.0
    for centre, radius, attenuation in SPHERES:
        offset = source - centre
        along = (offset * direction).sum(-1)
        squared = radius**2 - (offset**2).sum(-1) + along**2
        total = total + 2 * attenuation * np.sqrt(np.maximum(squared, 0))
    return total


def attenuation(x, y, z):
    return sum(
        mu * ((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 < radius**2)
        for (cx, cy, cz), radius, mu in SPHERES
    )


def raw(image):
    """An image (rows, columns) as the detector was read: what walnut.py undoes."""
    found = np.empty(image.shape[::-1])
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            found[image.shape[1] - 1 - column, row] = image[row, column]
    return found.round().astype(np.uint16)


def slices(value):
    """A function of x, y, z in mm as ASTRA's volume: z, then y upwards, then x."""
    centres = (np.arange(SIDE) - (SIDE - 1) / 2) * walnut.VOXEL
    z, y, x = np.meshgrid(centres, centres, centres, indexing="ij")
    return value(x, y, z).astype(np.float32)


def tiff(image):
    stream = io.BytesIO()
    tifffile.imwrite(stream, image)
    return stream.getvalue()


def tiny_walnut():
    """The zip's bytes: every member of the manifest, and another one."""
    vectors, generator = orbit(), np.random.default_rng(1)
    dark = generator.uniform(90, 110, (ROWS, COLUMNS))
    flats = generator.uniform(50_000, 60_000, (2, ROWS, COLUMNS))
    volume = slices(attenuation)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:

        def write(name, content):
            archive.writestr(f"Walnut1/{name}", content)

        folder = "Projections/tubeV2"
        text = io.StringIO()
        np.savetxt(text, vectors)
        write(f"{folder}/scan_geom_corrected.geom", text.getvalue())
        write(f"{folder}/di000000.tif", tiff(raw(dark)))
        for number in (0, 1):
            write(f"{folder}/io00000{number}.tif", tiff(raw(flats[number])))
        write(f"{folder}/scan_000000.tif", b"nobody's view")
        chosen = np.arange(0, TURN, 20)
        integrals = line_integrals(ConeVectors(vectors[chosen], (ROWS, COLUMNS)))
        counts = dark + (flats.mean(0) - dark) * np.exp(-integrals)
        for view, image in zip(chosen, counts, strict=True):
            write(f"{folder}/scan_{TURN - view:06}.tif", tiff(raw(image)))
        for number in range(501):
            image = volume[number] if number < SIDE else np.zeros((SIDE, SIDE), np.float32)
            write(f"Reconstructions/full_AGD_50_{number:06}.tiff", tiff(image))
    return buffer.getvalue()


def sampled(case, rays=4000):
    """Line integrals of the reference along some of the scan's rays, and those measured."""
    shape = case.scan.geometry.sinogram_shape
    picked = np.random.default_rng(0).choice(np.prod(shape), min(rays, np.prod(shape)), False)
    source, direction = (each.reshape(-1, 3)[picked] for each in case.scan.geometry.rays())
    half = case.grid.spacing * max(case.grid.shape)
    steps = np.linspace(-half, half, 4 * max(case.grid.shape))
    nearest = -(source * direction).sum(-1)
    points = source[:, None] + (nearest[:, None] + steps)[..., None] * direction[:, None]
    x, y, z = np.moveaxis(points / case.grid.spacing, -1, 0)
    nz, ny, nx = case.grid.shape
    at = [z + (nz - 1) / 2, (ny - 1) / 2 - y, x + (nx - 1) / 2]
    measured = case.scan.sinogram.numpy().ravel()[picked]
    inside = np.abs(np.stack([x, y, z])).max(0) < max(case.grid.shape) / 2

    def of(image):
        along = map_coordinates(image, at, order=1, cval=0.0)
        return (along * inside).sum(-1) * (steps[1] - steps[0])

    return of, measured


def assert_reference_explains_the_scan_as_it_stands_only(case, tolerance):
    of, measured = sampled(case)
    reference = case.reference.numpy()

    def residual(image):
        return np.linalg.norm(of(image) - measured) / np.linalg.norm(measured)

    as_it_stands = residual(reference)
    assert as_it_stands < tolerance
    for flip in (0, 1, 2, (0, 1), (1, 2)):
        assert residual(np.flip(reference, flip)) > 2 * as_it_stands
    assert residual(reference.transpose(0, 2, 1)) > 2 * as_it_stands
