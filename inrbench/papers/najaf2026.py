"""Najaf and Ongie (2026): gradients by subsampled Jacobian-vector products.

The paper does not publish its sampling rates. The claims are tested at `RATE`, which is ours, with
the uniform sampler, which is the paper's; `tables.agreement` has the other rates and samplers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from functools import partial

from inrbench.cells.cell import Cell, part_label
from inrbench.cells.pairs import (
    BOUND,
    BY_DESIGN,
    Modes,
    by_experiment,
    by_setting,
    full,
    kind,
    pairs,
)
from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.datasets.shapes import shapes
from inrbench.papers import Claim, Paper, Published
from inrbench.papers.comparison import ClaimComparison, ratio
from inrbench.papers.curves import NO_CURVE, curve

RATE = 0.1
MODE = part_label("gradient", {"name": "jvp", "rate": RATE})
NEAR = 1.4
"""Twice the tolerance of `BOUND`."""
SETTINGS = tuple(
    (network, objective)
    for network in ("Fourier features", "SIREN", "hash encoding")
    for objective in ("LS", "FLS")
)


def final_mse(found: list[Result]) -> list[ClaimComparison]:
    """MSE(approximation) / MSE(full gradient) after as many iterations, as `agreement` has it."""
    comparisons = []
    for dataset, of, sampled, modes in _settings(found):
        baseline = full(modes)
        if baseline is not None:
            shared, left_out = pairs(sampled, modes[baseline])
            values = [
                ratio(own.record.metrics["mse"], other.record.metrics["mse"])
                for own, other in shared
            ]
            comparisons.append(ClaimComparison(dataset, of, tuple(values), *_left_out(left_out)))
    return comparisons


def convergence(found: list[Result]) -> list[ClaimComparison]:
    """MSE(approximation) / MSE(full gradient) at the checkpoint of the second half of the run
    where its geometric mean over the seeds is largest."""
    comparisons = []
    for dataset, of, sampled, modes in _settings(found):
        baseline = full(modes)
        if baseline is None:
            continue
        shared, left_out = pairs(sampled, modes[baseline])
        ratios = []
        for own, other in shared:
            mine, theirs = curve(own), curve(other)
            if mine is None or theirs is None:
                left_out[NO_CURVE] += 1
                continue
            quotient = (mine / theirs).dropna()
            ratios.append(quotient[quotient.index >= quotient.index[-1] / 2])
        worst, detail = (), ""
        if ratios:
            common = set.intersection(*(set(each.index) for each in ratios))
            columns = {k: tuple(float(each[k]) for each in ratios) for k in sorted(common)}
            k = max(columns, key=lambda k: math.prod(columns[k]))
            worst, detail = columns[k], f"iteration {k}"
        failed, why = _left_out(left_out)
        comparisons.append(ClaimComparison(dataset, of, worst, failed, detail or why))
    return comparisons


def memory(found: list[Result], dimension: int) -> list[ClaimComparison]:
    """tensor_peak(autograd) / tensor_peak(approximation) on images (2) or volumes (3).

    Autograd's peak is measured, or planned (`memory.peak`) where it did not fit or was not run.
    """
    fdk = {r.labels["dataset"] for r in _records(found) if r.labels["method"] == "FDK"}
    comparisons = []
    for dataset, of, cells, modes in _settings(found):
        sampled = _records(cells)
        known = shapes(sampled[0].spec["dataset"])
        if dimension != (len(known[0]) if known else 3 if dataset in fdk else 2):
            continue
        autograd = [r for mode in modes.values() for r in _records(mode) if kind(r) == "autograd"]
        failed = [f"{MODE} {r.status}" for r in sampled if r.status != "ok"]
        failed += [f"autograd {r.status}" for r in autograd
                   if r.status not in ("ok", "out_of_memory")]  # fmt: skip
        own = [peak for r in sampled if r.status == "ok" and (peak := _peak(r))]
        whole = max(
            (peak for r in autograd if r.status == "ok" and (peak := _peak(r))), default=None
        )
        why, caveats = "", ()
        if whole is None:
            whole = _planned(sampled[0], known)
            refused = any(r.status == "out_of_memory" for r in autograd)
            why = "autograd did not fit" if refused else "autograd has no reading"
            caveats = (f"{why}, so its peak is a planned one",)
            why = "" if whole else f"{why}, and without shapes there is no plan"
        if not own:
            why = f"{MODE} has no reading"
        values = tuple(whole / peak for peak in own) if whole else ()
        comparisons.append(ClaimComparison(dataset, of, values, tuple(failed), why, caveats))
    return comparisons


def cone_beam(found: list[Result]) -> list[ClaimComparison]:
    """min over networks and objectives of MSE(approximation) / min(MSE(FDK), best MSE(CGLS)),
    from the same views, one comparison a data set."""
    comparisons = []
    for own in by_experiment(found):
        for dataset in dict.fromkeys(r.labels["dataset"] for r in _records(own)):
            here = [one for one in own if one.record.labels["dataset"] == dataset]
            methods = {r.labels["method"]: r for r in _records(here)}
            if "FDK" not in methods or "CGLS" not in methods:
                continue
            tried = [(of, _records(cells)) for _, of, cells, _ in _settings(here)]
            if not tried:
                continue
            classical = [methods["FDK"], methods["CGLS"]]
            failed = [f"{r.labels['method']} {r.status}" for r in classical if r.status != "ok"]
            failed += [
                f"{MODE} {'without an MSE' if r.status == 'ok' else r.status}"
                for _, cells in tried for r in cells if not _ended(r)
            ]  # fmt: skip
            fdk, cgls = classical[0].metrics.get("mse"), classical[1].metrics.get("best_mse")
            best = None
            if fdk is not None and cgls is not None:
                ratios = [
                    ClaimComparison(dataset, of,
                               tuple(ratio(r.metrics["mse"], min(fdk, cgls)) for r in good),
                               detail=f"FDK {fdk:.3g}, CGLS' best iterate {cgls:.3g}")
                    for of, cells in tried if (good := [r for r in cells if _ended(r)])
                ]  # fmt: skip
                failed += [why for one in ratios for why in one.failed]
                best = min((one for one in ratios if one.values), key=lambda one: one.value,
                           default=None)  # fmt: skip
            of, values, detail = (
                (("no network",), (), "") if best is None else (best.of, best.values, best.detail)
            )
            comparisons.append(ClaimComparison(dataset, of, values, tuple(failed), detail))
    return comparisons


def _settings(found: list[Result]) -> Iterator[tuple[str, tuple[str, str], list[Result], Modes]]:
    """Data set, (network, objective), the approximation's cells and those of all modes.

    Network and objective are written as registered, whatever an experiment calls them. Where
    several modes are of this rate (in chunks, all at once), that of most cells counts.
    """
    for own in by_experiment(found):
        for labels, modes in by_setting(own).items():
            sampled = [cells for cells in modes.values() if _approximates(cells[0].record)]
            parts = sampled[0][0].record.spec["method"] if sampled else {}
            if {"network", "objective"} <= parts.keys():
                network, objective = (
                    part_label(axis, parts[axis]) for axis in ("network", "objective")
                )
                yield dict(labels)["dataset"], (network, objective), max(sampled, key=len), modes


def _records(found: list[Result]) -> list[Record]:
    return [one.record for one in found]


def _left_out(left_out: Counter[str]) -> tuple[tuple[str, ...], str]:
    """Failures one by one, and what the experiment left out by design."""
    failed = tuple(why for why in left_out.elements() if why not in BY_DESIGN)
    return failed, ", ".join(f"{left_out[why]} {why}" for why in BY_DESIGN if left_out[why])


def _compares(cell: Cell, dimension: int | None = None) -> bool:
    """Whether it has the approximation or the full gradient, on images (2), volumes (3) or any."""
    if "gradient" not in cell.spec["method"] or not _is(cell, dimension):
        return False
    return _approximates(cell) or kind(cell) != "sampled"


def _in_cone_beam(cell: Cell) -> bool:
    method = cell.spec["method"]
    classical = method["name"] in ("fdk", "cgls")
    return _is(cell, 3) and (classical or ("gradient" in method and _approximates(cell)))


def _is(cell: Cell, dimension: int | None) -> bool:
    """Data of unknown shapes is taken for a volume, as the paper's measured data is."""
    known = shapes(cell.spec["dataset"])
    return dimension in (None, len(known[0]) if known else 3)


