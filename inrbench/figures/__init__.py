"""Figures: results -> PDF and PNG, all in one style.

A registered figure is a function `draw(results, **options) -> matplotlib Figure`.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from inrbench import registry
from inrbench.cells import records
from inrbench.cells.result import Result
from inrbench.figures.results import Results, drawn
from inrbench.io.whole_file import whole
from inrbench.run import stale

STYLE = Path(__file__).with_name("inrbench.mplstyle")


def draw(
    wanted: dict[str, dict[str, Any]],
    found: Iterable[Result],
    target: Path,
    said: str | None = None,
) -> list[Path]:
    """Draw figures of these results.

    Args:
        wanted: name of the files -> {name: registered figure, **options}; without a name it is
            that of the files. A `label` stands above the figure, such as the figure of a paper
            that it stands for.
        found: in the experiment's order.
        target: gets <figure>.pdf and <figure>.png.
        said: written below each figure, where it shows less than its experiment has.

    Returns:
        The files written.

    Raises:
        ValueError: an unknown figure or option, with the nearest known one, or a value that a
            figure refuses; all the others are drawn first.
    """
    target.mkdir(parents=True, exist_ok=True)
    written, faults = [], []
    for key, figure in _drawn(wanted, found):
        try:
            if isinstance(figure, ValueError):
                raise figure
            if said is not None:
                figure.text(0.5, -0.02, textwrap.fill(said, 80), ha="center", va="top")
            for suffix in ("pdf", "png"):
                # Without a date in it, the same records give the same file.
                about = {"CreationDate": None} if suffix == "pdf" else None
                content = io.BytesIO()  # as matplotlib stumbles over a full disk
                figure.savefig(content, format=suffix, metadata=about)
                with whole(target / f"{key}.{suffix}") as partial:
                    partial.write_bytes(content.getvalue())
                written.append(target / f"{key}.{suffix}")
        except ValueError as error:
            faults.append(f"figure {key!r}: {error}")
            if isinstance(error, records.Damaged):
                stale.forget(error.folder)
    if faults:
        raise ValueError("; ".join(faults))
    return written


def shown(wanted: dict[str, dict[str, Any]], found: Iterable[Result]) -> set[str]:
    """The ids of the cells of which these figures show an image: they are drawn to find out.

    A figure that cannot be drawn shows none.
    """
    seen: set[str] = set()

    class Watched(Result):
        def images(self) -> Any:
            seen.add(self.record.cell.id)
            return super().images()

    for _ in _drawn(wanted, [Watched(one.record, one.place, one.kept) for one in found]):
        pass
    return seen


def _drawn(
    wanted: dict[str, dict[str, Any]], found: Iterable[Result]
) -> Iterator[tuple[str, Any]]:
    """Each figure by its key, until the next one is drawn; the error of one that cannot be."""
    import matplotlib

    matplotlib.use("Agg")  # a workflow has no screen
    import matplotlib.pyplot as plt

    results = Results.of(found)
    with plt.style.context(STYLE):
        for key, options in wanted.items():
            general = ("name", "label")
            parameters = {k: value for k, value in options.items() if k not in general}
            try:
                name = options.get("name", key)
                figure = registry.make("figure", name, results, **parameters)
                if "label" in options:
                    figure.suptitle(drawn(options["label"]), fontsize=7, color="0.3")
                yield key, figure
            except ValueError as error:
                yield key, error
            plt.close("all")
