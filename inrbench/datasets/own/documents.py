"""Descriptions of geometries as plain values: JSON, YAML, `key = value` lines, a MATLAB struct."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from inrbench.datasets.formats import hdf5, matlab, text
from inrbench.datasets.formats.judged import BadFile, judged, refused
from inrbench.io import text_file, yaml_file

_MOST = 2**24
"""Bytes of a JSON: 7,000 views of twelve numbers have 2 MB."""
_HELTOMO = ("angles", "distanceSourceOrigin", "distanceSourceDetector", "pixelSize",
            "pixelSizePost", "numDetectorsPost")  # fmt: skip


def mapping(path: Path) -> dict[str, Any]:
    """What a .json, .yaml or .yml says, a mapping; raises `ValueError`, `FileNotFoundError`."""
    if path.suffix.lower() in (".yaml", ".yml"):
        found = yaml_file.read(path)
    else:
        with judged(path, "JSON", "write it with json.dump, arrays as lists"):
            found = json.loads(text_file.read(path, _MOST))
    if not isinstance(found, dict):
        raise ValueError(f"{path}: expected a mapping of names to values")
    return found


def lines(path: Path) -> dict[str, Any]:
    """{key: value} of lines `key = value`, numbers as numbers and rows of them as lists."""
    found: dict[str, Any] = {}
    for line in text.lines(path):
        key, equals, word = line.partition("#")[0].partition("=")
        if equals:
            found[key.strip()] = _value(word.strip())
    return found


def _value(word: str) -> Any:
    words = [one for one in re.split(r"[\s,;]+", word.strip("[]() ")) if one]
    try:
        values = [float(one) for one in words]
    except ValueError:
        return word
    return values[0] if len(values) == 1 else values


def heltomo(path: Path) -> dict[str, Any]:
    """HelTomo's parameters: of the first struct of a .mat that has them, or of a .txt."""
    if path.suffix.lower() != ".mat":
        return lines(path)
    for struct in ("CtData", "CtDataLimited", "CtDataFull"):
        found = {}
        for name in _HELTOMO:
            key = f"{struct}/parameters/{name}"
            reader = hdf5 if h5py.is_hdf5(path) else matlab
            try:
                found[name] = np.ravel(reader.arrays(path, {key: None})[key]).tolist()
            except BadFile:
                continue
        if found:
            return found
    raise refused(path, "has no struct CtData with parameters", "is it one of HelTomo's?")
