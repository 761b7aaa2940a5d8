"""Searches: the least mean of log10 MSE is chosen, failures lose, other experiments read it."""

import math

import pytest
import yaml

from inrbench import registry
from inrbench.cells.record import Record
from inrbench.experiments import files as experiments
from inrbench.experiments import search
from inrbench.run.validate import validate

SEARCH = {
    "title": "A search",
    "presets": {"small": {}},
    "seeds": [100],
    "datasets": {"forbild": {"size": 32, "views": 8}},
    "parts": {"objective": {"ls": {"name": "least_squares"}}},
    "methods": [
        {
            "name": "inr",
            "axes": {
                "network": ["siren", "hash_encoding"],
                "objective": ["ls"],
                "gradient": ["autograd", "jvp"],
                "learning_rate": [1e-3, 1e-2, 0.1],
            },
            "parameters": {"iterations": 5},
        }
    ],
}


def write(folder, name, document):
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "seek", SEARCH)
    user = {**SEARCH, "chosen": "seek-small", "seeds": [0]}
    axes = {**SEARCH["methods"][0]["axes"]}
    axes.pop("learning_rate")
    user["methods"] = [{"name": "fbp"}, {**SEARCH["methods"][0], "axes": axes}]
    write(tmp_path, "use", user)
    return tmp_path


def record(cell, mse, status="ok"):
    return Record(
        cell={"experiment": "seek", "preset": "small", "dataset": cell.dataset,
              "method": cell.method, "seed": cell.seed},
        labels=cell.labels, status=status, metrics={} if mse is None else {"mse": mse},
        spec=cell.spec, command="", created="",
    )  # fmt: skip


def found(experiment, mse):
    return [record(cell, *mse(cell)) for cell in experiment.cells()]


def test_a_sweep_is_an_axis_with_a_folder_and_a_label(folder):
    cells = experiments.load("seek", folder=folder).cells()
    assert len(cells) == 12
    assert cells[0].id == "forbild/inr-siren-ls-autograd-0.001/seed100"
    assert cells[0].labels["learning_rate"] == "0.001"
    assert cells[0].spec["method"]["learning_rate"] == 1e-3
    assert validate(experiments.load("seek", folder=folder)) == 12


@pytest.mark.parametrize("value", [None, "four", True])
def test_impossible_subsets_are_refused_when_choices_are_read(folder, value):
    loaded = experiments.load("seek", folder=folder)
    search.write(search.choose(loaded, found(loaded, lambda cell: (1.0,))), folder)
    document = yaml.safe_load((folder / "use.yaml").read_text())
    document["parts"]["objective"]["ls"] = {"name": "least_squares", "subsets": value}
    write(folder, "use", document)
    with pytest.raises(ValueError, match=f"subsets={value!r}: expected a whole number"):
        experiments.load("use", folder=folder)


def test_an_mse_that_is_not_a_number_does_not_win(folder):
    loaded = experiments.load("seek", folder=folder)

    def mse(cell):  # whatever comes first, last or between
        return (None if cell.axes["learning_rate"] != 1e-2 else 5.0,)

    assert {choice.parameters["learning_rate"] for choice in
            search.choose(loaded, found(loaded, mse)).choices} == {1e-2}  # fmt: skip


def test_geometric_mean_over_gradient_modes_decides(folder):
    """0.01 is best in the mean although each gradient mode has another favourite."""
    table = {("autograd", 1e-3): 1.0, ("autograd", 1e-2): 2.0, ("autograd", 0.1): 9.0,
             ("jvp", 1e-3): 9.0, ("jvp", 1e-2): 2.0, ("jvp", 0.1): 1.0}  # fmt: skip
    loaded = experiments.load("seek", folder=folder)
    chosen = search.choose(
        loaded,
        found(loaded, lambda c: (table[c.axes["gradient"], c.spec["method"]["learning_rate"]],)),
    )
    assert [choice.parameters for choice in chosen.choices] == 2 * [{"learning_rate": 1e-2}]
    one = chosen.choices[0]
    assert (one.network, one.objective) == ("siren", "least_squares")
    assert (one.cells, one.candidates, one.at_edge) == (2, 3, False)
    assert one.mse == pytest.approx(2.0)
    assert chosen.seeds == [100] and chosen.search == "seek-small"


