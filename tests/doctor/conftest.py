"""Back ends with planted faults, for whole runs of the doctor in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).parents[2]

FINDER = '''
import importlib.util
import sys
from pathlib import Path

class Finder:
    """Gives the module that lies here in place of inrbench's own."""

    def find_spec(self, name, path=None, target=None):
        package, _, last = name.rpartition(".")
        file = Path(__file__).parent / f"planted_{last}.py"
        if package == "inrbench.projectors" and file.exists():
            return importlib.util.spec_from_file_location(name, file)

sys.meta_path.insert(0, Finder())
'''

ORIGINAL = """
import importlib.util
import inrbench.projectors
from dataclasses import replace
from pathlib import Path

name = Path(__file__).stem.removeprefix("planted_")
path = Path(inrbench.projectors.__file__).with_name(f"{name}.py")
spec = importlib.util.spec_from_file_location(f"original_{name}", path)
original = importlib.util.module_from_spec(spec)
spec.loader.exec_module(original)
"""


@pytest.fixture
def plant(tmp_path):
    """Put code in place of a projector's module; `original` is in it. Gives PYTHONPATH."""
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FINDER)

    def put(name, code):
        (folder / f"planted_{name}.py").write_text(ORIGINAL + code)
        return f"{folder}{os.pathsep}{CHECKOUT}"

    return put


@pytest.fixture
def place(tmp_path):
    """An empty folder to work in, and a mirror with a file of each name and size there is."""
    mirror = tmp_path / "mirror"
    for path in (CHECKOUT / "data_manifests").glob("*.yaml"):
        manifest = yaml.safe_load(path.read_text())
        (mirror / path.stem).mkdir(parents=True)
        for one in (*manifest.get("files", []), *manifest.get("archives", [])):
            with (mirror / path.stem / one["name"]).open("wb") as file:
                file.truncate(one.get("size", 1))
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.fixture
def doctor(place):
    """Run the doctor as a person does: exit code, standard output and standard error."""

    def run(*command, **more):
        around = {"INRBENCH_MIRROR": str(place / "mirror"), "INRBENCH_DATA": str(place / "data"),
                  "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}  # fmt: skip
        done = subprocess.run(
            [sys.executable, *command], cwd=place / "work", env=os.environ | around | more,
            capture_output=True, text=True,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return run
