"""torch's high-water marks, and the watch that puts all run-time meters side by side."""

import subprocess
import sys

import pytest
import torch

from inrbench.meters import METERS, watch_memory
from inrbench.meters.torch_allocator import TorchAllocator

GIB = 2**30


def test_on_a_cpu_both_are_none_with_the_reason():
    with TorchAllocator("cpu") as meter:
        pass
    assert [r.name for r in meter.readings()] == ["torch_peak_allocated", "torch_peak_reserved"]
    for reading in meter.readings():
        assert reading.bytes is None
        assert reading.how == "torch keeps no such mark for cpu"


def test_the_watch_gives_every_meter_but_the_tensor_peak_in_order():
    with watch_memory(torch.device("cpu")) as watch:
        kept = torch.ones(50_000_000)
    readings = watch.readings()
    assert ("tensor_peak", *(reading.name for reading in readings)) == METERS
    assert all(reading.how for reading in readings)
    assert kept.numel() > 0


def test_the_watch_reads_what_a_failed_job_used():
    with pytest.raises(ZeroDivisionError), watch_memory("cpu") as watch:
        raise ZeroDivisionError
    assert len(watch.readings()) == len(METERS) - 1


def test_the_names_need_no_torch():
    code = "import sys; from inrbench.meters import METERS; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_tensor_of_1_gib_is_the_peak_and_an_earlier_larger_one_is_not():
    torch.empty(2 * GIB, dtype=torch.uint8, device="cuda")
    torch.cuda.empty_cache()
    before = torch.cuda.memory_allocated()
    with TorchAllocator("cuda") as meter:
        torch.empty(GIB, dtype=torch.uint8, device="cuda")
    allocated, reserved = meter.readings()
    assert allocated.bytes == GIB + before
    assert reserved.bytes >= allocated.bytes
