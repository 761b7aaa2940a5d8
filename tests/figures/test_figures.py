"""Figures: drawn from any mixture of records, the numbers in them being those of the records."""

import itertools
import shutil
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from inrbench import figures
from inrbench.cells import records
from inrbench.cells.cell import part_label
from inrbench.cells.history import write_history, write_notes
from inrbench.cells.record import CellName, Memory, Record
from inrbench.cells.result import in_folder
from inrbench.cells.spec import part
from inrbench.datasets import prepare
from inrbench.figures.results import BASELINE_COLOURS, OBJECTIVE_COLOURS, Results
from inrbench.tables import cells_table

DATA = {"name": "forbild", "size": 24, "views": 12, "columns": 32}
MODES = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 4096},
    "jvp10": {"name": "jvp", "rate": 0.1},
}

NETWORKS = {"hash_encoding": "hash encoding"}


def write(
    folder, method, seed=0, status="ok", mse=1e-6, gradient=None, peak=2**20, network="siren",
    objective="LS",
):  # fmt: skip
    """A record with its files, as a cell would leave them."""
    folder.mkdir(parents=True)
    labels = {"dataset": "FORBILD", "method": method}
    spec = {"dataset": DATA, "method": {"name": method.lower()}}
    if gradient:
        labels |= {"network": NETWORKS.get(network, "SIREN"), "objective": objective,
                   "gradient": part_label("gradient", MODES[gradient])}  # fmt: skip
        if objective is None:
            del labels["objective"]
        spec["method"] |= {"network": {"name": network},
                           "gradient": part("gradient", MODES[gradient]),
                           "objective": part("objective", {"name": "least_squares"})}  # fmt: skip
    if status == "ok":
        rows = [{"iteration": k, "seconds": 0.1 * k, "mse": mse * (3 - k)} for k in (1, 2)]
        write_history(folder / "history.parquet", rows)
        image = np.full((24, 24), 0.021, np.float32)
        np.savez(folder / "image.npz", final=image, best=image)
    record = Record(
        cell=CellName(experiment="e", preset="p", dataset="d", seed=seed,
                      method=f"{method}-{gradient}"),
        labels=labels, status=status, command="again", created="now", unit="mm",
        spec=spec,
        reference="truth", memory=[Memory(name="tensor_peak", bytes=peak, how="counted")],
        metrics={"mse": mse, "best_mse": mse, "best_iteration": 2} if status == "ok" else {},
    )  # fmt: skip
    (folder / "record.json").write_text(record.model_dump_json())
    return folder


@pytest.fixture
def folders(tmp_path, monkeypatch, data_folder):
    """FBP, CGLS, three gradient modes with two seeds each, and one cell that failed."""
    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))
    prepare(DATA)
    made = [write(tmp_path / "fbp", "FBP", mse=4e-6), write(tmp_path / "cgls", "CGLS", mse=3e-6)]
    for position, mode in enumerate(MODES):
        for seed in (0, 1):
            folder = tmp_path / f"{mode}{seed}"
            made.append(write(folder, "INR", seed, mse=(seed + 1) * 1e-6, gradient=mode,
                              peak=(8 >> position) * 2**20))  # fmt: skip
    made.append(write(tmp_path / "failed", "INR", 2, "diverged", gradient="autograd"))
    return made


FULL = """
import resource, sys
from pathlib import Path
from inrbench import figures
from inrbench.cells.result import in_folder

_, most, target, *folders = sys.argv
import matplotlib.font_manager  # which keeps a list of fonts in a file
resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
try:
    found = [in_folder(Path(folder)) for folder in folders]
    figures.draw({"convergence": {}}, found, Path(target))
except OSError as error:
    print(error)
"""
ALL = {"reconstructions": {"window": [0.02, 0.022]}, "convergence": {}, "memory_rate": {},
       "mse_seconds": {}}  # fmt: skip


def test_on_a_full_disk_the_figure_is_named_and_an_older_one_stays(folders, tmp_path, monkeypatch):
    """matplotlib itself would end a PDF that cannot be written with an error of zlib's."""
    (tmp_path / "out").mkdir()
    older = tmp_path / "out" / "convergence.pdf"
    older.write_text("older")
    for most in (0, 5000):
        done = subprocess.run(
            [sys.executable, "-c", FULL, str(most), tmp_path / "out", *folders],
            capture_output=True, text=True,
        )  # fmt: skip
        assert f"File too large: '{older}'" in done.stdout, done.stderr
        assert [path.read_text() for path in (tmp_path / "out").iterdir()] == ["older"]


def test_every_figure_is_written_as_pdf_and_png(folders, tmp_path):
    written = figures.draw(ALL, map(in_folder, folders), tmp_path / "out")
    assert {path.name for path in written} == {
        f"{name}.{suffix}" for name in ALL for suffix in ("pdf", "png")
    }
    assert all(path.stat().st_size > 1000 for path in written)


