"""Fewer draws than a verdict has: critical values within some 5 %, in a fifth of the time."""

import pytest

from inrbench.compare import bootstrap, null


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch):
    monkeypatch.setattr(null, "DRAWS", 10_000)
    monkeypatch.setattr(bootstrap, "RESAMPLES", 100)
