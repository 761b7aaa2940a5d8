"""`nvml_process_peak`, `nvml_device_delta`: what the NVIDIA driver says, sampled from a thread.

The driver sees every allocation on the device: torch's, those of ASTRA and tiny-cuda-nn, and the
CUDA context. In a container it may show process ids of the host, or 0, or no figures, so

    nvml_process_peak = the peak of this process's id, where it has a figure above 0;
                        else that of the only compute process on the device;
                        else nvml_device_delta, saying so;
                        else None with the reason,

    nvml_device_delta = (most device memory in use in any sample) - (that at the start).

The start comes after the CUDA context was made, so the difference does not include the context.
"""

from __future__ import annotations

import os
import threading
import time
from types import ModuleType
from typing import TYPE_CHECKING

from inrbench.meters.reading import Reading, measured

if TYPE_CHECKING:
    import torch

INTERVAL = 0.01
"""Seconds from one sample to the next."""


def load() -> ModuleType:
    """The module of nvidia-ml-py, initialised; `nvmlShutdown` ends that.

    Raises:
        ImportError: it is not installed.
        pynvml.NVMLError: no driver, or none that answers.
    """
    import pynvml

    pynvml.nvmlInit()
    return pynvml


def device_uuid(device: torch.device | str) -> str:
    """UUID of a CUDA device, without a prefix."""
    import torch

    return str(torch.cuda.get_device_properties(torch.device(device)).uuid)


def find_device(nvml: ModuleType, uuid: str):
    """The NVML handle of the device, or of its MIG instance, that CUDA calls by this UUID.

    By UUID, since CUDA_VISIBLE_DEVICES re-orders CUDA's numbers and not NVML's.

    Args:
        nvml: the initialised module.
        uuid: with or without its prefix "GPU-" or "MIG-".

    Raises:
        LookupError: NVML does not know it, or cannot tell which MIG instance is meant.
    """
    bare = uuid.removeprefix("GPU-").removeprefix("MIG-")
    for prefix in ("GPU-", "MIG-"):
        try:
            handle = nvml.nvmlDeviceGetHandleByUUID(prefix + bare)
        except nvml.NVMLError as error:
            refused = error
            continue
        return _instance(nvml, handle)
    raise LookupError(f"NVML does not know the device of UUID {uuid}: {refused}")


def _instance(nvml: ModuleType, handle):
    """The handle itself, or the MIG instance that CUDA uses where its device is cut into some."""
    try:
        cut, _ = nvml.nvmlDeviceGetMigMode(handle)
    except nvml.NVMLError:  # a device without MIG, or an instance already
        return handle
    if not cut:
        return handle
    # CUDA uses one instance at a time: the first that it may see.
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    if first.startswith("MIG-"):
        try:
            return nvml.nvmlDeviceGetHandleByUUID(first)
        except nvml.NVMLError as error:
            raise LookupError(
                f"NVML does not know CUDA_VISIBLE_DEVICES={first}: {error}"
            ) from None
    instances = []
    for index in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        try:
            instances.append(nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index))
        except nvml.NVMLError:  # an empty place
            continue
    if len(instances) != 1:
        raise LookupError(
            f"the device is cut into {len(instances)} MIG instances: name one by its UUID in "
            "CUDA_VISIBLE_DEVICES"
        )
    return instances[0]


