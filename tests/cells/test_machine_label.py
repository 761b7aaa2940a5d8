"""Where results may be written: one folder below results/, whatever the label says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from inrbench.cells import machine_label
from inrbench.cli import app

OUTSIDE = (
    "x/../reference/amd-epyc", "../..", "..", ".", "", "/tmp/x", "a/b", ".hidden", "a b", "-1",
    "x" * 101, "$(touch x)", "a;b", "a\n", "ü", "a/noise/run0/..", "noise/run0",
)  # fmt: skip
REPEATS = ("m/noise/run0", "m/ab/0123456789-abcdef0123/a/run12")


@pytest.mark.parametrize("label", ["nvidia-h200", "My_laptop.2", "m", "referenced", "x" * 100])
def test_a_label_is_one_folder(label):
    assert machine_label.to_write(label).parts == ("results", label)
    assert machine_label.to_read(label).parts == ("results", label)


@pytest.mark.parametrize("label", OUTSIDE)
@pytest.mark.parametrize("repeats", [False, True])
def test_nothing_else_is_written(label, repeats):
    with pytest.raises(ValueError, match="expected letters, digits"):
        machine_label.to_write(label, repeats)


@pytest.mark.parametrize("label", ["reference", "reference/m", "reference/noise/run0"])
@pytest.mark.parametrize("repeats", [False, True])
def test_a_reference_is_read_and_not_written(label, repeats):
    assert str(machine_label.to_read(label)) == f"results/{label}"
    with pytest.raises(ValueError, match="is not run over"):
        machine_label.to_write(label, repeats)


@pytest.mark.parametrize("label", REPEATS)
def test_a_repeat_is_run_again_by_the_command_in_its_record_and_by_nothing_else(label):
    assert str(machine_label.to_write(label, repeats=True)) == f"results/{label}"
    with pytest.raises(ValueError, match="expected letters"):
        machine_label.to_write(label)


@pytest.mark.parametrize("label", ["../x", "/etc", "reference/../x", "m/.hidden", "m//x", "m/"])
def test_what_is_read_lies_below_results(label):
    with pytest.raises(ValueError, match="reference/<label>"):
        machine_label.to_read(label)


@pytest.mark.parametrize("machine", ["x/../reference/m", "reference/m"])
@pytest.mark.parametrize(
    "command",
    [
        ["run", "regression", "--cell", "forbild/fbp/seed0"],
        ["reference", "regression"],
        ["noise", "regression"],
        ["report", "regression"],
        ["compare", "--ab", "HEAD", "HEAD", "regression"],
    ],
)
def test_every_command_that_writes_asks(tmp_path, monkeypatch, command, machine):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [*command, "--preset", "tiny", "--machine", machine])
    assert done.exit_code in (1, 2)
    said = done.output + str(done.exception)
    assert f"machine={machine!r}" in said, said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["tables", "figures", "show", "choose"])
def test_every_command_that_reads_asks(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [command, "regression", "--machine", "x/../reference/m"])
    assert "machine='x/../reference/m'" in done.output + str(done.exception)
    assert done.exit_code in (1, 2) and not list(tmp_path.iterdir())


def test_what_is_made_of_a_reference_goes_elsewhere():
    for place, made in (("reference/m/e-p", "kept/m/e-p"), ("m/e-p", "m/e-p")):
        assert machine_label.made_in(Path("results") / place) == Path("results") / made
    assert machine_label.made_in(Path("elsewhere/m/e-p")) == Path("elsewhere/m/e-p")
