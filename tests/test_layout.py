"""The layout: names that stand in strings and documents exist, and each class has its own."""

import ast
import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

import inrbench

PACKAGE = Path(inrbench.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "templates")
WRITTEN = [
    *SOURCES, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "workflow").rglob("*.smk")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Snakefile", "Makefile")),
]  # fmt: skip
# Names that are no module: entry points, and what a plug-in's file or its modules are called.
OTHER = {"inrbench.plugins", "inrbench.unsupported", "inrbench.streams"}


def exists(name):
    """Whether a dotted name is a module's, or something in one."""
    *steps, last = name.split(".")
    path = ROOT.joinpath(*steps, last)
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    above = ROOT.joinpath(*steps)
    if above.is_dir() or above.with_suffix(".py").is_file():
        return hasattr(import_module(".".join(steps)), last)
    return len(steps) > 1 and exists(".".join(steps))


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_that_a_text_names_exists(path):
    text = path.read_text()
    dotted = {name.rstrip(".") for name in re.findall(r"\binrbench(?:\.[A-Za-z_]\w*)+", text)}
    names = {name for name in dotted - OTHER if not name.endswith((".py", ".yaml", ".mplstyle"))}
    missing = sorted(name for name in names if not exists(name))
    paths = {name.rstrip(".") for name in re.findall(r"\binrbench/[\w/]+\.py", text)}
    missing += sorted(name for name in paths if not (ROOT / name).is_file())
    assert not missing


def test_the_root_holds_the_nouns_of_the_field_alone():
    assert len(list(PACKAGE.glob("*.py"))) <= 8


def test_a_class_name_occurs_once():
    names = Counter(
        node.name
        for path in SOURCES
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []
