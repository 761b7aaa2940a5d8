"""One experiment that cannot be used stops no other: it is left out, with a line that says why."""

import os
import socket
import subprocess
import sys

import pytest
import yaml

from inrbench import registry
from inrbench.experiments import cell_count
from inrbench.experiments import files as experiments
from inrbench.registry.plugin_module import PluginError

GOOD = {
    "title": "One that works",
    "presets": {"tiny": {}},
    "seeds": [0],
    "datasets": {"forbild": {"size": 16, "views": 8, "columns": 24}},
    "methods": [{"name": "fbp"}],
}
TOO_MANY = {"seeds": [*range(50)], "methods": [{"name": "tv", "axes": {"strength": [*range(50)],
            "iterations": [*range(50)]}}]}  # fmt: skip


def text(path, content):
    path.write_text(content)


def changed(path, **changes):
    path.write_text(yaml.safe_dump({**GOOD, **changes}, sort_keys=False))


def methods(path, **family):
    changed(path, methods=[family])


def huge(path):
    """A file with nothing in it, of 10^12 bytes."""
    path.write_bytes(b"")
    os.truncate(path, 10**12)


def server(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


# How the file bad.yaml, or the plug-in bad.py that it names, is made; and what is said of it.
BAD = {
    "folder": (lambda p: p.mkdir(), "is a folder"),
    "dangling link": (lambda p: p.symlink_to("gone"), "a link to a file that is not there"),
    "pipe": (os.mkfifo, "is a pipe"),
    "socket": (server, "is a socket"),
    "device": (lambda p: p.symlink_to("/dev/zero"), "is a device"),
    "huge": (huge, "has 1,000,000,000,000 bytes"),
    "latin-1": (lambda p: p.write_bytes(b"title: M\xfcller"), "not text in UTF-8"),
    "nul": (lambda p: p.write_bytes(bytes(9)), "not readable as YAML"),
    "words": (lambda p: text(p, "just words"), "expected keys such as title"),
    "cut": (lambda p: text(p, "title: ["), "not readable as YAML"),
    "deep": (lambda p: text(p, "[" * 5000), "nested more than 30"),
    "date": (lambda p: text(p, yaml.safe_dump(GOOD) + "note: 2026-01-01"), "read as a date"),
    "unknown key": (lambda p: changed(p, metods=[]), "did you mean 'methods'"),
    "axis as a list": (lambda p: methods(p, name="tv", axes=[]), "methods.0.axes"),
    "too many cells": (lambda p: changed(p, **TOO_MANY), "multiply to 125,000 cells"),
    "part without a name": (
        lambda p: methods(p, name="inr", parameters={"network": {"width": 3}}),
        "expected a part with its name",
    ),
    "part that is a word": (
        lambda p: methods(p, name="inr", parameters={"gradient": "jvp"}),
        "gradient='jvp': expected a part",
    ),
    "samplers": (
        lambda p: methods(p, name="gradient_quality", parameters={"samplers": [[1]]}),
        r"sampler [1]: expected a registered name",
    ),
    "another name": (
        lambda p: methods(p, name="fbp", parameters={"name": ["tv"]}),
        "the method's name stands beside",
    ),
    "key as a path": (lambda p: changed(p, datasets={"../x": {}}), "datasets.../x"),
    "chosen": (lambda p: changed(p, chosen="../../etc/passwd"), "chosen: String should match"),
    "chosen, absolute": (lambda p: changed(p, chosen="/etc/passwd"), "chosen: String should"),
    "extends": (lambda p: text(p, "extends: ../good"), "'../good' is not the name of another"),
    "extends itself": (lambda p: text(p, "extends: bad"), "'bad' is not the name of another"),
    "extends a number": (lambda p: text(p, "extends: 3"), "3 is not the name of another"),
}  # fmt: skip
PLUG_INS = {
    "gone": (lambda p: None, "there is no such plug-in"),
    "folder": (lambda p: p.mkdir(), "is a folder"),
    "pipe": (os.mkfifo, "is a pipe"),
    "device": (lambda p: p.symlink_to("/dev/zero"), "is a device"),
    "large": (lambda p: p.write_bytes(b"#" * 2**21), "has 2,097,152 bytes"),
    "binary": (lambda p: p.write_bytes(b"\x7fELF\x00\xff"), "the plug-in is not valid Python"),
    "deep": (lambda p: text(p, "-" * 10**5 + "1"), "nested too deeply"),
    "deep call": (lambda p: text(p, f"@register{'(1)' * 900}\nclass A: ..."), "nested too deeply"),
    "set of lists": (lambda p: text(p, REGISTER + "@register({[]})\nclass A: ..."), "quotes"),
    "home of nobody": (None, "'~nobody-here/bad.py': not the path of a plug-in"),
    "nul": (None, "not the path of a plug-in"),
    "endless default": (
        lambda p: text(p, f"{REGISTER}{CLASS}    def __init__(self, a=9**9**9): ..."),
        "the default of a is 9 ** 9 ** 9",
    ),
    "infinite default": (
        lambda p: text(p, f"import math\n{REGISTER}{CLASS}    def __init__(self, a=math.inf): 1"),
        "the default of a is math.inf",
    ),
}  # fmt: skip
REGISTER = "from inrbench.plugins import register\n"
CLASS = '@register("method", "bad_one", "Bad")\nclass Bad:\n'
NAMES = {"home of nobody": "~nobody-here/bad.py", "nul": "a\0b"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Experiments: one that works on either side of the bad one, by name."""
    table = {kind: dict(entries) for kind, entries in registry._table.items()}
    monkeypatch.setattr(registry, "_table", table)
    for name in ("a_good", "good"):
        changed(tmp_path / f"{name}.yaml")
    return tmp_path


def check(folder, capsys, sentence):
    """The others are read, and the bad one is named in one line; asked for itself, it says why."""
    assert [one.name for one in experiments.load_all(None, folder)] == ["a_good", "good"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("bad is left out: ") and sentence in line and line.isprintable()
    assert len(line) < 1000
    with pytest.raises(ValueError) as caught:
        experiments.load("bad", None, folder)
    assert sentence in str(caught.value) and str(folder) in str(caught.value)
    assert experiments.load_all("tiny", folder)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_stops_no_other(folder, capsys, kind):
    make, sentence = BAD[kind]
    make(folder / "bad.yaml")
    check(folder, capsys, sentence)


@pytest.mark.parametrize("kind", PLUG_INS)
def test_a_bad_plug_in_stops_no_other(folder, capsys, kind):
    make, sentence = PLUG_INS[kind]
    methods = [{"name": "fbp"}, {"name": "bad_one"}]
    changed(folder / "bad.yaml", plugins=[NAMES.get(kind, "bad.py")], methods=methods)
    if make is not None:
        make(folder / "bad.py")
    check(folder, capsys, sentence)
    with pytest.raises(PluginError):
        experiments.load("bad", None, folder)


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link", "device", "latin-1", "words"])
def test_a_bad_file_of_choices_stops_no_other(folder, capsys, kind):
    (folder / "chosen").mkdir()
    make, _ = BAD[kind]
    make(folder / "chosen" / "seek-tiny.yaml")
    changed(folder / "bad.yaml", chosen="seek-tiny")
    check(folder, capsys, "seek-tiny")


def test_a_chain_of_experiments_has_an_end(folder, capsys):
    for k in range(40):
        text(folder / f"z{k}.yaml", f"extends: z{k + 1}\n")
    changed(folder / "z40.yaml")
    names = {one.name for one in experiments.load_all(None, folder)}
    assert "z31" in names and "z29" not in names
    assert "a chain of more than 10 experiments" in capsys.readouterr().err


def test_hidden_files_are_no_experiments(folder):
    """An editor's lock is a link to nowhere."""
    (folder / ".#good.yaml").symlink_to("somebody@host.123")
    assert experiments.available(folder) == ["a_good", "good"]


def test_cells_are_counted_before_they_are_made(folder):
    """10^40 of them."""
    axes = {f"p{k}": [*range(1, 101)] for k in range(20)}
    changed(folder / "bad.yaml", methods=[{"name": "tv", "axes": axes}])
    with pytest.raises(ValueError, match=r"multiply to 10(,000){13} cells"):
        experiments.load("bad", None, folder)
    exclude = [{"method": "fbp"}] * 2000
    changed(folder / "bad.yaml", seeds=[*range(9000)], exclude=exclude)
    with pytest.raises(ValueError, match="9,000 cells are too many for 2,000 patterns"):
        experiments.load("bad", None, folder)
    changed(folder / "bad.yaml", seeds=[*range(1000)])
    assert len(experiments.load("bad", None, folder).cells()) == 1000 < cell_count.CELLS


def test_a_cell_needs_a_name_that_a_folder_can_have(folder):
    parts = {
        axis: {letter * 90: {"name": name}}
        for axis, letter, name in (
            ("network", "n", "siren"),
            ("objective", "o", "least_squares"),
            ("gradient", "g", "jvp"),
        )
    }
    axes = {axis: list(part) for axis, part in parts.items()}
    changed(folder / "bad.yaml", parts=parts, methods=[{"name": "inr", "axes": axes}])
    with pytest.raises(ValueError, match="would have more than 200 letters: give its parts shor"):
        experiments.load("bad", None, folder)


def test_the_command_lists_what_works_beside_what_does_not(folder):
    """All kinds of bad files in one folder, and names that do something."""
    for kind, (make, _) in BAD.items():
        make(folder / f"bad {kind}.yaml")
    changed(folder / "title.yaml", title="\x1b[2Jcleared\nand again")
    changed(folder / "na\x1b[2Jme.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "inrbench", "list"], capture_output=True, text=True,
        env=os.environ | {"INRBENCH_EXPERIMENTS": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0 and not done.stderr
    lines = done.stdout.splitlines()
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith("bad ") for line in lines) == len(BAD)
    assert sum("One that works" in line for line in lines) == 2
    assert any(line.startswith("title") and r"\x1b[2Jcleared and again" in line for line in lines)