class NvmlMemory:
    """Context manager: samples the device from its start to its end, both included.

    A fault of NVML is never the job's: it makes the reading None with the reason.

    Args:
        device: where the job computes; elsewhere than on CUDA both readings are None.
        nvml: stands for the initialised module of nvidia-ml-py, which is loaded by default.
    """

    def __init__(self, device: torch.device | str, nvml: ModuleType | None = None) -> None:
        self._device = device
        self._nvml = nvml
        self._pid = os.getpid()
        self._absent: str | None = None  # why nothing can be sampled at all
        self._fault: dict[str, str] = {}  # why one of the two questions got no answer
        self._used: list[int] = []  # at the start, and the highest
        self._peaks: dict[int | None, int] = {}  # process id -> its highest figure, if it has any
        self._pids: set[int | None] = set()
        self._crowd = 0  # most processes in one sample
        self._samples = 0
        self._latest: float | None = None  # when the latest sample was taken
        self._gap = 0.0  # the longest time between two

    def __enter__(self) -> NvmlMemory:
        self._stop = threading.Event()
        # Daemon: a driver that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="nvml", daemon=True)
        if str(self._device).split(":")[0] != "cuda":
            self._absent = f"NVML sees CUDA devices only, and the job ran on {self._device}"
            return self
        try:
            _make_context(self._device)
            self._nvml = self._nvml or load()
            self._handle = find_device(self._nvml, device_uuid(self._device))
        except Exception as error:
            self._absent = f"NVML could not be asked: {type(error).__name__}: {error}"
            return self
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._thread.is_alive():
            self._stop.set()
            self._thread.join()
            self._sample()
            self._nvml.nvmlShutdown()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._sample()

    def _sample(self) -> None:
        now = time.perf_counter()
        self._gap = max(self._gap, now - (self._latest or now))
        self._latest = now
        self._samples += 1
        for question, ask in (("device", self._ask_device), ("processes", self._ask_processes)):
            if question in self._fault:
                continue  # a peak with a hole in it is none, so it is not asked again
            try:
                ask()
            except Exception as error:
                where = f"{type(error).__name__} at sample {self._samples}"
                self._fault[question] = f"{where}: {error}"

    def _ask_device(self) -> None:
        used = self._nvml.nvmlDeviceGetMemoryInfo(self._handle).used
        start, highest = self._used or (used, used)
        self._used = [start, max(highest, used)]

    def _ask_processes(self) -> None:
        listed = self._nvml.nvmlDeviceGetComputeRunningProcesses(self._handle)
        self._crowd = max(self._crowd, len(listed))
        sums: dict[int | None, int] = {}
        for process in listed:
            self._pids.add(process.pid)
            # One process may have an entry for each of its contexts; the figure may be None.
            sums[process.pid] = sums.get(process.pid, 0) + (process.usedGpuMemory or 0)
        for pid, figure in sums.items():
            self._peaks[pid] = max(self._peaks.get(pid, 0), figure)

    def readings(self) -> list[Reading]:
        """`nvml_process_peak` and `nvml_device_delta`, once the block has ended."""
        if self._absent is not None:
            return [
                Reading(name, None, self._absent)
                for name in ("nvml_process_peak", "nvml_device_delta")
            ]
        delta = self._delta()
        return [self._process(delta), delta]

    def _delta(self) -> Reading:
        if "device" in self._fault:
            why = f"NVML's memory in use: {self._fault['device']}"
            return Reading("nvml_device_delta", None, why)
        start, highest = self._used
        how = f"device memory in use minus {start} bytes at the start; {self._circumstances()}"
        return measured("nvml_device_delta", highest - start, how)

    def _process(self, delta: Reading) -> Reading:
        ours, how = self._ours()
        if ours is not None:
            how = f"{how}; {self._circumstances()}"
            return Reading("nvml_process_peak", self._peaks[ours], how)
        return Reading("nvml_process_peak", delta.bytes, f"{how}; so, instead, {delta.how}")

    def _ours(self) -> tuple[int | None, str]:
        """The process id that must be this process's, or None, and why."""
        if "processes" in self._fault:
            return None, f"NVML's list of processes: {self._fault['processes']}"
        if self._peaks.get(self._pid, 0) > 0:
            return self._pid, "NVML's figure for this process's id"
        if self._crowd == 0:
            return None, "NVML lists no compute process"
        if self._crowd > 1 or len(self._pids) > 1:
            return None, "NVML lists several compute processes and has no figure for this one's id"
        (pid,) = self._pids
        if pid is not None and self._peaks[pid] > 0:
            return pid, f"NVML's figure for the only compute process (id {pid}: not this one's)"
        return None, f"NVML has no figure for the only compute process (id {pid})"

    def _circumstances(self) -> str:
        """How it was sampled, and who else was there."""
        said = (
            f"{self._samples} samples, {INTERVAL * 1000:g} ms apart "
            f"(at most {self._gap * 1000:.0f} ms)"
        )
        if "processes" in self._fault:
            return f"{said}; who else used the device is not known"
        listed = max(len(self._pids), self._crowd)
        if listed and self._ours()[0] is None:
            return f"{said}; compute processes listed on the device, ours not told apart: {listed}"
        return f"{said}; other compute processes on the device: {max(0, listed - 1)}"


def _make_context(device: torch.device | str) -> None:
    """Let CUDA make its context now and finish what is under way: neither is the job's."""
    import torch

    torch.cuda.synchronize(torch.device(device))
