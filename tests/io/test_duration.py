"""Seconds as people write them."""

import pytest

from inrbench.io.duration import duration


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0412, "0.041 s"), (41.3, "41 s"), (119, "119 s"), (721, "12 min"), (11520, "3.2 h"),
     (1e6, "12 days")],
)  # fmt: skip
def test_durations_are_short(seconds, shown):
    assert duration(seconds) == shown
