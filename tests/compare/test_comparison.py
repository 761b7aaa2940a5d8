"""Verdicts on records: what is worse is found, what does not compare is refused."""

import pytest
from campaign import METHODS, campaign, fields, memory, runs, verdicts, without

from inrbench.compare import compare, noise, page

FAILS = {"status": "diverged", "metrics": {}, "memory": [], "time.iteration": None, "work": None}
PLAIN = {"spec.method": {"name": "cgls", "iterations": 30}}


@pytest.fixture
def base():
    return runs(campaign())


def again(**more):
    """Another campaign of the same code, unless `more` changes it."""
    return runs(campaign(1, **more))


def test_two_campaigns_of_the_same_code_are_ok(base):
    found = compare(base, again())
    assert verdicts(found) == {} and found.exit_code == 0
    assert {one.verdict for one in found.shared} == {"ok"}


def test_every_kind_of_change_is_named_where_it_is_and_nowhere_else(base):
    changes = {
        "b": {"memory": memory("tensor_peak", 1.02)},
        "c": {"memory": memory("tensor_peak", 0.9)},
        "d": {"work": {"operations": 501, "flops": 10**9}},
    }
    found = compare(base, again(slower={"a": 2.0}, change=lambda m, seed: changes.get(m, {})))
    assert verdicts(found) == {
        ("a", "time"): "slower",
        ("b", "tensor_peak"): "larger",
        ("c", "tensor_peak"): "improved",
        ("d", "operations"): "more work",
    }
    assert found.exit_code == 1
    assert page.heading(found).startswith("1 more work, 1 larger, 1 slower, 1 improved, 1 ok")


@pytest.mark.parametrize(
    ("work", "verdict"),
    [
        ({"operations": 500, "flops": 10**9}, None),
        ({"operations": 500, "flops": 10**9 + 1}, "more work"),
        ({"operations": 499, "flops": 10**9}, "improved"),
    ],
)
def test_one_run_and_one_operation_are_enough(work, verdict):
    one = {"methods": ("a",), "seeds": (0,)}
    found = compare(runs(campaign(**one)), again(**one, change=lambda *_: {"work": work}))
    odd = {m: v for (_, m), v in verdicts(found).items() if m in ("operations", "flops")}
    assert list(odd.values()) == ([verdict] if verdict else [])
    assert found.exit_code == (1 if verdict == "more work" else 4)


def test_a_single_row_is_slower_only_where_its_whole_interval_lies_beyond_half_as_much_again(base):
    times = [next(c for c in row.changes if c.measure == "time")
             for row in compare(base, again(slower={"a": 1.49, "b": 1.6})).rows]  # fmt: skip
    assert [one.verdict for one in times].count("slower") == 1
    (slower,) = (one for one in times if one.verdict == "slower")
    assert 1.5 < slower.low < slower.ratio < slower.high
    assert slower.ratio == pytest.approx(1.6, rel=0.03)


def test_a_change_that_rows_share_is_found_where_no_row_shows_it(base):
    found = compare(base, again(slower=dict.fromkeys(METHODS, 1.1)))
    assert verdicts(found) == {} and found.exit_code == 1
    (shared,) = (one for one in found.shared if one.verdict != "ok")
    assert (shared.name, shared.measure, shared.verdict) == ("all rows", "time", "slower")
    assert shared.ratio == pytest.approx(1.1, rel=0.01) and shared.p < 0.005
    assert page.heading(found).endswith("shared: all rows slower")


def test_what_runs_of_the_same_code_differ_by_is_the_least_effect(base):
    drift = [0.8, 1.0, 1.2, 0.9, 1.1, 1.0]
    made = [campaign(2, slower=dict.fromkeys(METHODS, factor), seeds=(k,))
            for k, factor in enumerate(drift)]  # fmt: skip
    known = noise.estimate(runs([one for mine in made for one in mine]).runs)
    found = compare(base, again(slower=dict.fromkeys(METHODS, 1.1)), known)
    time = next(one for one in found.shared if one.measure == "time")
    assert time.verdict == "ok" and time.known and time.least > 1.2 and time.p < 0.005


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
        ("projector", "another one"),
        ("machine", {}),
    ],
)
def test_records_of_another_machine_or_other_parameters_are_refused(base, field, value):
    found = compare(base, again(slower={"a": 2.0}, change=lambda *_: {field: value}))
    assert found.counts == {"not comparable": 5} and found.exit_code == 3
    name = "machine.key" if field == "machine" else field.removeprefix("machine.key.")
    assert {row.fields for row in found.rows} == {(name,)}
    assert {one.verdict for one in found.shared} == {"not comparable"}
    row = next(row for row in found.rows if row.name.endswith("/a"))
    time = next(one for one in row.changes if one.measure == "time")
    assert time.ratio == pytest.approx(2, rel=0.05)  # a ratio all the same


