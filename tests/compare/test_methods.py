"""Two methods of one result beside each other: which rows are partners, and what is said."""

import json

import pytest
from campaign import fields, runs, write
from typer.testing import CliRunner

from inrbench.cli import app
from inrbench.compare.methods import beside
from inrbench.compare.methods_page import methods_page

NETWORKS = {"siren": "SIREN", "mine": "my network"}
MODES = {"autograd": 1.0, "JVP 10 %": 0.5}


def result():
    """Two networks in two gradient modes, and TV; mine takes 3 times as long, the JVP half."""
    found = []
    for seed in range(3):
        for name, label in NETWORKS.items():
            for mode, factor in MODES.items():
                slower = 3 if name == "mine" else 1
                made = fields(f"inr-{name}-{mode[:3]}", seed, 0.1 * (1 + seed) * factor * slower,
                              1e-6 * (1 + seed) * slower)  # fmt: skip
                made["labels"] |= {"network": label, "gradient": mode, "method": "INR"}
                made["spec"]["method"]["network"]["name"] = name
                found.append(made)
        found.append(fields("tv", seed, 0.05 * (1 + seed), 1e-5 * (1 + seed)))
        found[-1]["labels"] = {"dataset": "FORBILD", "method": "TV"}
        found[-1]["spec"]["method"] = {"name": "tv", "iterations": 5}
    return found


def ratio(pair, measure):
    return next(c.ratio for c in pair.changes if c.measure == measure)


@pytest.mark.parametrize(
    ("rows", "other", "pairs", "time"),
    [
        (["gradient=autograd"], ["gradient=JVP 10 %"], 2, 0.5),
        (["network=SIREN"], ["network=my network"], 2, 3),
        (["network=siren"], ["network=mine"], 2, 3),  # as registered
        (["network=siren", "gradient=autograd"], ["network=mine"], 1, 3),
        (["inr-siren-aut"], ["inr-mine-JVP"], 1, 1.5),
        (["network=SIREN"], ["TV"], 2, None),
    ],
)
def test_rows_that_agree_but_for_what_is_selected_are_pairs_of_one_seed(rows, other, pairs, time):
    found = beside(runs(result()), rows, other)
    assert len(found.pairs) == pairs
    for pair in found.pairs:
        if time is not None:
            assert ratio(pair, "time") == pytest.approx(time)
        assert next(c for c in pair.changes if c.measure == "mse").runs == (3, 3)
        assert ratio(pair, "operations") == 1
    assert len(found.together) == (0 if pairs == 1 else len(found.pairs[0].changes))


def test_other_parameters_failed_runs_and_rows_without_a_partner_are_said():
    made = [one for one in result() if one["cell"]["method"] != "inr-mine-JVP"]
    for one in made:
        if one["labels"].get("gradient") == "JVP 10 %":
            one["spec"]["method"]["iterations"] = 300
            one["status"] = "diverged" if one["cell"]["seed"] == 1 else "ok"
    found = beside(runs(made), ["gradient=autograd"], ["gradient=JVP 10 %"])
    assert found.alone == ("quick-laptop/forbild/inr-mine-aut",)
    page = methods_page(found)
    assert page.warnings[0] == "Also different: iterations."
    assert page.warnings[1].endswith("no ratio: quick-laptop/forbild/inr-siren-JVP: 1 of 3.")
    assert page.columns["seeds"] == ["2"]
    assert page.columns["method"] == ["INR, SIREN, LS, 0.001"]


@pytest.mark.parametrize(
    ("rows", "other", "sentence"),
    [
        (["network=sirem"], ["TV"], r"no row has network=sirem; did you mean 'siren'"),
        (["TW"], ["TV"], r"no row has method=TW; did you mean 'TV'"),
        (["TV"], ["network=SIREN"], "tv has 2 partners, such as .* name one more part"),
        (["inr-siren-aut"], ["inr-siren-aut"], "has a partner of inr-siren-aut"),
    ],
)
def test_what_cannot_be_paired_is_refused_in_a_sentence(rows, other, sentence):
    with pytest.raises(ValueError, match=sentence):
        beside(runs(result()), rows, other)


def test_the_command_shows_it_and_is_no_regression(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "result", result())

    def call(*words):
        return CliRunner().invoke(app, ["compare", "result", *words])

    done = call("--rows", "network=SIREN", "--with", "network=my network", "--json", "out.json",
                "--markdown", "out.md")  # fmt: skip
    assert done.exit_code == 0 and "2 pairs of rows" in done.output
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["pairs"][0]["changes"][0]["ratio"] == pytest.approx(3)
    assert "all pairs" in (tmp_path / "out.md").read_text()
    for words in (["--rows", "TV"], ["other", "--rows", "TV", "--with", "INR"], []):
        done = call(*words)
        assert done.exit_code == 2 and "compare RESULT --rows A --with B" in done.output
