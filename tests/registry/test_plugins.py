"""Plug-ins: read without being run, named three ways, and every fault a sentence with the file."""

import importlib
import os
import subprocess
import sys

import pytest
import yaml

from inrbench import errors, registry
from inrbench.cells.names import unnamed
from inrbench.experiments import files as experiments
from inrbench.methods import streams
from inrbench.registry import plugin_files
from inrbench.registry.plugin_module import PluginError, imported
from inrbench.run import sources

WAVE = """
import no_such_package  # what stands behind a name is not imported to read it
from inrbench.plugins import register

@register("network", "wave", "Wave", tiny={"width": 3})
class Wave: ...
"""
TRIAL = {
    "title": "A trial",
    "presets": {"small": {}},
    "seeds": [0],
    "datasets": {"forbild": {"size": 16}},
    "plugins": ["wave.py"],
    "methods": [
        {"name": "fbp"},
        {"name": "inr", "axes": {"network": ["siren", "wave"], "objective": ["least_squares"],
                                 "gradient": ["autograd"]}},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """A table of names of this test's own, and nothing known of what was found before."""
    table = {kind: dict(entries) for kind, entries in registry._table.items()}
    monkeypatch.setattr(registry, "_table", table)
    clear()
    yield
    clear()


def clear():
    plugin_files.discover.cache_clear()
    sources.digest.cache_clear()
    sources._parsed.cache_clear()


@pytest.fixture
def wave(tmp_path):
    """The plug-in's file, and beside it an experiment that names it."""
    (tmp_path / "trial.yaml").write_text(yaml.safe_dump(TRIAL))
    path = tmp_path / "wave.py"
    path.write_text(WAVE)
    return path


def test_names_and_labels_are_known_without_running_the_file(wave):
    cells = experiments.load("trial", None, wave.parent).cells()
    assert [cell.labels.get("network") for cell in cells] == [None, "SIREN", "Wave"]
    assert plugin_files.read(wave) == [
        plugin_files.Registration("network", "wave", "Wave", "Wave", {"width": 3})
    ]
    with pytest.raises(PluginError, match=r"wave.py, line 2: the plug-in does not import: "
                       "ModuleNotFoundError: No module named 'no_such_package'"):  # fmt: skip
        registry.load("network", "wave")


def test_reading_an_experiment_with_a_plug_in_imports_no_torch(wave):
    code = (
        "import sys; from pathlib import Path;"
        "from inrbench.experiments import files; from inrbench.run import parent, sources;"
        f"cells = files.load('trial', None, Path({str(wave.parent)!r})).cells();"
        "[sources.digest_of_cell(cell.spec) for cell in cells];"
        "sys.exit(repr({'torch', 'pandas', 'astra'} & set(sys.modules) or 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.strip() in ("", "0"), done.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n", "wave.py: registers nothing; write .*@register"),
        ("def f(:\n", "wave.py, line 1: the plug-in is not valid Python: "),
        ("x = '\0'\n", "wave.py.*not valid Python"),
        (WAVE.replace('"wave"', "NAME"), "line 5: what is registered must stand in quotes"),
        (WAVE.replace('"network"', '"netwrk"'), "cannot be a 'netwrk': did you mean 'network'"),
        (WAVE.replace('"network"', '"figure"'), "a plug-in cannot be a 'figure': known are net"),
        (WAVE.replace('"wave"', '"a/b"'), "name 'a/b': expected letters, digits"),
        (WAVE.replace('"Wave", ', ""), "expected a kind, a name and a label"),
        (WAVE.replace('{"width": 3}', "3"), "tiny=3: expected parameters"),
        (WAVE.replace('"wave"', '"siren"'), "'siren' is the name of a built-in already"),
        (
            WAVE + WAVE[WAVE.index("@") :].replace(" Wave:", " W:"),
            "line 7: network 'wave' is regi",
        ),
        (WAVE + WAVE[WAVE.index("@") :].replace('"wave"', '"w"'), "line 8: Wave stands twice in"),
        (WAVE.replace("inrbench.plugins", "atexit"), "wave.py: registers nothing"),
        (None, "wave.py: there is no such plug-in"),
    ],
)
def test_a_faulty_file_gets_a_sentence_and_others_go_on(wave, text, sentence, capsys):
    plain = {key: value for key, value in TRIAL.items() if key != "plugins"}
    plain["methods"] = [{"name": "fbp"}]
    (wave.parent / "plain.yaml").write_text(yaml.safe_dump(plain))
    wave.unlink() if text is None else wave.write_text(text)
    with pytest.raises(PluginError, match=sentence) as caught:
        experiments.load("trial", None, wave.parent)
    assert "trial.yaml" in str(caught.value)
    assert [one.name for one in experiments.load_all(None, wave.parent)] == ["plain"]
    assert "trial is left out: " in capsys.readouterr().err


