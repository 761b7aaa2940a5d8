"""What rows share: a change that is too small for each of them, and of many at once."""

import math
import shutil

import numpy as np
import pytest
from campaign import campaign
from simulation import Calls, alarms, synthetic

from inrbench.compare import compare, report
from inrbench.compare.runs import read
from inrbench.compare.together import groups, level, put_together
from inrbench.compare.verdict import Entry

MANY = tuple("abcdefghij")


def entry(row, base, new, **more):
    return Entry(row, "time", base, new, **more)


def test_a_run_counts_by_the_median_of_its_rows_each_from_its_level():
    rows = [{0: [k + 0.1, k - 0.1]} for k in range(4)] + [{0: [9.0, 7.0]}]
    assert put_together(rows, [0, 1, 2, 3, 0]) == {0: [pytest.approx(0.1), pytest.approx(-0.1)]}


def test_only_runs_that_all_rows_have_count():
    rows = [{0: [1.0, 4.0], 1: [5.0]}, {0: [3.0], 1: [7.0]}, {0: [2.0]}]
    assert put_together(rows, [0, 0, 0]) == {0: [2.0]}


def test_values_of_rows_scatter_as_medians_of_so_many_runs_do():
    made = np.random.default_rng(0).standard_normal((400, 26, 2, 6))
    whole = np.median(made, axis=1).std(ddof=1)
    for side in (0, 1):
        scatter = []
        for rows in made:
            levels = [level({0: row[0]}) for row in rows]
            values = put_together([{0: row[side]} for row in rows], levels)
            scatter.append(np.std(values[0], ddof=1))
        assert np.mean(scatter) == pytest.approx(0.95 * whole, rel=0.1)  # 0.95: of six, a mean std


def many(rows, base=0.0, new=0.0, runs=5, **more):
    """An entry for each row, with a run of five seeds on each side."""
    return [entry(row, {s: [base] for s in range(runs)}, {s: [new] for s in range(runs)}, **more)
            for row in rows]  # fmt: skip