def test_a_value_that_failed_once_loses_and_an_edge_is_marked(folder):
    loaded = experiments.load("seek", folder=folder)

    def mse(cell):
        rate = cell.spec["method"]["learning_rate"]
        if rate == 0.1 and cell.axes["gradient"] == "jvp":
            return None, "diverged"
        return (1 / rate,)

    one = search.choose(loaded, found(loaded, mse)).choices[0]
    assert one.parameters == {"learning_rate": 1e-2} and not one.at_edge
    falling = search.choose(loaded, found(loaded, lambda c: (1.0, "ok"))).choices[0]
    assert falling.at_edge and falling.parameters == {"learning_rate": 1e-3}
    with pytest.raises(ValueError, match=r"inr, siren, least_squares: no candidate finished"):
        search.choose(loaded, found(loaded, lambda c: (None, "diverged")))


def test_records_of_an_older_search_and_unequal_budgets_are_refused(folder):
    loaded = experiments.load("seek", folder=folder)
    records = found(loaded, lambda c: (1.0,))
    with pytest.raises(ValueError, match="candidates have unequally many cells"):
        search.choose(loaded, records[1:])
    write(folder, "seek", {**SEARCH, "checkpoints": 3})
    with pytest.raises(ValueError, match="made with other parameters than seek has now"):
        search.choose(experiments.load("seek", folder=folder), records)


def test_an_objective_in_subsets_has_choices_of_its_own(folder):
    parts = {**SEARCH["parts"], "objective": {"os": {"name": "least_squares", "subsets": 4}}}
    family = SEARCH["methods"][0]
    axes = {**family["axes"], "objective": ["least_squares", "os"]}
    write(folder, "seek", {**SEARCH, "parts": parts, "methods": [{**family, "axes": axes}]})
    loaded = experiments.load("seek", folder=folder)

    def mse(cell):  # subsets do best with small steps, the whole with large ones
        whole = cell.spec["method"]["objective"]["subsets"] == 1
        rate = cell.spec["method"]["learning_rate"]
        return (rate if not whole else 1 / rate, "ok")

    chosen = search.choose(loaded, found(loaded, mse))
    rates = {choice.subsets: choice.parameters["learning_rate"] for choice in chosen.choices}
    assert rates[4] < rates[None]
    fresh = loaded.model_copy(update={"seeds": [7]})
    settings = {setting.when["objective"]: setting.parameters["learning_rate"]
                for setting in search.settings(chosen, fresh)}  # fmt: skip
    assert settings == {"os": rates[4], "least_squares": rates[None]}


def test_two_parts_of_one_name_are_not_averaged(folder):
    parts = {**SEARCH["parts"], "network": {"slow": {"name": "siren", "frequency": 3.0,
                                                     "label": "slow SIREN"}}}  # fmt: skip
    family = SEARCH["methods"][0]
    axes = {**family["axes"], "network": ["siren", "slow"]}
    write(folder, "seek", {**SEARCH, "parts": parts, "methods": [{**family, "axes": axes}]})
    loaded = experiments.load("seek", folder=folder)
    with pytest.raises(ValueError, match="stands for two different parts"):
        search.choose(loaded, found(loaded, lambda c: (1.0,)))


def test_choices_reach_the_experiments_that_ask_for_them(folder):
    loaded = experiments.load("seek", folder=folder)
    best = {"siren": 1e-3, "hash_encoding": 1e-2}
    chosen = search.choose(
        loaded,
        found(
            loaded,
            lambda c: (
                1 + abs(math.log(c.spec["method"]["learning_rate"] / best[c.axes["network"]])),
            ),
        ),
    )
    path = search.write(chosen, folder)
    assert path == folder / "chosen" / "seek-small.yaml"
    assert search.read("seek-small", folder) == chosen
    use = experiments.load("use", folder=folder)
    rates = {cell.axes.get("network"): cell.spec["method"].get("learning_rate")
             for cell in use.cells()}  # fmt: skip
    assert rates == {None: None, **best}


