"""Memory against the grid's size: readings, the plan at and beyond them, and what failed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from inrbench import figures
from inrbench.cells import records, spec
from inrbench.cells.record import CellName, Memory, Record, Time
from inrbench.cells.result import in_folder
from inrbench.figures.memory_scaling import LARGEST, SIZES, draw, scaled
from inrbench.figures.results import Results
from inrbench.memory.peak import peak

MODES = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 256},
}
BUDGET = 2**21


def method(mode, network="siren"):
    return {"name": "inr", "network": {"name": network},
            "objective": spec.part("objective", {"name": "least_squares"}),
            "gradient": spec.part("gradient", MODES[mode])}  # fmt: skip


def write(folder, n, mode, peak=None, status="ok", network="siren"):
    """A cell on n^3 voxels; without a peak it did not run."""
    folder.mkdir(parents=True)
    data = {"name": "shepp_logan", "size": n, "views": 8, "detector": 3 * n // 2}
    record = Record(
        cell=CellName(experiment="e", preset="p", dataset=f"n{n}", seed=0, method=mode),
        labels={"dataset": f"{n}³", "method": "INR", "network": "SIREN", "objective": "LS",
                "gradient": mode},
        spec={"dataset": data, "method": method(mode, network), "memory_budget": BUDGET},
        status=status, command="again", created="now",
        memory=[] if peak is None else [Memory(name="tensor_peak", bytes=peak, how="counted")],
        time=Time() if peak is None else Time(iteration=1e-4 * n),
    )  # fmt: skip
    (folder / "record.json").write_text(record.model_dump_json())
    return folder


@pytest.fixture(autouse=True)
def nothing_prepared(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))


@pytest.fixture
def folders(tmp_path):
    made = [
        write(tmp_path / f"{mode}{n}", n, mode, peak=1000 * n * factor)
        for mode, factor in (("autograd", 3), ("exact", 1))
        for n in (16, 32)
    ]
    return [*made, write(tmp_path / "large", 64, "autograd", status="out_of_memory"),
            write(tmp_path / "exact64", 64, "exact", peak=64000)]  # fmt: skip


def drawn_at(axes, marker):
    """(x, y) of all markers of a kind, in base units."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return sorted((x, y) for line in lines for x, y in zip(*line.get_data(), strict=True))


def planned(mode, n):
    return peak({"method": method(mode)}, (n,) * 3, (8, 3 * n // 2, 3 * n // 2))


def test_readings_stand_where_they_were_measured(folders):
    drawn = draw(Results.of(map(in_folder, folders)))
    memory, time = drawn.axes
    readings = [(16, 16000), (16, 48000), (32, 32000), (32, 96000), (64, 64000)]
    assert drawn_at(memory, "o") == readings
    seconds = drawn_at(time, "o")
    assert [n for n, _ in seconds] == [16, 16, 32, 32, 64]
    assert seconds[-1][1] == pytest.approx(6.4e-3)
    plt.close(drawn)


def test_what_ran_out_of_memory_stands_at_its_planned_peak(folders):
    drawn = draw(Results.of(map(in_folder, folders)))
    assert drawn_at(drawn.axes[0], "X") == [(64, planned("autograd", 64))]
    legend = " ".join(text.get_text() for text in drawn.legends[0].get_texts())
    assert "out of memory,\nat the planned peak" in legend
    budget = [line for line in drawn.axes[0].lines if set(line.get_ydata()) == {BUDGET}]
    assert len(budget) == 1
    assert "memory budget, 2 MiB" in legend
    plt.close(drawn)


def test_the_plan_goes_on_to_the_largest_grid(folders):
    drawn = draw(Results.of(map(in_folder, folders)))
    lines = [line.get_data() for line in drawn.axes[0].lines if len(line.get_xdata()) == SIZES]
    assert len(lines) == 2
    for mode, (n, peaks) in zip(MODES, lines, strict=True):
        assert n[0] == 16 and n[-1] == LARGEST
        np.testing.assert_allclose(peaks, [planned(mode, int(k)) for k in n], rtol=0.02)
        assert peaks[-1] == planned(mode, LARGEST)
    plt.close(drawn)


def test_shapes_follow_the_power_law_of_the_data_sets():
    small, large = ((16,) * 3, (60, 24, 24)), ((64,) * 3, (60, 96, 96))
    assert scaled(small, large, 32) == ((32,) * 3, (60, 48, 48))
    assert scaled(small, large, 1024) == ((1024,) * 3, (60, 1536, 1536))
    assert scaled(large, large, 128) == ((128,) * 3, (120, 192, 192))
    assert scaled(((16,) * 3, (4, 8, 8)), ((32,) * 3, (16, 8, 8)), 64)[1] == (64, 8, 8)


def test_a_failure_without_a_plan_is_seen_at_the_upper_edge(tmp_path):
    made = [write(tmp_path / "a", 16, "exact", 5, network="my_own"),
            write(tmp_path / "b", 32, "exact", None, "timeout", network="my_own")]  # fmt: skip
    drawn = draw(Results.of(map(in_folder, made)))
    assert drawn_at(drawn.axes[0], "v") == [(32, 0.97)]
    assert drawn_at(drawn.axes[0], "o") == [(16, 5)]
    assert not [line for line in drawn.axes[0].lines if len(line.get_xdata()) == SIZES]
    plt.close(drawn)


def test_a_finished_cell_without_a_reading_is_not_dropped(tmp_path):
    drawn = draw(Results.of(map(in_folder, [write(tmp_path / "a", 16, "exact", None)])))
    assert drawn_at(drawn.axes[0], "^") == [(16, planned("exact", 16))]
    plt.close(drawn)


def test_a_grid_of_unknown_size_is_refused(tmp_path):
    folder = write(tmp_path / "a", 16, "exact", 5)
    record = records.read(folder)
    spec = record.spec | {"dataset": {"name": "htc2022"}}
    record = record.model_copy(update={"spec": spec})
    (folder / "record.json").write_text(record.model_dump_json())
    with pytest.raises(ValueError, match="the size of 16³ is not known: prepare it"):
        draw(Results.of(map(in_folder, [folder])))


def test_it_is_written(folders, tmp_path):
    written = figures.draw({"memory_scaling": {}}, map(in_folder, folders), tmp_path / "out")
    assert all(path.stat().st_size > 1000 for path in written)
