"""Labels of a record are drawn as they are: no mathematics, no control characters."""

import contextlib
import json
import shutil
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from inrbench import figures, registry
from inrbench.figures.results import Results, drawn

KEPT = Path(__file__).parents[2] / "results" / "reference" / "amd-epyc"
LABEL = "$\\frac{1}$ $\\nosuch$ _x^2 \x1b[2J\n\u202e\0"


def doctored(place, experiment, cells, **changes):
    """The folders of some kept cells with other labels and fields."""
    folders = []
    for k, cell in enumerate(cells):
        folder = place / str(k)
        shutil.copytree(KEPT / experiment / cell, folder)
        fields = json.loads((folder / "record.json").read_text())
        fields["labels"] = {axis: f"{text} {LABEL}" for axis, text in fields["labels"].items()}
        for path, value in changes.items():
            *parents, last = path.split("__")
            inner = fields
            for step in parents:
                inner = inner[step]
            inner[last] = value
        (folder / "record.json").write_text(json.dumps(fields))
        folders.append(folder)
    return folders


CELLS = ("fbp", "inr-siren-ls-autograd", "inr-siren-ls-jvp10", "inr-siren-fls-exact")
QUICK = [f"forbild/{cell}/seed0" for cell in CELLS]


@pytest.mark.parametrize("figure", ["convergence", "memory_rate", "reconstructions"])
@pytest.mark.filterwarnings("ignore:constrained_layout not applied")
def test_labels_that_are_no_mathematics_are_drawn(tmp_path, figure):
    folders = doctored(tmp_path, "quick-laptop", QUICK)
    written = figures.draw({figure: {}}, folders, tmp_path / "drawn")
    assert len(written) == 2 and all(file.stat().st_size for file in written)


def test_a_label_is_asked_for_as_the_experiment_writes_it(tmp_path):
    results = Results.read(doctored(tmp_path, "quick-laptop", QUICK))
    assert len(results.only({"network": f"SIREN {LABEL}"}).found) == 4
    with pytest.raises(ValueError, match="no cell has network '3'"):
        results.only({"network": 3})
    assert drawn("$x$") == r"\$x\$"


@pytest.mark.parametrize(
    ("figure", "changes"),
    [
        ("search", {"spec__method__learning_rate": [1]}),
        ("search", {"spec__method__learning_rate": "fast"}),
        ("search", {"metrics": {}}),
        ("search", {"metrics": {"mse": 0.0}}),
        ("memory_rate", {"spec__dataset__size": "large"}),
        ("memory_rate", {"spec__dataset__size": [1]}),
        ("memory_rate", {"spec__method__network": {"name": "nobodys"}}),
        ("memory_rate", {"machine": {}}),
        ("memory_scaling", {"spec__dataset__name": "somebodys"}),
        ("memory_scaling", {"spec__dataset__size": 0}),
        ("memory_scaling", {"spec__method__name": "mine"}),
        ("memory_scaling", {"memory": []}),
        ("equal_cost", {"metrics": {}}),
        ("equal_cost", {"spec__method__gradient__rate": -1}),
    ],
)
def test_a_figure_is_made_or_refused_in_a_sentence(tmp_path, figure, changes):
    options = {"parameter": "learning_rate"} if figure == "search" else {}
    results = Results.read(doctored(tmp_path, "quick-laptop", QUICK[2:3], **changes))
    with contextlib.suppress(ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        registry.make("figure", figure, results, **options)
    plt.close("all")
