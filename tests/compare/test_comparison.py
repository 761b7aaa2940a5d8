"""Verdicts on records: what is worse is found, what does not compare is refused."""

import itertools

import numpy as np
import pytest
from campaign import campaign, fields, memory, write

from inrbench.compare import compare, noise, report
from inrbench.compare.runs import read


def verdicts(found):
    """By method and measure."""
    return {
        (row.name.rsplit("/", 1)[1], change.measure): change.verdict
        for row in found.rows
        for change in row.changes
    }


@pytest.fixture
def base(tmp_path):
    return campaign(tmp_path / "base")


def again(tmp_path, **more):
    """Another campaign of the same code, unless `more` changes it."""
    return campaign(tmp_path / "new", 1, **more)


def test_two_campaigns_of_the_same_code_are_ok(tmp_path, base):
    found = compare(base, again(tmp_path), None)
    assert {row.verdict for row in found.rows} == {"ok"}
    assert found.exit_code == 0
    times = [row.changes[1] for row in found.rows]
    assert all(0.01 < change.findable < 0.2 for change in times)
    assert "A change of time of 10 % would have been found in 5 of the 5 rows" in found.notes[-1]


def test_every_kind_of_change_is_named_where_it_is_and_nowhere_else(tmp_path, base):
    changes = {
        "b": {"memory": memory("tensor_peak", 1.02)},
        "c": {"memory": memory("tensor_peak", 0.9)},
    }
    draws = itertools.count()

    def change(method, seed):
        if method == "d":
            return {"metrics.mse": fields("d", seed)["metrics"]["mse"] * (3 + 0.01 * next(draws))}
        return changes.get(method, {})

    new = again(tmp_path, slower={"a": 1.2}, change=change)
    for run in base.rows["quick-laptop/forbild/d"]:
        write(run.folder, fields("d", run.record.cell.seed, run.record.time.iteration))
    found = compare(read(tmp_path / "base"), new, None)
    odd = {key: verdict for key, verdict in verdicts(found).items() if verdict != "ok"}
    assert odd == {
        ("a", "time"): "slower",
        ("b", "tensor_peak"): "larger",
        ("c", "tensor_peak"): "improved",
        ("d", "mse"): "worse",
    }
    assert found.exit_code == 1
    assert report.heading(found) == "1 worse, 1 larger, 1 slower, 1 improved, 1 ok"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("machine.key.device", "Intel Xeon"),
        ("machine.key.device_memory", 2**40),
        ("machine.key.driver_major", 550),
        ("machine.key.torch", "2.14.0+cpu"),
        ("machine.key.cuda", "13.0"),
        ("machine.key.float32_matmul_precision", "medium"),
        ("machine.key.tf32_matmul", True),
        ("machine.key.threads", 4),
        ("machine.key.data_checksum", "0" * 64),
        ("machine.key.protocol_version", 2),
        ("spec.method.iterations", 1),
        ("spec.dataset.views", 1),
    ],
)
def test_records_of_another_machine_or_other_parameters_are_refused(tmp_path, base, field, value):
    new = again(tmp_path, slower={"a": 2.0}, change=lambda method, seed: {field: value})
    found = compare(base, new, None)
    assert {row.verdict for row in found.rows} == {"not comparable"}
    assert {row.fields for row in found.rows} == {(field.removeprefix("machine.key."),)}
    assert found.exit_code == 3
    time = next(row.changes[1] for row in found.rows if row.name.endswith("/a"))
    assert time.size == pytest.approx(0.69, abs=0.03)  # a ratio all the same


def test_one_doctored_run_of_six_is_enough_to_refuse_a_row(tmp_path, base):
    new = again(
        tmp_path,
        change=lambda method, seed: (
            {"machine.key.torch": "3"} if (method, seed) == ("b", 4) else {}
        ),
    )
    found = compare(base, new, None)
    assert [row.name for row in found.rows if row.fields] == ["quick-laptop/forbild/b"]


def test_an_mse_that_shows_no_tenfold_change_is_no_verdict(tmp_path):
    """Of few rows, nothing tells by how much rounding alone moves an MSE."""
    base = campaign(tmp_path / "base", methods=("a", "b"))
    draws = np.random.default_rng(0)

    def change(method, seed):
        return {"metrics.mse": 1e-6 * float(np.exp(2 * draws.standard_normal()))}

    found = compare(base, again(tmp_path, methods=("a", "b"), change=change), None)
    assert {verdicts(found)[row, "mse"] for row in "ab"} == {"not enough runs"}
    assert "tenfold" in found.rows[0].changes[-1].note
    assert found.exit_code == 4


def test_a_limit_of_time_is_no_parameter_of_what_ended_well(tmp_path, base):
    new = again(tmp_path, change=lambda method, seed: {"spec.limits.seconds": 9.0})
    assert compare(base, new, None).exit_code == 0


def broken(status):
    return lambda method, seed: (
        {"status": status, "reason": "so it is"} if (method, seed) == ("a", 0) else {}
    )


def test_a_cell_that_fails_now_is_worse_and_one_that_failed_before_has_improved(tmp_path, base):
    new = again(tmp_path, change=broken("diverged"))
    found = compare(base, new, None)
    assert verdicts(found)["a", "status"] == "worse"
    assert found.rows[0].changes[0].note == "1 of 6 diverged in NEW"
    assert found.exit_code == 1
    back = compare(new, base, None)
    assert verdicts(back)["a", "status"] == "improved"
    both = compare(new, new, None)
    assert verdicts(both)["a", "status"] == "ok"
    assert "1 of 6 diverged in BASE; 1 of 6 diverged in NEW" in report.pages(both)[0].rows()[0][3]


