"""Experiments: axes multiply, patterns trim, presets merge, and mistakes get a sentence."""

import pytest
import yaml

from inrbench.experiments import files as experiments
from inrbench.run.validate import validate

BASE = {
    "title": "A test",
    "presets": {"small": {}, "large": {"datasets": {"forbild": {"size": 64}}, "seeds": [0, 1]}},
    "seeds": [0],
    "datasets": {"forbild": {"size": 16, "views": 8}},
    "parts": {
        "objective": {"ls": {"name": "least_squares"}, "fls": {"name": "filtered_least_squares"}},
        "gradient": {"exact": {"name": "jvp", "rate": 1}, "jvp5": {"name": "jvp", "rate": 0.05}},
    },
    "methods": [
        {"name": "fbp"},
        {
            "name": "inr",
            "axes": {
                "network": ["siren", "hash_encoding"],
                "objective": ["ls", "fls"],
                "gradient": ["autograd", "exact", "jvp5"],
            },
            "parameters": {"iterations": 10},
        },
    ],
}


@pytest.fixture
def load(tmp_path):
    """Write `BASE` with changes as the experiment `trial`, and read it."""

    def loader(preset=None, **changes):
        (tmp_path / "trial.yaml").write_text(yaml.safe_dump({**BASE, **changes}, sort_keys=False))
        return experiments.load("trial", preset, tmp_path)

    return loader


def test_axes_multiply(load):
    cells = load().cells()
    assert len(cells) == 1 + 2 * 2 * 3
    assert cells[1].id == "forbild/inr-siren-ls-autograd/seed0"
    assert len(load("large").cells()) == 2 * 13


def test_a_figure_may_say_which_of_a_paper_it_stands_for(load):
    label = {"label": "stands for figure 2"}
    trial = load(figures={"convergence": label, "first": {"name": "convergence"}})
    assert trial.figure("convergence") == {"name": "convergence", **label}
    assert trial.figure("first") == {"name": "convergence"}
    assert validate(trial) == len(trial.cells())


def test_a_cell_holds_every_parameter_and_its_labels(load):
    cell = load().cell("forbild/inr-siren-fls-jvp5/seed0")
    assert cell.spec["dataset"] == {
        "name": "forbild", "size": 16, "views": 8,
        # Those that the experiment does not name, with their defaults.
        "columns": 512, "beam": "fan", "photons": None, "noise_seed": 0, "right_ear": True,
        "left_ear": True, "detector_offset": 0.0,
    }  # fmt: skip
    assert cell.spec["method"] == {
        "name": "inr",
        "iterations": 10,
        "learning_rate": 1e-3,
        "decay": [1.0],
        "network": {"name": "siren", "frequency": 30.0, "width": 256, "layers": 5},
        "objective": {"name": "filtered_least_squares", "subsets": 1},
        "gradient": {"name": "jvp", "rate": 0.05, "chunk": "auto", "sampler": "uniform"},
    }
    assert cell.labels == {
        "dataset": "FORBILD",
        "method": "INR",
        "network": "SIREN",
        "objective": "FLS",
        "gradient": "JVP 5 %",
    }
    assert load().cell("forbild/inr-siren-ls-exact/seed0").labels["gradient"] == "exact"


def test_an_objective_in_subsets_is_labelled_by_their_number(load):
    parts = {**BASE["parts"], "objective": {
        "ls": {"name": "least_squares", "subsets": 1},
        "fls": {"name": "filtered_least_squares", "subsets": 8},
    }}  # fmt: skip
    labels = [cell.labels.get("objective") for cell in load(parts=parts).cells()]
    assert list(dict.fromkeys(labels)) == [None, "LS", "FLS, 8 subsets"]


def test_presets_merge_into_what_they_change_only(load):
    large = load("large").dataset("forbild")
    assert (large["size"], large["views"]) == (64, 8)
    assert load().preset == "small"


