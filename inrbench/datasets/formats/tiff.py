"""The images of a TIFF file, uncompressed, as detectors write them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import tifffile

from inrbench.datasets.formats.judged import Shape, finite, judged, refused, require


def image(path: Path, axes: Shape = ("rows", "columns")) -> np.ndarray:
    """The one image of a file, of finite real numbers.

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
        return _read(path, page, axes)


def stack(path: Path) -> np.ndarray:
    """All images of a file, (images, rows, columns); raises as `image`."""
    with judged(path, "a TIFF stack"), tifffile.TiffFile(path) as file:
        first = _read(path, file.pages[0], ("rows", "columns"))
        return np.stack([first, *(_read(path, page, first.shape) for page in file.pages[1:])])


def _read(path: Path, page: tifffile.TiffPage, axes: Shape) -> np.ndarray:
    dtype = np.dtype(object) if page.dtype is None else page.dtype
    require(path, "an image", page.shape, dtype, axes)
    if page.compression != 1 or page.is_tiled:
        raise refused(path, "is compressed or tiled: write it plain, `tiffcp -c none -s`")
    size = path.stat().st_size
    ends = map(sum, zip(page.dataoffsets, page.databytecounts, strict=True))
    if sum(page.databytecounts) < page.nbytes or max(ends) > size or page.nbytes > size:
        raise refused(path, f"states {page.nbytes} bytes of an image, and does not hold them")
    return finite(path, "an image", page.asarray())
