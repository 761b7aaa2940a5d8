"""Summary: every cell has its row, statuses are never numbers, spread only over several seeds."""

import math

import pandas as pd
import pytest
from made_record import made

from inrbench.cells.record import CellName, Memory, Time
from inrbench.tables import cells_table, summary_page, summary_table, to_markdown
from inrbench.tables.page import heading


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
    )  # fmt: skip
    return made(**{**fields, **changes})


def summary_of(found):
    return summary_table(cells_table(found))


def markdown(found, note=None, brief=False):
    return to_markdown(summary_page(summary_of(found), found, "Title", note, brief))


def test_mean_and_standard_deviation_over_seeds():
    found = [record(0, mse=1e-6), record(1, mse=3e-6)]
    (row,) = summary_of(found).to_dict("records")
    assert row["seeds"] == 2 and row["status"] == "ok"
    assert row["mse"] == pytest.approx(2e-6)
    assert row["mse_std"] == pytest.approx(math.sqrt(2) * 1e-6)
    assert row["tensor_peak"] == 3 * 2**20
    assert math.isnan(row["nvml_process_peak"])
    text = markdown(found)
    assert "2.00e-06 ± 1.41e-06" in text
    assert "MSE (mm⁻²)" in text
    assert "nvml" not in text  # no reading, no column


def measured(method, residual, spread, dataset="tooth"):
    """A record of measured data, whose MSE grows as the residual falls."""
    metrics = {"mse": 1e-6 / residual, "held_out": residual, "held_out_spread": spread}
    return record(
        0, metrics=metrics, reference="reference", reference_from="CGLS from all 181 views",
        cell=CellName(experiment="e", preset="p", dataset=dataset, method=method, seed=0),
        labels={"dataset": dataset, "method": method},
    )  # fmt: skip


def test_measured_data_are_ranked_by_the_held_out_residual_with_its_spread():
    found = [record(0), measured("CGLS", 0.03, 0.002), measured("TV", 0.0213, 0.0004),
             measured("failed", 0.01, 0.001).model_copy(update={"status": "timeout"})]  # fmt: skip
    text = markdown(found)
    assert "0.0213 ± 0.0004" in text and "held-out residual" in text
    assert text.index("| FORBILD") < text.index("| TV") < text.index("| CGLS") < text.index("fail")
    assert "the least first; its ± is the standard error over these views" in text
    # An older record has a residual, and no spread.
    older = measured("CGLS", 0.03, 0.002)
    del older.metrics["held_out_spread"]
    assert "| 0.0300  " in markdown([older])


def test_numbers_without_a_truth_say_what_they_are_compared_with():
    text = markdown([measured("TV", 0.02, 0.001)])
    assert "MSE to the reference (mm⁻²)" in text
    assert "tooth are against CGLS from all 181 views, no truth" in text
    assert "MSE to truth or reference" in markdown(
        [measured("TV", 0.02, 0.001), record(0, reference="truth")]
    )
    assert "to the reference" not in markdown([record(0, reference="truth")])


def test_a_failed_seed_is_counted_and_named_but_never_averaged():
    found = [record(0), record(1, "diverged"), record(2, "out_of_memory")]
    (row,) = summary_of(found).to_dict("records")
    assert row["seeds"] == 1
    assert row["status"] == "1 ok, 1 diverged, 1 out_of_memory"
    assert row["mse"] == 1e-6
    text = markdown(found)
    assert "2 of 3 cells did not finish" in text and "| 1 of 3 " in text


def test_the_heading_says_what_a_table_rests_on():
    found = [record(0), record(1, "diverged"), record(4, "timeout"), record(5, "timeout")]
    assert heading("Title", found) == (
        "Title: 4 cells, seeds 0, 1, 4, 5, 3 failed (1 diverged, 2 timeout)"
    )
    assert heading("Title", [record(seed) for seed in (0, 1, 2)]).endswith(
        "seeds 0 to 2, none failed"
    )
    assert heading("Title", [record(0)]) == "Title: 1 cell, seed 0, none failed"


def test_seconds_have_a_spread_over_seeds():
    found = [record(0), record(1, time=Time(iteration=0.7, total=4.0))]
    (row,) = summary_of(found).to_dict("records")
    assert (row["iteration_seconds"], row["total_seconds_std"]) == (pytest.approx(0.6), 0)
    assert "0.6 ± 0.141" in markdown(found)


def test_a_method_without_any_finished_cell_keeps_its_row():
    text = markdown([record(0, "timeout")], "A note.")
    (line,) = [line for line in text.splitlines() if "SIREN" in line]
    assert "timeout" in line and "e-0" not in line and "nan" not in line
    assert text.endswith("A note.\n")


def test_the_brief_table_leaves_out_columns_but_no_row_and_no_status():
    found = [record(0), record(1, "diverged")]
    whole, brief = (markdown(found, brief=brief) for brief in (False, True))
    assert "PSNR" in whole and "PSNR" not in brief
    for words in ("1 of 2 cells did not finish", "1 ok, 1 diverged", "MSE (mm⁻²)", "tensor peak"):
        assert words in brief


def test_one_seed_has_no_spread():
    (row,) = summary_of([record(0)]).to_dict("records")
    assert math.isnan(row["mse_std"])
    assert "±" not in markdown([record(0)])


def test_cells_without_a_pixel_size_are_tabulated_per_pixel():
    assert "MSE (pixel⁻²)" in markdown([record(0, unit="pixel")])


def test_the_numbers_that_a_network_trains_stand_in_its_row():
    found = [record(0, parameters=33409), record(1, parameters=33409)]
    (row,) = summary_of(found).to_dict("records")
    assert row["parameters"] == 33409
    for brief in (False, True):
        assert "| parameters " in markdown(found, brief=brief)
        assert "| 33,409 " in markdown(found, brief=brief)
    assert "parameters" not in markdown([record(0)])  # an older record, or no network


def test_every_cell_has_a_row_with_base_units():
    cells = cells_table([record(0), record(1, "error")])
    assert len(cells) == 2
    assert cells.iteration_seconds.tolist()[0] == 0.5
    assert pd.isna(cells.mse[1]) and cells.reason[1] == "a sentence"


def swept(seed, **more):
    return record(seed, labels={"dataset": "FORBILD", "method": "INR", **more})


def test_swept_parameters_are_columns_after_the_gradient_in_order_of_appearance():
    found = [swept(0), swept(0, learning_rate="0.003", batch="8"), swept(0, learning_rate="0.01")]
    table = summary_of(found)
    assert list(table.columns[4:8]) == ["gradient", "learning_rate", "batch", "seeds"]
    assert table.learning_rate.tolist()[1:] == ["0.003", "0.01"]
    assert len(table) == 3  # a row for each value, though the method's name is the same
    for brief in (False, True):
        (heading,) = [line for line in markdown(found, brief=brief).splitlines() if "MSE" in line]
        names = [name.strip() for name in heading.strip("|").split("|")]
        assert names.index("learning rate") + 1 == names.index("batch")


def on(seed, status="ok", **key):
    return record(seed, status, machine={"key": {"device": "a", "driver_major": 550} | key})


def test_a_mean_over_records_that_do_not_compare_says_which_fields_differ():
    found = [on(0), on(1, driver_major=560, torch="2.13"), on(2, "error", device="b")]
    assert "Records of different driver_major, torch are averaged." in markdown(found)
    assert "different" not in markdown([on(0), on(1)])
    other = record(
        0, machine={"key": {"device": "b"}}, labels={"dataset": "tooth", "method": "INR"}
    )
    assert "different" not in markdown([on(0), other])  # two rows, no mean over both


def test_swept_iterations_are_a_column_like_any_other():
    found = []
    for number in (30, 300):
        cell = CellName(experiment="e", preset="p", dataset="d", method=f"cgls-{number}", seed=0)
        labels = {"dataset": "FORBILD", "method": "CGLS", "iterations": str(number)}
        found.append(record(0, cell=cell, labels=labels, method={"iterations": number}))
    rows = [line for line in markdown(found).splitlines() if "CGLS" in line]
    assert ["| 30 " in rows[0], "| 300 " in rows[1]] == [True, True]
