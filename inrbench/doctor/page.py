"""What the doctor found, as a page."""

from __future__ import annotations

from inrbench.doctor.finding import Finding, summary
from inrbench.doctor.report import together
from inrbench.tables.page import ABSENT, Page


def doctor_page(found: list[Finding], commands: bool = True) -> Page:
    """A row a finding, or several that say the same.

    Args:
        found: by the doctor, in its order.
        commands: whether a column has the command that mends it.
    """
    rows = together(found)
    columns = {
        "part": [row.part for row in rows],
        "what": [row.what for row in rows],
        "state": [row.state for row in rows],
        "what was found": [row.says for row in rows],
    }
    if commands:
        columns["command that mends it"] = [row.mend or ABSENT for row in rows]
    return Page(title="What works on this machine", columns=columns, about=[summary(found)])
