"""The strength of a regulariser."""

from __future__ import annotations

import math


def check(strength: float, meaning: str, usual: str) -> None:
    """Raise `ValueError` unless a strength is a share: 0 or above, and finite."""
    if not 0 <= strength < math.inf:
        raise ValueError(
            f"strength={strength}: expected a finite share of {meaning}, 0 or above, such as "
            f"{usual}"
        )
