"""The quality table: means of the notes, and variance at equal cost in closed form."""

import pytest
from made_record import made

from inrbench.cells.history import write_notes
from inrbench.cells.result import Result
from inrbench.tables import gradient_quality_page, gradient_quality_table, to_latex, to_markdown


@pytest.fixture
def found(tmp_path):
    """Two seeds; at 10 % an estimate takes half the time of the exact gradient."""
    cells = []
    for seed in (0, 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rows = [
            {"iteration": k, "sampler": sampler, "rate": rate, "relative_error": variance**0.5,
             "cosine": 0.9, "variance": variance + seed, "bias": 0.0, "seconds": seconds}
            for k in (1, 7)
            for sampler, rate, variance, seconds in (
                ("exact", 1.0, 0.0, 2.0), ("autograd", 1.0, 0.0, 4.0), ("uniform", 0.1, 0.5, 1.0)
            )
        ]  # fmt: skip
        write_notes(folder / "notes.parquet", rows)
        labels = {"dataset": "FORBILD", "method": "INR", "network": "SIREN", "objective": "LS"}
        cells.append(Result(made(seed, labels=labels), folder))
    return cells


def test_variance_at_equal_cost_is_variance_times_time(found):
    table = gradient_quality_table(found)
    assert len(table) == 6  # two iterations of three modes
    row = table[(table.sampler == "uniform") & (table.iteration == 7)].iloc[0]
    assert row.variance == pytest.approx(1.0)  # the mean over seeds of 0.5 and 1.5
    assert row.time == pytest.approx(0.5)
    assert row.variance_at_cost == pytest.approx(0.5)
    assert table[table.sampler == "autograd"].time.unique() == pytest.approx([2.0])
    assert row.variance_std == pytest.approx(0.5**0.5)


def test_a_cell_without_notes_makes_a_mean_over_a_subset(found, tmp_path):
    record = found[0].record
    cell = record.cell.model_copy(update={"seed": 2})
    lost = record.model_copy(update={"cell": cell, "status": "timeout"})
    table = gradient_quality_table([*found, Result(lost, tmp_path / "none")])
    assert set(zip(table.seeds, table.cells, strict=True)) == {(2, 3)}
    assert "| 2 of 3" in to_markdown(gradient_quality_page(table, "Trial", None))


def test_pages_are_written_and_cells_without_notes_give_no_rows(found, tmp_path):
    page = gradient_quality_page(gradient_quality_table(found), "Trial", None)
    assert "| SIREN" in to_markdown(page) and r"\toprule" in to_latex(page)
    assert gradient_quality_table([Result(found[0].record, tmp_path / "none")]).empty
