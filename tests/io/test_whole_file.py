"""Files that are there whole or not at all, on a full disk and after a kill."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inrbench.io.whole_file import disk_failed, whole

FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from inrbench.history import write_history
from inrbench.whole_file import whole

resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    with whole(Path(sys.argv[1])) as partial:
        {write}
except OSError as error:
    print(error)
"""


def test_a_file_takes_its_place_in_one_step(tmp_path):
    path = tmp_path / "below" / "a.txt"
    for text in ("first", "second"):
        with whole(path) as partial:
            partial.write_text(text)
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "write",
    [
        "partial.write_text('x' * 10000)",
        "np.savez(partial, a=np.zeros(10000))",
        "write_history(partial, [dict(iteration=i, loss=i / 7) for i in range(10000)])",
    ],
)
def test_where_no_more_can_be_written_the_file_is_named_and_the_old_one_stays(tmp_path, write):
    """A limit on the size of a file ends the writing as a full disk does."""
    path = tmp_path / "a.npz"
    path.write_text("as it was")
    done = subprocess.run(
        [sys.executable, "-c", FULL.format(write=write), path], capture_output=True, text=True
    )
    assert done.stdout == f"[Errno {errno.EFBIG}] File too large: '{path}'\n", done.stderr
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_any_other_error_leaves_nothing_either_and_stays_as_it_is(tmp_path):
    for error in (ValueError("no"), FileNotFoundError(errno.ENOENT, "gone", "elsewhere")):
        with pytest.raises(type(error)) as seen, whole(tmp_path / "a"):
            raise error
        assert seen.value is error and not list(tmp_path.iterdir())


def test_what_a_killed_process_left_goes_and_what_is_being_written_stays(tmp_path):
    path = tmp_path / "a.txt"
    code = (
        "import sys, time; from pathlib import Path; from inrbench.whole_file import whole\n"
        "with whole(Path(sys.argv[1])) as partial:\n    partial.write_text('half')\n"
        "    print(partial, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", code, path]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    killed, alive = (writer.stdout.readline().strip() for writer in writers)
    try:
        os.kill(writers[0].pid, signal.SIGKILL)
        writers[0].wait()
        with whole(path) as partial:
            partial.write_text("whole")
        assert not os.path.exists(killed) and os.path.exists(alive)
    finally:
        writers[1].kill()
        writers[1].wait()


def test_a_device_stays_one_and_a_link_keeps_pointing(tmp_path):
    (tmp_path / "link").symlink_to("file")
    with whole(tmp_path / "link") as partial:
        partial.write_text("x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_text() == "x"
    device = Path("/dev/full")
    with pytest.raises(OSError, match=f"left on device: '{device}'"), whole(device) as partial:
        partial.write_text("x")
    assert device.is_char_device()


def test_which_errors_are_the_disks(tmp_path):
    assert disk_failed(OSError(errno.ENOSPC, "full"))
    assert not disk_failed(FileNotFoundError(errno.ENOENT, "gone")) and not disk_failed(
        ValueError()
    )
