"""A record of the tests' own, whole, with what a test asks for in the place of its fields."""

from typing import Any

from inrbench.records import CellName, Record


def made(seed: int = 0, method: dict[str, Any] | None = None, **fields: Any) -> Record:
    """A record of an `ok` cell that measured nothing.

    Args:
        seed: of the cell.
        method: parameters in the specification, beside the name.
        fields: of the record, in the place of its own.
    """
    own = dict(
        cell=CellName(experiment="e", preset="p", dataset="d", method="m", seed=seed),
        labels={"dataset": "FORBILD", "method": "INR"},
        status="ok",
        spec={"dataset": {"name": "forbild"}, "method": {"name": "inr", **(method or {})}},
        command="again",
        created="2026-01-01T00:00:00+00:00",
    )
    return Record(**{**own, **fields})
