"""Campaigns of repeats: their order, what is passed over, and two states of the code in turns."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from inrbench.cells import records
from inrbench.cli.compare import compare
from inrbench.cli.options import DeviceName
from inrbench.compare import side_by_side
from inrbench.compare.code_state import CellState, CodeState, ask
from inrbench.compare.repeats import MADE_BY, Side, run, turns
from inrbench.compare.side_by_side import common_cells, run_side_by_side

STAND_IN = Path(__file__).parents[1] / "stand_in"
CELLS = [f"forbild/{method}/seed{seed}" for seed in range(6) for method in ("fbp", "cgls", "tv")]


def test_a_repeat_is_a_whole_round_with_the_seeds_of_a_method_far_apart():
    by_method = sorted(CELLS)  # as an experiment has them
    order = list(turns(by_method, 3))
    assert sorted(turn.cell for turn in order) == sorted(CELLS * 3)
    assert [turn.cell.split("/")[1] for turn in order] == ["cgls", "fbp", "tv"] * 18
    assert [turn.repeat for turn in order] == sorted([0, 1, 2] * len(CELLS))


def test_two_sides_take_turns_and_which_begins_is_drawn():
    order = list(turns(CELLS, 20, sides=2))
    pairs = list(zip(order[::2], order[1::2], strict=True))
    for one, other in pairs:  # the runs of a pair are neighbours in time
        assert (one.repeat, one.cell) == (other.repeat, other.cell)
        assert {one.side, other.side} == {0, 1}
    assert len({(one.repeat, one.cell) for one, _ in pairs}) == 20 * len(CELLS)
    assert 140 < sum(one.side for one, _ in pairs) < 220  # of 360, four standard deviations
    assert order == list(turns(CELLS, 20, sides=2))  # so that a campaign can go on


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working folder with the code that stands in; gives the lines of its log."""
    log = tmp_path / "log"
    log.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAND_IN_LOG", str(log))
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    # An edit within a second that changes no length would go unnoticed.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "data").mkdir()
    shutil.copytree(STAND_IN, tmp_path / "code")

    def since_last():
        lines = log.read_text().splitlines()
        log.write_text("")
        return lines

    return since_last


def campaign(tmp_path, repeats=2, threads=1, device="cpu"):
    side = Side(ask("here", tmp_path / "code", "pair", None), "m/noise", tmp_path / "data")
    cells = list(side.state.cells)
    run([side], cells, repeats, device, threads)
    return [one.place for one in side.runs(cells, repeats).runs]


def test_the_case_is_made_first_and_each_run_lies_in_its_own_folder(place, tmp_path):
    folders = campaign(tmp_path)
    lines = place()
    assert lines[0].startswith("data") and all(line.startswith("run") for line in lines[1:])
    assert len(folders) == len(set(folders)) == 8
    for folder in folders:
        assert records.read(folder).status == "ok" and not (folder / "image.npz").exists()
    assert {str(folder.parents[2]) for folder in folders} == {
        "results/m/noise/run0/pair-tiny", "results/m/noise/run1/pair-tiny"
    }  # fmt: skip


def test_what_was_stopped_goes_on_where_it_was(place, tmp_path, monkeypatch):
    monkeypatch.setenv("STAND_IN_FAILS", "forbild/cgls/seed1")
    with pytest.raises(ValueError, match=r"here: `inrbench run pair .* ended with exit code 1"):
        campaign(tmp_path)
    assert len(place()) == 5  # the case, three that went well, and the one that did not
    monkeypatch.delenv("STAND_IN_FAILS")
    assert len(campaign(tmp_path)) == 8
    assert len(place()) == 1 + 5
    campaign(tmp_path)
    assert place() == []
    campaign(tmp_path, repeats=3)
    assert len(place()) == 1 + 4


def test_a_run_of_other_code_or_conditions_is_made_again(place, tmp_path):
    campaign(tmp_path)
    place()
    sources = tmp_path / "code" / "inrbench" / "sources.py"
    sources.write_text(sources.read_text().replace("cgls 1", "cgls 2"))
    campaign(tmp_path)
    _, *lines = place()
    assert len(lines) == 4 and all("run cgls 2 forbild/cgls" in line for line in lines)
    campaign(tmp_path, threads=2)
    assert len(place()) == 1 + 8


