"""What is made of the driver's answers: a stand-in plays each kind of machine; then a real one."""

import ctypes
import glob
import os
import threading
from types import SimpleNamespace

import pytest
import torch

from inrbench.meters import nvml
from inrbench.meters.nvml import NvmlMemory, find_device

GIB = 2**30
UUID = "5b1c3a2e-1111-2222-3333-444455556666"
OTHER = "00000000-1111-2222-3333-444455556666"


class NVMLError(Exception):
    """What the stand-in raises."""


class Driver:
    """Plays NVML: each question takes the next state of the device, the last one for ever.

    A state is (memory in use, [(process id, its memory or None), ...]); an exception in place of
    either is raised.
    """

    NVMLError = NVMLError

    def __init__(self, states, devices=("GPU-" + UUID,), mig=None):
        self.states = list(states)
        self.count = {"device": 0, "processes": 0}  # of questions so far
        self.devices = devices
        self.mig = mig or {}  # device -> its instances
        self.asked = set()
        self.shut = 0

    def nvmlDeviceGetHandleByUUID(self, uuid):
        known = [*self.devices, *(name for names in self.mig.values() for name in names)]
        if uuid not in known:
            raise NVMLError("Not Found")
        return uuid

    def nvmlDeviceGetMigMode(self, handle):
        if handle.startswith("MIG-"):
            raise NVMLError("Invalid Argument")
        if not self.mig:
            raise NVMLError("Not Supported")
        return (1, 1) if self.mig.get(handle) is not None else (0, 0)

    def nvmlDeviceGetMaxMigDeviceCount(self, handle):
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle, index):
        if index >= len(self.mig[handle]):
            raise NVMLError("Not Found")
        return self.mig[handle][index]

    def nvmlDeviceGetMemoryInfo(self, handle):
        self.asked.add(handle)
        return SimpleNamespace(used=self.answer("device")[0])

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        return [
            SimpleNamespace(pid=pid, usedGpuMemory=figure)
            for pid, figure in self.answer("processes")[1]
        ]

    def answer(self, question):
        state = self.states[min(self.count[question], len(self.states) - 1)]
        self.count[question] += 1
        for part, name in zip(state, self.count, strict=True):
            if name == question and isinstance(part, Exception):
                raise part
        return state

    def nvmlShutdown(self):
        self.shut += 1


@pytest.fixture(autouse=True)
def device(request, monkeypatch):
    """A CUDA device of this UUID, for the tests that play one."""
    if "gpu" not in request.keywords:
        monkeypatch.setattr(nvml, "device_uuid", lambda device: UUID)
        monkeypatch.setattr(nvml, "_make_context", lambda device: None)
        monkeypatch.setattr(nvml, "INTERVAL", 0.001)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def watch(states, **machine):
    """Readings (process, delta) of a job that lasts until every state has been seen."""
    driver = Driver(states, **machine)
    with NvmlMemory("cuda", driver) as meter:
        waited = threading.Event()
        while max(driver.count.values()) < len(driver.states) and meter._thread.is_alive():
            waited.wait(0.001)
    assert driver.shut == 1
    assert not meter._thread.is_alive()
    process, delta = meter.readings()
    assert (process.name, delta.name) == ("nvml_process_peak", "nvml_device_delta")
    return process, delta


def test_own_process_id_with_a_figure_is_taken():
    own = os.getpid()
    process, delta = watch(
        [(GIB, [(own, 100)]), (5 * GIB, [(own, 700), (4, 9000)]), (2 * GIB, [(own, 300)])]
    )
    assert process.bytes == 700
    assert "figure for this process's id" in process.how
    assert "other compute processes on the device: 1" in process.how
    assert delta.bytes == 4 * GIB
    assert f"minus {GIB} bytes at the start" in delta.how
    assert "samples, 1 ms apart" in delta.how


def test_the_contexts_of_one_process_add_up():
    process, _ = watch([(0, [(os.getpid(), 100), (os.getpid(), 50)]), (9, [])])
    assert process.bytes == 150


def test_the_only_process_is_ours_under_its_id_on_the_host():
    process, _ = watch([(GIB, [(987654321, 100)]), (2 * GIB, [(987654321, 800)])])
    assert process.bytes == 800
    assert "only compute process (id 987654321" in process.how
    assert "other compute processes on the device: 0" in process.how


def test_a_process_of_id_0_with_a_figure_is_ours_if_alone_and_not_if_there_are_two():
    process, _ = watch([(GIB, [(0, 100)]), (2 * GIB, [(0, 800)])])
    assert process.bytes == 800
    process, delta = watch([(GIB, [(0, 100)]), (2 * GIB, [(0, 800), (0, 50)])])
    assert process.bytes == delta.bytes == GIB
    assert "ours not told apart: 2" in process.how


@pytest.mark.parametrize("pid", [0, None, 4711])
@pytest.mark.parametrize("figure", [0, None])
def test_a_process_without_a_figure_falls_back_to_the_device(pid, figure):
    process, delta = watch([(GIB, [(pid, figure)]), (3 * GIB, [(pid, figure)])])
    assert process.bytes == delta.bytes == 2 * GIB
    assert "no figure for the only compute process" in process.how
    assert "instead, device memory in use minus" in process.how


def test_own_process_id_without_a_figure_falls_back_to_the_device():
    process, _ = watch([(GIB, [(os.getpid(), None)]), (3 * GIB, [(os.getpid(), None)])])
    assert process.bytes == 2 * GIB


def test_several_foreign_processes_fall_back_to_the_device_and_are_told():
    process, delta = watch([(GIB, [(4, 100), (5, 100)]), (3 * GIB, [(4, 900), (5, 100)])])
    assert process.bytes == delta.bytes == 2 * GIB
    assert "several compute processes" in process.how
    assert "ours not told apart: 2" in delta.how


def test_one_foreign_process_after_another_is_not_the_only_one():
    process, _ = watch([(GIB, [(4, 100)]), (3 * GIB, [(5, 900)]), (GIB, [])])
    assert process.bytes == 2 * GIB
    assert "several compute processes" in process.how


def test_no_process_listed_falls_back_to_the_device():
    process, _ = watch([(GIB, []), (3 * GIB, [])])
    assert process.bytes == 2 * GIB
    assert "lists no compute process" in process.how


def test_a_device_that_never_rose_gives_none_and_not_zero():
    process, delta = watch([(GIB, []), (GIB, [])])
    assert process.bytes is None and delta.bytes is None
    assert "0 bytes" in delta.how


def test_processes_that_cannot_be_listed_leave_the_device():
    process, delta = watch([(GIB, NVMLError("Not Supported")), (2 * GIB, NVMLError("again"))])
    assert process.bytes == delta.bytes == GIB
    assert "NVMLError at sample 1: Not Supported" in process.how
    assert "not known" in delta.how


def test_memory_that_cannot_be_asked_leaves_the_process():
    lost = NVMLError("Not Supported")
    process, delta = watch([(lost, [(os.getpid(), 100)]), (lost, [(os.getpid(), 200)])])
    assert process.bytes == 200
    assert delta.bytes is None and "Not Supported" in delta.how


def test_an_error_halfway_makes_none_with_the_reason():
    own, lost = os.getpid(), NVMLError("GPU is lost")
    process, delta = watch([(GIB, [(own, 100)]), (2 * GIB, [(own, 200)]), (lost, lost)])
    assert process.bytes is None and delta.bytes is None
    assert "NVMLError at sample 3: GPU is lost" in process.how
    assert "NVMLError at sample 3: GPU is lost" in delta.how


def test_a_driver_that_does_not_start_makes_none_with_the_reason(monkeypatch):
    def refuse():
        raise NVMLError("Driver Not Loaded")

    monkeypatch.setattr(nvml, "load", refuse)
    with NvmlMemory("cuda") as meter:
        pass
    for reading in meter.readings():
        assert reading.bytes is None
        assert "NVMLError: Driver Not Loaded" in reading.how


def test_a_job_on_the_cpu_has_none_and_asks_nobody():
    with NvmlMemory("cpu") as meter:
        pass
    assert [reading.bytes for reading in meter.readings()] == [None, None]
    assert "ran on cpu" in meter.readings()[0].how


def test_a_job_shorter_than_the_interval_has_its_first_and_last_sample(monkeypatch):
    monkeypatch.setattr(nvml, "INTERVAL", 60)
    with NvmlMemory("cuda", Driver([(GIB, []), (2 * GIB, [])])) as meter:
        pass
    _, delta = meter.readings()
    assert delta.bytes == GIB
    assert "2 samples" in delta.how


def test_an_error_of_the_job_is_the_job_s_and_the_thread_ends():
    driver = Driver([(GIB, [])])
    with pytest.raises(ZeroDivisionError), NvmlMemory("cuda", driver) as meter:
        raise ZeroDivisionError
    assert not meter._thread.is_alive()
    assert driver.shut == 1