def test_settings_reach_the_cells_that_match(load):
    settings = [
        {"when": {"network": "siren"}, "parameters": {"learning_rate": 1.0}},
        {"when": {"network": "siren", "objective": ["fls"]}, "parameters": {"iterations": 5}},
    ]
    trial = load(settings=settings)
    plain = trial.cell("forbild/inr-siren-ls-exact/seed0").spec["method"]
    both = trial.cell("forbild/inr-siren-fls-exact/seed0").spec["method"]
    other = trial.cell("forbild/inr-hash_encoding-fls-exact/seed0").spec["method"]
    assert (plain["learning_rate"], plain["iterations"]) == (1.0, 10)
    assert (both["learning_rate"], both["iterations"]) == (1.0, 5)
    assert other["learning_rate"] == 1e-3  # its default


def test_parts_and_data_sets_that_share_a_name_need_labels(load):
    noisy = {"forbild": {}, "noisy": {"name": "forbild", "photons": 1000}}
    with pytest.raises(ValueError, match="could not tell forbild/fbp/seed0 from noisy/fbp/seed0"):
        load(datasets=noisy)
    noisy["noisy"]["label"] = "FORBILD, 1,000 photons"
    cell = load(datasets=noisy).cell("noisy/fbp/seed0")
    assert cell.labels["dataset"] == "FORBILD, 1,000 photons"
    assert (cell.spec["dataset"]["name"], cell.spec["dataset"]["photons"]) == ("forbild", 1000)


def test_include_and_exclude_trim(load):
    kept = load(include=[{"method": "fbp"}, {"network": "siren", "gradient": ["exact", "jvp5"]}])
    assert len(kept.cells()) == 1 + 4
    trimmed = load(exclude=[{"network": "siren", "objective": "fls"}])
    assert len(trimmed.cells()) == 13 - 3
    with pytest.raises(ValueError, match="leave no cell"):
        load(include=[{"method": "fbp", "network": "siren"}])
    with pytest.raises(ValueError, match="unknown network 'sirne': did you mean 'siren'"):
        load(exclude=[{"network": "sirne"}])


def test_a_key_that_stands_twice_is_refused(tmp_path):
    """YAML would let the last one win."""
    (tmp_path / "trial.yaml").write_text(yaml.safe_dump(BASE, sort_keys=False) + "seeds: [1]\n")
    with pytest.raises(ValueError, match="'seeds' stands twice"):
        experiments.load("trial", None, tmp_path)


