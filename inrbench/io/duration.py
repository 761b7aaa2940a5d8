"""Seconds as people write them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """ "0.041 s", "41 s", "12 min", "3.2 h", "53 days": two digits, or a whole number."""
    sizes = {"days": 86400, "h": 3600, "min": 60}
    unit = next((unit for unit, size in sizes.items() if seconds >= 2 * size), "s")
    number = seconds / sizes.get(unit, 1)
    return f"{number:,.0f} {unit}" if number >= 10 else f"{number:.2g} {unit}"