def test_a_figure_may_have_a_name_of_its_own(folders, tmp_path):
    wanted = {"exact_alone": {"name": "convergence", "only": {"gradient": "exact"}}}
    written = figures.draw(wanted, map(in_folder, folders), tmp_path / "out")
    assert {path.name for path in written} == {"exact_alone.pdf", "exact_alone.png"}


def test_only_keeps_the_wanted_cells_and_the_baselines(folders):
    kept = Results.of(map(in_folder, folders)).only({"gradient": ["exact", "JVP 10 %"]}).cells()
    assert sorted(kept.gradient.dropna().unique()) == ["JVP 10 %", "exact"]
    assert {"FBP", "CGLS"} <= set(kept.method)
    with pytest.raises(ValueError, match="no cell has gradient 'exakt': did you mean 'exact'"):
        Results.of(map(in_folder, folders)).only({"gradient": "exakt"})
    with pytest.raises(ValueError, match="unknown axis 'gradients': did you mean 'gradient'"):
        Results.of(map(in_folder, folders)).only({"gradients": "exact"})


def test_equal_cost_puts_each_sampled_cell_at_its_mse(folders):
    from inrbench.figures.equal_cost import draw

    drawn = draw(Results.of(map(in_folder, folders)))
    points = [sorted(line.get_ydata()) for line in drawn.axes[0].lines if len(line.get_ydata())]
    assert [1e-6, 2e-6] in points  # the seeds of JVP 10 %
    assert any(np.allclose(point, 2**0.5 * 1e-6) for point in points)  # their geometric mean
    plt.close(drawn)


def test_gradient_quality_is_drawn_from_the_notes(tmp_path):
    from inrbench.figures.gradient_quality import draw

    folder = write(tmp_path / "quality", "Quality", gradient="exact")
    rows = [
        {"iteration": k, "sampler": sampler, "rate": rate, "variance": 0.1 / rate * k,
         "seconds": rate}
        for k in (1, 5)
        for sampler, rate in (("exact", 1.0), ("autograd", 1.0), ("uniform", 0.1),
                              ("uniform", 0.5))
    ]  # fmt: skip
    write_notes(folder / "notes.parquet", rows)
    drawn = draw(Results.of(map(in_folder, [folder])))
    first = drawn.axes[0].lines[0]
    np.testing.assert_allclose(first.get_xdata(), [10, 50])
    np.testing.assert_allclose(first.get_ydata(), [1.0, 0.2])
    np.testing.assert_allclose(drawn.axes[1].lines[0].get_xdata(), [0.1, 0.5])
    plt.close(drawn)
    assert draw(Results([])).texts  # a sentence


def test_the_same_records_give_the_same_pdf(folders, tmp_path):
    first = figures.draw({"convergence": {}}, map(in_folder, folders), tmp_path / "a")[
        0
    ].read_bytes()
    assert (
        figures.draw({"convergence": {}}, map(in_folder, folders), tmp_path / "b")[0].read_bytes()
        == first
    )


def test_titles_carry_the_mse_and_a_failed_cell_its_status(folders, tmp_path):
    from inrbench.figures.reconstructions import draw

    drawn = draw(Results.of(map(in_folder, folders)), window=[0.02, 0.022])
    titles = "\n".join(axes.get_title() for axes in drawn.axes)
    for words in ("truth", "FBP\nMSE 4.00e-06", "CGLS, iteration 2", "LS, JVP 10 %\nMSE 1.00e-06"):
        assert words in titles
    plt.close(drawn)
    failed = [folder for folder in folders if folder.name in ("fbp", "failed")]
    drawn = draw(Results.of(map(in_folder, failed)))
    assert "diverged" in [text.get_text() for axes in drawn.axes for text in axes.texts]
    plt.close(drawn)


def test_errors_stand_below_their_images_on_one_diverging_scale(folders):
    from inrbench.figures.reconstructions import draw

    results = Results.of(map(in_folder, folders))
    truth = results.reference("FORBILD").image
    drawn = draw(results, errors=True)
    shown = [axes.images[0] for axes in drawn.axes if axes.images]
    errors = [image for image in shown if image.get_cmap().name == "RdBu_r"]
    images = [image for image in shown if image.get_cmap().name == "gray"]
    assert len(errors) == len(images) - 1  # the truth has none
    assert {image.get_clim() for image in errors} == {(-errors[0].get_clim()[1],
                                                       errors[0].get_clim()[1])}  # fmt: skip
    np.testing.assert_allclose(errors[0].get_array(), np.float32(0.021) - truth)
    plt.close(drawn)