def test_one_doctored_run_of_six_refuses_its_row_alone(base):
    def change(method, seed):
        return {"machine.key.torch": "3"} if (method, seed) == ("b", 4) else {}

    found = compare(base, again(change=change))
    assert [row.name for row in found.rows if row.fields] == ["quick-laptop/forbild/b"]


def test_a_limit_of_time_is_no_parameter_of_what_ended_well(base):
    assert compare(base, again(change=lambda *_: {"spec.limits.seconds": 9.0})).exit_code == 0


def fails(*cells):
    return lambda method, seed: FAILS if (method, seed) in cells else {}


def test_a_cell_that_fails_now_has_failed_and_one_that_failed_before_has_improved(base):
    new = again(change=fails(("a", 0)))
    found = compare(base, new)
    assert verdicts(found)["a", "status"] == "failed" and found.exit_code == 1
    assert found.rows[0].changes[0].note == "1 of 6 diverged in NEW"
    assert verdicts(compare(new, base))["a", "status"] == "improved"
    both = compare(new, runs(campaign(2, change=fails(("a", 0)))))
    assert ("a", "status") not in verdicts(both)
    assert "1 of 6 diverged in BASE; 1 of 6 diverged in NEW" in str(page.pages(both)[0].columns)


def test_a_version_in_which_everything_fails_has_failed(base):
    found = compare(base, again(change=lambda *_: FAILS))
    assert found.counts == {"failed": 5} and found.exit_code == 1


def test_a_seed_that_fails_now_and_then_tells_nothing():
    before = [*campaign(0), *campaign(1, change=fails(("a", 2)))]
    assert ("a", "status") not in verdicts(compare(runs(before), again(change=fails(("a", 2)))))
    assert (
        verdicts(compare(runs(before), again(change=fails(("a", 4)))))["a", "status"] == "failed"
    )


@pytest.mark.parametrize(("torch", "verdict"), [(None, "failed"), ("3", "not comparable")])
def test_a_cell_that_failed_before_its_machine_was_known_has_that_of_the_others(
    base, torch, verdict
):
    def change(method, seed):
        if method == "a":
            return FAILS | {"machine.key": None}
        return {} if torch is None else {"machine.key.torch": torch}

    assert verdicts(compare(base, again(change=change)))["a", "status"] == verdict


def test_missing_and_new_rows_are_shown(base):
    found = compare(base, again(methods=("b", "c", "d", "e", "f")))
    assert verdicts(found) == {("a", "status"): "missing", ("f", "status"): "new"}
    assert found.exit_code == 4


def test_few_runs_give_no_verdict_but_for_what_repeats(base):
    few = {"seeds": range(5), "methods": ("a", "b")}
    found = compare(runs(campaign(**few)), again(**few, slower={"a": 2.0}))
    assert verdicts(found)["a", "time"] == "not enough runs"
    assert not {("a", "tensor_peak"), ("a", "mse")} & verdicts(found).keys()  # the same to the bit
    assert found.exit_code == 4
    (sentence,) = (one for one in found.notes if "need 6 runs" in one)
    assert "here are 5: `inrbench compare --ab BASE NEW quick`" in sentence


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.001, None), (1.05, "worse"), (0.9, "improved")]
)
def test_the_mse_of_a_method_without_random_numbers_needs_one_run(factor, verdict):
    sides = [
        runs(campaign(k, ("a",), (k,), change=lambda *_, f=f: PLAIN | {"metrics.mse": 1e-6 * f}))
        for k, f in enumerate((1, factor))
    ]
    assert verdicts(compare(*sides)).get(("a", "mse")) == verdict


def test_the_seed_that_has_changed_most_tells(base):
    def change(method, seed):
        return {"memory": memory("tensor_peak", 2)} if (method, seed) == ("b", 3) else {}

    found = compare(base, again(change=change))
    assert verdicts(found) == {("b", "tensor_peak"): "larger"}
    assert next(c.ratio for c in found.rows[0].changes if c.measure == "tensor_peak") == 2


