"""How far long work is: a bar where a person watches, else a line now and then.

Both have the share that is done, a few words of the work's own, and the time that is left,

    seconds so far * (total - completed) / completed.

A file can take the same numbers, for whoever looks from another terminal (`inrbench watch`).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from inrbench.io.duration import duration
from inrbench.io.printable import printable
from inrbench.io.whole_file import whole

LINE, NOTE = 60.0, 2.0
"""Seconds between two lines, and between two writings of the file, at the least."""
Show = Callable[..., None]


@dataclass(frozen=True)
class Step:
    """How far a piece of work is.

    Args:
        title: of the work.
        completed, total: steps.
        words: what else there is to say.
        seconds: since it began.
        at: when this was written, seconds of the Unix clock.
    """

    title: str
    completed: int
    total: int
    words: str
    seconds: float
    at: float

    @property
    def left(self) -> float | None:
        """Seconds that are left at the present pace; None before the first step."""
        if not self.completed:
            return None
        return self.seconds * (self.total - self.completed) / self.completed

    def __str__(self) -> str:
        share = f"{100 * self.completed / self.total:.0f} %" if self.total else ""
        left = "" if self.left is None else f"{duration(self.left)} left"
        return f"{self.title}: {', '.join(filter(None, (share, self.words, left)))}"


def read(file: Path) -> Step | None:
    """What `progress` wrote last; None where there is no such file, or it is not whole."""
    try:
        return Step(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def progress(title: str, file: Path | None = None) -> Iterator[Show]:
    """Say on standard error how far the block is: a bar on a terminal, a line a minute elsewhere.

    Args:
        title: stands before it.
        file: also gets a `Step`, every other second; a disk that refuses it stops nothing.

    Yields:
        What takes each step: (completed, total) and, if need be, a few words.
    """
    start, last = time.monotonic(), {"line": time.monotonic(), "note": 0.0}
    with _bar(title) if sys.stderr.isatty() else _no_bar() as draw:

        def show(completed: int, total: int, words: str = "") -> None:
            now = time.monotonic()
            step = Step(title, completed, total, words, now - start, time.time())
            if draw is not None:
                draw(step)
            elif now - last["line"] >= LINE:
                last["line"] = now
                print(printable(str(step)), file=sys.stderr, flush=True)
            if file is not None and now - last["note"] >= NOTE:
                last["note"] = now
                with suppress(OSError), whole(file) as partial:
                    partial.write_text(json.dumps(asdict(step)))

        yield show


@contextmanager
def _no_bar() -> Iterator[None]:
    yield None


@contextmanager
def _bar(title: str) -> Iterator[Callable[[Step], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, words="")
        yield lambda step: bar.update(
            task, completed=step.completed, total=step.total, words=step.words
        )
