"""The contract of a data set: a case whose scan and reference are of one object, in one unit."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from inrbench import projectors, registry
from inrbench.datasets.case import Case
from inrbench.geometry import to_dict
from inrbench.scan import Scan
from inrbench.testing.expect import expect, same_bits

EXPLAINED = 0.5
"""||A x - y|| / ||y|| of the reference, at most: coarse grids and noise leave less."""


class DatasetContract:
    """Inherit, and set `name` and (small) `parameters`."""

    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}

    def case(self) -> Case:
        """The data set under test."""
        return registry.make("dataset", self.name, **self.parameters)

    def test_it_gives_a_case(self) -> None:
        """A `Case`: a scan with its geometry, a grid, a finite reference of the grid's shape."""
        case = self.case()
        expect(
            isinstance(case, Case),
            f"it gave a {type(case).__name__}: return an inrbench.datasets.case.Case",
        )

    def test_equal_parameters_give_the_same_case(self) -> None:
        """The same parameters give the same numbers, bit for bit."""
        first, second = self.case(), self.case()
        expect(
            same_bits(_tensors(first), _tensors(second))
            and to_dict(first.scan.geometry) == to_dict(second.scan.geometry),
            "the same parameters gave two cases: draw what is random from a generator with a seed "
            "that is a parameter",
        )

    def test_the_reference_explains_the_scan(self) -> None:
        """||A x - y|| is small beside ||y|| for the reference x, and no mirror image fits better.

        So unit, orientation, angles and offsets of scan and reference agree.
        """
        case = self.case()
        residual = _residual(case.scan, case, case.reference)
        expect(
            residual < EXPLAINED,
            f"the reference leaves {residual:.0%} of the line integrals unexplained: is it in "
            "1/mm (or per pixel), row 0 at the largest y, and the geometry that of the scan?",
        )
        for axes in ((-1,), (-2,), (-2, -1)):
            turned = _residual(case.scan, case, torch.flip(case.reference, axes))
            expect(
                turned > 0.999 * residual,
                f"the reference flipped along the axes {axes} explains the scan better, "
                f"{turned:.1%} in place of {residual:.1%} unexplained: flip it",
            )

    def test_the_scale_is_that_of_the_object(self) -> None:
        """The scale is within a factor of 20 of the reference's largest values."""
        case = self.case()
        high = float(np.quantile(case.reference.numpy(), 0.99))
        expect(
            case.scale / 20 < high < 20 * case.scale,
            f"scale is {case.scale:g}, and the object has {high:g}: give the typical attenuation "
            "of its main material in the unit of the reference, since networks predict numbers "
            "near 1 and are multiplied by it",
        )

    def test_held_out_views_are_none_of_the_scan(self) -> None:
        """No view judges a method that got it."""
        case = self.case()
        if case.held_out is None:
            return
        got = {view.tobytes() for view in case.scan.sinogram.numpy()}
        twice = [
            k for k, view in enumerate(case.held_out.sinogram.numpy()) if view.tobytes() in got
        ]
        expect(
            not twice,
            f"held-out view {twice[:1]} is one of the scan: divide the views by "
            "inrbench.datasets.measured.split",
        )
        shapes = case.scan.sinogram.shape[1:], case.held_out.sinogram.shape[1:]
        expect(
            shapes[0] == shapes[1],
            f"held-out views have {tuple(shapes[1])} pixels, those of the scan {tuple(shapes[0])}",
        )

    def test_a_case_is_the_same_once_it_is_prepared(self) -> None:
        """What is written to a file and read back is the case, bit for bit."""
        case = self.case()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "case.npz"
            case.save(path)
            back = Case.open(path)
        expect(
            same_bits(_tensors(case), _tensors(back)) and back.grid == case.grid,
            "the case is another one once it is written and read: return plain tensors or arrays",
        )


def _tensors(case: Case) -> list[torch.Tensor]:
    scans = [case.scan] if case.held_out is None else [case.scan, case.held_out]
    return [case.reference, *(one.sinogram for one in scans)]


def _residual(scan: Scan, case: Case, image: torch.Tensor) -> float:
    found = projectors.make(scan.geometry, case.grid).forward(image)
    return float((found - scan.sinogram).norm() / scan.sinogram.norm().clamp(min=1e-30))
