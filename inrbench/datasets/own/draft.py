"""A YAML drafted from a file of a scan: what the file says filled in, the rest as questions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from inrbench.datasets.formats.judged import BadFile, judged
from inrbench.datasets.own import arrays, documents

_DATA_EXCHANGE = "exchange/data"


@dataclass(frozen=True)
class Draft:
    """The text of a YAML, and whether its grid has two or three dimensions.

    Args:
        text: the YAML.
        dimension: of the grid.
    """

    text: str
    dimension: int


@dataclass
class _Facts:
    """What a file says: lines of YAML by section, and the shape of its views."""

    data: list[str] = field(default_factory=list)
    angles: str | None = None
    shape: tuple[int, int, int] | None = None
    geometry: list[str] = field(default_factory=list)


def draft(path: Path) -> Draft:
    """The YAML of a scan in a file; it names the file as lying beside it.

    Args:
        path: .npy, .npz, HDF5, .mat, a TIFF (of a row of them any one), a `meta_data.json` of
            R2-Gaussian or a pickle of NAF.

    Raises:
        FileNotFoundError, ValueError: no such file, or one that holds no views.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; name the file that holds the views")
    ending = path.suffix.lower()
    if ending in (".pickle", ".pkl"):
        return _layout("naf", path.name, "1/mm; NAF's own numbers are 1/m")
    if ending == ".json" and "proj_train" in documents.mapping(path):
        return _layout("r2_gaussian", path.name, "the unit of the volume")
    facts = _facts(path, ending)
    if facts.shape is None:
        raise ValueError(f"{path}: expected views in a file of {', '.join(arrays.ENDINGS)}")
    return _written(path, facts)


def _facts(path: Path, ending: str) -> _Facts:
    if ending in arrays.HDF5:
        return _of_hdf5(path)
    if ending == ".mat":
        return _of_matlab(path)
    facts = _Facts()
    if ending in (".tif", ".tiff"):
        pattern = re.sub(r"\d+(?=\D*$)", "*", path.name)
        files = arrays.expand([pattern], path.parent) if "*" in pattern else [path]
        values = arrays.read([path.name], path.parent)
        if len(files) > 1:
            facts.data = [f'file: "{pattern}"', "axes: [rows, columns]  # of one image"]
            facts.shape = (len(files), *values.shape[-2:])
    else:
        values = arrays.read([path.name], path.parent)
    if facts.shape is None:
        facts.data = [f"file: {path.name}"]
        _of_shape(facts, values.shape)
    if np.issubdtype(values.dtype, np.integer):
        facts.data += _counts(ending)
    return facts


def _of_shape(facts: _Facts, shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3):
        return
    axes = ["views", "columns"] if len(shape) == 2 else ["views", "rows", "columns"]
    facts.data.append(f"axes: [{', '.join(axes)}]  # of shape {shape}: is that their order?")
    facts.shape = (shape[0], shape[1] if len(shape) == 3 else 1, shape[-1])


def _counts(ending: str) -> list[str]:
    return [
        "are: counts  # counts, transmission or line_integrals (already -log)",
        f"dark: 0  # one number, or readings without the beam: {{file: dark{ending}}}",
        f"flat: 65535  # one number, or readings of the open beam: {{file: flat{ending}}}",
    ]


def _of_hdf5(path: Path) -> _Facts:
    known, facts = arrays.keys(path), _Facts()
    if not known:
        raise ValueError(f"{path}: holds no array of numbers")
    image_key = next((key for key in known if key.endswith("image_key")), None)
    if image_key is not None:  # NXtomo
        data = f"{image_key.rpartition('/')[0]}/data"
        angles = next((key for key in known if key.endswith("rotation_angle")), None)
    elif _DATA_EXCHANGE in known:
        data, angles = _DATA_EXCHANGE, "exchange/theta" if "exchange/theta" in known else None
    else:
        data, angles = max(known, key=lambda key: np.prod(known[key])), None
    facts.data = [f"file: {path.name}", f"key: {data}"]
    _of_shape(facts, known[data])
    if image_key is not None:
        facts.data += ["are: counts", f"image_key: {{file: {path.name}, key: {image_key}}}"]
        kinds = np.ravel(arrays.read([path.name], path.parent, image_key))
        facts.shape = facts.shape and (int((kinds == 0).sum()), *facts.shape[1:])
    elif {f"{data}_white", f"{data}_dark"} <= set(known):
        frames = [f"{name}: {{file: {path.name}, key: {data}_{key}}}"
                  for name, key in (("dark", "dark"), ("flat", "white"))]  # fmt: skip
        facts.data += ["are: counts", *frames]
    elif _integers(path, data):
        facts.data += _counts(".npy")
    if angles is not None:
        unit = _unit(path, angles)
        facts.angles = f"{{file: {path.name}, key: {angles}, unit: {unit or 'degrees'}}}"
        facts.angles += "" if unit else "  # the file names no unit"
    return facts