def test_exponents_are_numbers(tmp_path):
    """YAML 1.1 reads 1e-3 as a word; a learning rate is a number."""
    text = yaml.safe_dump(BASE, sort_keys=False) + "checkpoints: 1e1\n"
    (tmp_path / "trial.yaml").write_text(text)
    assert experiments.load("trial", None, tmp_path).checkpoints == 10


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"metods": []}, "unknown key 'metods': did you mean 'methods'"),
        ({"limits": {"second": 3}}, "unknown key 'limits.second': did you mean 'seconds'"),
        ({"methods": [{"name": "inr", "axis": {}}]}, "did you mean 'axes'"),
        ({"methods": [{"name": "fpb"}]}, "unknown method 'fpb': did you mean 'fbp'"),
        ({"datasets": {"forbilt": {}}}, "unknown dataset 'forbilt': did you mean 'forbild'"),
        (
            {"methods": [{"name": "inr", "axes": {"network": ["sirne"]}}]},
            "unknown network 'sirne': did you mean 'siren'",
        ),
        (
            {"methods": [{"name": "inr", "axes": {"objective": ["lss"]}}]},
            "unknown objective 'lss': did you mean 'ls'",
        ),
        (
            {"parts": {"gradient": {"exact": {"name": "jpv"}}}},
            "unknown gradient 'jpv': did you mean 'jvp'",
        ),
        (
            {"methods": [{"name": "inr", "axes": {"networks": ["siren"]}}]},
            "unknown axis 'networks': did you mean 'network'",
        ),
        ({"exclude": [{"netwrk": "siren"}]}, "unknown axis 'netwrk': did you mean 'network'"),
        ({"figures": {"convergense": {}}}, "did you mean 'convergence'"),
        ({"paper": "najaf2062"}, "unknown paper 'najaf2062': did you mean 'najaf2026'"),
        ({"papre": "najaf2026"}, "unknown key 'papre': did you mean 'paper'"),
        ({"seeds": []}, "seeds: .*at least 1"),
        ({"seeds": [-1]}, r"seeds\.0: .*greater than or equal to 0"),
        ({"limits": {"memory": "8 GBB"}}, "limits.memory: .*8 GBB"),
        ({"presets": None}, "expected `presets`"),
        ({"presets": {"small": [1]}}, "preset 'small': expected keys with changes"),
        ({"limits": {"seconds": float("inf")}}, r"line \d+: '\.inf': expected a finite number"),
        ({"limits": {"memory": 0}}, r"limits\.memory"),
        (
            {"memory_budget": 0},
            "memory_budget: expected bytes above 0, such as 8GiB or 24GB, not 0",
        ),
        ({"memory_budget": "8 apples"}, "memory_budget: expected bytes .* not '8 apples'"),
        ({"memory_budgte": 1}, "unknown key 'memory_budgte': did you mean 'memory_budget'"),
        ({"datasets": {"a/b": {"name": "forbild"}}}, "datasets.a/b"),
        ({"datasets": {"forbild": {"label": ["x"]}}}, r"datasets\.forbild\.label: .*string"),
        ({"datasets": {"forbild": {"name": 3}}}, r"datasets\.forbild\.name: .*string"),
        ({"datasets": {"forbild": 3}}, r"datasets\.forbild"),
        ({"methods": "fbp"}, "methods: .*list"),
    ],
)
def test_mistakes_get_a_sentence_with_the_file_and_the_nearest_name(load, changes, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        load(**changes)
    assert "trial.yaml" in str(caught.value)


def test_unknown_experiment_preset_and_cell_name_the_nearest(load):
    with pytest.raises(ValueError, match="no preset 'lrage': did you mean 'large'"):
        load("lrage")
    with pytest.raises(ValueError, match="did you mean 'forbild/inr-siren-ls-exact/seed0'"):
        load().cell("forbild/inr-siren-ls-exat/seed0")
    with pytest.raises(ValueError, match="unknown experiment 'quik': did you mean 'quick'"):
        experiments.load("quik")


def test_memory_limits_are_read_with_their_unit(load):
    assert load(limits={"memory": "8GiB"}).limits.memory == 8 * 2**30


def test_a_budget_is_in_the_specs_that_it_may_change(load):
    trial = load(memory_budget="8GiB")
    assert trial.memory_budget == 8 * 2**30
    for cell in trial.cells():
        budget = 8 * 2**30 if cell.spec["method"]["name"] == "inr" else None
        assert cell.spec.get("memory_budget") == budget
    assert not any("memory_budget" in cell.spec for cell in load().cells())


def test_a_paper_is_named_or_not_and_changes_no_cell(load):
    assert load().paper is None
    specs = [cell.spec for cell in load().cells()]
    trial = load(paper="najaf2026")
    assert trial.paper == "najaf2026" and [cell.spec for cell in trial.cells()] == specs


def test_quick_has_the_cells_that_the_readme_promises():
    """Three networks x LS, FLS x autograd, exact, JVP 25 %, JVP 10 %; a voxel grid with LS and
    with LS + TV; FBP and CGLS."""
    for preset in experiments.presets("quick"):
        cells = experiments.load("quick", preset).cells()
        assert len(cells) == 28
        labels = {tuple(cell.labels.values())[2:] for cell in cells}
        assert len(labels) == 27  # FBP and CGLS have none of the three