def test_two_plug_ins_with_one_name_are_refused_and_none_of_the_second_is_entered(wave):
    other = wave.with_name("other.py")
    other.write_text(WAVE + '@register("method", "mine", "M")\ndef f(): ...\n')
    plugin_files.add(wave)
    with pytest.raises(
        PluginError, match=r"other.py: network 'wave' is the name of .*wave.py:Wave"
    ):
        plugin_files.add(other)
    assert registry.target("method", "mine") is None


def test_the_environment_names_plug_ins_and_a_faulty_one_is_left_out(wave, monkeypatch, capsys):
    """And an experiment that names none may use them."""
    places = [str(wave), str(wave.with_name("gone.py"))]
    monkeypatch.setenv("INRBENCH_PLUGINS", os.pathsep.join(places))
    (wave.parent / "trial.yaml").write_text(yaml.safe_dump({**TRIAL, "plugins": []}))
    trial = experiments.load("trial", None, wave.parent)
    text = capsys.readouterr().err
    assert text.count("\n") == 1 and "gone.py: there is no such plug-in" in text
    cell = trial.cell("forbild/inr-wave-least_squares-autograd/seed0")
    assert unnamed(cell.spec, trial.plugins) == str(wave)
    assert unnamed(trial.cells()[0].spec, trial.plugins) == ""


def test_an_experiment_names_what_it_uses_although_another_has_named_it(wave):
    experiments.load("trial", None, wave.parent)
    (wave.parent / "trial.yaml").write_text(yaml.safe_dump({**TRIAL, "plugins": []}))
    with pytest.raises(
        PluginError, match=r"'wave' is of the plug-in .*: name that file under `plu"
    ):
        experiments.load("trial", None, wave.parent)


def test_an_installed_plug_in_is_found_without_running_its_package(tmp_path, monkeypatch):
    package, about = tmp_path / "waves", tmp_path / "waves-1.0.dist-info"
    (package / "deep").mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError\n")
    (package / "deep" / "__init__.py").write_text("")
    (package / "deep" / "wave.py").write_text(WAVE + "from ..layers import layer\n")
    (package / "layers.py").write_text("layer = 1\n")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: waves\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[inrbench.plugins]\nwave = waves.deep.wave\ngone = waves.gone\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert plugin_files.discover() == {"waves.deep.wave"}
    assert registry.module("network", "wave") == "waves.deep.wave"
    spec = {"dataset": {"name": "forbild"}, "method": {"name": "fbp", "network": {"name": "wave"}}}
    before = sources.digest_of_cell(spec)
    files = {os.path.relpath(path, package) for path in sources.plugin_files(spec)}
    assert files == {"__init__.py", "deep/__init__.py", "deep/wave.py", "layers.py"}
    (package / "layers.py").write_text("layer = 2\n")
    sources.digest.cache_clear()
    sources._parsed.cache_clear()
    assert sources.digest_of_cell(spec) != before


