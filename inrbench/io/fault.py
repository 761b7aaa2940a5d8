"""What pydantic found wrong, as a sentence: where, what was expected, what stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from inrbench.io.printable import printable


def sentence(error: ValidationError) -> str:
    """The first fault: "time.total: input should be a finite number (got inf)"."""
    return sentence_of(error.errors(include_url=False)[0])


def sentence_of(fault: Mapping[str, Any]) -> str:
    """One of `ValidationError.errors()`."""
    where = path(fault["loc"])
    before = f"{where}: " if where else ""
    if fault["type"] == "value_error":  # a sentence of ours
        return f"{before}{printable(fault['ctx']['error'], 400)}"
    if fault["type"] == "missing":
        return f"{where} is missing"
    if fault["type"] == "extra_forbidden":
        return f"unknown key {printable(repr('.'.join(map(str, fault['loc']))), 200)}"
    return f"{before}{printable(fault['msg'], 400)} (got {value(fault['input'])})"


def path(location: tuple[str | int, ...]) -> str:
    """ "machine.key.threads", whatever characters a key has."""
    return printable(".".join(map(str, location)), 200)


def value(found: Any) -> str:
    """A value as Python writes it, as far as it fits into a sentence."""
    if isinstance(found, list | dict):  # whose inside may be of any size
        return f"a {'list' if isinstance(found, list) else 'mapping'} of {len(found)}"
    if isinstance(found, int) and abs(found) >= 2**64:
        return "a huge integer"
    return printable(repr(found), 80)