def test_an_experiment_waits_for_its_search_and_the_search_does_not(folder, capsys):
    with pytest.raises(search.Unchosen, match=r"seek-small.*run that search and then"):
        experiments.load("use", folder=folder)
    assert [each.name for each in experiments.load_all(folder=folder)] == ["seek"]
    assert "use is left out" in capsys.readouterr().err


def test_seeds_of_the_search_are_refused(folder):
    loaded = experiments.load("seek", folder=folder)
    search.write(search.choose(loaded, found(loaded, lambda c: (1.0,))), folder)
    document = yaml.safe_load((folder / "use.yaml").read_text())
    write(folder, "use", {**document, "seeds": [0, 100]})
    with pytest.raises(ValueError, match=r"seeds \[100\] were used by the search"):
        experiments.load("use", folder=folder)


def test_what_the_search_did_not_try_is_refused(folder):
    loaded = experiments.load("seek", folder=folder)
    search.write(search.choose(loaded, found(loaded, lambda c: (1.0,))), folder)
    document = yaml.safe_load((folder / "use.yaml").read_text())
    document["methods"][1]["axes"]["network"] = ["fourier_features"]
    write(folder, "use", document)
    with pytest.raises(search.Unchosen, match="no value for inr, fourier_features, least_squares"):
        experiments.load("use", folder=folder)
    assert [each.name for each in experiments.load_all(folder=folder)] == ["seek"]
    left_out = [{"network": "fourier_features"}]  # no cell of it is run, so no choice is needed
    write(folder, "use", {**document, "exclude": left_out})
    assert {"network" in cell.axes for cell in experiments.load("use", folder=folder).cells()} == {
        False
    }
    own = [{"when": {"network": "fourier_features"}, "parameters": {"learning_rate": 0.5}}]
    write(folder, "use", {**document, "settings": own})
    cells = experiments.load("use", folder=folder).cells()
    assert {cell.spec["method"].get("learning_rate") for cell in cells} == {None, 0.5}
    document["methods"][1]["parameters"]["learning_rate"] = 0.25
    write(folder, "use", document)
    cells = experiments.load("use", folder=folder).cells()
    assert {cell.spec["method"].get("learning_rate") for cell in cells} == {None, 0.25}


def test_a_spoilt_file_and_a_search_without_a_sweep_get_a_sentence(folder):
    (folder / "chosen").mkdir()
    (folder / "chosen" / "seek-small.yaml").write_text("search: [")
    with pytest.raises(search.Unchosen, match="not a file that `inrbench choose` wrote"):
        experiments.load("use", folder=folder)
    plain = {**SEARCH, "methods": [{"name": "fbp"}]}
    write(folder, "plain", plain)
    with pytest.raises(ValueError, match="sweeps no parameter"):
        search.choose(experiments.load("plain", folder=folder), [])


EVERY = {
    "tv": {"axes": {"strength": [1e-4, 1e-3, 1e-2]}},
    "rates": {"axes": {"network": ["siren", "hash_encoding"], "rho": [0.1, 1.0, 10.0],
                       "learning_rate": [1e-3, 1e-2]}},
    "inr": SEARCH["methods"][0],
}  # fmt: skip


@pytest.fixture
def every(folder, monkeypatch):
    """A search of three kinds of method, one with a network and two parameters, and its records:
    the best are 1e-3 for tv, (10, 1e-2) for rates, 1e-2 for inr."""
    rates = registry.Row("method", "rates", "inrbench.methods.inr:INR", "two rates")
    monkeypatch.setitem(registry._table["method"], "rates", rates)
    methods = [{"name": name, **family} for name, family in EVERY.items()]
    write(folder, "seek", {**SEARCH, "methods": methods})
    best = {"tv": {"strength": 1e-3}, "rates": {"rho": 10.0, "learning_rate": 1e-2},
            "inr": {"learning_rate": 1e-2}}  # fmt: skip

    def mse(cell):
        method = cell.spec["method"]
        return (
            1 + sum(abs(math.log(method[key] / v)) for key, v in best[method["name"]].items()),
        )

    loaded = experiments.load("seek", folder=folder)
    return search.choose(loaded, found(loaded, mse))