def test_curves_are_the_mean_over_seeds(folders):
    from inrbench.figures.curves import against_iterations

    drawn = against_iterations(Results.of(map(in_folder, folders)))
    axes = drawn.axes[0]
    assert axes.get_ylabel() == "MSE (mm$^{-2}$)" and axes.get_yscale() == "log"
    ends = [line.get_ydata()[-1] for line in axes.lines if len(line.get_xdata()) == 2
            and list(line.get_xdata()) == [1, 2]]  # fmt: skip
    np.testing.assert_allclose(ends, [1.5e-6] * 3)
    plt.close(drawn)


def test_a_method_without_an_objective_stands_beside_the_objectives(tmp_path):
    """ADMM by its own name and colour, and objectives in subsets in colours of their own."""
    from inrbench.figures.curves import against_iterations

    made = [
        write(tmp_path / f"{position}", method, 0, mse=(position + 1) * 1e-6, gradient="exact",
              objective=objective)
        for position, (method, objective) in enumerate(
            [("INR", "LS"), ("INR", "FLS"), ("INR", "FLS, 8 subsets"), ("ADMM", None)])
    ]  # fmt: skip
    results = Results.of(map(in_folder, made))
    drawn = against_iterations(results)
    axes = drawn.axes[0]
    drawn_lines = [line for line in axes.lines if list(line.get_xdata()) == [1, 2]]
    ends = {line.get_color(): line.get_ydata()[-1] for line in drawn_lines}
    assert ends[OBJECTIVE_COLOURS["ADMM"]] == 4e-6 and ends[OBJECTIVE_COLOURS["FLS"]] == 2e-6
    assert len(ends) == 4
    plt.close(drawn)
    # The legend has what any panel shows: the last network is that of LS alone.
    made.append(write(tmp_path / "last", "INR", gradient="exact", network="hash_encoding"))
    drawn = against_iterations(Results.of(map(in_folder, made)))
    shown = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert {"LS", "FLS", "FLS, 8 subsets", "ADMM"} <= set(shown)
    plt.close(drawn)
    kept = results.only({"objective": ["LS", "ADMM"]}).cells()
    assert sorted(kept.method) == ["ADMM", "INR"]
    # Tables, which have a column for the method, say that there is no objective.
    assert cells_table([records.read(made[3])]).objective.isna().all()


def test_tv_is_a_level_and_a_curve_beside_the_other_baselines(folders, tmp_path):
    from inrbench.figures.curves import against_iterations, against_seconds

    tv = write(tmp_path / "tv", "TV", mse=5e-6)
    record = records.read(tv)
    record.metrics["best_mse"] = 4.5e-6  # not what it ends with
    (tv / "record.json").write_text(record.model_dump_json())
    results = Results.of(map(in_folder, [*folders, tv]))
    drawn = against_iterations(results)
    levels = [line.get_ydata()[0] for line in drawn.axes[0].lines if line.get_linestyle() == ":"]
    assert levels == [4e-6, 3e-6, 5e-6]
    assert {"FBP", "CGLS, best", "TV"} <= entries(drawn)
    plt.close(drawn)
    drawn = against_seconds(results)
    assert {"FBP", "CGLS", "TV"} <= entries(drawn)
    plt.close(drawn)


def entries(drawn):
    """What the legend says."""
    return {text.get_text() for text in drawn.legends[0].get_texts()}


def test_titles_and_legend_keep_clear_of_everything(folders, tmp_path):
    """Long names of data sets stand at the rows; no legend lies over a panel or a title."""
    from inrbench.figures.curves import against_iterations, against_seconds

    for folder in list(folders):
        if (one := records.read(folder)).labels.get("network"):
            one.labels["dataset"] = "a second data set, with 1e5 photons for each of its rays"
            copy = tmp_path / f"second-{folder.name}"
            shutil.copytree(folder, copy)
            (copy / "record.json").write_text(one.model_dump_json())
            folders.append(copy)
    results = Results.of(map(in_folder, folders))
    for draw in (against_iterations, against_seconds):
        with plt.style.context(figures.STYLE):
            drawn = draw(results)
            drawn.canvas.draw()
        legend = drawn.legends[0].get_window_extent()
        panels = [axes.get_tightbbox() for axes in drawn.axes]
        assert not any(legend.overlaps(panel) for panel in panels)
        assert not any(a.overlaps(b) for a, b in itertools.combinations(panels, 2))
        assert drawn.axes[-1].get_ylabel().startswith("a second data set")
        plt.close(drawn)


def test_a_label_stands_above_its_figure(folders, monkeypatch):
    seen = []
    monkeypatch.setattr(plt, "close", lambda _: seen.append(plt.gcf().get_suptitle()))
    label = {"label": "stands for figure 2"}
    figures.shown({"convergence": label, "mse_seconds": {}}, map(in_folder, folders))
    assert seen == ["stands for figure 2", ""]


