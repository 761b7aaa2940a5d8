"""Najaf and Ongie (2025): filtered least squares and ADMM.

An iteration is one product with A and one with A', so that LS, FLS and ADMM compare by iterations.
All are trained with the full gradient; objectives with subsets are not the paper's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from inrbench import registry
from inrbench.cells.pairs import BOUND
from inrbench.cells.result import Result
from inrbench.papers import Claim, Paper, Published
from inrbench.papers.comparison import ClaimComparison
from inrbench.papers.curves import NO_CURVE, common, curve, reached
from inrbench.papers.najaf2025_cells import NETWORKS, one_of, settings

ALL = tuple((registry.label("network", network),) for network in NETWORKS)
ITERATIONS = 1000
"""What the claims about the MSE speak of."""
NEAR = 1.1
"""Of two methods of which one is said to be lower: how far above it may be to be close."""

Compare = Callable[[list[Result]], list[ClaimComparison]]


def condition_ratio(notes: pd.DataFrame) -> float | None:
    """condition(LS) / condition(FLS) of a `conditioning` cell's notes, each on the range of its
    Gram matrix as far as double precision resolves it (`conditioning.Spectrum`); None where one of
    them is missing, or where the two ranges differ in dimension."""
    rows = notes.set_index("objective")
    if not {"least_squares", "filtered_least_squares"} <= set(rows.index):
        return None
    ls, fls = rows.loc["least_squares"], rows.loc["filtered_least_squares"]
    return float(ls.range_condition / fls.range_condition) if ls["rank"] == fls["rank"] else None


def conditioning(found: list[Result]) -> list[ClaimComparison]:
    """condition(Phi' A' A Phi) / condition(Phi' A' H A Phi) at initialisation."""
    comparisons = []
    for one, runs in settings(found, NETWORKS, "conditioning"):
        values, failed = [], []
        for cell in runs["conditioning"].values():
            status = cell.record.status
            notes = cell.notes() if status == "ok" else None
            value = None if notes is None else condition_ratio(notes)
            if value is not None:
                values.append(value)
            elif status != "ok":
                failed.append(status)
            else:
                failed.append("left no notes" if notes is None else "unequal ranks")
        comparisons.append(replace(one, values=tuple(values), failed=tuple(failed)))
    return comparisons


def below(name: str, *others: str) -> Compare:
    """MSE(name) / min over the others of MSE, all at their last common iteration."""

    def number(mse: pd.DataFrame) -> float:
        last = mse.iloc[-1]
        return float(last[name] / last[list(others)].min())

    return lambda found: [one for one, _ in _compared(found, NETWORKS, number, name, *others)]


def faster(name: str, rival: str, *networks: str) -> Compare:
    """iterations(name) / min(iterations(rival), iterations(LS)) to a common target: the larger
    MSE of name and rival at the last common iteration, which both reach. LS may never reach it:
    its iterations are infinite then, and not the fewest.

    Iterations are those that all have in common. Where the target is there for several at the same
    one the ratio is 1, a tie, which shows none of them to be faster.
    """

    def number(mse: pd.DataFrame) -> float:
        target = mse[[name, rival]].iloc[-1].max()
        own, *others = (reached(mse[each], target) for each in (name, rival, "LS"))
        return own / min(others)

    def compare(found: list[Result]) -> list[ClaimComparison]:
        comparisons = []
        for one, curves in _compared(found, networks, number, name, rival, "LS"):
            step = max((np.diff(mse.index, prepend=0).max() for mse in curves), default=0)
            tie = (f"a tie, as far as steps of {step} iterations tell",)
            if curves:
                caveats = one.caveats + (tie if set(one.values) == {1.0} else ())
                one = replace(one, detail=f"{one.detail}, in steps of {step}", caveats=caveats)
            comparisons.append(one)
        return comparisons

    return compare


def beside_tv(name: str) -> Compare:
    """MSE(name) / MSE(TV), both final. TV draws nothing at random: its run with another seed
    stands in where it has none with this one."""

    def compare(found: list[Result]) -> list[ClaimComparison]:
        comparisons = []
        for one, runs in settings(found, NETWORKS, name, "TV"):
            values, failed, ends = [], [], []
            for seed, cell in runs[name].items():
                tv = runs["TV"].get(seed) or next(iter(runs["TV"].values()))
                curves, faults = _curves({name: cell, "TV": tv})
                failed += faults
                if not faults:
                    own, other = (mse.iloc[-1] for mse in curves.values())
                    values.append(float(own / other))
                    ends.append(int(curves[name].index[-1]))
            comparisons.append(
                replace(one, values=tuple(values), failed=tuple(failed), caveats=_short(ends))
            )
        return comparisons

    return compare


def _compared(
    found: list[Result],
    networks: tuple[str, ...],
    number: Callable[[pd.DataFrame], float],
    *names: str,
) -> list[tuple[ClaimComparison, list[pd.DataFrame]]]:
    """number(curves) for each seed that all names have, and these curves: MSE by common iteration,
    a column for each name."""
    comparisons = []
    for one, runs in settings(found, networks, *names):
        shared, failed = [], []
        for seed in sorted(set.intersection(*(set(cells) for cells in runs.values()))):
            curves, faults = _curves({name: cells[seed] for name, cells in runs.items()})
            if not faults and common(curves).empty:
                faults = ["without a common iteration"]
            failed += faults
            shared += [] if faults else [common(curves)]
        ends = sorted({int(mse.index[-1]) for mse in shared})
        where = f"iteration {', '.join(map(str, ends))}" if ends else one.detail
        one = replace(one, values=tuple(map(number, shared)), failed=tuple(failed), detail=where,
                      caveats=_short(ends))  # fmt: skip
        comparisons.append((one, shared))
    return comparisons


def _curves(cells: dict[str, Result]) -> tuple[dict[str, pd.Series], list[str]]:
    """The curves, and why cells have none; the first cell is the one that the claim is about."""
    curves, faults = {}, []
    for position, (name, cell) in enumerate(cells.items()):
        status = cell.record.status
        mse = curve(cell) if status == "ok" else None
        if mse is not None:
            curves[name] = mse
        else:
            fault = status if status != "ok" else NO_CURVE
            faults.append(f"{name} {fault}" if position else fault)
    return curves, faults


def _short(ends: list[int]) -> tuple[str, ...]:
    """The caveat of runs that ended before the claim's iterations."""
    if not ends or min(ends) >= ITERATIONS:
        return ()
    return (f"compared after {min(ends)} iterations, and the claim is about {ITERATIONS:,}",)