@pytest.mark.parametrize(("torch", "verdict"), [(None, "worse"), ("3", "not comparable")])
def test_a_cell_that_failed_before_its_machine_was_known_has_that_of_the_others(
    tmp_path, base, torch, verdict
):
    def change(method, seed):
        if method == "a":
            return {"status": "out_of_memory", "machine.key": None}
        return {} if torch is None else {"machine.key.torch": torch}

    found = compare(base, again(tmp_path, change=change), None)
    assert verdicts(found)["a", "status"] == verdict


def test_missing_and_new_rows_are_shown(tmp_path, base):
    new = again(tmp_path, methods=("b", "c", "d", "e", "f"))
    found = compare(base, new, None)
    assert verdicts(found)["a", "status"] == "missing"
    assert verdicts(found)["f", "status"] == "new"
    assert found.exit_code == 4


def test_few_runs_give_no_verdict_but_for_what_repeats_to_the_byte(tmp_path):
    base = campaign(tmp_path / "base", seeds=range(4))
    new = again(tmp_path, seeds=range(4), slower={"a": 2.0})
    found = compare(base, new, None)
    assert verdicts(found)["a", "time"] == "not enough runs"
    assert verdicts(found)["a", "tensor_peak"] == "ok"
    assert verdicts(found)["a", "mse"] == "ok"  # the same to the bit
    assert found.exit_code == 4


def test_an_mse_that_is_not_the_same_needs_six_seeds(tmp_path, base):
    def other(method, seed):
        return {"metrics.mse": 1e-6 * (1 + 0.01 * seed)}

    few = compare(
        campaign(tmp_path / "few", seeds=range(5)),
        again(tmp_path, seeds=range(5), change=other),
        None,
    )
    assert verdicts(few)["a", "mse"] == "not enough runs"
    assert verdicts(few)["a", "time"] == "ok"


def test_a_method_without_random_numbers_needs_one(tmp_path):
    method = {"name": "cgls", "iterations": 30}
    sides = [
        campaign(
            tmp_path / name,
            seeds=(0,),
            change=lambda _, seed, factor=factor: {
                "spec.method": method,
                "metrics.mse": 1e-6 * factor,
            },
        )
        for name, factor in (("base", 1), ("same", 1.001), ("new", 1.05))
    ]
    assert verdicts(compare(sides[0], sides[1], None))["a", "mse"] == "ok"
    assert verdicts(compare(sides[0], sides[2], None))["a", "mse"] == "worse"


def test_bytes_that_do_not_repeat_after_all_are_tested_as_times_are(tmp_path, base):
    def shaky(method, seed):
        return {"memory": memory("tensor_peak", 1 + 0.01 * (seed % 2))}

    for k in range(2):
        campaign(tmp_path / "new" / f"run{k}", k, seeds=range(3), change=shaky)
    steady = compare(base, read(tmp_path / "new"), None)
    assert verdicts(steady)["a", "tensor_peak"] == "ok"


def test_turns_cancel_a_drift_that_hides_a_change_side_by_side(tmp_path):
    drift = [1.0, 1.3, 0.8, 1.5, 1.1, 0.7]
    for side, factor in (("base", 1.0), ("new", 1.1)):
        campaign(
            tmp_path / side,
            0 if side == "base" else 1,
            change=lambda method, seed, factor=factor: {
                "time.iteration": 0.1 * drift[seed] * factor * (1 + 0.001 * (seed % 3))
            },
        )
    base, new = read(tmp_path / "base"), read(tmp_path / "new")
    assert verdicts(compare(base, new, None))["a", "time"] == "ok"
    assert verdicts(compare(base, new, None, paired=True))["a", "time"] == "slower"


def test_a_record_that_cannot_be_read_is_never_fine(tmp_path, base):
    again(tmp_path)
    file = tmp_path / "new" / "quick-laptop" / "forbild" / "a" / "seed0" / "record.json"
    file.write_text("{")
    found = compare(base, read(tmp_path / "new"), None)
    assert found.exit_code == 2
    assert str(file) in report.pages(found)[0].warnings[0]


def test_noise_of_another_machine_is_refused(base):
    other = noise.estimate(base.records)
    other = other.model_copy(update={"key": other.key | {"device": "Intel Xeon"}})
    with pytest.raises(ValueError, match=r"measured on Intel Xeon .* on AMD EPYC"):
        compare(base, base, other)


def test_runs_do_not_differ_from_themselves(tmp_path):
    few = campaign(tmp_path, seeds=(0, 1), scatter=0.3)
    for runs in (few, campaign(tmp_path, scatter=0.3)):
        found = compare(runs, runs, None)
        assert set(found.counts) <= {"ok", "not enough runs"}
        assert all(v in ("ok", "not enough runs") for v in verdicts(found).values())


def test_numbers_that_runs_of_new_no_longer_have_are_missing(tmp_path, base):
    def change(method, seed):
        return {"metrics.mse": None} if (method, seed) == ("a", 2) else {}

    found = compare(base, again(tmp_path, change=change), None)
    assert verdicts(found)["a", "mse"] == "missing"
    assert found.exit_code == 4


def test_a_failed_run_takes_its_partner_of_the_same_turn_with_it(tmp_path):
    """Seven rounds of a machine that becomes slower, and one run of each side fails."""
    for side, failed in (("base", 0), ("new", 6)):
        for turn in range(7):
            status = {"status": "diverged"} if turn == failed else {}
            made = fields("a", 0, 0.05 * 1.1**turn, **status)
            write(tmp_path / side / f"run{turn}", made | {"created": f"2026-01-0{turn + 1}"})
    found = compare(read(tmp_path / "base"), read(tmp_path / "new"), None, paired=True)
    change = next(one for one in found.rows[0].changes if one.measure == "time")
    assert (change.size, change.runs) == (0.0, (5, 5))
