"""What a meter says: a number of bytes, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One meter's value.

    Zero is refused: no reconstruction is free, so a meter that shows 0 has missed the job (all
    fitted into memory obtained earlier, say). That is None with its reason; see `measured`.

    Args:
        name: one of `inrbench.meters.METERS`.
        bytes: the value, above 0, or None where it could not be read.
        how: how it was obtained, or the reason why it could not be.

    Raises:
        ValueError: a value below 1, or nothing said about how.
    """

    name: str
    bytes: int | None
    how: str

    def __post_init__(self) -> None:
        if self.bytes is not None and self.bytes < 1:
            raise ValueError(
                f"{self.name}: {self.bytes} bytes: a reading is above 0; use None, with the "
                "reason in `how`, for what could not be read"
            )
        if not self.how:
            raise ValueError(f"{self.name}: say in `how` where the value, or its absence, is from")


def measured(name: str, amount: int, how: str) -> Reading:
    """The reading of an amount in bytes; one below 1 becomes None, and `how` says that."""
    if amount < 1:
        return Reading(name, None, f"the meter showed {amount} bytes, so missed the job: {how}")
    return Reading(name, int(amount), how)
