"""Commands that say what there is, and the next one."""

import os
import shlex
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from inrbench.cli import app
from inrbench.datasets.manifest import load_manifest, manifest_names


@pytest.fixture
def inrbench(tmp_path, monkeypatch):
    """The output of a call in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INRBENCH_DATA", "data")

    def call(*words):
        done = CliRunner().invoke(app, list(words))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return call


def row(text, name):
    """The entries of the first line of a row."""
    line = next(line for line in text.splitlines() if line.startswith(f"│ {name} "))
    return [entry.strip() for entry in line.strip("│").split("│")]


def test_data_sets_are_listed_with_size_licence_and_how_to_fetch_them(inrbench):
    text = inrbench("data", "list")
    for name in manifest_names():
        assert row(text, name)[1] == "no"
    assert row(text, "htc2022")[2:] == [
        "10 files, 2.2 MB", load_manifest("htc2022").licence, "inrbench data fetch htc2022",
    ]  # fmt: skip
    assert "person fetches" in row(text, "fips_walnut")[2]
    assert row(text, "fips_walnut")[4] == "inrbench data fetch fips_walnut,"


def test_what_is_here_is_counted_file_by_file(inrbench, tmp_path):
    files = load_manifest("htc2022").files
    folder = tmp_path / "data" / "htc2022"
    folder.mkdir(parents=True)
    for count, file in enumerate(files, 1):
        with (folder / file.name).open("wb") as stream:
            stream.truncate(file.size)
        share = "yes" if count == len(files) else f"{count} of {len(files)} files"
        if count in (1, len(files)):
            assert row(inrbench("data", "list"), "htc2022")[1] == share
    with (folder / files[0].name).open("ab") as stream:
        stream.write(b"more")
    assert row(inrbench("data", "list"), "htc2022")[1] == f"{count - 1} of {count} files"


def test_new_says_the_next_commands_and_they_work(inrbench, tmp_path):
    *_, first, second = inrbench("new", "method", "relax").splitlines()
    assert first == "Next: inrbench check relax.py, and then, where the Snakefile is:"
    variable, *command = shlex.split(second)
    assert variable == f"INRBENCH_EXPERIMENTS={tmp_path}"
    assert command == ["snakemake", "relax"]
    done = subprocess.run(
        [sys.executable, "-m", "inrbench", "cells", "relax"], capture_output=True, text=True,
        env=os.environ | {"INRBENCH_EXPERIMENTS": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0 and "relax" in done.stdout


def test_init_makes_a_folder_and_says_the_next_command(inrbench, tmp_path):
    said = inrbench("init", "my work").splitlines()
    assert said[-1] == "Next: cd 'my work' && snakemake quick"
    assert all((tmp_path / path).is_file() for path in said[:-1])
    before = (tmp_path / said[0]).read_bytes()
    with pytest.raises(FileExistsError, match="nothing was written"):
        inrbench("init", "my work")
    assert (tmp_path / said[0]).read_bytes() == before


def test_watch_looks_once_and_says_the_command_that_goes_on(inrbench):
    text = inrbench("watch", "quick", "--preset", "tiny", "--machine", "m", "--only",
                    "method=fbp", "--once")  # fmt: skip
    assert "only method=fbp (tiny), in results/m" in text and "0 of 1 cells done" in text
    assert "`snakemake quick --config preset=tiny machine=m only=method=fbp`" in " ".join(
        text.split()
    )