def test_runs_of_a_seed_that_differ_in_an_exact_measure_are_said_so_and_not_judged(base):
    twice = [*campaign(1), *campaign(2, change=lambda *_: {"memory": memory("tensor_peak", 2)})]
    found = compare(base, runs(twice))
    assert set(verdicts(found).values()) == {"not judged"} and found.exit_code == 0
    assert "tensor_peak: runs of seed 0 differ among themselves" in str(page.pages(found)[0])


def test_numbers_that_runs_of_new_no_longer_have_are_missing(base):
    def change(method, seed):
        return {"metrics.mse": None, "work": None} if (method, seed) == ("a", 2) else {}

    found = compare(base, again(change=change))
    assert verdicts(found) == dict.fromkeys(
        [("a", "mse"), ("a", "operations"), ("a", "flops")], "missing"
    )
    assert found.exit_code == 4
    assert compare(again(change=lambda *_: {"work": None}), base).exit_code == 0  # older records


def paced(made, pace=12.5):
    for one in made:
        one["time"] |= {"pace": pace, "yardstick": 0.001, "yardstick_version": 1}
    return made


def test_times_are_in_yardsticks_where_all_runs_have_one_and_took_no_turns(base):
    slow = paced(campaign(1, slower=dict.fromkeys(METHODS, 3.0)))
    found = compare(runs(paced(campaign())), runs(slow))
    assert found.exit_code == 0 and any("in yardsticks" in one for one in found.notes)
    assert compare(base, runs(slow)).exit_code == 1  # in seconds
    assert compare(runs(paced(campaign())), runs(slow), paired=True).exit_code == 1
    slow[0]["time"]["yardstick_version"] = 2
    row = compare(runs(paced(campaign())), runs(slow)).rows[0]
    assert row.name.endswith("/a") and row.verdict == "slower"


def test_turns_cancel_a_drift_that_hides_a_change_side_by_side():
    drift = [1.0, 1.3, 0.8, 1.5, 1.1, 0.7]
    base, new = (
        runs(campaign(change=lambda _, seed, f=f: {"time.iteration": 0.1 * drift[seed] * f}))
        for f in (1.0, 1.1)
    )
    assert compare(base, new).exit_code == 0
    assert compare(base, new, paired=True).exit_code == 1


def test_a_failed_run_takes_its_partner_of_the_same_turn_with_it():
    """Seven rounds of a machine that becomes slower, and one run of each side fails."""
    sides = [
        runs([
            fields("a", 0, 0.05 * 1.1**turn, created=f"{turn}",
                   **({"status": "diverged"} if turn == failed else {}))
            for turn in range(7)
        ])
        for failed in (0, 6)
    ]  # fmt: skip
    change = next(c for c in compare(*sides, paired=True).rows[0].changes if c.measure == "time")
    assert (change.ratio, change.runs) == (1.0, (5, 5))


def test_noise_of_another_machine_is_refused(base):
    other = noise.estimate(base.runs)
    other = other.model_copy(update={"key": other.key | {"device": "Intel Xeon"}})
    with pytest.raises(ValueError, match=r"measured on Intel Xeon .* on AMD EPYC"):
        compare(base, base, other)


@pytest.mark.parametrize("odd", [{"time.iteration": 0.0, "time.total": 0.0}, {"metrics.mse": 0.0}])
def test_values_that_cannot_be_are_no_improvement(base, odd):
    found = compare(base, again(change=lambda *_: odd))
    assert found.counts["improved"] == 0 and found.exit_code == 4


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (lambda: again(change=lambda *_: {"machine.fingerprint.cpu.load": [9.0, 5.0, 1.0]}),
         "a load of 9.0"),
        (lambda: runs(campaign()), "BASE and NEW are the same records: run the cells again"),
        (lambda: again(change=lambda *_: {"cell.preset": "tiny"}),
         "the preset laptop of quick and NEW has tiny: run `snakemake quick --config preset=lapt"),
        (again, "`inrbench noise` makes them"),
    ],
)  # fmt: skip
def test_what_to_know_is_one_sentence(base, new, sentence):
    found = compare(base, new())
    (said,) = (one for one in (*found.notes, *found.warnings) if sentence in one)
    assert "\n" not in said


def test_the_page_says_first_that_turns_are_better(base):
    assert "--ab" in page.pages(compare(base, again()))[0].about[0]
    assert not any("--ab" in one for one in compare(base, again(), paired=True).notes)


def test_rows_that_are_equal_are_one_line(base):
    (first, *_) = page.pages(compare(base, base))
    assert "5 rows are equal." in first.about and first.columns == {}
    same = runs(campaign(change=lambda *_: without("work")))
    assert "5 rows are equal." in page.pages(compare(same, same))[0].about
