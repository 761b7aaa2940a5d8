"""Whatever a file says, it is a record or it is refused in a sentence; and a record is printed."""

import json

import pytest
from everywhere import written
from hypothesis import given, settings
from hypothesis import strategies as st
from made_record import made, whole
from mutations import TREES, mutated

from inrbench.cells import records
from inrbench.io.printable import printable

CHECKED = settings(max_examples=500, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cell")


def read(folder, content):
    """The record, or None where it is refused as it should be."""
    (folder / "record.json").write_bytes(content)
    try:
        return records.read(folder)
    except ValueError as error:
        said = str(error)
        assert said.startswith(f"{folder}/record.json: ")
        assert said == printable(said) and len(said) < 1500 and "validation error" not in said
        return None


@CHECKED
@given(mutated(whole(), most=2))
def test_a_record_with_mistakes_is_refused_or_printed_everywhere(folder, fields):
    record = read(folder, json.dumps(fields).encode())
    if record is not None:
        texts = written([record, made()], folder)
        for name in set(texts) - {"json"}:
            assert all(line == printable(line) for line in texts[name].split("\n")), name
        records.commit(folder / "again", record, folder)
        assert records.read(folder / "again") == record


@CHECKED
@given(st.one_of(TREES.map(json.dumps), st.binary(max_size=40), st.text(max_size=40)))
def test_what_is_no_record_is_refused(folder, content):
    content = content if isinstance(content, bytes) else content.encode(errors="replace")
    assert read(folder, content) is None