@pytest.mark.parametrize("prefix", ["", "GPU-"])
def test_the_device_is_found_by_uuid_whatever_its_number(prefix):
    driver = Driver([], devices=("GPU-" + OTHER, "GPU-" + UUID))
    assert find_device(driver, prefix + UUID) == "GPU-" + UUID


def test_the_second_device_is_sampled_where_cuda_calls_it_the_first(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    driver = Driver([(GIB, [])], devices=("GPU-" + OTHER, "GPU-" + UUID))
    with NvmlMemory("cuda:0", driver):
        pass
    assert driver.asked == {"GPU-" + UUID}


@pytest.mark.parametrize("prefix", ["", "MIG-"])
def test_a_uuid_of_a_mig_instance_gives_its_own_handle(prefix):
    driver = Driver([], devices=("GPU-" + OTHER,), mig={"GPU-" + OTHER: ["MIG-" + UUID]})
    assert find_device(driver, prefix + UUID) == "MIG-" + UUID


def test_a_device_cut_by_mig_gives_the_instance_that_cuda_may_see(monkeypatch):
    driver = Driver([], mig={"GPU-" + UUID: ["MIG-a", "MIG-b"]})
    with pytest.raises(LookupError, match="2 MIG instances: name one by its UUID"):
        find_device(driver, UUID)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-b")
    assert find_device(driver, UUID) == "MIG-b"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-c")
    with pytest.raises(LookupError, match="does not know CUDA_VISIBLE_DEVICES=MIG-c"):
        find_device(driver, UUID)


def test_the_only_mig_instance_needs_no_naming():
    driver = Driver([], mig={"GPU-" + UUID: ["MIG-a"]})
    assert find_device(driver, UUID) == "MIG-a"
    driver = Driver([], mig={"GPU-" + OTHER: ["MIG-a"]})
    assert find_device(driver, UUID) == "GPU-" + UUID, "MIG is off on this one"


def test_an_unknown_device_is_named():
    with pytest.raises(LookupError, match=f"UUID {UUID}: Not Found"):
        find_device(Driver([], devices=()), UUID)
    with NvmlMemory("cuda", Driver([], devices=())) as meter:
        pass
    assert UUID in meter.readings()[0].how


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def cuda_runtime():
    """libcudart, as torch has loaded it or wherever it lies."""
    with open("/proc/self/maps") as maps:
        loaded = {line.split()[-1] for line in maps if "libcudart" in line}
    for path in [*sorted(loaded), *sorted(glob.glob("/usr/local/cuda/lib64/libcudart.so*"))]:
        try:
            return ctypes.CDLL(path)
        except OSError:
            continue
    pytest.skip("no libcudart found")


def report(readings):
    """Show the readings in pytest's output with -s: how NVML behaves here is worth knowing."""
    for reading in readings:
        print(f"\n{reading.name}: {reading.bytes} ({reading.how})")


@pytest.mark.gpu
@needs_cuda
def test_a_tensor_of_1_gib_is_seen_by_the_driver():
    torch.cuda.empty_cache()
    with NvmlMemory("cuda") as meter:
        held = torch.empty(GIB, dtype=torch.uint8, device="cuda")
        torch.cuda.synchronize()
    del held
    torch.cuda.empty_cache()
    report([*meter.readings()])
    process, delta = meter.readings()
    assert delta.bytes == pytest.approx(GIB, rel=0.02)
    assert process.bytes >= GIB


@pytest.mark.gpu
@needs_cuda
def test_what_torch_does_not_allocate_is_seen_by_the_driver():
    runtime = cuda_runtime()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.max_memory_reserved()
    pointer = ctypes.c_void_p()
    with NvmlMemory("cuda") as meter:
        assert runtime.cudaMalloc(ctypes.byref(pointer), ctypes.c_size_t(GIB)) == 0
    assert runtime.cudaFree(pointer) == 0
    report([*meter.readings()])
    process, delta = meter.readings()
    assert delta.bytes == pytest.approx(GIB, rel=0.02)
    assert process.bytes >= GIB
    assert torch.cuda.max_memory_reserved() == before


@pytest.mark.gpu
@needs_cuda
def test_what_the_driver_lists_about_this_process():
    """Either this process's id with a figure, or no more than one process to mistake it for."""
    torch.cuda.synchronize()
    module = nvml.load()
    handle = find_device(module, nvml.device_uuid("cuda"))
    listed = module.nvmlDeviceGetComputeRunningProcesses(handle)
    used = module.nvmlDeviceGetMemoryInfo(handle).used
    module.nvmlShutdown()
    print(f"\nthis process: {os.getpid()}; in use: {used}; listed: {[*map(str, listed)]}")
    assert used > 0
