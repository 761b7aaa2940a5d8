"""The page of an experiment's results that a person can send: what it ran on, what changed.

The records are compared with those that are kept under results/reference: of the same machine
where there are some, otherwise of the nearest (see `nearest`), and then the verdicts are `not
comparable` and the ratios are all there is to read.
"""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

from inrbench.cells import result
from inrbench.cells.record import Record
from inrbench.compare import compare, noise
from inrbench.compare.comparable import machine_of
from inrbench.compare.machines import machines_page
from inrbench.compare.nearest import KeptReference, nearest
from inrbench.compare.page import pages as pages_of
from inrbench.compare.runs import Runs
from inrbench.doctor.page import doctor_page
from inrbench.doctor.report import read as read_findings
from inrbench.experiments.experiment import Experiment
from inrbench.io.whole_file import whole
from inrbench.tables import cells_table, summary_page, summary_table, to_markdown
from inrbench.tables.html import document, escape, to_html
from inrbench.tables.kernels import kernels_page
from inrbench.tables.kernels import read as read_kernels
from inrbench.tables.markdown import inline
from inrbench.tables.page import Page

KERNELS = "kernels.json"
"""In an experiment's folder: what pytest-benchmark measured."""
DOCTOR = "doctor.json"
"""In an experiment's folder: what `inrbench doctor --json` found."""


def write(experiment: Experiment, results: Path, kept: Path) -> list[Path]:
    """Write report.html and report.md into an experiment's folder of results.

    Args:
        experiment: whose cells have all run.
        results: the machine's folder of results.
        kept: the folder of all machines' reference results.

    Raises:
        FileNotFoundError: a cell without a record.
        ValueError: a record, or a file of kernels or findings, that cannot be read.
    """
    name = f"{experiment.name}-{experiment.preset}"
    folder = results / name
    title = f"{experiment.title} ({results.name}, {experiment.preset})"
    pages = _pages(experiment, results, kept, name)
    figures = sorted((folder / "figures").glob("*.png"))
    links = [f"![{inline(one.stem)}]({quote(f'figures/{one.name}')})\n" for one in figures]
    texts = {
        "report.html": document(title, [*map(to_html, pages), *map(_embedded, figures)]),
        "report.md": "\n".join([f"# {inline(title)}\n", *map(to_markdown, pages), *links]),
    }
    for file, text in texts.items():
        with whole(folder / file) as partial:
            partial.write_text(text, encoding="utf-8")
    return [folder / file for file in texts]


def _pages(experiment: Experiment, results: Path, kept: Path, name: str) -> list[Page]:
    """What was compared, the comparison, the machine, the kernels, and the results."""
    folder = results / name
    new = _runs(experiment, results)
    found = nearest(machine_of(new.records), kept.glob(f"*/{name}"))
    called = None if found is None else f"reference/{found.machine}"
    base = [] if found is None else found.runs.records
    pages = [_what(experiment, new.records, found)]
    if found is not None:
        known = noise.find(folder.resolve(), found.key, results.parent)
        pages += pages_of(compare(found.runs, new, known))
    pages.append(machines_page(new.records, base, called))
    if (folder / DOCTOR).exists():
        pages.append(doctor_page(read_findings(folder / DOCTOR)))
    if (folder / KERNELS).exists():
        theirs = None if found is None else found.folder / KERNELS
        other = read_kernels(theirs) if theirs is not None and theirs.exists() else None
        same = found is not None and not found.differing
        pages.append(kernels_page(read_kernels(folder / KERNELS), other, called, same))
    summary = summary_table(cells_table(new.records))
    title = f"Results of {name}"
    return [*pages, summary_page(summary, new.records, title, experiment.note, brief=True)]


def _runs(experiment: Experiment, results: Path) -> Runs:
    """The experiment's cells as it is now; others that lie in its folder are of no concern."""
    found = tuple(result.of_experiment(results, experiment))
    return Runs(f"{results.name}/{experiment.name}-{experiment.preset}", found)


def _what(experiment: Experiment, new: list[Record], found: KeptReference | None) -> Page:
    """Which runs were compared with which, in sentences."""
    about = [f"{len(new)} runs of {experiment.name}-{experiment.preset}, {_days(new)}."]
    warnings = []
    if found is None:
        about.append(
            "No reference of this experiment and preset is kept, so nothing is compared; "
            f"`inrbench reference {experiment.name} --preset {experiment.preset}` keeps these."
        )
    else:
        base = found.runs.records
        about.append(f"Compared with {len(base)} runs of {found.folder}, {_days(base)}.")
        if found.differing:
            warnings.append(
                "That is the nearest reference, not one of this machine: it differs in "
                f"{', '.join(found.differing)}. Ratios only, no verdicts."
            )
    return Page(title="What was compared", columns={}, about=about, warnings=warnings)


def _days(found: list[Record]) -> str:
    days = sorted({record.created[:10] for record in found})
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _embedded(figure: Path) -> str:
    data = base64.b64encode(figure.read_bytes()).decode()
    return f'<img alt="{escape(figure.stem)}" src="data:image/png;base64,{data}">\n'
