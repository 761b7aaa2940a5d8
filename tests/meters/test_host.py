"""What the machine can hold."""

import pytest
from inrbench.errors import OutOfMemory

from inrbench.meters import host


def test_the_kernel_says_what_is_available():
    there = host.available()
    assert there is None or 2**20 < there < 2**50


def test_what_does_not_fit_is_refused_with_the_figures(monkeypatch):
    monkeypatch.setattr(host, "available", lambda: 3 * 2**30)
    host.require(3 * 2**30, "the image needs much")
    with pytest.raises(OutOfMemory) as caught:
        host.require(3 * 2**30 + 1, "the image needs much")
    for words in ("the image needs much: 3.00 GiB (3221225473 bytes)", "(3221225472 bytes) avail",
                  "Nothing was allocated", "inrbench plan"):  # fmt: skip
        assert words in str(caught.value)


def test_nothing_is_refused_where_the_kernel_does_not_say(monkeypatch):
    monkeypatch.setattr(host, "available", lambda: None)
    host.require(2**80, "the image")