def _approximates(record: Record | Cell) -> bool:
    part = record.spec["method"].get("gradient", {})
    jvp = part.get("name") == "jvp"
    return jvp and (part.get("rate"), part.get("sampler")) == (RATE, "uniform")


def _ended(record: Record) -> bool:
    """Whether it ended well, with an MSE."""
    return record.status == "ok" and record.metrics.get("mse") is not None


def _peak(record: Record) -> int | None:
    return next((m.bytes for m in record.memory if m.name == "tensor_peak"), None)


def _planned(record: Record, known: tuple | None) -> int | None:
    """Bytes of the same cell with autograd before it runs; None without shapes or a rehearsal."""
    if known is None:
        return None
    from inrbench.memory.peak import peak

    spec = {"method": record.spec["method"] | {"gradient": {"name": "autograd"}}}
    device = "cuda" if record.machine.get("key", {}).get("cuda") else "cpu"
    try:
        return peak(spec, *known, device)
    except ValueError:
        return None


_PEAKS = (
    f"tensor peak of autograd over that of {MODE} (live tensors, the same on any device; rate and "
    "bounds are ours)"
)

PAPER = Paper(
    citation=(
        "Najaf and Ongie (2026), Memory-efficient optimization of implicit neural "
        "representations for CT reconstruction, arXiv:2604.09884"
    ),
    published=(
        Published("iterations of the MSE curves", "up to 4,000", "figure 2"),
        Published("iterations of the Walnut images", "1,000 of Adam", "figure 3"),
        Published(
            "image MSE of the Walnut, mm⁻², which is whose unclear",
            "2.80e-6, 1.18e-5, 7.46e-6, 7.72e-6, 3.69e-6", "figure 3",
        ),
        Published("window of the FORBILD images, mm⁻¹", "0.0200 to 0.0220", "figure 1"),
        Published("hardware", "one RTX 4090 with 24 GB", "text"),
    ),
    claims=(
        Claim(
            name="memory_2d",
            statement="Far less memory than automatic differentiation, on images",
            where="abstract",
            quantity=_PEAKS,
            compare=partial(memory, dimension=2),
            compares=partial(_compares, dimension=2), holds=(4, math.inf), near=(2, math.inf),
            needs=f"{MODE} and autograd on each network and objective: `snakemake najaf2026`",
            settings=SETTINGS, statistical=False,
        ),
        Claim(
            name="memory_3d",
            statement="Far less memory than automatic differentiation, on volumes",
            where="abstract",
            quantity=_PEAKS,
            compare=partial(memory, dimension=3),
            compares=partial(_compares, dimension=3), holds=(4, math.inf), near=(2, math.inf),
            needs=f"{MODE} on a volume: `snakemake najaf2026_3d`",
            settings=SETTINGS, statistical=False,
        ),
        Claim(
            name="final_mse",
            statement="A mean squared error comparable to that of the full gradient",
            where="abstract",
            quantity=(
                f"final MSE of {MODE} over that of the full gradient after as many iterations "
                "(the bound is an outside reader's)"
            ),
            compare=final_mse, compares=_compares, holds=(0, BOUND), near=(0, NEAR),
            needs=f"{MODE} and autograd after as many iterations: `snakemake najaf2026`",
            settings=SETTINGS,
        ),
        Claim(
            name="convergence",
            statement="Convergence comparable to that of the full gradient",
            where="abstract and figure 2",
            quantity=(
                "largest ratio of the two MSE curves over the second half of the run (bounds "
                "are ours)"
            ),
            compare=convergence, compares=_compares, holds=(0, BOUND), near=(0, NEAR),
            needs=f"{MODE} and autograd after as many iterations: `snakemake najaf2026`",
            settings=SETTINGS,
        ),
        Claim(
            name="cone_beam",
            statement="Sparse-view 3D cone-beam reconstruction, with the approximation",
            where="abstract and figure 3",
            quantity=(
                f"final MSE of the network and objective that is best with {MODE}, over the lower "
                "of FDK and CGLS' best iterate from the same views (test and bounds are ours)"
            ),
            compare=cone_beam, compares=_in_cone_beam, holds=(0, 1), near=(0, BOUND),
            needs=f"FDK, CGLS and {MODE} on a cone beam: `snakemake najaf2026_3d`",
        ),
    ),
)  # fmt: skip
