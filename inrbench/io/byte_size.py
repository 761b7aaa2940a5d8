"""Numbers of bytes as people write and read them."""

from __future__ import annotations

from typing import Any

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def parse(value: Any) -> int:
    """Bytes of "24GB" (24e9), "8GiB" (8 * 2^30), or a plain number.

    Raises:
        ValueError: anything else, or not above 0.
    """
    from pydantic import ByteSize, TypeAdapter, ValidationError

    try:
        found = int(TypeAdapter(ByteSize).validate_python(value))
    except (ValidationError, ValueError, OverflowError):
        found = 0
    if not 0 < found < 2**63 or isinstance(value, bool):
        raise ValueError(f"expected bytes above 0, such as 8GiB or 24GB, not {value!r}")
    return found


def human(count: int) -> str:
    """Three digits and a binary unit: "5.21 GiB"."""
    number, unit = float(count), 0
    while number >= 1024 and unit < len(UNITS) - 1:
        number, unit = number / 1024, unit + 1
    digits = 0 if unit == 0 or number >= 100 else 1 if number >= 10 else 2
    return f"{number:.{digits}f} {UNITS[unit]}"
