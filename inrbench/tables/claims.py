"""A paper's claims beside what the records say."""

from __future__ import annotations

import pandas as pd

from inrbench.papers import Claim, Paper, Verdict
from inrbench.papers.evidence import Evidence
from inrbench.tables.page import ABSENT, Page, heading

_ABOUT = (
    "Figures: geometric mean over seeds (smallest to largest). Fewer than three seeds, a cell "
    "that failed or has no record, and a setting that was not compared each keep a verdict from "
    "being `reproduced`."
)
_TINY = "The preset tiny proves the pipeline, not a claim."


def claims_table(verdicts: list[tuple[Claim, Verdict]]) -> pd.DataFrame:
    """One row a claim.

    Columns: claim, statement, where, verdict, comparisons (that have a value), within (how many
    of them lie within the tolerance), smallest and largest value, seeds (the fewest of a
    comparison), figures, tolerance, caveat.
    """
    rows = []
    for claim, verdict in verdicts:
        values = [one.value for one in verdict.comparisons if one.values]
        rows.append(
            {"claim": claim.name, "statement": claim.statement, "where": claim.where}
            | {"verdict": verdict.status, "comparisons": len(values), "within": verdict.within}
            | {"smallest": min(values, default=None), "largest": max(values, default=None)}
            | {"seeds": min(verdict.seeds, default=0), "figures": verdict.figures}
            | {"tolerance": claim.tolerance, "caveat": verdict.caveat}
        )
    return pd.DataFrame(rows)


def claims_page(
    verdicts: list[tuple[Claim, Verdict]],
    paper: Paper,
    evidence: Evidence,
    note: str | None = None,
) -> Page:
    """The claims for people, with the paper's numbers above."""
    columns = {
        "claim": [f"{claim.statement} ({claim.where})" for claim, _ in verdicts],
        "verdict": [verdict.status for _, verdict in verdicts],
        "seeds": [_range(verdict.seeds) for _, verdict in verdicts],
        "figures": [verdict.figures for _, verdict in verdicts],
        "caveat": [verdict.caveat or ABSENT for _, verdict in verdicts],
        "tolerance": [claim.tolerance for claim, _ in verdicts],
    }
    published = "; ".join(f"{one.what}: {one.value} ({one.where})" for one in paper.published)
    warnings = []
    if evidence.missing:
        missing = len(evidence.missing)
        cells = missing + len(evidence.found)
        have = "has" if missing == 1 else "have"
        warnings.append(f"{missing} of {cells} cells {have} no record yet.")
    if evidence.stale:
        are = "record is" if evidence.stale == 1 else "records are"
        warnings.append(
            f"{evidence.stale} {are} of other parameters than the experiment has now, and so "
            "counted among these."
        )
    if any(one.record.cell.preset == "tiny" for one in evidence.found):
        warnings.append(_TINY)
    title = heading(f"Claims: {paper.citation}", [one.record for one in evidence.found])
    return Page(title, columns, warnings, [_ABOUT, f"Published: {published}."], note)


def _range(counts: list[int]) -> str:
    """ "3", or "1 to 3"."""
    if not counts:
        return ABSENT
    least, most = min(counts), max(counts)
    return str(least) if least == most else f"{least} to {most}"
