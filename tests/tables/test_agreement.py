"""Agreement: the ratio to full-gradient training at equal seeds and iterations."""

import math

import pandas as pd
import pytest
from made_record import made

from inrbench.cells.history import write_history
from inrbench.cells.record import CellName
from inrbench.cells.result import Result
from inrbench.tables import agreement_page, agreement_table, to_markdown, write

GRADIENTS = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 8, "sampler": "uniform"},
    "JVP 10 %": {"name": "jvp", "rate": 0.1, "chunk": "auto", "sampler": "uniform"},
}


@pytest.fixture
def cell(tmp_path):
    def make(gradient, seed=0, mse=1e-6, status="ok", iterations=10, losses=(), **more):
        """A cell's record, with its folder as it would be left."""
        labels = {"dataset": "FORBILD", "method": "INR", "network": "SIREN", "objective": "LS",
                  "gradient": gradient, **more}  # fmt: skip
        folder = tmp_path / "-".join([*labels.values(), str(seed), str(iterations)])
        folder.mkdir()
        rows = [{"iteration": k, "loss": loss} for k, loss in enumerate(losses, 1)]
        write_history(folder / "history.parquet", rows)
        record = made(
            method={"gradient": GRADIENTS[gradient], "iterations": iterations},
            cell=CellName(experiment="e", preset="p", dataset="d", method=gradient, seed=seed),
            labels=labels, status=status, metrics={"mse": mse}, unit="mm",
        )  # fmt: skip
        (folder / "record.json").write_text(record.model_dump_json())
        return Result(record, folder)

    return make


def row_of(found):
    (row,) = agreement_table(found).to_dict("records")
    return row


def text_of(found):
    page = agreement_page(agreement_table(found), [one.record for one in found], "Title", None)
    return to_markdown(page)


def test_the_ratio_is_the_geometric_mean_over_shared_seeds(cell):
    found = [cell("autograd", 0, 1e-6), cell("autograd", 1, 4e-6), cell("autograd", 2, 1.0),
             cell("JVP 10 %", 0, 2e-6), cell("JVP 10 %", 1, 2e-6)]  # fmt: skip
    row = row_of(found)
    assert row["seeds"] == 2 and row["iterations"] == 10
    assert row["ratio"] == pytest.approx(1)  # of 2 and 1/2
    assert (row["ratio_min"], row["ratio_max"]) == (0.5, 2)
    assert row["mse"] == pytest.approx(2e-6) and row["mse_std"] == 0
    assert row["baseline_mse"] == pytest.approx(2.5e-6)
    assert row["within_20_percent"] == "yes, but not 1 of 2 seeds"


def test_measured_data_have_both_residuals_beside_the_ratio(cell):
    found = []
    for gradient, residual in (("autograd", 0.02), ("JVP 10 %", 0.03)):
        one = cell(gradient)
        more = {"reference": "reference", "reference_from": "CGLS from all 181 views"}
        one.record.metrics.update(held_out=residual, held_out_spread=0.001)
        found.append(Result(one.record.model_copy(update=more), one.place))
    row = row_of(found)
    assert (row["held_out"], row["baseline_held_out"]) == (0.03, 0.02)
    text = text_of(found)
    assert "0.0300 ± 0.0010" in text and "0.0200 ± 0.0010" in text
    assert "MSE to the reference" in text and "CGLS from all 181 views" in text


@pytest.mark.parametrize(("mse", "verdict"), [(1.2, "yes"), (1.21, "no"), (0.1, "yes")])
def test_more_than_20_percent_above_is_a_no(cell, mse, verdict):
    found = [cell(mode, seed, value) for mode, value in (("autograd", 1.0), ("JVP 10 %", mse))
             for seed in (0, 1)]  # fmt: skip
    assert row_of(found)["within_20_percent"] == verdict
    assert row_of([found[0], found[2]])["within_20_percent"] == f"{verdict}, one seed"


