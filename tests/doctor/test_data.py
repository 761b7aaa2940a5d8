"""Measured data: here and whole, on a mirror, at an address, or nowhere."""

import hashlib
import http.server
import threading

import pytest

from inrbench.datasets import manifest as manifests
from inrbench.doctor import data

CONTENT = b"a scan"


@pytest.fixture
def server(tmp_path):
    """A web server that has `scan.h5` and nothing else; its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "scan.h5").write_bytes(CONTENT)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where the data set `tooth` is, were it a file of `CONTENT` at an address."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("INRBENCH_MIRROR", raising=False)

    def ask(address, **more):
        file = {"name": "scan.h5", "addresses": [address], "checksum_source": "verified",
                "sha256": hashlib.sha256(CONTENT).hexdigest(), "size": len(CONTENT)}  # fmt: skip
        fields = {"name": "tooth", "title": "t", "licence": "l", "citation": "c",
                  "doi": "10.5281/zenodo.1", "reader": "tooth", "geometry": "g"}  # fmt: skip
        known = manifests.Manifest.model_validate(fields | ({"files": [file]} | more))
        monkeypatch.setattr(manifests, "manifest_names", lambda: ["tooth"])
        monkeypatch.setattr(manifests, "load_manifest", lambda name: known)
        (found,) = data.places()
        return found

    return ask


def test_at_an_address_that_answers_it_can_be_had(place, server):
    found = place(f"{server}/scan.h5")
    assert found.mend is None
    assert found.says == "not here yet; fetched from 127.0.0.1 when wanted"


def test_where_no_address_has_it_an_experiment_that_needs_it_is_broken(place, server):
    found = place(f"{server}/other.h5")
    assert "nobody has scan.h5 (127.0.0.1: " in found.says and "404" in found.says
    assert found.mend == "inrbench data fetch tooth"
    for needed, state in (({"tooth"}, "broken"), (set(), "warning")):
        assert data.findings([found], needed)[1].state == state


def test_a_server_that_is_not_there_is_no_traceback(place):
    assert "nobody has scan.h5" in place("http://127.0.0.1:9/scan.h5").says


def test_what_is_here_is_checked(place, tmp_path):
    here = tmp_path / "data" / "tooth" / "scan.h5"
    here.parent.mkdir(parents=True)
    here.write_bytes(CONTENT)
    assert place("http://127.0.0.1:9/scan.h5").says == f"in {here.parent}, whole"
    here.write_bytes(CONTENT[::-1])
    found = place("http://127.0.0.1:9/scan.h5")
    assert "sha256" in found.says and found.mend == "inrbench data fetch tooth"


def test_a_mirror_folder_is_looked_into(place, tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", str(tmp_path / "mirror"))
    (tmp_path / "mirror" / "tooth").mkdir(parents=True)
    assert "the mirror: not there" in place("http://127.0.0.1:9/scan.h5").says
    (tmp_path / "mirror" / "tooth" / "scan.h5").write_bytes(CONTENT)
    found = place("http://127.0.0.1:9/scan.h5")
    assert found.says == "not here yet; fetched from the mirror when wanted"


def test_unpacked_members_on_a_mirror_serve(place, tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", str(tmp_path))
    (tmp_path / "tooth" / "raw").mkdir(parents=True)
    archive = {"name": "all.zip", "addresses": ["http://127.0.0.1:9/all.zip"], "most": 100,
               "checksum_source": "stated", "md5": "0" * 32, "members": ["raw/{1..2}.tif"],
               }  # fmt: skip
    (tmp_path / "tooth" / "raw" / "1.tif").touch()
    assert "nobody has all.zip" in place("http://a", files=[], archives=[archive]).says
    (tmp_path / "tooth" / "raw" / "2.tif").touch()
    assert "from the mirror" in place("http://a", files=[], archives=[archive]).says
    # Taken from there, they can be used and have nothing to be checked by.
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    found = place("http://a", files=[], archives=[archive])
    assert found.mend is None and found.says == f"in {tmp_path}/tooth, not checked"
    (tmp_path / "tooth" / "raw" / "2.tif").unlink()
    found = place("http://a", files=[], archives=[archive])
    assert found.mend == "inrbench data fetch tooth" and "raw/2.tif is missing" in found.says


def test_what_a_person_fetches_says_so(place):
    by_hand = {"page": "https://doi.org/x", "take": "unpack", "files": ["1.tif"]}
    found = place("http://a", files=[], by_hand=by_hand)
    assert "fetched by hand" in found.says and found.mend == "inrbench data fetch tooth"


def test_a_mirror_that_is_not_there_is_a_warning(monkeypatch, server):
    for base, state in (
        ("", "ok"),
        ("/nowhere/at/all", "warning"),
        (server, "ok"),
        (f"{server}/no/such/page", "ok"),
        ("http://127.0.0.1:9", "warning"),
    ):
        monkeypatch.setenv("INRBENCH_MIRROR", base)
        assert data.mirror().state == state, base
    assert data.mirror().mend == "unset INRBENCH_MIRROR"
