"""Tables: every cell has its row, statuses are never numbers, spread only over several seeds."""

import math

import pandas as pd
import pytest

from inrbench.records import CellName, Memory, Record, Time
from inrbench.tables import cells_table, summary_table, to_markdown


def record(seed, status="ok", mse=1e-6, **changes):
    fields = dict(
        cell=CellName(experiment="e", preset="p", dataset="d", method="inr-siren", seed=seed),
        labels={"dataset": "FORBILD", "method": "INR", "network": "SIREN"},
        status=status,
        reason=None if status == "ok" else "a sentence",
        metrics={"mse": mse, "psnr": 20.0, "ssim": 0.5} if status == "ok" else {},
        unit="mm",
        memory=[Memory(name="tensor_peak", bytes=3 * 2**20, how="counted"),
                Memory(name="nvml_process_peak", bytes=None, how="no GPU")],
        time=Time(iteration=0.5, spread=0.1, timed=5, total=4.0, setup=1.0, threads=1),
        spec={}, command="again", created="now",
    )  # fmt: skip
    return Record(**{**fields, **changes})


def test_mean_and_standard_deviation_over_seeds():
    cells = cells_table([record(0, mse=1e-6), record(1, mse=3e-6)])
    (row,) = summary_table(cells).to_dict("records")
    assert row["seeds"] == 2 and row["status"] == "ok"
    assert row["mse"] == pytest.approx(2e-6)
    assert row["mse_std"] == pytest.approx(math.sqrt(2) * 1e-6)
    assert row["tensor_peak"] == 3 * 2**20
    assert math.isnan(row["nvml_process_peak"])
    text = to_markdown(summary_table(cells), "Title", None)
    assert "2.00e-06 ± 1.41e-06" in text
    assert "MSE (mm⁻²)" in text
    assert "nvml" not in text  # no reading, no column


def test_a_failed_seed_is_counted_and_named_but_never_averaged():
    cells = cells_table([record(0), record(1, "diverged"), record(2, "out_of_memory")])
    summary = summary_table(cells)
    (row,) = summary.to_dict("records")
    assert row["seeds"] == 1
    assert row["status"] == "1 ok, 1 diverged, 1 out_of_memory"
    assert row["mse"] == 1e-6
    text = to_markdown(summary, "Title", None)
    assert "2 of 3 cells did not finish" in text


def test_a_method_without_any_finished_cell_keeps_its_row():
    summary = summary_table(cells_table([record(0, "timeout")]))
    text = to_markdown(summary, "Title", "A note.")
    (line,) = [line for line in text.splitlines() if "SIREN" in line]
    assert "timeout" in line and "e-0" not in line and "nan" not in line
    assert text.endswith("A note.\n")


def test_the_brief_table_leaves_out_columns_but_no_row_and_no_status():
    summary = summary_table(cells_table([record(0), record(1, "diverged")]))
    whole, brief = (to_markdown(summary, "T", None, brief=brief) for brief in (False, True))
    assert "PSNR" in whole and "PSNR" not in brief
    for words in ("1 of 2 cells did not finish", "1 ok, 1 diverged", "MSE (mm⁻²)", "tensor peak"):
        assert words in brief


def test_one_seed_has_no_spread():
    (row,) = summary_table(cells_table([record(0)])).to_dict("records")
    assert math.isnan(row["mse_std"])
    assert "±" not in to_markdown(summary_table(cells_table([record(0)])), "T", None)


def test_cells_without_a_pixel_size_are_tabulated_per_pixel():
    summary = summary_table(cells_table([record(0, unit="pixel")]))
    assert "MSE (pixel⁻²)" in to_markdown(summary, "T", None)


def test_every_cell_has_a_row_with_base_units():
    cells = cells_table([record(0), record(1, "error")])
    assert len(cells) == 2
    assert cells.iteration_seconds.tolist()[0] == 0.5
    assert pd.isna(cells.mse[1]) and cells.reason[1] == "a sentence"
