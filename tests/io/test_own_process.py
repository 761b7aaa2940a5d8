"""A call in a process of its own: its value, or a sentence, whatever becomes of it."""

import ctypes
import os
import time

import pytest

from inrbench.io import own_process

SECONDS = 300  # far beyond what any of them takes


def double(x):
    return 2 * x


def refuse():
    raise ValueError("no such thing")


def crash():
    print("about to read address 0", flush=True)
    ctypes.string_at(0)


def leave():
    os._exit(3)


def sleep():
    time.sleep(3600)


def where():
    return os.listdir(), os.getcwd()


def test_its_value_comes_back():
    assert own_process.call(double, 21, seconds=SECONDS) == 42


def test_it_lives_in_an_empty_folder_which_goes_with_it():
    files, folder = own_process.call(where, seconds=SECONDS)
    assert files == ["output"] and not os.path.exists(folder)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (refuse, "it ended with ValueError: no such thing"),
        (crash, "the process was killed by SIGSEGV .*; the last it printed: about to read addr"),
        (leave, r"the process ended \(3\)"),
    ],
)
def test_its_end_is_a_sentence(function, sentence):
    with pytest.raises(own_process.Failed, match=sentence):
        own_process.call(function, seconds=SECONDS)


def test_one_that_hangs_is_ended():
    with pytest.raises(own_process.Hung, match="it did not end within 2 s"):
        own_process.call(sleep, seconds=2)


def test_without_room_for_its_folder_it_fails_as_well(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own_process.tempfile, "TemporaryDirectory", full)
    with pytest.raises(own_process.Failed, match=r"no folder for its process: .*No space"):
        own_process.call(double, 1, seconds=SECONDS)