_UNDECIDED = (
    "rates of LS, FLS or ADMM lie at the edge of what their search tried, the phantom has detail "
    "finer than a pixel, and three seeds of one phantom exclude little"
)
_RUN = "`tv`, `admm`, and `inr` with LS and FLS, on each network, in an experiment of this paper"
_LOWER = " (what is substantial is not published: lower suffices)"

PAPER = Paper(
    citation=(
        "Najaf and Ongie (2025), Accelerated optimization of implicit neural representations "
        "for CT reconstruction, ISBI, arXiv:2504.13390"
    ),
    published=(
        Published("condition number of LS over that of FLS", "10 to 1,000 on average", "table 1"),
        Published("iterations", "1,000; ADMM: 20 outer of 50 CGLS and 50 Adam steps", "text"),
        Published("scan", "128 views over 360°, 1,024 detector pixels", "text"),
        Published("networks", "depth 6 and width 256; hash encoding 6 and 128", "text"),
    ),
    claims=(
        Claim(
            name="conditioning",
            statement="FLS lowers the condition number at initialisation by 1 to 3 orders of "
            "magnitude on average",
            where="table 1",
            quantity="condition number of LS over that of FLS, last layer, on the range of a "
            "singular matrix",
            compare=conditioning,
            compares=partial(one_of, roles=("conditioning",)),
            holds=(10, 1000), near=(10**0.5, 10**3.5),
            needs="`conditioning` on each network, in an experiment of this paper",
            settings=ALL,
        ),
        *(
            Claim(
                name=f"{name.lower()}_below_ls",
                statement=f"{name} better than LS in 1,000 iterations, substantially",
                where="text",
                quantity=f"MSE of {name} over that of LS at the last common iteration{_LOWER}",
                compare=below(name, "LS"),
                compares=partial(one_of, roles=(name, "LS")),
                holds=(0, 1), near=(0, NEAR), needs=_RUN, settings=ALL, undecided=_UNDECIDED,
            )
            for name in ("FLS", "ADMM")
        ),
        Claim(
            name="fls_fastest",
            statement="FLS is the fastest for Fourier features and SIREN",
            where="text",
            quantity=(
                "iterations of FLS over the fewer of ADMM's and LS', to the higher MSE of FLS and "
                "ADMM at the last common iteration; counted in iterations that all three have"
            ),
            compare=faster("FLS", "ADMM", *NETWORKS[:2]),
            compares=partial(one_of, roles=("ADMM", "LS", "FLS"), networks=NETWORKS[:2]),
            holds=(0, 1), near=(0, BOUND),
            needs=_RUN, settings=ALL[:2], undecided=_UNDECIDED,
        ),
        Claim(
            name="admm_faster",
            statement="ADMM is slightly faster for the hash encoding",
            where="text",
            quantity=(
                "iterations of ADMM over the fewer of FLS' and LS', to the higher MSE of FLS and "
                "ADMM at the last common iteration; counted in iterations that all three have"
            ),
            compare=faster("ADMM", "FLS", NETWORKS[2]),
            compares=partial(one_of, roles=("ADMM", "LS", "FLS"), networks=NETWORKS[2:]),
            holds=(0, 1), near=(0, BOUND),
            needs=_RUN, settings=ALL[2:], undecided=_UNDECIDED,
        ),
        Claim(
            name="admm_lowest",
            statement="ADMM has the lowest final MSE in all cases",
            where="text",
            quantity="MSE of ADMM over the lower of LS and FLS at the last common iteration",
            compare=below("ADMM", "LS", "FLS"),
            compares=partial(one_of, roles=("ADMM", "LS", "FLS")),
            holds=(0, 1), near=(0, NEAR),
            needs=_RUN, settings=ALL, undecided=_UNDECIDED,
        ),
        *(
            Claim(
                name=f"{name.lower()}_beside_tv",
                statement=f"{name} has a smaller MSE than TV, or a comparable one",
                where="text",
                quantity=(
                    f"final MSE of {name} over that of TV at the one strength of the experiment "
                    "(the paper's is that of least MSE; bounds are ours)"
                ),
                compare=beside_tv(name),
                compares=partial(one_of, roles=(name, "TV")),
                holds=(0, BOUND), near=(0, 1.4), needs=_RUN, settings=ALL, undecided=_UNDECIDED,
            )
            for name in ("FLS", "ADMM")
        ),
    ),
)  # fmt: skip
