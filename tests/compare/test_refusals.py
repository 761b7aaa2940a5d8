"""What `compare` must neither swallow nor take for what it is not."""

import numpy as np
import pytest
from campaign import campaign, fields, memory, write

from inrbench.compare import compare, noise
from inrbench.compare.runs import read

FAILS = {"status": "diverged", "metrics": {}, "memory": [], "time.iteration": None}


def verdicts(found):
    """By method and measure."""
    return {
        (row.name.rsplit("/", 1)[1], change.measure): change.verdict
        for row in found.rows
        for change in row.changes
    }


def sides(tmp_path, change, base_change=lambda method, seed: {}, **more):
    """BASE, and NEW with changes by method and seed."""
    return (
        campaign(tmp_path / "base", change=base_change, **more),
        campaign(tmp_path / "new", 1, change=change, **more),
    )


def test_a_version_in_which_everything_fails_is_worse(tmp_path):
    paced = {"time.pace": 3.0, "time.yardstick": 0.001, "time.yardstick_version": 1}
    base, new = sides(tmp_path, lambda method, seed: FAILS, lambda method, seed: paced)
    found = compare(base, new, None)
    assert found.counts["worse"] == 5 and found.exit_code == 1


def test_memory_that_doubles_in_one_seed_of_six_is_larger(tmp_path):
    base, new = sides(
        tmp_path,
        lambda method, seed: {"memory": memory("tensor_peak", 2)} if (method, seed) == ("b", 3)
        else {},
    )  # fmt: skip
    found = compare(base, new, None)
    odd = {key: verdict for key, verdict in verdicts(found).items() if verdict != "ok"}
    assert odd == {("b", "tensor_peak"): "larger"}
    (change,) = (c for row in found.rows for c in row.changes if c.verdict == "larger")
    assert change.size == pytest.approx(np.log(2))


def test_what_repeats_needs_no_seed_in_common(tmp_path):
    plain = {"spec.method": {"name": "cgls"}, "metrics.mse": 2e-6}
    base = campaign(tmp_path / "base", methods=("a",), seeds=(0,), change=lambda *_: plain)
    new = campaign(tmp_path / "new", methods=("a",), seeds=(1,),
                   change=lambda *_: plain | {"metrics.mse": 3e-6})  # fmt: skip
    found = verdicts(compare(base, new, None))
    assert found["a", "tensor_peak"] == "ok" and found["a", "mse"] == "worse"


@pytest.mark.parametrize(
    ("doctored", "field"),
    [({"machine": {}}, "machine.key"), ({"projector": "another one"}, "projector")],
)
def test_a_row_without_a_machine_or_with_another_projector_is_refused(tmp_path, doctored, field):
    base, new = sides(tmp_path, lambda *_: doctored)
    found = compare(base, new, None)
    assert found.counts == {"not comparable": 5} and found.exit_code == 3
    assert all(field in row.fields for row in found.rows)


def test_a_seed_that_fails_now_and_then_tells_nothing(tmp_path):
    """One run of twelve in BASE, one of six in NEW, of the same seed."""
    for number in range(2):
        folder = tmp_path / "base" / f"run{number}"
        sometimes = (2,) if number else ()
        campaign(folder, number, methods=("a",),
                 change=lambda _, seed, fail=sometimes: FAILS if seed in fail else {})  # fmt: skip
    new = campaign(tmp_path / "new", 2, methods=("a",),
                   change=lambda _, seed: FAILS if seed == 2 else {})  # fmt: skip
    assert verdicts(compare(read(tmp_path / "base"), new, None))["a", "status"] == "ok"
    campaign(tmp_path / "new" / "run1", 3, methods=("a",))  # a second run of each, which ends well
    new = campaign(tmp_path / "new", 2, methods=("a",),
                   change=lambda _, seed: FAILS if seed == 4 else {})  # fmt: skip
    assert len(new.runs) == 12
    assert verdicts(compare(read(tmp_path / "base"), new, None))["a", "status"] == "worse"


def test_campaigns_beside_a_machines_results_are_not_among_its_runs(tmp_path):
    alone = campaign(tmp_path / "m")
    for place in ("noise/run0", "ab/123-456/a/run0", "ab/123-456/b/run0"):
        campaign(tmp_path / "m" / place, 1)
    assert len(read(tmp_path / "m").runs) == len(alone.runs)
    assert len(read(tmp_path / "m" / "noise").runs) == len(alone.runs)
    assert len(read(tmp_path / "m" / "ab" / "123-456" / "a").runs) == len(alone.runs)


def test_a_run_that_was_copied_and_edited_counts_once(tmp_path):
    folder = tmp_path / "m"
    for name in ("one", "two"):
        made = fields("a", 0)
        made["command"] += " " if name == "two" else ""
        write(folder / name, made)
    found = read(folder)
    assert len(found.runs) == 1 and found.copies == 1


def test_damaged_noise_of_another_machine_stops_nothing(tmp_path):
    base = campaign(tmp_path / "results" / "m")
    (tmp_path / "results" / "other").mkdir()
    (tmp_path / "results" / "other" / "noise.json").write_text("{")
    key = base.runs[0].record.machine["key"]
    assert noise.find(tmp_path / "results" / "m", key, tmp_path / "results") is None
    (tmp_path / "results" / "m" / "noise.json").write_text("{")
    with pytest.raises(ValueError, match="not a complete JSON file"):
        noise.find(tmp_path / "results" / "m", key, tmp_path / "results")


@pytest.mark.parametrize("odd", [{"time.iteration": 0.0}, {"metrics.mse": 0.0}])
def test_values_that_cannot_be_are_no_improvement(tmp_path, odd):
    base, new = sides(tmp_path, lambda *_: odd)
    found = compare(base, new, None)
    assert found.counts["improved"] == 0 and found.exit_code != 0


def test_one_record_of_another_machine_refuses_its_row_and_not_the_noise(tmp_path):
    known = noise.estimate(campaign(tmp_path / "noise").records)

    def change(method, seed):
        return {"machine.key.device": "another"} if (method, seed) == ("a", 0) else {}

    base = campaign(tmp_path / "base", change=change)
    found = compare(base, campaign(tmp_path / "new", 1), known)
    assert found.counts == {"not comparable": 1, "ok": 4}
    others = campaign(
        tmp_path / "others", change=lambda method, seed: {"machine.key.device": "another"}
    )
    with pytest.raises(ValueError, match=r"measured on AMD EPYC and the runs of .* on another"):
        compare(others, others, known)


def test_runs_without_a_time_on_either_side_are_told(tmp_path):
    nothing = dict.fromkeys(("time.iteration", "time.total", "time.pace"))
    base = campaign(tmp_path / "base", change=lambda method, seed: nothing)
    found = compare(base, base, None)
    assert "No times were compared: neither side has any." in found.notes


def test_a_busy_machine_is_warned_of(tmp_path):
    base, new = sides(
        tmp_path, lambda *_: {"machine.fingerprint.cpu.load": [9.0, 5.0, 1.0]}, methods=("a",)
    )
    found = compare(base, new, None)
    (warning,) = (one for one in found.warnings if "new" in one)
    assert "a load of 9.0" in warning
