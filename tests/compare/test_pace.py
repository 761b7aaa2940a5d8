"""Times in units of the yardstick: what slows a machine down is told from what slows the code."""

import numpy as np
import pytest
from campaign import campaign, write

from inrbench.compare import compare, noise, report
from inrbench.compare.runs import read

SPEEDS = np.exp(0.3 * np.random.default_rng(0).standard_normal((2, 6)))
"""How long the machine takes for anything, by side and seed."""


def side(folder, number, factor=1.0, slower="a", yardstick=True, version=1):
    """Runs on a machine that is now slow and now fast; one method takes `factor` times as long."""
    draws = np.random.default_rng(number)

    def change(method, seed):
        speed = SPEEDS[number, seed]
        scatter = np.exp(0.01 * draws.standard_normal())
        seconds = 0.05 * speed * scatter * (factor if method == slower else 1.0)
        changed = {"time.iteration": seconds}
        if yardstick:
            changed |= {"time.yardstick": 0.002 * speed, "time.pace": seconds / (0.002 * speed)}
            changed |= {"time.yardstick_version": version}
        return changed

    return campaign(folder, number, change=change)


def times(found):
    """By method: which measure its time is, and the verdict."""
    return {
        row.name.rsplit("/", 1)[1]: (change.measure, change.verdict)
        for row in found.rows
        for change in row.changes
        if change.measure in ("time", "pace")
    }


def test_a_change_of_the_code_is_found_on_a_machine_of_changing_speed(tmp_path):
    found = compare(side(tmp_path / "base", 0), side(tmp_path / "new", 1, 1.1), None)
    assert times(found) == {"a": ("pace", "slower")} | dict.fromkeys("bcde", ("pace", "ok"))
    (slower,) = (one for row in found.rows for one in row.changes if one.verdict == "slower")
    assert slower.size == pytest.approx(np.log(1.1), abs=0.03)
    assert slower.base == pytest.approx(25, rel=0.03)  # yardsticks


def test_in_seconds_it_is_hidden(tmp_path):
    base, new = (
        side(tmp_path / name, number, factor, yardstick=False)
        for name, number, factor in (("base", 0, 1.0), ("new", 1, 1.1))
    )
    assert times(compare(base, new, None)) == dict.fromkeys("abcde", ("time", "ok"))


def test_a_single_step_is_compared_in_seconds(tmp_path):
    for name, number in (("base", 0), ("new", 1)):
        for run in side(tmp_path / name, number).rows["quick-laptop/forbild/b"]:
            made = run.record.model_dump(mode="json")
            made["time"] |= {"iteration": None, "total": 0.02}
            write(run.folder, made)
    found = compare(read(tmp_path / "base"), read(tmp_path / "new"), None)
    expected = dict.fromkeys("abcde", ("pace", "ok")) | {"b": ("time", "ok")}
    assert times(found) == expected


def test_a_row_of_which_one_run_has_no_yardstick_is_compared_in_seconds(tmp_path):
    old = side(tmp_path / "base", 0, yardstick=False)
    found = compare(old, side(tmp_path / "new", 1), None)
    assert {measure for measure, _ in times(found).values()} == {"time"}
    assert not any("yardstick" in note for note in found.notes)


@pytest.mark.parametrize("versions", [(1, 2), (None, None)])
def test_so_is_one_with_another_yardstick_or_an_unknown_one(tmp_path, versions):
    base, new = (side(tmp_path / str(k), k, version=version) for k, version in enumerate(versions))
    assert {measure for measure, _ in times(compare(base, new, None)).values()} == {"time"}


def test_so_is_one_of_two_machines(tmp_path):
    base = side(tmp_path / "base", 0)
    for run in base.runs:
        file = run.folder / "record.json"
        file.write_text(file.read_text().replace("AMD EPYC", "Intel Xeon"))
    found = compare(read(tmp_path / "base"), side(tmp_path / "new", 1), None)
    assert set(times(found).values()) == {("time", "not comparable")}


def test_the_report_says_time_its_unit_and_how_fast_the_machine_was(tmp_path):
    found = compare(side(tmp_path / "base", 0), side(tmp_path / "new", 1, 1.1), None)
    page, *_ = report.pages(found)
    assert "time" in page.columns and "pace" not in page.columns
    assert page.columns["verdict"][0] == "slower (time)"
    machine = np.median(SPEEDS[1]) / np.median(SPEEDS[0])
    (note,) = (one for one in found.notes if "yardstick" in one)
    assert f"{100 * (1 - machine):.1f} % less time" in note


def test_the_noise_has_both_and_the_pace_scatters_less(tmp_path):
    found = noise.estimate(side(tmp_path, 0).records)
    assert found.measures["pace"].seeds < 0.1 * found.measures["time"].seeds
