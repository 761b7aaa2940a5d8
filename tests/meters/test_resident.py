"""Resident memory against an array of known size, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inrbench.meters.resident import ResidentMemory

SIZE = 200_000_000

JOB = """
import json, resource, sys
import numpy as np
from pathlib import Path
from inrbench.meters.resident import ResidentMemory

proc, before, size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
size += 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (sys.argv[4] == "beyond")
if before:
    np.ones(before, dtype=np.uint8)  # a peak before the job, which is freed again
with ResidentMemory(proc) as meter:
    np.ones(size, dtype=np.uint8)
(reading,) = meter.readings()
print(json.dumps([reading.name, reading.bytes, reading.how]))
"""


def measure(proc="/proc/self", before=0, beyond=False):
    """Reading of a process that fills 200 MB, after `before` bytes that it filled and freed.

    `beyond`: fill that much more than the highest level of its life, which a process may have
    from the one that started it.
    """
    options = [str(proc), str(before), str(SIZE), "beyond" if beyond else ""]
    arguments = [sys.executable, "-c", JOB, *options]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def can_reset():
    """Whether this kernel lets a process reset its high-water mark."""
    with ResidentMemory() as meter:
        pass
    return "VmHWM, reset" in meter.readings()[0].how


needs_reset = pytest.mark.skipif(not can_reset(), reason="VmHWM cannot be reset here")


@needs_reset
@pytest.mark.parametrize("before", [0, 3 * SIZE])
def test_an_array_that_is_gone_again_is_measured_whatever_came_before(before):
    name, value, how = measure(before=before)
    assert name == "rss_peak"
    assert value == pytest.approx(SIZE, rel=0.02)
    assert "VmHWM, reset at the start" in how


@pytest.mark.skipif(sys.platform != "linux", reason="counts ru_maxrss in KiB")
def test_without_procfs_the_rise_of_the_lifetime_peak_is_a_lower_bound(tmp_path):
    name, value, how = measure(proc=tmp_path, beyond=True)
    assert name == "rss_peak"
    assert 0.98 * SIZE < value < 1.5 * SIZE  # the rest is what the process held before the job
    assert "a lower bound: rise of ru_maxrss" in how


def test_a_job_below_an_earlier_peak_has_none_with_the_reason(tmp_path):
    _, value, how = measure(proc=tmp_path, before=3 * SIZE)
    assert value is None
    assert "did not pass the highest level before the job" in how


def test_a_kernel_that_takes_the_reset_and_does_nothing_is_found_out(tmp_path):
    (tmp_path / "clear_refs").touch()
    (tmp_path / "status").write_text("VmHWM:\t  900000 kB\nVmRSS:\t  300000 kB\n")
    with ResidentMemory(Path(tmp_path)) as meter:
        pass
    assert "VmHWM could not be reset" in meter.readings()[0].how


def test_a_job_that_took_nothing_new_has_none_and_not_zero(tmp_path):
    (tmp_path / "clear_refs").touch()
    (tmp_path / "status").write_text("VmHWM:\t  300000 kB\nVmRSS:\t  300000 kB\n")
    with ResidentMemory(Path(tmp_path)) as meter:
        pass
    (reading,) = meter.readings()
    assert reading.bytes is None
    assert "0 bytes" in reading.how
