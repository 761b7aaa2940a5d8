"""Residuals: each method's own, and where a run stopped that did not end well."""

import numpy as np
import pytest
from made_record import made

from inrbench import figures
from inrbench.cells.history import write_history
from inrbench.cells.result import in_folder
from inrbench.figures.residuals import draw
from inrbench.figures.results import BASELINE_COLOURS, NETWORK_COLOURS, Results


@pytest.fixture
def results(tmp_path):
    """TV with a gap; ADMM of two seeds, the second of which diverges after two outer steps."""

    def write(name, labels, rows, status="ok"):
        folder = tmp_path / name
        folder.mkdir()
        write_history(folder / "history.parquet", rows)
        record = made(labels={"dataset": "breast", **labels}, status=status)
        (folder / "record.json").write_text(record.model_dump_json())
        return folder

    gaps = [{"iteration": k, "gap": 1 / k} for k in (1, 2, 3)]
    steps = [{"iteration": 10 * k, "primal": 0.5**k, "dual": 0.1**k} for k in (1, 2, 3)]
    network = {"method": "ADMM", "network": "SIREN"}
    return Results.of(
        map(
            in_folder,
            [
                write("tv", {"method": "TV"}, gaps),
                write("admm", network, steps),
                write("worse", network, steps[:2], "diverged"),
                write("fbp", {"method": "FBP"}, [{"iteration": 1, "mse": 1e-6}]),
            ],
        )
    )


def test_a_panel_a_residual_with_the_curves_of_the_records(results):
    figure = draw(results)
    gap, primal, dual = figure.axes
    (line,) = gap.lines
    np.testing.assert_allclose(line.get_ydata(), [1, 1 / 2, 1 / 3])
    assert line.get_color() == BASELINE_COLOURS["TV"]
    for axes, base in ((primal, 0.5), (dual, 0.1)):
        whole, short, cross = axes.lines
        np.testing.assert_array_equal(whole.get_xdata(), [10, 20, 30])
        np.testing.assert_allclose(whole.get_ydata(), base ** np.arange(1, 4))
        assert whole.get_color() == short.get_color() == NETWORK_COLOURS["SIREN"]
        assert (cross.get_marker(), cross.get_xdata()[0]) == ("x", 20)
        assert [text.get_text() for text in axes.texts] == ["diverged"]


def test_without_residuals_it_says_so(results, tmp_path):
    only = Results(results.found[-1:])
    assert "no run" in draw(only).texts[0].get_text()
    written = figures.draw({"residuals": {}}, results.found[:1], tmp_path / "out")
    assert all(path.stat().st_size > 1000 for path in written)
