"""Pages for the terminal: whatever a record lacks, it is shown."""

import pytest
from made_record import made

from inrbench.cells.records import Memory, Time
from inrbench.cli.pages import page, record_page


@pytest.mark.parametrize(
    "time",
    [Time(), Time(iteration=0.5, timed=1, threads=2), Time(iteration=0.5, spread=0.1, timed=5)],
)
def test_a_record_of_a_run_that_ended_early_is_shown(time):
    record = made(status="diverged", reason="the loss is nan", time=time, command="inrbench run e",
                  memory=[Memory(name="rss_peak", bytes=None, how="no Linux")])  # fmt: skip
    text = record_page(record)
    for words in ("diverged: the loss is nan", "not read", "no Linux", "inrbench run e"):
        assert words in text


def test_a_record_says_how_fast_the_machine_was():
    time = Time(iteration=0.02, timed=9, pace=12.5, yardstick=0.0016, threads=1)
    assert "pace        12.5 yardsticks an iteration, each 0.0016 s" in record_page(
        made(time=time)
    )


def test_a_record_says_its_work_and_whose_defaults_it_has():
    text = record_page(
        made(work={"operations": 1590, "flops": 2 * 10**6, "unseen": "RTK"}, completed="ab12" * 10)
    )
    assert "1,590 operations and 2e+06 FLOPs an iteration, those of RTK not among them" in text
    assert "completed   by the defaults of revision ab12ab12ab" in text


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="neither a record"):
        page(tmp_path)


def test_the_claims_of_a_paper_are_pointed_to_where_there_are_any(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "brief.md").write_text("brief")
    assert "claims" not in page(tmp_path).replace(str(tmp_path), "")
    (tmp_path / "tables" / "claims.md").write_text("claims")
    assert f"claims of the paper: {tmp_path / 'tables' / 'claims.md'}" in page(tmp_path)