def test_kept_records_without_images_are_said_to_have_none(folders):
    from inrbench.figures.reconstructions import draw

    for folder in folders:
        (folder / "image.npz").unlink(missing_ok=True)
    drawn = draw(Results.of(map(in_folder, folders)))
    assert "no image was kept" in drawn.texts[0].get_text()
    plt.close(drawn)


def test_a_classical_method_of_several_seeds_is_drawn_once(folders, tmp_path):
    from inrbench.figures.curves import against_seconds

    more = write(tmp_path / "cgls1", "CGLS", seed=1, mse=3e-6)
    drawn = against_seconds(Results.of(map(in_folder, [*folders, more])))
    (mine,) = (line for line in drawn.axes[0].lines
               if line.get_color() == BASELINE_COLOURS["CGLS"])  # fmt: skip
    assert len(mine.get_xdata()) == 2  # not there and back again
    plt.close(drawn)


def test_memory_against_rate_shows_every_mode_at_its_reading(folders):
    from inrbench.figures.memory_rate import draw

    drawn = draw(Results.of(map(in_folder, folders)))
    heights = {
        round(float(y), 6) for line in drawn.axes[0].lines for y in np.atleast_1d(line.get_ydata())
    }
    assert {8.0, 4.0, 2.0} <= heights
    assert "MiB" in drawn.axes[0].get_ylabel()
    plt.close(drawn)


def lines(axes, points):
    """The lines of so many points, as arrays of their heights."""
    return [np.asarray(line.get_ydata()) for line in axes.lines if len(line.get_xdata()) == points]


def test_the_plan_is_drawn_over_the_tensor_peak_and_over_no_other_meter(folders):
    from inrbench.figures.memory_rate import RATES, draw
    from inrbench.memory.peak import peak

    drawn = draw(Results.of(map(in_folder, folders)))
    memory, time = drawn.axes
    whole, chunked = lines(memory, RATES)  # chunk: null and 4096
    method = records.read(folders[-2]).spec["method"]
    for line, rate in ((whole, 1.0), (whole, 0.1), (chunked, 1.0)):
        part = {"name": "jvp", "rate": rate, "chunk": 4096 if line is chunked else None}
        expected = peak({"method": method | {"gradient": part}}, (24, 24), (12, 32)) / 2**20
        assert line[0 if rate == 0.1 else -1] == pytest.approx(expected)
    assert not lines(time, RATES)
    assert {"planned", "between measurements"} <= entries(drawn)
    # A solid line is planned, a dotted one joins what was measured.
    assert {line.get_linestyle() for line in time.lines} <= {":", "--"}
    plt.close(drawn)
    drawn = draw(Results.of(map(in_folder, folders)), meter="rss_peak")
    assert not lines(drawn.axes[0], RATES)
    plt.close(drawn)


def test_a_network_without_a_plan_is_drawn_without_one(tmp_path, monkeypatch, data_folder):
    from inrbench.figures.memory_rate import RATES, draw

    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))
    prepare(DATA)
    made = [write(tmp_path / "plug", "INR", 0, gradient="jvp10", network="my_own")]
    drawn = draw(Results.of(map(in_folder, made)))
    assert not lines(drawn.axes[0], RATES)
    assert [1.0] in [list(line.get_ydata()) for line in drawn.axes[0].lines]
    plt.close(drawn)


def test_records_without_a_curve_are_no_obstacle(tmp_path, monkeypatch, data_folder):
    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))
    failed = [write(tmp_path / "failed", "INR", 0, "timeout", gradient="autograd")]
    assert len(figures.draw(ALL, map(in_folder, failed), tmp_path / "out")) == 8


def test_an_unknown_option_names_the_nearest(folders, tmp_path):
    with pytest.raises(ValueError, match="did you mean 'window'"):
        figures.draw({"reconstructions": {"windw": [0, 1]}}, map(in_folder, folders), tmp_path)


@pytest.mark.parametrize("window", [[0.02], [0.022, 0.02], [0.0, 0.01, 0.02]])
def test_a_window_that_is_none_is_refused(folders, tmp_path, window):
    with pytest.raises(ValueError, match="black below white"):
        figures.draw({"reconstructions": {"window": window}}, map(in_folder, folders), tmp_path)


def test_histories_keep_seeds_apart(folders):
    histories = Results.of(map(in_folder, folders)).histories()
    assert isinstance(histories, pd.DataFrame)
    assert sorted(histories.seed.unique()) == [0, 1]


def test_a_figure_that_refuses_does_not_keep_the_others_from_being_drawn(folders, tmp_path):
    wanted = {"first": {"name": "slices"}, "reconstructions": {}}
    with pytest.raises(ValueError, match=r"figure 'first': .* two-dimensional; draw the figure"):
        figures.draw(wanted, map(in_folder, folders), tmp_path)
    assert (tmp_path / "reconstructions.png").is_file()
