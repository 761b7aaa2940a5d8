"""Counts decide by themselves: one run, and one operation more, are enough."""

import pytest
from campaign import campaign

from inrbench.compare import compare
from inrbench.compare.verdict import MISSING, NEW


def counts(operations=5_000, flops=10**9):
    return lambda method, seed: {"work": {"operations": operations, "flops": flops}}


def one_run(folder, change):
    return campaign(folder, methods=("a",), seeds=(0,), change=change)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, {"operations": "ok", "flops": "ok"}),
        ({"operations": 5_001}, {"operations": "more work", "flops": "ok"}),
        ({"flops": 10**9 + 2}, {"operations": "ok", "flops": "more work"}),
        ({"operations": 4_999}, {"operations": "improved", "flops": "ok"}),
        ({"operations": 10**12 + 1}, {"operations": "more work", "flops": "ok"}),
    ],
)
def test_one_operation_more_is_found_in_one_run(tmp_path, changed, verdict):
    base = one_run(tmp_path / "base", counts())
    found = compare(base, one_run(tmp_path / "new", counts(**changed)), None)
    (row,) = found.rows
    assert {c.measure: c.verdict for c in row.changes if c.measure in verdict} == verdict
    assert (found.exit_code == 1) == ("more work" in verdict.values())


def test_records_of_before_have_no_counts_and_are_compared_by_the_rest(tmp_path):
    old, now = one_run(tmp_path / "base", lambda *_: {}), one_run(tmp_path / "new", counts())
    words = {
        change.verdict
        for row in compare(old, now, None).rows
        for change in row.changes
        if change.measure in ("operations", "flops")
    }
    assert words == {NEW}
    assert compare(now, old, None).rows[0].verdict == MISSING
