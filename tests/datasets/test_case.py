"""A case: what it refuses, and that a file brings it back bit for bit."""

from dataclasses import replace

import pytest
import torch

from inrbench.datasets.case import Case
from inrbench.scan import Scan
from inrbench.testing.problem import small_problem


def case(**changes):
    grid, scan, _ = small_problem()
    fields = dict(scan=scan, grid=grid, reference=torch.rand(grid.shape), kind="truth", scale=0.02)
    return Case(**{**fields, **changes})


def test_a_file_brings_the_case_back(tmp_path):
    whole = case()
    weights = torch.rand_like(whole.scan.sinogram)
    first = replace(
        whole,
        scan=replace(whole.scan, weights=weights).subset([0, 2, 5]),
        held_out=whole.scan.subset([1, 3]),
        kind="reference",
        unit="pixel",
        reference_from="all views",
    )
    first.save(tmp_path / "case.npz")
    again = Case.open(tmp_path / "case.npz")
    assert torch.equal(again.reference, first.reference)
    for a, b in ((again.scan, first.scan), (again.held_out, first.held_out)):
        assert torch.equal(a.sinogram, b.sinogram)
        assert a.geometry.angles.tolist() == b.geometry.angles.tolist()
        assert a.geometry.detector_offset == b.geometry.detector_offset
    assert torch.equal(again.scan.weights, first.scan.weights)
    assert again.held_out.weights is None
    assert (again.grid, again.kind, again.scale, again.unit, again.reference_from) == (
        first.grid, "reference", 0.02, "pixel", "all views",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reference": torch.rand(3, 3)}, r"reference of shape \(3, 3\)"),
        ({"reference": torch.full((18, 22), float("nan"))}, "not finite"),
        ({"reference": torch.ones(18, 22)}, "constant"),
        ({"kind": "guess"}, "kind='guess'"),
        ({"scale": 0.0}, "scale=0.0"),
    ],
)
def test_what_cannot_be_scored_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        case(**changes)


def test_a_wrong_scan_does_not_become_a_case():
    _, scan, _ = small_problem()
    with pytest.raises(ValueError, match="transpose the data or correct the geometry"):
        Scan(scan.sinogram.T, scan.geometry)
