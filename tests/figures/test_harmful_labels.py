"""Labels of a record are drawn as they are: no mathematics, no control characters."""

import contextlib
import json
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
from made_record import whole

from inrbench import figures, registry
from inrbench.cells.history import write_history
from inrbench.cells.result import in_folder
from inrbench.figures.results import Results, drawn

LABEL = "$\\frac{1}$ $\\nosuch$ _x^2 \x1b[2J\n\u202e\0"
GRADIENTS = ("autograd", "exact", "JVP 10 %")


def doctored(place, gradients=GRADIENTS, **changes):
    """The folders of cells with harmful labels, and other values at some places of the record."""
    folders = []
    for gradient in gradients:
        fields, folder = whole(), place / gradient
        folder.mkdir()
        fields["labels"] |= {"gradient": gradient}
        fields["labels"] = {axis: f"{text} {LABEL}" for axis, text in fields["labels"].items()}
        for path, value in changes.items():
            *parents, last = path.split("__")
            inner = fields
            for step in parents:
                inner = inner[step]
            inner[last] = value
        (folder / "record.json").write_text(json.dumps(fields))
        rows = [{"iteration": k, "seconds": float(k), "mse": 1 / k} for k in (1, 50, 100)]
        write_history(folder / "history.parquet", rows)
        np.savez(folder / "image.npz", final=np.ones((32, 32)), best=np.ones((32, 32)))
        folders.append(folder)
    return folders


@pytest.mark.parametrize("figure", ["convergence", "memory_rate", "reconstructions"])
@pytest.mark.filterwarnings("ignore:constrained_layout not applied")
def test_labels_that_are_no_mathematics_are_drawn(tmp_path, figure):
    folders = doctored(tmp_path)
    written = figures.draw({figure: {}}, map(in_folder, folders), tmp_path / "drawn")
    assert len(written) == 2 and all(file.stat().st_size for file in written)


def test_a_label_is_asked_for_as_the_experiment_writes_it(tmp_path):
    results = Results.of(map(in_folder, doctored(tmp_path)))
    assert len(results.only({"network": f"SIREN {LABEL}"}).found) == 3
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
    results = Results.of(map(in_folder, doctored(tmp_path, GRADIENTS[2:], **changes)))
    with contextlib.suppress(ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        registry.make("figure", figure, results, **options)
    plt.close("all")
