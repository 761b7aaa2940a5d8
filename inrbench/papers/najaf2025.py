"""Najaf and Ongie (2025): filtered least squares and ADMM.

An iteration is one product with A and one with A', so that LS, FLS and ADMM compare by iterations.
LS and FLS are trained with the full gradient; objectives with subsets are not the paper's.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from inrbench import records
from inrbench.pairs import BOUND, Found, by_experiment, by_setting, full
from inrbench.papers import Claim, Paper, Published
from inrbench.papers.comparison import Comparison
from inrbench.papers.curves import at, curve, last_common, reached

NETWORKS = ("Fourier features", "SIREN", "hash encoding")
ALL = tuple((network,) for network in NETWORKS)
NEAR = 1.1
"""Of two methods of which one is said to be lower: how far above it may be to be close."""

Compare = Callable[[list[Found]], list[Comparison]]
Number = Callable[..., float]
# (data set, network) -> "LS", "FLS", "ADMM" -> seed -> cell
Runs = dict[tuple[str, str], dict[str, dict[int, Found]]]


def condition_ratio(notes: pd.DataFrame) -> float | None:
    """condition(LS) / condition(FLS) of a `conditioning` cell's notes, each on the range of its
    Gram matrix as far as double precision resolves it (`conditioning.Spectrum`); None where one of
    them is missing, or where the two ranges differ in dimension."""
    rows = notes.set_index("objective")
    if not {"least_squares", "filtered_least_squares"} <= set(rows.index):
        return None
    ls, fls = rows.loc["least_squares"], rows.loc["filtered_least_squares"]
    return float(ls.range_condition / fls.range_condition) if ls["rank"] == fls["rank"] else None


def conditioning(found: list[Found]) -> list[Comparison]:
    """condition(Phi' A' A Phi) / condition(Phi' A' H A Phi) at initialisation."""
    values: dict[tuple, list[float]] = {}
    failed: dict[tuple, list[str]] = {}
    for own in by_experiment(found):
        for record, folder in own:
            if record.spec["method"].get("name") != "conditioning":
                continue
            key = (
                record.cell.experiment,
                record.cell.preset,
                record.labels["dataset"],
                record.labels["network"],
            )
            values.setdefault(key, [])
            notes = records.read_notes(folder) if record.status == "ok" else None
            ratio = None if notes is None else condition_ratio(notes)
            if ratio is not None:
                values[key].append(ratio)
            else:
                reason = "unequal ranks" if record.status == "ok" else record.status
                failed.setdefault(key, []).append(reason)
    return [
        Comparison(key[-2], (key[-1],), tuple(each), tuple(failed.get(key, ())))
        for key, each in values.items()
    ]


def below(name: str, *others: str) -> Compare:
    """MSE(name) / min over the others of MSE, all at their last common iteration."""

    def number(k: int, own: pd.Series, *rest: pd.Series) -> float:
        return at(own, k) / min(at(other, k) for other in rest)

    return lambda found: _compared(found, NETWORKS, number, name, *others)


def faster(name: str, rival: str, *networks: str) -> Compare:
    """iterations(name) / min(iterations(rival), iterations(LS)) to a common target: the larger
    MSE of name and rival at the last common iteration, which both reach."""

    def number(k: int, own: pd.Series, other: pd.Series, ls: pd.Series) -> float:
        target = max(at(own, k), at(other, k))
        return reached(own, target) / min(reached(other, target), reached(ls, target))

    return lambda found: _compared(found, networks, number, name, rival, "LS")


def beside_tv(name: str) -> Compare:
    """MSE(name) / MSE(TV), both final; of several strengths the one of least MSE, as published."""

    def compare(found: list[Found]) -> list[Comparison]:
        comparisons = []
        for own in by_experiment(found):
            for (dataset, network), runs in _runs(own).items():
                tv = [r for r, _ in own if r.labels["method"] == "TV"
                      and r.labels["dataset"] == dataset]  # fmt: skip
                if name not in runs or not tv:
                    continue
                cells = [record for record, _ in runs[name].values()]
                failed = [r.status for r in cells if r.status != "ok"]
                failed += [f"TV {r.status}" for r in tv if r.status != "ok"]
                least = min((r.metrics["mse"] for r in tv if r.status == "ok"), default=None)
                good = [] if least is None else [r for r in cells if r.status == "ok"]
                values = tuple(r.metrics["mse"] / least for r in good)
                comparisons.append(Comparison(dataset, (network,), values, tuple(failed)))
        return comparisons

    return compare


def _runs(own: list[Found]) -> Runs:
    """The cells of one experiment by what the paper calls them."""
    runs: Runs = {}
    for labels, modes in by_setting(own).items():
        axes, mode = dict(labels), full(modes)
        if axes["method"] == "INR" and axes["objective"] in ("LS", "FLS") and mode is not None:
            mine = runs.setdefault((axes["dataset"], axes["network"]), {})
            mine[axes["objective"]] = {cell[0].cell.seed: cell for cell in modes[mode]}
    for record, folder in own:
        if record.labels["method"] == "ADMM":
            mine = runs.setdefault((record.labels["dataset"], record.labels["network"]), {})
            mine.setdefault("ADMM", {})[record.cell.seed] = (record, folder)
    return runs


def _compared(
    found: list[Found], networks: tuple[str, ...], number: Number, *names: str
) -> list[Comparison]:
    """number(k, curve of each name) for each seed that all of them have, k being the last
    iteration that all have taken."""
    comparisons = []
    for own in by_experiment(found):
        for (dataset, network), runs in _runs(own).items():
            if network not in networks or not set(names) <= set(runs):
                continue
            values, failed, ends = [], [], set()
            for seed, first in runs[names[0]].items():
                cells = [first, *(runs[name].get(seed) for name in names[1:])]
                if None in cells:
                    continue  # the experiment does not have it
                faults = _faults(dict(zip(names, cells, strict=True)))
                failed += faults
                if not faults:
                    curves = [curve(folder) for _, folder in cells]
                    ends.add(k := last_common(*curves))
                    values.append(number(k, *curves))
            detail = f"iteration {', '.join(map(str, sorted(ends)))}" if ends else ""
            comparisons.append(
                Comparison(dataset, (network,), tuple(values), tuple(failed), detail)
            )
    return comparisons


def _faults(cells: dict[str, Found]) -> list[str]:
    """Why these cannot be compared; only the first is what the claim is about."""
    faults = []
    for position, (name, (record, folder)) in enumerate(cells.items()):
        fault = record.status
        if fault == "ok" and curve(folder) is None:
            fault = "without a curve"
        if fault != "ok":
            faults.append(fault if position == 0 else f"{name} {fault}")
    return faults


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
            compare=conditioning, holds=(10, 1000), near=(10**0.5, 10**3.5),
            needs="`conditioning` on each network, in an experiment of this paper",
            settings=ALL,
        ),
        Claim(
            name="fls_below_ls",
            statement="FLS better than LS in 1,000 iterations, substantially",
            where="text",
            quantity=f"MSE of FLS over that of LS at the last common iteration{_LOWER}",
            compare=below("FLS", "LS"), holds=(0, 1), near=(0, NEAR), needs=_RUN, settings=ALL,
        ),
        Claim(
            name="admm_below_ls",
            statement="ADMM better than LS in 1,000 iterations, substantially",
            where="text",
            quantity=f"MSE of ADMM over that of LS at the last common iteration{_LOWER}",
            compare=below("ADMM", "LS"), holds=(0, 1), near=(0, NEAR), needs=_RUN, settings=ALL,
        ),
        Claim(
            name="fls_fastest",
            statement="FLS is the fastest for Fourier features and SIREN",
            where="text",
            quantity=(
                "iterations of FLS over the fewer of ADMM's and LS', to the higher MSE of FLS and "
                "ADMM at the last common iteration"
            ),
            compare=faster("FLS", "ADMM", *NETWORKS[:2]), holds=(0, 1), near=(0, BOUND),
            needs=_RUN, settings=ALL[:2],
        ),
        Claim(
            name="admm_faster",
            statement="ADMM is slightly faster for the hash encoding",
            where="text",
            quantity=(
                "iterations of ADMM over the fewer of FLS' and LS', to the higher MSE of FLS and "
                "ADMM at the last common iteration"
            ),
            compare=faster("ADMM", "FLS", NETWORKS[2]), holds=(0, 1), near=(0, BOUND),
            needs=_RUN, settings=ALL[2:],
        ),
        Claim(
            name="admm_lowest",
            statement="ADMM has the lowest final MSE in all cases",
            where="text",
            quantity="MSE of ADMM over the lower of LS and FLS at the last common iteration",
            compare=below("ADMM", "LS", "FLS"), holds=(0, 1), near=(0, NEAR),
            needs=_RUN, settings=ALL,
        ),
        *(
            Claim(
                name=f"{name.lower()}_beside_tv",
                statement=f"{name} has a smaller MSE than TV, or a comparable one",
                where="text",
                quantity=(
                    f"final MSE of {name} over that of TV with the strength of least MSE (bounds "
                    "are ours)"
                ),
                compare=beside_tv(name), holds=(0, BOUND), near=(0, 1.4),
                needs=_RUN, settings=ALL,
            )
            for name in ("FLS", "ADMM")
        ),
    ),
)  # fmt: skip
