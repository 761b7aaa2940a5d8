"""The one image of a TIFF file, uncompressed, as detectors write them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import tifffile

from inrbench.datasets.formats.judged import Shape, finite, judged, refused, require


def image(path: Path, axes: Shape = ("rows", "columns")) -> np.ndarray:
    """An image of finite real numbers.

    Args:
        path: of the file.
        axes: shape that is expected.

    Raises:
        BadFile: with what is wrong; several images in a file, compressed or tiled ones.
    """
    with judged(path, "a TIFF image"), tifffile.TiffFile(path) as file:
        page, *more = itertools.islice(file.pages, 2)
        if more:
            raise refused(path, "has several images where one was expected")
        dtype = np.dtype(object) if page.dtype is None else page.dtype
        require(path, "an image", page.shape, dtype, axes)
        if page.compression != 1 or page.is_tiled:
            raise refused(path, "is compressed or tiled: write it plain, `tiffcp -c none -s`")
        size = path.stat().st_size
        ends = map(sum, zip(page.dataoffsets, page.databytecounts, strict=True))
        if sum(page.databytecounts) < page.nbytes or max(ends) > size or page.nbytes > size:
            raise refused(path, f"states {page.nbytes} bytes of an image, and does not hold them")
        return finite(path, "an image", page.asarray())
