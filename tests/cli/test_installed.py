"""An installed inrbench has its experiments, manifests and workflow, without a clone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from inrbench.experiments import files as experiments

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SOURCES = ("inrbench", "workflow", "profiles", "data_manifests", "benchmarks", "Snakefile",
           "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")  # fmt: skip
CELLS = experiments.load("quick", folder=experiments.SHIPPED).cells()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """(what runs a command with the unpacked wheel, the folder that it lies in)."""
    clone, wheels = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("wheels")
    for name in SOURCES:
        source, copy = ROOT / name, clone / name
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, copy)
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--disable-pip-version-check", "--wheel-dir", wheels, clone],
        capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    place = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(place)

    def call(*words, cwd, **more):
        names = ("INRBENCH_EXPERIMENTS", "INRBENCH_RESULTS", "INRBENCH_DATA")
        variables = {key: value for key, value in os.environ.items() if key not in names}
        variables |= {"PYTHONPATH": str(place), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(words, cwd=cwd, env=variables | more, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call, place


def inrbench(*words):
    return (sys.executable, "-m", "inrbench", *words)


def test_a_wheel_has_what_a_clone_has(installed, tmp_path):
    call, place = installed
    where = call(sys.executable, "-c", "import inrbench; print(inrbench.__file__)", cwd=tmp_path)
    assert where.startswith(str(place))
    listed = call(*inrbench("list"), cwd=tmp_path)
    assert "quick" in listed and f"laptop ({len(CELLS)} cells)" in listed
    assert set(experiments.available(experiments.SHIPPED)) <= {
        line.split()[0] for line in listed.splitlines() if line[:1].isalpha()
    }
    assert "`inrbench init <folder>`" in listed
    assert "htc2022" in call(*inrbench("data", "list"), cwd=tmp_path)


def test_a_folder_of_init_runs_the_workflow(installed, tmp_path):
    call, _place = installed
    said = call(*inrbench("init", "mine"), cwd=tmp_path)
    assert said.splitlines()[-1] == "Next: cd mine && snakemake quick"
    planned = call("snakemake", "-n", "quick", cwd=tmp_path / "mine")
    jobs = next(line for line in planned.splitlines() if line.startswith("reconstruct"))
    assert jobs.split()[-1] == str(len(CELLS))
    alone = call(
        "snakemake", "quick", "--config", "only=method=fbp", "preset=tiny", "machine=test",
        "device=cpu", cwd=tmp_path / "mine",
    )  # fmt: skip
    (table,) = (tmp_path / "mine").glob("results/test/quick-tiny/only/*/tables/brief.md")
    assert "only method=fbp" in table.read_text(), alone