def test_a_search_may_be_of_methods_without_network_or_objective(every, folder):
    tv, *rates = every.choices[:3]
    assert tv.group == ("tv", None, None, None) and tv.parameters == {"strength": 1e-3}
    assert (tv.cells, tv.candidates, tv.at_edge) == (1, 3, False)
    assert [one.group for one in rates] == [
        ("rates", "siren", None, None), ("rates", "hash_encoding", None, None)
    ]  # fmt: skip
    for one in rates:
        assert one.parameters == {"rho": 10.0, "learning_rate": 1e-2}
        assert (one.cells, one.candidates, one.at_edge) == (1, 6, True)
    assert [search.named(one.group) for one in every.choices] == [
        "tv", "rates, siren", "rates, hash_encoding",
        "inr, siren, least_squares", "inr, hash_encoding, least_squares",
    ]  # fmt: skip
    path = search.write(every, folder)
    assert search.read("seek-small", folder) == every
    assert "null" not in path.read_text() and "method: tv" in path.read_text()


def user(folder, *methods, **changes):
    document = {**SEARCH, "chosen": "seek-small", "seeds": [0], "methods": list(methods)}
    write(folder, "use", {**document, **changes})
    return [cell.spec["method"] for cell in experiments.load("use", folder=folder).cells()]


def test_a_choice_reaches_the_cells_that_it_is_for_and_no_others(every, folder):
    search.write(every, folder)
    networks = {"network": ["siren"]}
    full = {**networks, "objective": ["ls"], "gradient": ["jvp"]}
    tv, cgls, rates, inr, quality = user(
        folder, {"name": "tv"}, {"name": "cgls"}, {"name": "rates", "axes": networks},
        {"name": "inr", "axes": full}, {"name": "gradient_quality", "axes": full},
    )  # fmt: skip
    assert tv == {"name": "tv", "strength": 1e-3, "iterations": 500}
    assert cgls == {"name": "cgls", "iterations": 30}
    assert (rates["rho"], rates["learning_rate"]) == (10.0, 1e-2)
    assert inr["learning_rate"] == 1e-2 and "rho" not in inr
    assert quality["learning_rate"] == 1e-2  # which trains as inr does
    (own,) = user(folder, {"name": "tv"}, settings=[{"when": {"method": "tv"},
                                                    "parameters": {"strength": 0.5}}])  # fmt: skip
    assert own["strength"] == 0.5


def test_choices_without_a_method_are_those_of_inr(every, folder):
    """As files have them that were written before other methods could be searched."""
    old = every.model_dump(exclude_none=True)
    old["choices"] = [{key: value for key, value in choice.items() if key != "method"}
                      for choice in old["choices"] if choice["method"] == "inr"]  # fmt: skip
    (folder / "chosen").mkdir()
    (folder / "chosen" / "seek-small.yaml").write_text(yaml.safe_dump(old))
    assert [one.method for one in search.read("seek-small", folder).choices] == ["inr", "inr"]
    networks = {"network": ["siren", "fourier_features"]}
    full = {"network": ["siren"], "objective": ["ls"], "gradient": ["jvp"]}
    tv, *rates, inr = user(folder, {"name": "tv"}, {"name": "rates", "axes": networks},
                           {"name": "inr", "axes": full})  # fmt: skip
    assert "strength" not in tv and inr["learning_rate"] == 1e-2
    assert not any("rho" in each for each in rates)
    assert [each["learning_rate"] for each in rates] == 2 * [1e-3]


