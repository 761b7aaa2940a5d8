"""Files of people's own: anything else that goes by a file's name is refused, and at once."""

import os
import socket
from pathlib import Path

import pytest

from inrbench.io import text_file


def pipe(path):
    os.mkfifo(path)


def server(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


REFUSED = {
    "folder": (Path.mkdir, "is a folder; a file was expected"),
    "pipe": (pipe, "is a pipe"),
    "socket": (server, "is a socket"),
    "endless": (lambda path: path.symlink_to("/dev/zero"), "is a device"),
    "circle": (lambda path: path.symlink_to(path), "cannot be read: "),
    "beyond": (lambda path: path.symlink_to(path.parent / "file" / "x"), "cannot be read: Not a"),
    "large": (
        lambda path: path.write_bytes(b"x" * 101),
        "has 101 bytes, and at most 100 are read",
    ),
    "latin": (lambda path: path.write_bytes(b"a\nM\xfcller"), "line 2: not text in UTF-8"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_file_gets_a_sentence_and_is_not_waited_for(tmp_path, name):
    make, sentence = REFUSED[name]
    (tmp_path / "file").write_text("")
    make(tmp_path / name)
    with pytest.raises(ValueError, match=sentence) as caught:
        text_file.read(tmp_path / name, 100)
    assert str(tmp_path / name) in str(caught.value)


def test_a_file_without_a_size_is_not_read_to_its_end(tmp_path):
    """Of what /proc holds nobody knows the size before."""
    with pytest.raises(ValueError, match="more than 10 bytes"):
        text_file.read(Path("/proc/self/status"), 10)


def test_what_is_not_there_is_told_from_a_link_to_it(tmp_path):
    (tmp_path / "link").symlink_to("nothing")
    with pytest.raises(FileNotFoundError, match="gone: no such file"):
        text_file.read(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="link: a link to a file that is not there"):
        text_file.read(tmp_path / "link")
    with pytest.raises(ValueError, match="no path"):
        text_file.read(tmp_path / "a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_elses_gets_a_sentence(tmp_path):
    (tmp_path / "closed").write_text("")
    (tmp_path / "closed").chmod(0)
    with pytest.raises(ValueError, match="closed: cannot be read: Permission denied"):
        text_file.read(tmp_path / "closed")


def test_a_text_is_read_as_it_is(tmp_path):
    (tmp_path / "a").write_bytes("\ufeffµ: 1\r\n".encode())
    (tmp_path / "b").symlink_to("a")
    assert text_file.read(tmp_path / "b", 10) == "µ: 1\r\n"
    assert text_file.read_bytes(tmp_path / "b")[:3] == b"\xef\xbb\xbf"
