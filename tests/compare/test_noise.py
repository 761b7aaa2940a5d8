"""What runs of the same code differ by: the file, where it is found, and the least effect."""

import json
import math

import numpy as np
import pytest
from campaign import METHODS, campaign, fields, runs

from inrbench.compare import noise


def sweep(k, drift):
    return campaign(k, slower=dict.fromkeys(METHODS, math.exp(drift)), seeds=(k,), scatter=0)


def test_the_least_effect_is_three_standard_deviations_of_what_sweeps_share():
    drift = 0.05 * np.random.default_rng(0).standard_normal(10)
    made = [one for k, d in enumerate(drift) for one in sweep(k, d)]
    known = noise.estimate(runs(made).runs)
    rows = known.measures["time"]
    spread = np.std(drift, ddof=1)
    for n, m in ((6, 6), (3, 12)):
        expected = 3 * spread * math.sqrt(1 / n + 1 / m)
        assert known.floor("time", rows, (n, m)) == pytest.approx(expected, rel=1e-3)
    assert known.floor("time", list(rows)[:4], (6, 6)) is None  # too few to say what rows share
    assert known.floor("pace", rows, (6, 6)) is None


def test_it_is_written_whole_and_never_over_another_unasked(tmp_path):
    known = noise.estimate(runs([*sweep(0, 0), *sweep(1, 0.1)]).runs)
    known.write(tmp_path / "noise.json")
    assert noise.read(tmp_path / "noise.json") == known
    with pytest.raises(FileExistsError, match="use --replace"):
        known.write(tmp_path / "noise.json")
    known.write(tmp_path / "noise.json", replace=True)


def test_runs_of_two_machines_have_no_noise_and_one_run_has_none():
    other = [fields("a", 1, **{"machine.key.torch": "3"})]
    with pytest.raises(ValueError, match="these differ in torch"):
        noise.estimate(runs([*sweep(0, 0), *other]).runs)
    with pytest.raises(ValueError, match="at least two runs of a row"):
        noise.estimate(runs(sweep(0, 0)).runs)


def test_it_is_found_beside_the_records_or_below_the_results_of_that_machine(tmp_path):
    known = noise.estimate(runs([*sweep(0, 0), *sweep(1, 0.1)]).runs)
    key, source = known.key, tmp_path / "results" / "m" / "quick-laptop"
    source.mkdir(parents=True)
    assert noise.find(source, key, tmp_path / "results") is None
    other = tmp_path / "results" / "other"
    other.mkdir()
    (other / "noise.json").write_text("{")  # of another machine: it stops nothing
    known.write(tmp_path / "results" / "reference" / "n" / "noise.json")
    assert noise.find(source, key, tmp_path / "results") == known
    assert noise.find(source, key | {"threads": 9}, tmp_path / "results") is None
    (source.parent / "noise.json").write_text("{")
    with pytest.raises(ValueError, match="not a complete JSON file"):
        noise.find(source, key, tmp_path / "results")


def test_a_file_of_another_version_says_what_makes_one(tmp_path):
    (tmp_path / "noise.json").write_text(json.dumps({"version": 1}))
    with pytest.raises(ValueError, match=r"version 1 .*, expected 2; run `inrbench noise`"):
        noise.read(tmp_path / "noise.json")