def test_the_choices_in_the_repository_are_read_as_they_stand():
    chosen = search.read("tune-laptop", experiments.SHIPPED)
    assert {one.group for one in chosen.choices} == {
        ("inr", network, objective, None)
        for network in ("fourier_features", "siren", "hash_encoding")
        for objective in ("least_squares", "filtered_least_squares")
    }


def test_a_network_that_was_not_searched_with_a_method_is_refused(every, folder):
    search.write(every, folder)
    family = {"name": "rates", "axes": {"network": ["fourier_features"]}}
    with pytest.raises(search.Unchosen, match=r"no value for rates, fourier_features: .* "
                                              r"learning_rate, rho among the"):  # fmt: skip
        user(folder, family)
    one, own = [{"when": {"method": "rates"}, "parameters": values}
                for values in ({"rho": 1.0}, {"rho": 1.0, "learning_rate": 0.5})]  # fmt: skip
    with pytest.raises(search.Unchosen):
        user(folder, family, settings=[one])
    (spec,) = user(folder, family, settings=[own])
    assert spec["learning_rate"] == 0.5


def test_the_strength_of_a_regulariser_is_searched_and_handed_on(folder):
    """A swept `strength` stands in the objective of each cell, and the chosen one too."""
    parts = {"objective": {"ls_tv": {"name": "least_squares", "plus": [{"name": "tv"}]}},
             "network": {"grid": {"name": "voxel_grid", "output": "softplus"}}}  # fmt: skip
    axes = {"network": ["grid"], "objective": ["ls_tv"], "gradient": ["autograd"],
            "strength": [1e-4, 1e-3], "learning_rate": [0.1, 0.3]}  # fmt: skip
    family = {"name": "inr", "axes": axes, "parameters": {"iterations": 5}}
    write(folder, "seek", {**SEARCH, "parts": parts, "methods": [family]})
    loaded = experiments.load("seek", folder=folder)
    assert validate(loaded) == 4

    def strength(cell):
        assert "strength" not in cell.spec["method"]
        return cell.spec["method"]["objective"]["plus"][0]["strength"]

    assert {strength(cell) for cell in loaded.cells()} == {1e-4, 1e-3}
    assert {cell.labels["strength"] for cell in loaded.cells()} == {"0.0001", "0.001"}
    chosen = search.choose(
        loaded, found(loaded, lambda cell: (1e-4 + abs(strength(cell) - 1e-3),))
    )
    (choice,) = chosen.choices
    assert (choice.network, choice.objective) == ("voxel_grid, softplus", "least_squares + tv")
    assert choice.parameters["strength"] == 1e-3
    search.write(chosen, folder)
    del axes["strength"], axes["learning_rate"]
    user = {**SEARCH, "parts": parts, "methods": [family], "chosen": "seek-small", "seeds": [0]}
    write(folder, "use", user)
    used = experiments.load("use", folder=folder)
    assert validate(used) == 1
    assert [strength(cell) for cell in used.cells()] == [1e-3]
    # Another network, with an objective that takes no strength, needs none.
    more = {**family, "axes": {**axes, "network": ["siren"], "objective": ["least_squares"]}}
    own = [{"when": {"network": "siren"}, "parameters": {"learning_rate": 0.5}}]
    write(folder, "use", {**user, "methods": [family, more], "settings": own})
    assert validate(experiments.load("use", folder=folder)) == 2


def test_a_strength_that_a_regulariser_has_is_its_own(folder):
    given = {"name": "tv", "strength": 0.5}
    parts = {"objective": {"ls_tv": {"name": "least_squares", "plus": [given]}}}
    axes = {"network": ["siren"], "objective": ["ls_tv"], "gradient": ["autograd"]}
    family = {"name": "inr", "axes": axes, "parameters": {"strength": 0.25}}
    write(folder, "seek", {**SEARCH, "parts": parts, "methods": [family]})
    with pytest.raises(ValueError, match="no parameter 'strength'"):
        validate(experiments.load("seek", folder=folder))
