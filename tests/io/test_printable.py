"""Text from outside: on one line, and without a character that does something."""

import pytest

from inrbench.io.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("LS, 3.5 mm⁻² ± 1 %", "LS, 3.5 mm⁻² ± 1 %"),
        ("Müller\u00a0音 é\u0301", "Müller\u00a0音 é\u0301"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),  # C1: an escape sequence in one byte
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("a\u2066b\u200fc\u200bd\ufeff", r"a\u2066b\u200fc\u200bd\ufeff"),
        ("one\r\n\ttwo\u2028three\n", "one two three "),
        ("\ud800\x00", r"\ud800\x00"),
        ("", ""),
    ],
)
def test_what_does_something_is_shown_as_its_code(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown


def test_a_long_text_is_cut_only_where_that_is_asked_for():
    assert printable("x" * 5000) == "x" * 5000
    assert printable("x" * 5000, 3) == "xxx... (5,000 characters)"
