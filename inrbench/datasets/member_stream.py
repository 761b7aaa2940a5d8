"""Stream members out of one remote zip, side by side in one request, resuming where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from inrbench.datasets.directory_file import Directory
from inrbench.datasets.member_file import beside, set_aside, unpack
from inrbench.datasets.transfer import CHUNK, Progress, RangeStream
from inrbench.datasets.zip_directory import Member, unreadable


def take(
    stream: Callable[[int, int], RangeStream],
    directory: Directory,
    paths: list[str],
    folder: Path,
    progress: Progress | None,
    arrived: Callable[[str], None],
) -> Iterator[str]:
    """Take members from one archive; yields what is wrong with those that it did not give.

    Raises:
        SourceError: the source failed for good.
    """
    if absent := directory.lacks(paths):
        yield absent
    there = [directory.members[path] for path in paths if path in directory.members]
    yield from filter(None, map(unreadable, there))
    wanted = [member for member in there if not unreadable(member)]
    done, total = 0, sum(member.stop - member.start for member in wanted)

    def receive(source: RangeStream, member: Member) -> None:
        nonlocal done
        target = folder / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside(target, "part").open("ab") as part:
            done += part.tell()
            while block := source.read(min(CHUNK, member.stop - source.position)):
                part.write(block)
                done += len(block)
                if progress is not None:
                    progress(done, total)

    while wanted:
        resumed = {member for member in wanted if _have(member, folder)}
        again = []
        for run in _runs(wanted, folder):
            with stream(run[0].start + _have(run[0], folder), run[-1].stop) as source:
                for member in run:
                    receive(source, member)
                    fault = unpack(member, folder / member.name)
                    if fault and member in resumed:
                        again.append(member)
                    elif fault:
                        yield fault
                    else:
                        arrived(member.name)
        # The older bytes may have been another source's: these members get a clean start.
        wanted = again
        total += sum(member.stop - member.start for member in wanted)


def _have(member: Member, folder: Path) -> int:
    """How many bytes of the member arrived in an earlier call; more than it has are set aside."""
    target = folder / member.name
    part = beside(target, "part")
    if part.exists() and part.stat().st_size > member.stop - member.start:
        set_aside(part, target)
    return part.stat().st_size if part.exists() else 0


def _runs(wanted: list[Member], folder: Path) -> Iterator[list[Member]]:
    """Members that lie side by side in the archive, so that one request gives them all."""
    run: list[Member] = []
    for member in sorted(wanted, key=lambda member: member.start):
        if run and (run[-1].stop != member.start or _have(member, folder)):
            yield run
            run = []
        run.append(member)
    if run:
        yield run