def _integers(path: Path, key: str) -> bool:
    with judged(path, "an HDF5 file"), h5py.File(path, "r") as file:
        return file[key].dtype.kind in "iu"


def _unit(path: Path, key: str) -> str | None:
    with judged(path, "an HDF5 file"), h5py.File(path, "r") as file:
        word = file[key].attrs.get("units")
    word = (word.decode() if isinstance(word, bytes) else str(word or "")).lower()
    return {"deg": "degrees", "rad": "radians"}.get(word[:3])


def _of_matlab(path: Path) -> _Facts:
    facts = _Facts()
    for struct in ("CtData", "CtDataLimited", "CtDataFull"):
        try:
            shape = arrays.read([path.name], path.parent, f"{struct}/sinogram").shape
        except (BadFile, ValueError):
            continue
        facts.data = [f"file: {path.name}", f"key: {struct}/sinogram"]
        _of_shape(facts, shape)
        facts.data.append("are: line_integrals")
        facts.geometry = [f"heltomo: {path.name}", "unit: mm"]
        return facts
    raise ValueError(
        f"{path}: has no struct CtData with a sinogram: write the YAML by hand, its `key` is the "
        "path of the array in the file"
    )


def _layout(program: str, name: str, unit: str) -> Draft:
    text = f"""# A data set of {program}: views, angles, geometry and volume. Nothing in it is run.
layout: {{{program}: {name}}}
# Typical attenuation of the main material in {unit}; `inrbench scan check` suggests it.
# scale:
"""
    return Draft(text, 3)


def _written(path: Path, facts: _Facts) -> Draft:
    views, rows, columns = facts.shape
    data = list(facts.data)
    if not any(line.startswith("are:") for line in data):
        data.append("are: line_integrals  # already -log; or counts, or transmission")
    if rows > 1:
        data.append(
            f"row: {(rows - 1) // 2}  # one of {rows} detector rows; drop this line for a cone"
        )
    data += ["# flip: [columns]  # axes that run backwards",
             "# columns: [0, 100]  # first column to keep, and the first one not to",
             "# dead: []  # columns to interpolate", "# binning: 1"]  # fmt: skip
    angles = facts.angles or (
        f"{{first: 0, step: {180 / views:g}, unit: degrees}}  # assumed: half a turn"
    )
    geometry = facts.geometry or [
        "beam: parallel  # parallel, fan, cone or vectors",
        "unit: pixel  # of all lengths here: mm, cm, m, um, or pixel where none is known",
        "pixel: 1  # edge of a detector pixel",
        f"angles: {angles}",
        "# centre: 0  # column that the rotation axis is seen on, counted from 0",
        "# source_to_axis:",
        "# source_to_detector:",
    ]
    spacing = "1"
    if "heltomo" in geometry[0]:
        spacing = f"{_heltomo_spacing(path):.6g}"
    text = [
        f"# A scan of {views} views, {rows} rows and {columns} columns. Paths are relative to",
        "# this file; docs/own_scan.md explains every key. Next: inrbench scan check THIS FILE",
        "data:",
        *(f"  {line}" for line in data),
        "geometry:",
        *(f"  {line}" for line in geometry),
        "# spacing: pixel * source_to_axis / source_to_detector",
        f"grid: {{shape: {columns}, spacing: {spacing}}}",
        f"views: {{use: {max(1, views // 6)}}}  # evenly spread; the others are held out",
        "# Typical attenuation of the main material in 1/unit; `inrbench scan check` suggests it.",
        "# scale:",
    ]
    return Draft("\n".join(text) + "\n", 2)


def _heltomo_spacing(path: Path) -> float:
    stated = documents.heltomo(path)
    pixel, source, detector = (
        float(np.ravel(stated[key])[0])
        for key in ("pixelSizePost", "distanceSourceOrigin", "distanceSourceDetector")
    )
    return pixel * source / detector
