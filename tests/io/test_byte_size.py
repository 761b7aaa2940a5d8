"""Numbers of bytes as people write and read them."""

import pytest

from inrbench.io.byte_size import human, parse


@pytest.mark.parametrize(
    ("written", "count"),
    [("8GiB", 8 * 2**30), ("24GB", 24 * 10**9), ("1.5 KiB", 1536), (4096, 4096), ("100", 100)],
)
def test_bytes_are_read_with_their_unit(written, count):
    assert parse(written) == count


@pytest.mark.parametrize("written", ["8 GBB", "", 0, -1, "-1GiB", None, True, [1], "0 GiB", "nan"])
def test_anything_else_gets_a_sentence(written):
    with pytest.raises(ValueError, match="expected bytes above 0, such as 8GiB or 24GB, not"):
        parse(written)


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.50 KiB"), (24 * 10**9, "22.4 GiB"),
     (int(721.4 * 2**30), "721 GiB"), (5000 * 2**40, "5000 TiB")],
)  # fmt: skip
def test_three_digits_and_a_unit(count, shown):
    assert human(count) == shown
