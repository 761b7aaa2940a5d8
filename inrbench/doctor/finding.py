"""What the doctor says of one thing: whether it works here, and the command that mends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STATES = ("ok", "warning", "broken")
"""Broken is what an experiment needs in its first preset; all go on without what is a warning."""


@dataclass(frozen=True)
class Finding:
    """One thing that was tried.

    Args:
        part: what it belongs to: packages, device, projectors, ...
        what: the thing.
        state: one of `STATES`.
        says: what was tried, and what came of it.
        mend: a shell command; None where there is nothing to mend.

    Raises:
        ValueError: an unknown state, a fault without a command, or a command without a fault.
    """

    part: str
    what: str
    state: str
    says: str
    mend: str | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"state={self.state!r}: expected one of {', '.join(STATES)}")
        if (self.state == "ok") != (self.mend is None):
            raise ValueError(
                f"{self.what} is {self.state} and its command is {self.mend!r}: a fault has the "
                "command that mends it, and nothing else has one"
            )


def fault(part: str, what: str, says: str, mend: str, needed: bool) -> Finding:
    """Something does not work: broken where the default experiments need it, else a warning."""
    return Finding(part, what, "broken" if needed else "warning", says, mend)


def healthy(found: Iterable[Finding]) -> bool:
    """Whether all that the default experiments need works."""
    return all(finding.state != "broken" for finding in found)


def summary(found: Iterable[Finding]) -> str:
    """ "All that the default experiments need works here; 2 warnings."."""
    states = [finding.state for finding in found]
    broken, warnings = states.count("broken"), states.count("warning")
    warned = f"{warnings} warning{'s' * (warnings > 1)}" if warnings else "no warning"
    if not broken:
        return f"All that the default experiments need works here; {warned}."
    things = f"{broken} thing{'s'[: broken > 1]} that the default experiments need"
    return f"{things} {'is' if broken == 1 else 'are'} broken here; {warned}."
