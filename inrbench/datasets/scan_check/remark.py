"""What a check of a scan has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Remark:
    """One thing that was looked at.

    Args:
        level: "ok"; "note", which may be as it should; "wrong".
        about: what was looked at, a word or two.
        says: what was found, a sentence.
        mend: what to write into the YAML, or None.
    """

    level: Literal["ok", "note", "wrong"]
    about: str
    says: str
    mend: str | None = None


def ok(about: str, says: str) -> Remark:
    """What is as it should be."""
    return Remark("ok", about, says)


def note(about: str, says: str, mend: str | None = None) -> Remark:
    """What may be as it should."""
    return Remark("note", about, says, mend)


def wrong(about: str, says: str, mend: str | None = None) -> Remark:
    """What would spoil every reconstruction."""
    return Remark("wrong", about, says, mend)
