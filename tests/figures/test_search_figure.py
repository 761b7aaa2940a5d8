"""The figure of a search: lines over what was swept, failures, and a ring at what is chosen."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from test_figures import write

from inrbench.cells import records
from inrbench.cells.result import in_folder
from inrbench.figures.results import Results
from inrbench.figures.search import draw


def test_a_search_marks_the_best_value_and_draws_failures(tmp_path):
    made = []
    for rate, mse, status in ((1e-3, 3e-6, "ok"), (1e-2, 1e-6, "ok"), (0.1, 9.0, "diverged")):
        folder = write(tmp_path / f"{rate}", "INR", 0, status, mse, gradient="exact")
        record = records.read(folder)
        record.spec["method"]["learning_rate"] = rate
        (folder / "record.json").write_text(record.model_dump_json())
        made.append(folder)
    drawn = draw(Results.of(map(in_folder, made)), "learning_rate")
    ring = next(line for line in drawn.axes[0].lines if line.get_markersize() == 9)
    assert ring.get_xdata()[0] == 1e-2 and ring.get_ydata()[0] == pytest.approx(1e-6)
    cross = next(line for line in drawn.axes[0].lines if line.get_marker() == "x")
    assert list(cross.get_xdata()) == [0.1]
    plt.close(drawn)
    with pytest.raises(ValueError, match="no cell has a parameter 'learning_rates'"):
        draw(Results.of(map(in_folder, made)), "learning_rates")


def swept(folder, method, mse, **parameters):
    """A record of a method without gradient mode, with these values of what its search sweeps."""
    write(folder, method, mse=mse)
    record = records.read(folder)
    record.spec["method"] |= parameters
    record.labels.update({axis: f"{value:g}" for axis, value in parameters.items()})
    (folder / "record.json").write_text(record.model_dump_json())
    return folder


def test_a_search_of_a_method_without_network_has_one_panel(tmp_path):
    made = [swept(tmp_path / f"{s}", "TV", m, strength=s)
            for s, m in ((1e-4, 3e-6), (1e-3, 1e-6), (1e-2, 2e-6))]  # fmt: skip
    drawn = draw(Results.of(map(in_folder, made)), "strength")
    (axes,) = drawn.axes
    assert axes.get_title() == "TV" and axes.get_xlabel() == "strength"
    (curve,) = (line for line in axes.lines if len(line.get_xdata()) == 3
                and line.get_linestyle() == "-")  # fmt: skip
    np.testing.assert_allclose(curve.get_xdata(), [1e-4, 1e-3, 1e-2])
    np.testing.assert_allclose(curve.get_ydata(), [3e-6, 1e-6, 2e-6])
    (ring,) = (line for line in axes.lines if line.get_markersize() == 9)
    assert list(ring.get_xdata()) == [1e-3]
    plt.close(drawn)


def test_a_search_of_two_parameters_has_a_line_for_each_value_of_the_other(tmp_path):
    made = []
    for network in ("SIREN", "hash encoding"):
        for rho in (0.1, 1.0):
            for rate, mse in ((1e-3, 3e-6), (1e-2, 1e-6 / rho)):
                folder = swept(tmp_path / f"{network}{rho}{rate}", "ADMM", mse,
                               rho=rho, learning_rate=rate)  # fmt: skip
                record = records.read(folder)
                record.labels["network"] = network
                (folder / "record.json").write_text(record.model_dump_json())
                made.append(folder)
    made.append(swept(tmp_path / "tv", "TV", 1e-9, strength=1e-3))  # sweeps something else
    drawn = draw(Results.of(map(in_folder, made)), "learning_rate")
    assert [axes.get_title() for axes in drawn.axes] == ["SIREN", "hash encoding"]
    for axes in drawn.axes:
        curves = [list(line.get_ydata()) for line in axes.lines if line.get_linestyle() == "-"
                  and len(line.get_xdata()) == 2]  # fmt: skip
        np.testing.assert_allclose(curves, [[3e-6, 1e-5], [3e-6, 1e-6]])
        (ring,) = (line for line in axes.lines if line.get_markersize() == 9)
        assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (1e-2, pytest.approx(1e-6))
    named = [text.get_text() for text in drawn.axes[-1].get_legend().get_texts()]
    assert named == ["ADMM, rho 0.1", "ADMM, rho 1"]
    plt.close(drawn)
