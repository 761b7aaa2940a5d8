"""Shared by the tests of data sets: a server of their own, and a mirror folder."""

import pytest
from download_server import serving


@pytest.fixture
def server(monkeypatch):
    """A server without a body yet, and no mirror."""
    monkeypatch.delenv("INRBENCH_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(b"") as server:
        yield server


@pytest.fixture
def mirror(tmp_path, monkeypatch, server):
    """The folder of the data set on a mirror, empty."""
    folder = tmp_path / "mirror" / "discs"
    folder.mkdir(parents=True)
    monkeypatch.setenv("INRBENCH_MIRROR", str(folder.parent))
    return folder


@pytest.fixture
def folder(tmp_path):
    """The data set's folder, not made yet."""
    return tmp_path / "data" / "discs"