def test_a_change_of_a_plug_in_or_of_what_lies_beside_it_makes_its_cells_stale(wave):
    wave.write_text("import layers\nfrom bank import filters\n" + WAVE)
    (wave.parent / "layers.py").write_text("depth = 1\n")
    (wave.parent / "bank").mkdir()
    (wave.parent / "bank" / "__init__.py").write_text("")
    (wave.parent / "bank" / "filters.py").write_text("width = 1\n")
    (wave.parent / "unused.py").write_text("")
    cells = experiments.load("trial", None, wave.parent).cells()
    own = cells[-1].spec
    assert [os.path.relpath(path, wave.parent) for path in sources.plugin_files(own)] == [
        "bank/__init__.py", "bank/filters.py", "layers.py", "wave.py"
    ]  # fmt: skip
    assert sources.plugin_files(cells[0].spec) == {}

    def stale(path, text):
        before = [sources.digest_of_cell(cell.spec) for cell in cells]
        path.write_text(text)
        sources.digest.cache_clear()
        sources._parsed.cache_clear()
        after = [sources.digest_of_cell(cell.spec) for cell in cells]
        return [a != b for a, b in zip(before, after, strict=True)]

    assert stale(wave, wave.read_text() + "\nx = 3\n") == [False, False, True]
    assert stale(wave, wave.read_text() + "\n# a comment\n") == [False, False, False]
    assert stale(wave.parent / "layers.py", "depth = 2\n") == [False, False, True]
    assert stale(wave.parent / "bank" / "filters.py", "width = 2\n") == [False, False, True]
    assert stale(wave.parent / "unused.py", "x = 1\n") == [False, False, False]
    assert stale(wave.parent / "layers.py", "def f(:\n") == [False, False, True]


def test_a_file_beside_it_that_python_does_not_take_is_named(tmp_path, monkeypatch):
    """Of two folders that both have a `layers_of_mine.py`, Python gives all the first."""
    text = WAVE.replace("import no_such_package", "import layers_of_mine")
    for folder, name in (("one", "wave"), ("two", "wave2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "layers_of_mine.py").write_text("")
        (tmp_path / folder / "wave.py").write_text(text.replace('"wave"', f'"{name}"'))
        plugin_files.add(tmp_path / folder / "wave.py")
    monkeypatch.setattr(sys, "path", [*sys.path])
    importlib.invalidate_caches()
    registry.load("network", "wave")
    with pytest.raises(PluginError, match="give the file beside the plug-in another name"):
        registry.load("network", "wave2")
    del sys.modules["layers_of_mine"]


def test_an_experiment_extends_another_and_takes_over_its_presets(tmp_path):
    """Keys of mappings one by one; lists, and what `presets` leaves alone, as a whole."""
    (tmp_path / "mine.yaml").write_text(
        "extends: quick\ntitle: Mine\nmethods: [{name: fbp}]\npresets: {laptop: {seeds: [1]}}\n"
    )
    mine, quick = experiments.load("mine", None, tmp_path), experiments.load("quick")
    assert mine.preset == "laptop" and mine.seeds == [1] and mine.title == "Mine"
    assert mine.datasets == quick.datasets and len(mine.cells()) == 1
    assert experiments.presets("mine", tmp_path) == experiments.presets("quick")
    assert experiments.load("mine", "tiny", tmp_path).dataset("forbild")["size"] == 32


@pytest.mark.parametrize(
    ("base", "sentence"),
    [
        ("quik", "mine.yaml: extends: unknown experiment 'quik'"),
        ("mine", "mine.yaml: extends: 'mine' is not the name of another"),
        ("[quick]", "is not the name of another"),
    ],
)
def test_what_cannot_be_extended_is_named(tmp_path, base, sentence):
    (tmp_path / "mine.yaml").write_text(f"extends: {base}\n")
    with pytest.raises(ValueError, match=sentence):
        experiments.load("mine", None, tmp_path)


def test_modules_that_have_moved_keep_their_older_names_for_plug_ins(wave):
    wave.write_text(
        "from inrbench.streams import stream\nfrom inrbench.unsupported import Unsupported\n"
        "from inrbench import unsupported\n" + WAVE.replace("import no_such_package", "#")
    )
    module = imported(wave)
    assert module.Unsupported is errors.Unsupported is module.unsupported.Unsupported
    assert module.stream is streams.stream