def test_rows_are_put_together_by_what_they_have_in_common():
    labels = {
        f"r{k}": {"dataset": "d", "network": "ab"[k // 5], "gradient": f"g{k}"} for k in range(10)
    }
    entries = many(list(labels)[:5], 3.0, 3.1) + many(list(labels)[5:], 7.0, 7.0)
    found = {one.row: one for one in groups(entries, labels, 5)}
    names = ["all 10 rows", "network a, 5 rows", "network b, 5 rows"]
    assert list(found) == [f"{name}, in seconds" for name in names]
    a, b = (found[f"network {key}, 5 rows, in seconds"] for key in "ab")
    assert a.members == ("r0", "r1", "r2", "r3", "r4")
    assert a.base == {s: [0] for s in range(5)}  # each row from its own level
    assert a.new == {s: [pytest.approx(0.1)] for s in range(5)}
    assert b.new == {s: [0] for s in range(5)}


def test_rows_count_with_the_runs_that_most_have_and_those_without_them_stay_by_themselves():
    labels = {row: {"network": "n"} for row in "abcdefghi"}
    entries = many("abcde") + many("fg", runs=6, new=1.0) + many("hi", runs=1, new=1.0)
    (found,) = groups(entries, labels, 5)
    assert (found.row, found.members) == ("7 of 9 rows, in seconds", tuple("abcdefg"))
    assert [len(side) for side in (found.base, found.new)] == [5, 5]


def test_a_row_that_lost_a_run_does_not_take_it_from_all_others():
    labels = {row: {} for row in MANY}
    (found,) = groups(many(MANY[:9], runs=6) + many(MANY[9]), labels, 5)
    assert (found.row, len(found.base)) == ("9 of 10 rows, in seconds", 6)


def test_where_no_five_rows_have_the_same_runs_a_note_says_so(tmp_path):
    base, new = (campaign(tmp_path / name, k) for k, name in enumerate(("base", "new")))
    found = compare(base, new, None)
    assert not any("What rows share was not tested" in note for note in found.notes)
    for k, method in enumerate("abcde"):
        (run,) = (r for r in new.rows[f"quick-laptop/forbild/{method}"] if r.record.cell.seed == k)
        shutil.rmtree(run.folder)
    found = compare(base, read(tmp_path / "new"), None)
    assert found.together == () and "no 5 of them have the same runs" in found.notes[-1]


def test_four_rows_share_nothing_and_those_that_do_not_compare_stay_apart():
    labels = {row: {} for row in "abcdefghi"}
    entries = many("abcd", 0.0, 1.0) + many("efghi", 0.0, 1.0, runs=1, comparable=False)
    (found,) = groups(entries, labels, 5)
    assert (found.row, found.comparable) == ("all 5 rows, in seconds", False)


def test_a_change_that_few_rows_show_is_found_where_all_share_it(tmp_path):
    base = campaign(tmp_path / "base", methods=MANY, scatter=0.03)
    slower = dict.fromkeys(MANY, 1.04)
    new = campaign(tmp_path / "new", 1, methods=MANY, scatter=0.03, slower=slower)
    found = compare(base, new, None)
    assert found.counts["ok"] >= 8
    assert report.heading(found).endswith(" ok; together slower: all 10 rows, in seconds")
    assert found.exit_code == 1
    (change,) = found.together[0].changes
    assert math.exp(change.size) == pytest.approx(1.04, abs=0.02)
    assert report.as_json(found)["together"][0]["verdict"] == "slower"
    assert report.pages(found)[1].columns["verdict"] == ["slower"]


@pytest.mark.parametrize("rows", [MANY, MANY[:5]])
def test_what_two_rows_do_is_no_change_of_all(tmp_path, rows):
    base = campaign(tmp_path / "base", methods=rows)
    new = campaign(tmp_path / "new", 1, methods=rows, slower={"a": 3.0, "b": 2.0})
    found = compare(base, new, None)
    assert [row.verdict for row in found.rows] == 2 * ["slower"] + (len(rows) - 2) * ["ok"]
    assert [row.verdict for row in found.together] == ["ok"]


def test_machines_that_do_not_compare_have_one_ratio_of_all_rows(tmp_path):
    base = campaign(tmp_path / "base")
    other = campaign(
        tmp_path / "new",
        slower=dict.fromkeys("abcde", 0.25),
        change=lambda method, seed: {"machine.key.device": "another"},
    )
    found = compare(base, other, None)
    (row,) = found.together
    assert (row.name, row.verdict) == ("all 5 rows, in seconds", "not comparable")
    assert math.exp(row.changes[0].size) == pytest.approx(0.25)
    assert found.exit_code == 3


ROWS = {
    f"{network}-{objective}-{gradient}": {
        "network": network, "objective": objective, "gradient": gradient,
    }
    for network in ("Fourier features", "SIREN", "hash encoding")
    for objective in ("LS", "FLS")
    for gradient in ("autograd", "exact", "JVP 10 %")
}  # fmt: skip


@pytest.mark.parametrize(
    ("part", "factor", "together"),
    [
        ("SIREN", 1.15, {"network SIREN, 6 rows, in seconds"}),
        ("hash encoding", 1.3, {"network hash encoding, 6 rows, in seconds"}),
        ("hash encoding-LS-autograd", 3.0, set()),
    ],
)
def test_the_group_that_became_slower_is_named_and_no_other(tmp_path, part, factor, together):
    """The same runs but for the factor; a single row, however slow, is no group."""

    def change(method, seed):
        return {"labels": {"dataset": "FORBILD", "method": method, **ROWS[method]}}

    slower = {row: factor for row in ROWS if row.startswith(part)}
    base, new = (
        campaign(tmp_path / name, methods=tuple(ROWS), change=change, scatter=0.06, slower=more)
        for name, more in (("base", {}), ("new", slower))
    )
    found = compare(base, new, None)
    assert {row.name for row in found.together if row.verdict == "slower"} == together
    assert found.exit_code == 1


@pytest.mark.parametrize("group", ["all", "network"])
def test_six_runs_find_5_per_cent_that_rows_share(group):
    """Rows scatter by 2 %: one in three shows it by itself."""
    calls = Calls(*synthetic())
    name = next(name for name in calls.groups if name.startswith(group))
    assert calls.finds(name, math.log(1.05), 40) >= 38


def test_together_raises_no_alarm_without_noise_of_the_machine():
    calls = Calls(None, synthetic()[1])
    assert sum(alarms(calls.call(seed, ("time",))) for seed in range(60)) <= 1