def test_cells_that_failed_or_took_other_iterations_are_left_out_and_named(cell):
    found = [cell("autograd", seed, 1.0) for seed in (0, 1, 2)]
    found += [cell("autograd", 3, 1.0, "out_of_memory")]
    found += [cell("JVP 10 %", 0, 1.0), cell("JVP 10 %", 1, 9.0, iterations=20),
              cell("JVP 10 %", 2, 9.0, "diverged"), cell("JVP 10 %", 3, 9.0),
              cell("JVP 10 %", 4, 9.0)]  # fmt: skip
    row = row_of(found)
    assert row["seeds"] == 1 and row["ratio"] == 1
    assert row["left_out"] == (
        "1 of other iterations, 1 diverged, 1 with its baseline out_of_memory, "
        "1 without a baseline"
    )
    assert "1 diverged" in text_of(found)


def test_a_mode_that_failed_keeps_its_row_without_a_number_and_is_no_agreement(cell):
    found = [cell("autograd", 0, 1.0), cell("JVP 10 %", 0, 9.0, "diverged")]
    row = row_of(found)
    assert row["seeds"] == 0 and math.isnan(row["ratio"])
    (line,) = [line for line in text_of(found).splitlines() if "JVP 10 %" in line]
    assert "1 diverged" in line and "no, 1 failed" in line and "nan" not in line


def test_a_mode_of_other_iterations_has_no_row_but_a_sentence(cell):
    found = [cell("exact", 0, 1.0), cell("JVP 10 %", 0, 9.0, iterations=20)]
    text = text_of(found)
    assert "nothing to compare" in text and "|" not in text
    sentence = "Left out, having taken other iterations than the baseline: JVP 10 %."
    assert sentence in text
    text = text_of([*found, cell("autograd", 0, 1.0)])
    assert sentence in text and "| exact " in text and "| JVP" not in text


def test_losses_of_the_exact_gradient_are_compared_along_the_run(cell):
    found = [cell("autograd", 0, losses=[4, 2, 1, 1]), cell("exact", 0, losses=[4, 2, 1.02, 1.1]),
             cell("autograd", 1, losses=[4, 2, 1]), cell("exact", 1, losses=[4, 2.03, 1]),
             cell("JVP 10 %", 0, losses=[8, 8, 8, 8])]  # fmt: skip
    exact, sampled = agreement_table(found).to_dict("records")
    assert exact["loss_difference"] == pytest.approx(0.1)
    assert exact["loss_parts"] == 2  # in seed 1
    assert math.isnan(sampled["loss_difference"])


def test_losses_that_never_part_have_no_such_iteration(cell):
    row = row_of([cell("autograd", losses=[4, 2]), cell("exact", losses=[4, 2.01])])
    assert row["loss_difference"] == pytest.approx(0.005)
    assert math.isnan(row["loss_parts"])


def test_the_exact_gradient_stands_in_where_there_is_no_autograd(cell):
    found = [cell("exact", 0, 1.0), cell("JVP 10 %", 0, 1.1)]
    assert row_of(found)["baseline"] == "exact"
    assert "the baseline is the exact gradient (rate 1)" in text_of(found)
    found += [cell("autograd", 0, 1.0)]
    assert set(agreement_table(found).baseline) == {"autograd"}
    assert "the baseline is the exact gradient" not in text_of(found)


def test_swept_parameters_are_compared_value_by_value(cell):
    modes = {"autograd": 1.0, "JVP 10 %": 2.0}
    found = [cell(mode, 0, modes[mode] * float(rate), learning_rate=rate)
             for rate in ("1", "3") for mode in modes]  # fmt: skip
    table = agreement_table(found)
    assert list(table.columns[4:7]) == ["gradient", "learning_rate", "baseline"]
    assert table.learning_rate.tolist() == ["1", "3"] and table.ratio.tolist() == [2, 2]


def test_without_a_full_gradient_the_files_say_that_there_is_nothing_to_compare(cell, tmp_path):
    write([cell("JVP 10 %")], tmp_path / "out", "Title", None)
    for suffix in ("md", "tex"):
        assert "nothing to compare" in (tmp_path / f"out/agreement.{suffix}").read_text()
    table = pd.read_csv(tmp_path / "out/agreement.csv")
    assert table.empty and "ratio" in table
