"""A progress bar on the terminal, when a person watches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Show = Callable[..., None]


@contextmanager
def progress(title: str) -> Iterator[Show]:
    """A bar on standard error inside the block; nothing where that is not a terminal.

    Args:
        title: stands before the bar.

    Yields:
        What takes each step: (completed, total) and, if need be, a few words behind the bar.
    """
    if not sys.stderr.isatty():
        yield lambda completed, total, words="": None
        return
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

        def show(completed: int, total: int, words: str = "") -> None:
            bar.update(task, completed=completed, total=total, words=words)

        yield show
