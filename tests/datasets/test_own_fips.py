"""A FIPS data set through a YAML alone is that of the suite's own reader, bit for bit."""

import numpy as np
import pytest
import tiny_fips
import torch
import yaml

from inrbench import datasets
from inrbench.datasets import fips


@pytest.mark.parametrize("binning", [1, 2])
def test_a_fips_data_set_is_the_same_bit_for_bit(binning, tmp_path, monkeypatch):
    """Its txt, a corner of air in each view, and a shift of the images by three pixels."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    monkeypatch.setattr(fips, "FREE_RAY", tiny_fips.AIR)
    folder = tmp_path / tiny_fips.NAME
    tiny_fips.write(folder, -3)
    air = {"rows": [0, tiny_fips.AIR], "columns": [0, tiny_fips.AIR]}
    stated = {
        "data": {"file": f"{tiny_fips.PREFIX}*.tif", "axes": ["rows", "columns"], "are": "counts",
                 "air": air, "binning": binning},
        "geometry": {"heltomo": f"{tiny_fips.PREFIX}.txt", "unit": "mm",
                     "centre": (tiny_fips.COLUMNS - 1) / 2 + 3},
        "grid": {"shape": [20, 20, 20], "spacing": fips.FIELD / 20},
        "views": {"use": 30, "leave_out": [60]}, "scale": 0.03, "reference": "fdk",
    }  # fmt: skip
    path = folder / "mine.scan.yaml"
    path.write_text(yaml.safe_dump(stated))
    case = datasets.load("scan", file=str(path))
    other = datasets.load(tiny_fips.NAME, size=20, views=30, binning=binning, shift=-3.0)
    for one, its in ((case.scan, other.scan), (case.held_out, other.held_out)):
        assert torch.equal(one.sinogram, its.sinogram)
        assert np.array_equal(one.geometry.vectors, its.geometry.vectors)
    assert torch.equal(case.reference, other.reference) and case.scale == other.scale
