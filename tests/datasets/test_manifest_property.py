"""Whatever a manifest's file holds, it is a manifest or a sentence says why it is none."""

import json
from pathlib import PurePosixPath

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from inrbench.datasets.braces import MOST, all_expanded
from inrbench.datasets.manifest import Manifest, load_manifest

MANY = settings(max_examples=500, deadline=None, derandomize=True, database=None)
VALID = {
    "name": "disc", "title": "A disc", "licence": "MIT", "citation": "A.: B", "reader": "tooth",
    "doi": "10.5281/zenodo.1", "geometry": "parallel beam",
    "files": [{"name": "disc.h5", "addresses": ["https://a.org/b"], "size": 3,
               "md5": "0" * 32, "checksum_source": "stated"}],
    "archives": [{"name": "a.zip", "addresses": ["https://a.org/c"], "most": 9,
                  "sha256": "0" * 64, "checksum_source": "verified",
                  "members": ["a/{1..3}.tif", "b"]}],
    "by_hand": {"page": "https://a.org", "take": "it", "files": ["a_{08..10..2}"]},
}  # fmt: skip
TEXT = yaml.safe_dump(VALID)
MARKS = st.sampled_from(
    ["&a ", "*a", "!!python/name:os ", "<<: ", "? ", "- ", "[", "{", "}", "\n", "  ", "|", ">-",
     "'", '"', "%", "@", "\x00", "\x1b", "\ud7ff", "..", "../", "{1..", "9" * 30, "#", ": ", "~"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | MARKS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def judged(folder, content):
    """The manifest, or None where a sentence refused it; nothing else is raised."""
    (folder / "disc.yaml").write_bytes(content)
    try:
        return load_manifest("disc", folder)
    except ValueError as error:
        assert "disc.yaml" in str(error) and str(error).isprintable()
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("manifests")


def test_the_valid_one_is_a_manifest(folder):
    assert judged(folder, TEXT.encode())


@MANY
@given(edits=st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, 9), MARKS), min_size=1))
def test_text_with_pieces_cut_out_and_put_in(folder, edits):
    text = TEXT
    for at, cut, put in edits[:5]:
        text = text[:at] + put + text[at + cut :]
    judged(folder, text.encode())


@MANY
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes(folder, content):
    judged(folder, content)


@MANY
@given(data=st.data())
def test_values_of_other_kinds(folder, data):
    fields = json.loads(json.dumps(VALID))
    place = fields
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(VALUES)
    manifest = judged(folder, yaml.safe_dump(fields, allow_unicode=True).encode())
    if manifest is not None:
        for name in names(manifest):
            path = PurePosixPath(name)
            assert not path.is_absolute() and ".." not in path.parts and name.isprintable()


def names(manifest: Manifest) -> list[str]:
    """Every name below the data folder that a fetch would write."""
    found = [one.name for one in (*manifest.files, *manifest.archives)]
    found += [path for archive in manifest.archives for path in archive.paths]
    return found + list(manifest.by_hand.names if manifest.by_hand else ())


@MANY
@given(st.lists(st.text("{}.,0123456789a/", max_size=30), max_size=4))
def test_braces_give_few_names_or_a_sentence(patterns):
    try:
        assert len(all_expanded(patterns)) <= MOST
    except ValueError as error:
        assert str(error).isprintable()
