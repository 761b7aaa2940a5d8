"""Figures: records -> PDF and PNG, all in one style.

A registered figure is a function `draw(results, **options) -> matplotlib Figure`.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from inrbench import registry
from inrbench.cells import records
from inrbench.figures.results import Results
from inrbench.io.whole_file import whole
from inrbench.run import stale

STYLE = Path(__file__).with_name("inrbench.mplstyle")


def draw(wanted: dict[str, dict[str, Any]], folders: list[Path], target: Path) -> list[Path]:
    """Draw figures from the records in these cell folders.

    Args:
        wanted: name of the files -> {name: registered figure, **options}; without a name it is
            that of the files.
        folders: of the cells, in the experiment's order.
        target: gets <figure>.pdf and <figure>.png.

    Returns:
        The files written.

    Raises:
        ValueError: an unknown figure or option, with the nearest known one, or a value that a
            figure refuses; all the others are drawn first.
    """
    import matplotlib

    matplotlib.use("Agg")  # a workflow has no screen
    import matplotlib.pyplot as plt

    results = Results.read(folders)
    target.mkdir(parents=True, exist_ok=True)
    written, faults = [], []
    with plt.style.context(STYLE):
        for key, options in wanted.items():
            parameters = {name: value for name, value in options.items() if name != "name"}
            try:
                figure = registry.make("figure", options.get("name", key), results, **parameters)
                for suffix in ("pdf", "png"):
                    # Without a date in it, the same records give the same file.
                    about = {"CreationDate": None} if suffix == "pdf" else None
                    drawn = io.BytesIO()  # as matplotlib stumbles over a full disk
                    figure.savefig(drawn, format=suffix, metadata=about)
                    with whole(target / f"{key}.{suffix}") as partial:
                        partial.write_bytes(drawn.getvalue())
                    written.append(target / f"{key}.{suffix}")
            except ValueError as error:
                faults.append(f"figure {key!r}: {error}")
                if isinstance(error, records.Damaged):
                    stale.forget(error.folder)
            plt.close("all")
    if faults:
        raise ValueError("; ".join(faults))
    return written