@pytest.mark.parametrize("damage", ["record", "mark", "another record"])
def test_a_run_without_its_record_or_its_mark_is_made_again(place, tmp_path, damage):
    folder = campaign(tmp_path)[0]
    place()
    if damage == "record":
        (folder / "record.json").write_text("{")
    elif damage == "mark":
        (folder / MADE_BY).unlink()
    else:
        record = json.loads((folder / "record.json").read_text()) | {"created": "later"}
        (folder / "record.json").write_text(json.dumps(record))
    campaign(tmp_path)
    assert len(place()) == 1 + 1  # its case, and it


@pytest.fixture
def revisions(place, tmp_path, monkeypatch):
    """The code in a repository of two commits; `change` makes the second one."""
    code = tmp_path / "code"

    def git(*arguments):
        who = ("-c", "user.name=A", "-c", "user.email=a@b")
        done = subprocess.run(
            ["git", "-C", code, *who, *arguments], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def change(old, new):
        path = code / "inrbench" / "sources.py"
        path.write_text(path.read_text().replace(old, new))
        git("commit", "--quiet", "--all", "-m", "change")

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "-m", "first")
    monkeypatch.setattr(side_by_side, "checkout_of", lambda package: code)
    change.worktrees = lambda: len(git("worktree", "list").splitlines())
    return change


def both(base="HEAD~1", new="HEAD", experiment="pair", repeats=1):
    return run_side_by_side(base, new, experiment, None, repeats, "m", "cpu", 1)


def test_each_revision_runs_its_own_code(revisions, place):
    revisions("cgls 1", "cgls 2")
    a, b = both(repeats=None)
    assert len(a.runs) == len(b.runs) == 12 and a.rows.keys() == b.rows.keys()
    assert "(HEAD~1, " in a.source and "(HEAD, " in b.source
    for one, other in zip(a.runs, b.runs, strict=True):
        campaign, side, *where = one.place.relative_to("results/m/ab").parts
        assert (side, str(other.place)) == ("a", f"results/m/ab/{campaign}/b/{'/'.join(where)}")
    lines = place()
    codes = [line.split()[1:3] for line in lines if line.startswith("run")]
    assert codes.count(["cgls", "1"]) == codes.count(["cgls", "2"]) == 12  # 6 pairs of 2 methods
    assert sum(line.startswith("data") for line in lines) == 2  # each makes its own data
    assert revisions.worktrees() == 1
    both(repeats=None)
    assert not [line for line in place() if line.startswith("run")]
    (a.runs[0].place / "record.json").unlink()
    both(repeats=None)
    assert sum(line.startswith("run") for line in place()) == 2  # its neighbour in time, too


def test_compare_runs_them_and_tells_how_they_differ(revisions, place, capsys):
    revisions("cgls 1", "cgls 2")
    with pytest.raises(typer.Exit) as end:
        compare("HEAD~1", "HEAD", "pair", ab=True, machine="m", device=DeviceName.cpu, threads=1)
    assert end.value.exit_code == 0  # these records have nothing but a status
    assert sum(line.startswith("run") for line in place()) == 24
    assert "2 rows are equal." in capsys.readouterr().out


def test_what_fails_leaves_no_folder_of_a_revision(revisions, place, monkeypatch):
    revisions("cgls 1", "cgls 2")
    monkeypatch.setenv("STAND_IN_FAILS", "forbild/cgls/seed0")
    with pytest.raises(ValueError, match=r"^[ab] \(HEAD(~1)?, [0-9a-f]{10}\): `inrbench run"):
        both()
    assert revisions.worktrees() == 1


def test_impossible_comparisons_get_a_sentence(revisions, place):
    with pytest.raises(ValueError, match="unknown revision 'v9'"):
        both("v9")
    revisions("cgls 1", "cgls 2")
    with pytest.raises(ValueError, match=r"a \(HEAD~1, .*\): unknown experiment 'pear'"):
        both(experiment="pear")
    assert revisions.worktrees() == 1 and place() == []


def test_cells_that_one_alone_has_are_left_out_and_said(capsys):
    def state(name, *cells, preset="tiny", spec=1):
        made = {cell: CellState("forbild", {"n": spec}, "code") for cell in cells}
        return CodeState(name, Path("/"), "pair", preset, made)

    assert common_cells(state("A", "p", "q"), state("B", "q", "r", spec=2)) == ["q"]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and "A" in lines[0] and "B" in lines[1] and "parameters" in lines[2]
    with pytest.raises(ValueError, match="share no cell"):
        common_cells(state("A", "p"), state("B", "q"))
    with pytest.raises(ValueError, match="choose one with --preset"):
        common_cells(state("A", "p"), state("B", "p", preset="laptop"))
