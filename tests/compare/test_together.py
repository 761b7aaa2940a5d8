"""What rows share: a change that is too small for each of them, and of many at once."""

import math

import pytest
from campaign import REFERENCE, campaign
from simulation import Calls, alarms, dealt, synthetic

from inrbench.compare import compare, noise, report
from inrbench.compare.together import groups, put_together
from inrbench.compare.verdict import Entry

MANY = tuple("abcdefghij")


def entry(row, base, new, **more):
    return Entry(row, "time", base, new, **more)


def test_a_run_counts_by_the_middle_of_its_rows():
    rows = [{0: [0.1, 0.0]}, {0: [0.2, 0.0]}, {0: [0.3, 0.0]}, {0: [0.4, 0.0]}, {0: [9.0, 3.0]}]
    assert put_together(rows) == {0: [pytest.approx(0.3), 0.0]}


def test_a_run_that_few_rows_have_is_left_out():
    assert put_together([{0: [1.0], 1: [5.0]}, {0: [3.0]}, {0: [2.0]}]) == {0: [pytest.approx(2)]}


def test_rows_are_put_together_by_what_they_have_in_common():
    labels = {
        f"r{k}": {"data": "d", "network": "ab"[k // 3], "gradient": f"g{k}"} for k in range(6)
    }
    entries = [
        entry(row, {0: [float(k)]}, {0: [k + 0.1 * (k < 3)]}) for k, row in enumerate(labels)
    ]
    found = {one.row: one for one in groups(entries, labels)}
    assert list(found) == ["all 6 rows", "network a, 3 rows", "network b, 3 rows"]
    assert found["network a, 3 rows"].members == ("r0", "r1", "r2")
    assert found["network a, 3 rows"].base == {0: [0]}  # each row from its own level
    assert found["network a, 3 rows"].new == {0: [pytest.approx(0.1)]}
    assert found["network b, 3 rows"].new == {0: [0]}


def test_two_rows_share_nothing_and_those_that_do_not_compare_stay_apart():
    labels = {row: {} for row in "abcde"}
    entries = [entry(row, {0: [0.0]}, {0: [1.0]}, comparable=row in "ab") for row in labels]
    (found,) = groups(entries, labels)
    assert (found.row, found.comparable) == ("all 3 rows", False)


def test_a_change_that_few_rows_show_is_found_where_all_share_it(tmp_path):
    base = campaign(tmp_path / "base", methods=MANY, scatter=0.03)
    slower = dict.fromkeys(MANY, 1.04)
    new = campaign(tmp_path / "new", 1, methods=MANY, scatter=0.03, slower=slower)
    found = compare(base, new, None)
    assert found.counts["ok"] >= 8
    assert report.heading(found).endswith(" ok; all 10 rows together slower")
    assert found.exit_code == 1
    (change,) = found.together[0].changes
    assert math.exp(change.size) == pytest.approx(1.04, abs=0.02)
    assert report.as_json(found)["together"][0]["verdict"] == "slower"
    assert report.pages(found)[1].columns["verdict"] == ["slower"]


def test_a_row_alone_is_no_change_of_all(tmp_path):
    base = campaign(tmp_path / "base", methods=MANY)
    new = campaign(tmp_path / "new", 1, methods=MANY, slower={"a": 3.0})
    found = compare(base, new, None)
    assert [row.verdict for row in found.rows] == ["slower"] + 9 * ["ok"]
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
    assert (row.name, row.verdict) == ("all 5 rows", "not comparable")
    assert math.exp(row.changes[0].size) == pytest.approx(0.25)
    assert found.exit_code == 3


@pytest.fixture(scope="module")
def shared():
    """The noise of the machine behind the kept records: two cores that are shared."""
    return noise.read(REFERENCE / "noise.json")


def test_real_runs_dealt_to_both_sides_raise_no_alarm(shared):
    assert sum(alarms(dealt(shared, seed)) for seed in range(60)) <= 1


@pytest.mark.parametrize("group", ["all", "network siren", "objective ls", "gradient autograd"])
def test_six_runs_of_a_shared_machine_find_10_per_cent_that_rows_share(shared, group):
    calls = Calls.of(shared)
    name = next(name for name in calls.groups if name.startswith(group))
    assert calls.finds(name, math.log(1.1), 40) >= 38


def test_together_raises_no_alarm_without_noise_of_the_machine():
    calls = Calls(None, synthetic()[1])
    assert sum(alarms(calls.call(seed, ("time",))) for seed in range(60)) <= 1
