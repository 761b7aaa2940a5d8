"""Two revisions of the code on one machine, in turns: the honest way to compare their seconds."""

from __future__ import annotations

import math
import tempfile
from contextlib import ExitStack
from pathlib import Path

import inrbench
from inrbench.compare.code_state import CodeState, ask
from inrbench.compare.ratio import RUNS
from inrbench.compare.repeats import Side, run
from inrbench.compare.runs import Runs
from inrbench.compare.worktrees import checkout_of, resolve, worktrees
from inrbench.datasets.folder import data_folder
from inrbench.meters.machine import bounded, cores


def run_side_by_side(
    base: str,
    new: str,
    experiment: str,
    preset: str | None,
    repeats: int | None,
    machine: str,
    device: str,
    threads: int | None,
) -> tuple[Runs, Runs]:
    """Run the cells that both revisions have, alternately; each by its own experiment file.

    Args:
        base, new: revisions, see `worktrees.resolve`.
        experiment: its name, in both.
        preset: of the experiment; None: its first.
        repeats: of each cell and seed; None: enough for `ratio.RUNS` pairs of each method.
        machine: label of the folder of results.
        device: "cpu", "cuda" or "auto".
        threads: of each cell; None: as many as the experiment of `new` says, or all cores.

    Returns:
        The runs of both, which lie in results/<machine>/ab/<base>-<new>/a and .../b: as many of
        each, in the order of their turns.

    Raises:
        ValueError: an unknown revision, one without the experiment, no cell in common, or more
            threads than cores.
    """
    if threads is not None:
        bounded(threads)  # said before the revisions are laid out
    checkout = checkout_of(Path(inrbench.__file__).parent)
    revisions = [resolve(checkout, name) for name in (base, new)]
    campaign = f"{machine}/ab/{revisions[0].short}-{revisions[1].short}"
    with ExitStack() as stack:
        folders = stack.enter_context(worktrees(checkout, revisions))
        states = [
            ask(f"{letter} ({revision.name}, {revision.short})", folder, experiment, preset)
            for letter, revision, folder in zip("ab", revisions, folders, strict=True)
        ]
        cells = common_cells(*states)
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="inrbench-")))
        sides = [
            Side(state, f"{campaign}/{letter}", _data_folder(place / letter))
            for letter, state in zip("ab", states, strict=True)
        ]
        seeds = {cell.rsplit("/", 1)[1] for cell in cells}
        repeats = repeats or math.ceil(RUNS / len(seeds))
        run(sides, cells, repeats, device, bounded(threads or states[1].threads or cores()))
        return sides[0].runs(cells, repeats), sides[1].runs(cells, repeats)


def common_cells(a: CodeState, b: CodeState) -> list[str]:
    """Ids of the cells that both have, in the order of b; what is left out is said.

    Raises:
        ValueError: presets of different names, or no cell in common.
    """
    if a.preset != b.preset:
        raise ValueError(
            f"{a.experiment}: its first preset is {a.preset!r} in {a.name} and {b.preset!r} in "
            f"{b.name}; choose one with --preset"
        )
    cells = [cell for cell in b.cells if cell in a.cells]
    if not cells:
        raise ValueError(f"{a.experiment}-{a.preset}: {a.name} and {b.name} share no cell")
    for one, other in ((a, b), (b, a)):
        if alone := [cell for cell in one.cells if cell not in other.cells]:
            print(f"left out, as only {one.name} has them: {len(alone)} cells such as {alone[0]}")
    if changed := [cell for cell in cells if a.cells[cell].spec != b.cells[cell].spec]:
        print(f"with other parameters in {b.name}: {len(changed)} cells such as {changed[0]}")
    return cells


def _data_folder(place: Path) -> Path:
    """A data folder with what was fetched; cases are prepared anew, by the code of its side."""
    place.mkdir()
    fetched = data_folder()
    for path in fetched.iterdir() if fetched.exists() else []:
        if path.name != "prepared":
            (place / path.name).symlink_to(path.resolve())
    return place
