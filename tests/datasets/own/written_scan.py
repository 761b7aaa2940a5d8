"""A scan of an object without symmetry, written to a folder as people have them."""

import h5py
import numpy as np
import scipy.io
import tifffile
import yaml

from inrbench.geometry import ConeBeam, FanBeam, ParallelBeam
from inrbench.phantoms import ellipses, ellipsoids
from inrbench.testing.projectors import ASYMMETRIC, ASYMMETRIC_3D

VIEWS, ROWS, COLUMNS = 24, 10, 40
DEGREES = {"parallel": 7.5 * np.arange(VIEWS), "fan": 15.0 * np.arange(VIEWS) + 3,
           "cone": 15.0 * np.arange(VIEWS) + 3}  # fmt: skip


def geometry(beam, columns=COLUMNS, offset=2.2):
    angles = np.deg2rad(DEGREES[beam])
    if beam == "parallel":
        return ParallelBeam(angles, columns, 2.8, offset)
    if beam == "fan":
        return FanBeam(angles, columns, 4.2, 200.0, 300.0, offset)
    return ConeBeam(angles, (ROWS, columns), 4.2, 200.0, 300.0, (-1.4, offset))


def line_integrals(beam, columns=COLUMNS):
    if beam == "cone":
        return ellipsoids.line_integrals(ASYMMETRIC_3D, geometry(beam, columns))
    return ellipses.line_integrals(ASYMMETRIC, geometry(beam, columns))


def counts(p, bright=20_000, dark=100):
    """Counts with their flats and darks, (2, ...) each, as float32."""
    shape = p.shape[1:]
    flats = np.stack([np.full(shape, bright - 50.0), np.full(shape, bright + 50.0)])
    darks = np.stack([np.full(shape, dark - 1.0), np.full(shape, dark + 1.0)])
    return dark + (bright - dark) * np.exp(-p), flats, darks


def description(beam, **data):
    """The YAML's document: line integrals in `views.npy`, changed by `data`."""
    stated = {"beam": beam, "unit": "mm", "pixel": 2.8 if beam == "parallel" else 4.2,
              "centre": (COLUMNS - 1) / 2 - 2.2 / (2.8 if beam == "parallel" else 4.2),
              "angles": {"values": DEGREES[beam].tolist(), "unit": "degrees"}}  # fmt: skip
    if beam != "parallel":
        stated |= {"source_to_axis": 200.0, "source_to_detector": 300.0}
    if beam == "cone":
        stated["centre_row"] = (ROWS - 1) / 2 + 1.4 / 4.2
    axes = ["views", "rows", "columns"] if beam == "cone" else ["views", "columns"]
    side = [6, 24, 24] if beam == "cone" else 24
    return {
        "data": {"file": "views.npy", "axes": axes, "are": "line_integrals", **data},
        "geometry": stated,
        "grid": {"shape": side, "spacing": 4.0},
        "views": {"use": 8},
        "scale": 0.02,
    }


def write(folder, document, name="mine.scan.yaml"):
    path = folder / name
    path.write_text(yaml.safe_dump(document))
    return path


def save_hdf5(path, arrays, transposed=False):
    with h5py.File(path, "w") as file:
        for key, values in arrays.items():
            file[key] = np.asarray(values).T if transposed else values


def save_images(folder, images, name="view_{}.tif"):
    for k, image in enumerate(images):
        tifffile.imwrite(folder / name.format(k), image)


def save_matlab(path, struct):
    scipy.io.savemat(path, {"CtData": struct})
