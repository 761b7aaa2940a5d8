"""Files of tests with bytes changed, put in and cut out, and what a reader may do with them."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st

MANY = settings(max_examples=500, deadline=None, derandomize=True, database=None)

# Numbers where a head has lengths, dimensions or places, and texts where a table has numbers.
_PIECES = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from([
        b"\xff" * 4, b"\xff" * 8, bytes(4), bytes(8), b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f",
        (10**12).to_bytes(8, "little"), (10**12).to_bytes(8, "big"), b"nan", b"inf", b"1e999",
        b"-1", b"9" * 20, b"\n", b"[", b"=", b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f",
    ]),
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from([0, 1, 4, 8, None]), _PIECES),
    min_size=1,
    max_size=3,
)
"""(where, as a part of the length; bytes to cut, None for all that follow or the piece's own
length; piece)."""


def spoilt(content: bytes, edits) -> bytes:
    """The content after the edits; half of them keep its length."""
    for where, cut, piece in edits:
        at = int(where * len(content))
        if cut is None:
            content = content[:at] + piece + content[at + len(piece) :]
        else:
            content = content[:at] + (b"" if cut == 8 else piece) + content[at + cut :]
    return content


def read_or_refused(read, folder):
    """What a reader makes of files in a folder; None where it refuses one in a sentence."""
    try:
        return read()
    except (ValueError, FileNotFoundError) as error:
        said = str(error)
        assert said.isprintable() and str(folder) in said and ": " in said, said
        assert len(said) < 2000
        return None


def is_finite(scan) -> bool:
    """Whether a scan that was read has line integrals that are finite, one at least."""
    return scan.sinogram.numel() > 0 and bool(scan.sinogram.isfinite().all())


@pytest.fixture(scope="module")
def module_folder(tmp_path_factory):
    """One folder for all examples of a test file, as $INRBENCH_DATA."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INRBENCH_DATA", str(folder))
        yield folder
