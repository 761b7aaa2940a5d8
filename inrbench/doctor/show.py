"""The doctor's answer to a person, or to a program."""

from __future__ import annotations

import sys

from inrbench import doctor
from inrbench.doctor import report
from inrbench.doctor.finding import Finding, healthy


def run(json: bool) -> int:
    """Try all that inrbench needs on this machine, and say what works and what mends the rest.

    The exit code is 1 if something is broken that an experiment needs in its first preset.
    """
    found = doctor.examine(tell=_tell)
    _tell("")
    print(report.to_json(found)) if json else _print(found)
    return 0 if healthy(found) else 1


def _print(found: list[Finding]) -> None:
    """A table, or lines where its packages are missing; then the commands, each on a line."""
    try:
        from inrbench.doctor.page import doctor_page
        from inrbench.tables.terminal import show

        show(doctor_page(found, commands=False))
    except ImportError:
        print(report.to_text(report.together(found)))
    if mend := report.commands(found):
        print(mend)


def _tell(part: str) -> None:
    """What is being tried, on a terminal, in a line that the next one replaces."""
    if sys.stderr.isatty():
        print(f"\r\033[Ktrying {part} ..." if part else "\r\033[K", end="", file=sys.stderr)
        sys.stderr.flush()
