"""The scanner of NAF's and SAX-NeRF's pickles, and of R2-Gaussian's `meta_data.json`.

Both simulate by TIGRE and then turn each projection upside down, so that row 0 is the top one:

    DSD, DSO, nDetector, dDetector or sDetector   as TIGRE has them, sizes (rows, columns)
    offDetector                                   (columns, rows), while TIGRE has (rows, columns)
    offOrigin, nVoxel, dVoxel or sVoxel           (x, y, z), while TIGRE has (z, y, x)

Row 0 shows the largest z: rows are flipped. NAF's own loader takes the second number of
offDetector downwards where its generator moved the detector up; here it is the generator's.

Source: https://github.com/Ruyi-Zha/naf_cbct, dataGenerator/generateData.py and src/dataset/
tigre.py; https://github.com/Ruyi-Zha/r2_gaussian, r2_gaussian/utils/ct_utils.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inrbench.geometry.foreign import Foreign, numbers, tigre


def read(fields: Mapping[str, Any], angles: np.ndarray | None = None) -> Foreign:
    """The geometry of a scanner; the volume's centre, which may lie off the axis, is the origin.

    Raises:
        ValueError: as `tigre.read`.
    """
    keys = ("DSD", "DSO", "nDetector", "dDetector", "sDetector", "mode")
    as_tigre = {key: fields[key] for key in keys if fields.get(key) is not None}
    as_tigre["offDetector"] = numbers(fields, "offDetector", 2, [0.0, 0.0])[::-1].tolist()
    as_tigre["offOrigin"] = numbers(fields, "offOrigin", 3, [0.0] * 3)[::-1].tolist()
    return Foreign(tigre.read(as_tigre, angles).geometry, ("rows",))


def volume(fields: Mapping[str, Any]) -> tuple[tuple[int, int, int], float]:
    """(nz, ny, nx) and the edge of a voxel, in the unit of the scanner.

    Raises:
        ValueError: numbers that are missing, or voxels that are no cubes.
    """
    count = numbers(fields, "nVoxel", 3)
    side = numbers(fields, "sVoxel", 3, [0.0] * 3)
    edge = numbers(fields, "dVoxel", 3, (side / count).tolist())
    if np.ptp(edge) > 1e-6 * edge.max() or not edge.min() > 0:
        raise ValueError(f"voxels of {edge.tolist()}: expected cubes")
    nx, ny, nz = (int(n) for n in count)
    return (nz, ny, nx), float(edge[0])
