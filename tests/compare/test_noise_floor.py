"""The noise of a machine: same seed and different seeds apart, and its file."""

import json
import math

import numpy as np
import pytest
from campaign import campaign

from inrbench.compare import compare, noise
from inrbench.compare.runs import read


@pytest.fixture
def repeats(tmp_path):
    """Five methods, six seeds, three times each: times of 1 %, MSEs of 10 % between the seeds."""
    for k in range(3):
        campaign(tmp_path / "runs" / f"run{k}", k)
    return read(tmp_path / "runs").records


def test_runs_of_one_seed_and_seeds_are_told_apart(repeats):
    found = noise.estimate(repeats).measures
    assert found["time"].same_seed == pytest.approx(0.01, rel=0.4)
    assert found["mse"].same_seed == 0
    assert found["mse"].seeds == pytest.approx(0.1, rel=0.4)
    assert found["mse"].exact and found["tensor_peak"].exact
    assert not found["time"].exact
    assert len(found["time"].runs("quick-laptop/forbild/a")) == 18


def test_the_key_is_that_of_the_machine_and_not_of_the_data(repeats):
    found = noise.estimate(repeats)
    assert found.key["device"] == "AMD EPYC"
    assert "data_checksum" not in found.key
    assert found.runs == 90
    assert found.of_machine(repeats[0].machine["key"])
    assert not found.of_machine(repeats[0].machine["key"] | {"device": "Intel Xeon"})


def test_runs_of_two_machines_have_no_noise(repeats):
    key = repeats[0].machine["key"] | {"threads": 99}
    other = repeats[0].model_copy(update={"machine": {"key": key}})
    with pytest.raises(ValueError, match="one machine; these differ in threads"):
        noise.estimate([*repeats, other])
    with pytest.raises(ValueError, match="at least two runs"):
        noise.estimate(repeats[:1])


def test_the_file_is_read_as_it_was_written_and_never_replaced_unasked(tmp_path, repeats):
    found = noise.estimate(repeats)
    file = tmp_path / "m" / "noise.json"
    found.write(file)
    assert noise.read(file) == found
    with pytest.raises(FileExistsError, match="--replace"):
        found.write(file)
    found.write(file, replace=True)


def test_it_is_found_above_its_records_and_only_for_its_machine(tmp_path, repeats):
    found = noise.estimate(repeats)
    found.write(tmp_path / "noise.json")
    below, key = tmp_path / "runs" / "run0", repeats[0].machine["key"]
    assert noise.find(below, key, tmp_path) == found
    assert noise.find(below, key | {"device": "Intel Xeon"}, tmp_path) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not a complete JSON file"),
        ('{"version": 0}', "version 0 of a noise file, expected 1"),
        ("[]", "version None"),
        ('{"version": 1}', r"not a noise file \(key is missing\)"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, text, sentence):
    file = tmp_path / "noise.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        noise.read(file)


def test_the_scale_is_that_of_a_normal_law_whatever_the_outliers():
    generator = np.random.default_rng(0)
    samples = [0.02 * generator.standard_normal(10) for _ in range(200)]
    for sample in samples[::2]:
        sample[0] += 1
    assert noise.scale(samples) == pytest.approx(0.02, rel=0.2)
    assert noise.scale([]) is None


def test_the_file_holds_plain_json(tmp_path, repeats):
    noise.estimate(repeats).write(tmp_path / "noise.json")
    assert json.loads((tmp_path / "noise.json").read_text())["version"] == noise.VERSION


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_turns_are_compared_with_the_noise_of_any_number_of_rounds(tmp_path, rounds):
    for k in range(rounds):
        campaign(tmp_path / "noise" / f"run{k}", k)
    known = noise.estimate(read(tmp_path / "noise").records)
    base, new = (campaign(tmp_path / name, 7 + k) for k, name in enumerate(("base", "new")))
    assert compare(base, new, known, paired=True).exit_code == 0
    slower = campaign(tmp_path / "slower", 8, slower={"b": 1.2})
    found = compare(base, slower, known, paired=True)
    assert [row.name[-1] for row in found.rows if row.verdict == "slower"] == ["b"]


def test_the_report_says_of_how_many_rows_there_are_a_a_runs(tmp_path, repeats):
    known = noise.estimate(one for one in repeats if one.cell.method != "c")
    base = campaign(tmp_path / "base")
    assert "which have times of 4 of these 5 rows" in " ".join(compare(base, base, known).notes)


@pytest.mark.parametrize("odd", [{"0": [math.nan]}, {"0": []}, {}])
def test_noise_with_values_that_cannot_be_is_refused(tmp_path, repeats, odd):
    found = noise.estimate(repeats).model_dump()
    found["measures"]["time"]["rows"]["quick-laptop/forbild/a"] = odd
    (tmp_path / "noise.json").write_text(json.dumps(found))
    with pytest.raises(ValueError, match="not a noise file"):
        noise.read(tmp_path / "noise.json")
