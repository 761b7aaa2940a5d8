"""Revisions of this checkout, each as a folder of files beside the others, for as long as needed.

A revision is a name that git knows (a branch, a tag, a hash, HEAD~1), or `WORKTREE` (also `.`):
the files as they are now, new ones too, which a commit without a branch holds on to, so that an
edit while they are measured changes nothing.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CURRENT = ("WORKTREE", ".")
"""Names for the files as they are."""

# The same files give the same commit, whoever takes it and whenever.
_WHO = {"NAME": "inrbench", "EMAIL": "inrbench@localhost", "DATE": "946684800 +0000"}
_AUTHOR = {f"GIT_{who}_{k}": v for who in ("AUTHOR", "COMMITTER") for k, v in _WHO.items()}


@dataclass(frozen=True)
class Revision:
    """A state of the code: its name as it was asked for, and its full hash."""

    name: str
    commit: str

    @property
    def short(self) -> str:
        """Ten digits of the hash, which name folders."""
        return self.commit[:10]


def checkout_of(package: Path) -> Path:
    """The checkout that the package's folder stands in the top of.

    Raises:
        ValueError: there is none: the package was installed without its repository.
    """
    folder = package.resolve().parent
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
    except ValueError as error:
        raise ValueError(f"{folder} is no git checkout of inrbench: {error}") from None
    if Path(top).resolve() != folder:
        raise ValueError(f"{folder} is no git checkout of inrbench, but part of {top}")
    return folder


def resolve(checkout: Path, name: str) -> Revision:
    """The commit that a name stands for.

    Raises:
        ValueError: git knows no such revision.
    """
    if name in CURRENT:
        return Revision(name, _current(checkout))
    try:
        commit = _git(checkout, "rev-parse", "--verify", "--quiet", "--end-of-options",
                      f"{name}^{{commit}}")  # fmt: skip
    except ValueError:
        raise ValueError(
            f"unknown revision {name!r} in {checkout}: expected a branch, tag or commit, or "
            f"{CURRENT[0]} for the files as they are now"
        ) from None
    return Revision(name, commit)


@contextmanager
def worktrees(checkout: Path, revisions: Sequence[Revision]) -> Iterator[list[Path]]:
    """A folder with the files of each revision; however the block ends, they are removed."""
    with tempfile.TemporaryDirectory(prefix="inrbench-") as place:
        folders = [Path(place) / f"{n}-{r.short}" for n, r in enumerate(revisions)]
        try:
            for folder, revision in zip(folders, revisions, strict=True):
                _git(checkout, "worktree", "add", "--quiet", "--detach", str(folder),
                     revision.commit)  # fmt: skip
            yield folders
        finally:
            for folder in folders:
                if folder.exists():
                    _git(checkout, "worktree", "remove", "--force", "--force", str(folder))


def _current(checkout: Path) -> str:
    """The commit of the files as they are: HEAD where none differs, else one made for them.

    It goes through an index of its own: what a person has staged stays as it is.
    """
    head = _git(checkout, "rev-parse", "HEAD")
    if not _git(checkout, "status", "--porcelain"):
        return head
    with tempfile.TemporaryDirectory(prefix="inrbench-") as place:
        index = {"GIT_INDEX_FILE": str(Path(place) / "index")}
        _git(checkout, "read-tree", "HEAD", **index)
        _git(checkout, "add", "--all", **index)
        tree = _git(checkout, "write-tree", **index)
    return _git(checkout, "commit-tree", tree, "-p", head, "-m", "Files as they were", **_AUTHOR)


def _git(folder: Path, *arguments: str, **environment: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True,
                              text=True, env=os.environ | environment)  # fmt: skip
    except FileNotFoundError:
        raise ValueError("git is not installed, and other revisions are read with it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ValueError(f"git {arguments[0]}: {said[-1]}")
    return done.stdout.strip()
