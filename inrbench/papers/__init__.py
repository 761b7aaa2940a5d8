"""Papers: what they claim and publish, and whether records bear it out.

A claim is put to the test by comparisons, one for each data set, network and objective. Each is a
number, the geometric mean over seeds, that must lie within the claim's tolerance. The verdict is

    reproduced       if every comparison does, and there is no caveat
    close            if every comparison lies within the wider tolerance, or there is a caveat
    not reproduced   if one does not, or a run that the claim is about diverged
    not tested       if there is nothing to compare
    undecided        if the claim says why its experiments cannot decide it yet, whatever they show

A caveat is a cell that failed or has no record, a setting of the paper's that was not compared, a
comparison's own (a number that is modelled and not measured, fewer iterations than the claim
speaks of), and, for a claim that chance could bear out, fewer than `SEEDS` seeds. No torch.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from inrbench import registry
from inrbench.papers.comparison import ClaimComparison, text

if TYPE_CHECKING:
    from inrbench.cells.cell import Cell
    from inrbench.cells.result import Result

SEEDS = 3
"""The fewest seeds that exclude chance well enough to say `reproduced`."""

Status = Literal["reproduced", "close", "not reproduced", "not tested", "undecided"]


@dataclass(frozen=True)
class Published:
    """A number that the paper prints: what it is, its value in words, and where it stands."""

    what: str
    value: str
    where: str


@dataclass(frozen=True)
class Verdict:
    """What records say about a claim.

    Args:
        status: see the module.
        comparisons: all of them, those without a value too.
        within: how many lie within the tolerance.
        figures: the comparisons as text, or what would have to be run.
        caveat: why it is not plainly `reproduced`, or what weakens a refutation; "" for nothing.
    """

    status: Status
    comparisons: tuple[ClaimComparison, ...]
    within: int
    figures: str
    caveat: str

    @property
    def seeds(self) -> list[int]:
        """How many each comparison with a value is over."""
        return [len(one.values) for one in self.comparisons if one.values]


@dataclass(frozen=True)
class Claim:
    """A sentence of a paper, and how it is tested.

    Args:
        name: key, in tables of numbers.
        statement: what the paper says.
        where: in the paper.
        quantity: what is compared, and whose the bounds are.
        compare: the comparisons that records allow.
        compares: whether a cell is one of those that it compares.
        holds: least and largest value that count as reproduced.
        near: the same for close.
        needs: what would have to be run.
        settings: the `ClaimComparison.of` that the paper speaks of.
        statistical: whether other seeds could give another verdict.
        undecided: why the experiments that there are cannot decide it; "" where they can.
    """

    name: str
    statement: str
    where: str
    quantity: str
    compare: Callable[[list[Result]], list[ClaimComparison]]
    compares: Callable[[Cell], bool]
    holds: tuple[float, float]
    near: tuple[float, float]
    needs: str
    settings: tuple[tuple[str, ...], ...] = ()
    statistical: bool = True
    undecided: str = ""

    @property
    def tolerance(self) -> str:
        """What is compared, and within what bounds."""
        return f"{self.quantity}: {_bounds(self.holds)}; close: {_bounds(self.near)}"

    def verdict(self, found: list[Result], missing: Sequence[Cell] = ()) -> Verdict:
        """The verdict of these records.

        Args:
            found: the results that there are.
            missing: the cells of the same experiments that have no record.
        """
        every = self.compare(found)
        judged = [one for one in every if one.values]
        failed = Counter(why for one in every for why in one.failed)
        caveats = self._caveats(judged, failed, sum(map(self.compares, missing)))
        within = sum(_inside(one.value, self.holds) for one in judged)
        status: Status = "not reproduced"
        if not judged and not failed["diverged"]:
            status = "not tested"
        elif self.undecided:
            status = "undecided"
            caveats.insert(0, self.undecided)
        elif failed["diverged"]:
            pass
        elif within == len(judged):
            status = "close" if caveats else "reproduced"
            caveats = [f"within the tolerance, but {caveats[0]}", *caveats[1:]] if caveats else []
        elif all(_inside(one.value, self.near) for one in judged):
            status = "close"
        figures = [text(every, within)] if every else []
        if status == "not tested":
            figures.append(f"to be run: {self.needs}")
        return Verdict(status, tuple(every), within, "; ".join(figures), "; ".join(caveats))

    def _caveats(
        self, judged: list[ClaimComparison], failed: Counter[str], missing: int
    ) -> list[str]:
        caveats = []
        if failed:
            reasons = ", ".join(f"{count} {why}" for why, count in failed.items())
            cells = "cell" if failed.total() == 1 else "cells"
            caveats.append(f"{failed.total()} {cells} could not be compared ({reasons})")
        caveats += dict.fromkeys(caveat for one in judged for caveat in one.caveats)
        absent = [one for one in self.settings if one not in {each.of for each in judged}]
        if judged and absent:
            names = ", ".join(" with ".join(one) for one in absent)
            caveats.append(f"nothing to compare for {names}")
        few = [one for one in judged if len(one.values) < SEEDS]
        if self.statistical and few:
            seeds = min(len(one.values) for one in few)
            where = ", ".join(dict.fromkeys(one.dataset for one in few))
            caveats.append(
                f"{'one seed' if seeds == 1 else f'{seeds} seeds'} ({where}), which does not "
                f"exclude chance: at least {SEEDS} are needed"
            )
        if judged and missing:
            caveats.append(
                f"{missing} {'cell has' if missing == 1 else 'cells have'} no record yet"
            )
        return caveats


@dataclass(frozen=True)
class Paper:
    """A paper: its citation, the numbers that it prints, and its claims."""

    citation: str
    published: tuple[Published, ...]
    claims: tuple[Claim, ...]


def load(name: str) -> Paper:
    """The paper of this name; raises `ValueError` for an unknown one."""
    return registry.load("paper", name)


def _inside(value: float, bounds: tuple[float, float]) -> bool:
    """The ends belong to it, whatever the rounding of a mean of logarithms."""
    return bounds[0] * (1 - 1e-9) <= value <= bounds[1] * (1 + 1e-9)


def _bounds(bounds: tuple[float, float]) -> str:
    least, most = (f"{bound:,.3g}" if bound < 1000 else f"{bound:,.0f}" for bound in bounds)
    if bounds[1] == math.inf:
        return f"at least {least}"
    return f"{least} to {most}" if bounds[0] else f"at most {most}"
