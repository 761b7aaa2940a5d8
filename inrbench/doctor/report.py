"""Findings as a file, as lines of text, and put together where they say the same."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from inrbench import __version__
from inrbench.doctor.finding import Finding, healthy, summary
from inrbench.io.printable import printable


def to_json(found: list[Finding]) -> str:
    """Every finding with all of its fields, and what they come to."""
    document = {
        "inrbench": __version__,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "healthy": healthy(found),
        "summary": summary(found),
        "findings": [asdict(finding) for finding in found],
    }
    return json.dumps(document, indent=2)


def read(path: Path) -> list[Finding]:
    """The findings of a file that `to_json` made.

    Raises:
        ValueError: it is none.
    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        return [Finding(**finding) for finding in document["findings"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a file of `inrbench doctor --json` ({error})") from error


def together(found: Iterable[Finding]) -> list[Finding]:
    """One finding for those of a part that say the same, with all of their names and commands."""
    same: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in found:
        same.setdefault((finding.part, finding.state, finding.says), []).append(finding)
    return [
        replace(those[0], what=braced([one.what for one in those]), mend=_all_of(those))
        for those in same.values()
    ]


def braced(names: Iterable[str]) -> str:
    """Names with a stem in common put together: "quick-{laptop, tiny}, tooth-tiny"."""
    ends: dict[str, list[str]] = {}
    for name in names:
        stem, dash, end = name.rpartition("-")
        ends.setdefault(stem + dash, []).append(end)
    return ", ".join(
        stem + (f"{{{', '.join(those)}}}" if stem and len(those) > 1 else ", ".join(those))
        for stem, those in ends.items()
    )


def _all_of(found: list[Finding]) -> str | None:
    mends = dict.fromkeys(one.mend for one in found if one.mend is not None)
    return " && ".join(mends) or None


def commands(found: Iterable[Finding]) -> str:
    """Each command that mends something, alone on its line, below what it mends; broken first.

    A table would break a command where its column ends.
    """
    mends: dict[str, list[Finding]] = {}
    for finding in sorted(found, key=lambda one: one.state != "broken"):
        if finding.mend is not None:
            mends.setdefault(finding.mend, []).append(finding)
    lines = []
    for mend, those in mends.items():
        parts: dict[str, list[str]] = {}
        for one in those:
            parts.setdefault(one.part, []).append(one.what)
        names = "; ".join(f"{part}: {braced(whats)}" for part, whats in parts.items())
        lines += [printable(f"{those[0].state}: {names}"), f"    {printable(mend)}"]
    return "\n".join(["", "To mend:", *lines]) if lines else ""


def to_text(found: list[Finding], width: int = 100) -> str:
    """The findings in lines, for where no table can be made: it needs no package."""
    lines, part = [summary(found)], None
    for finding in found:
        if finding.part != part:
            part = finding.part
            lines += ["", part]
        said = printable(f"{finding.state:<8} {finding.what}: {finding.says}")
        lines += textwrap.wrap(
            said, width, initial_indent="  ", subsequent_indent=" " * 11, break_on_hyphens=False
        )
    return "\n".join(lines)
