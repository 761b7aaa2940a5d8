"""The conditioning table: geometric means over seeds, and bounds that stay bounds."""

import math

import pytest
from made_record import made

from inrbench.cells.history import write_notes
from inrbench.cells.result import Result
from inrbench.tables import conditioning_page, conditioning_table, to_latex, to_markdown


@pytest.fixture
def found(tmp_path):
    """Builds cells from {network: a list of (LS, FLS) a seed}, each (condition, rank of 9)."""

    def build(networks):
        cells = []
        for name, seeds in networks.items():
            for seed, pair in enumerate(seeds):
                folder = tmp_path / name / str(seed)
                folder.mkdir(parents=True)
                rows = [
                    {"objective": objective, "dead": seed, "columns": 9, "rank": rank,
                     "resolved": rank == 9, "condition": condition,
                     "range_condition": condition if rank == 9 else 100.0 * (1 + k)}
                    for k, (objective, (condition, rank)) in enumerate(
                        zip(("least_squares", "filtered_least_squares"), pair, strict=True))
                ]  # fmt: skip
                write_notes(folder / "notes.parquet", rows)
                labels = {"dataset": "FORBILD", "method": "conditioning", "network": name}
                cell = {"experiment": "e", "preset": "p", "dataset": "d", "method": name,
                        "seed": seed}  # fmt: skip
                cells.append(Result(made(cell=cell, labels=labels), folder))
        return cells

    return build


def test_means_and_spread_over_seeds(found):
    """Ratios of 10 and 1000: geometric mean 100, spread 10^sqrt(2), arithmetic mean 505."""
    cells = found({"SIREN": [((1e4, 9), (1e3, 9)), ((1e8, 9), (1e5, 9))]})
    (row,) = conditioning_table(cells).to_dict("records")
    assert (row["network"], row["directions"], row["seeds"]) == ("SIREN", "all", 2)
    assert (row["columns"], row["rank"], row["dead"]) == (9, 9, 0.5)
    assert (row["ls"], row["fls"]) == pytest.approx((1e6, 1e4))
    assert (row["ratio"], row["ratio_mean"]) == pytest.approx((100, 505))
    assert row["ratio_spread"] == pytest.approx(10 ** math.sqrt(2))
    assert row["ls_bound"] == row["fls_bound"] == row["ratio_bound"] == ""
    assert "method" not in row


def test_a_bound_makes_the_ratio_a_bound_and_two_make_nothing(found):
    good, low = (1e6, 9), (1e22, 5)
    cells = found({
        "upper": [(low, good), (good, good)], "lower": [(good, low)], "both": [(low, low)],
        "mixed": [(low, good), (good, low)],
    })  # fmt: skip
    table = conditioning_table(cells).set_index(["network", "directions"])
    assert table.loc["upper", "all"].ratio == pytest.approx(1e8)
    bounds = table.xs("all", level="directions").ratio_bound
    assert (bounds["upper"], bounds["lower"]) == ("≥", "≤")
    assert table.loc["upper", "all"].ls_bound == "≥" and table.loc["upper", "all"].fls_bound == ""
    assert math.isnan(table.loc["upper", "all"].ratio_spread)
    for name in ("both", "mixed"):
        assert math.isnan(table.loc[name, "all"].ratio)
    # On the range numbers are numbers again, but ranges of different rank do not compare.
    assert table.loc["both", "range"].ratio == pytest.approx(0.5)
    upper = table.loc["upper", "range"]
    assert (upper.ratio, upper.seeds, upper.cells) == (1, 1, 2)  # of the seed with equal ranks
    assert math.isnan(table.loc["lower", "range"].ratio)
    assert table.loc["both", "range"].ls_bound == ""


def test_pages_mark_bounds_in_both_languages(found):
    cells = found({"hash encoding": [((1e22, 5), (1e6, 9))] * 2})
    page = conditioning_page(conditioning_table(cells), "Trial", None)
    markdown, latex = to_markdown(page), to_latex(page)
    assert "| ≥ 1.0e+22" in markdown and "| ≥ 1e+16" in markdown and "| range" in markdown
    assert r"$\geq 1.0 \times 10^{22}$" in latex and latex.isascii()


def test_without_notes_there_is_no_table(found, tmp_path):
    cells = found({"SIREN": [((1e4, 9), (1e3, 9))]})
    assert conditioning_table([Result(cells[0].record, tmp_path / "none")]).empty
    page = to_markdown(conditioning_page(conditioning_table(cells), "Trial", None))
    assert "directions" not in page and "range" not in page
