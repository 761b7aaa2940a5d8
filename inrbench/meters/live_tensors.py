"""`tensor_peak`: the most bytes that live tensors held at one moment; the same on any device."""

from __future__ import annotations

import gc
import itertools
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from inrbench.meters.reading import Reading, measured

_COMPRESSED = {
    torch.sparse_csr: (torch.Tensor.crow_indices, torch.Tensor.col_indices),
    torch.sparse_bsr: (torch.Tensor.crow_indices, torch.Tensor.col_indices),
    torch.sparse_csc: (torch.Tensor.ccol_indices, torch.Tensor.row_indices),
    torch.sparse_bsc: (torch.Tensor.ccol_indices, torch.Tensor.row_indices),
}


class LiveTensors(TorchDispatchMode):
    """peak = max over t of the sum of bytes(s) over the storages s alive at t.

    t runs over the torch operations inside the `with` block, those of backward and of optimisers
    included. A storage counts from the first operation that takes or gives it until it is freed,
    once however many views it has, and on all devices together.

    It does not see what never becomes a tensor: work space inside one operation, what a library
    allocates for itself, rounding and caching by the allocator. A storage that belongs to a sparse
    tensor is left out for its whole life: it is a projector's cached matrix, which a record states
    apart. The size of a storage is read whenever an operation touches it, so a change made behind
    torch's back (`untyped_storage().resize_`) counts from the next touch.

    The garbage collector rests inside the block: when it would free a cycle depends on the whole
    program and not on the method, and the peak is to repeat to the byte. Operations run slower
    under the meter, and it remembers every storage: use it for a few
    iterations, never while timing.

    Example:
        >>> with LiveTensors() as live:
        ...     x = torch.ones(256) + 1
        >>> live.peak
        2048
    """

    def __init__(self) -> None:
        super().__init__()
        self._serials = itertools.count()
        self._alive: dict[int, tuple[weakref.ref, int, int]] = {}  # id -> reference, serial, bytes
        self._changes: list[tuple[int, int]] = []  # (serial, bytes more or less), in time
        self._sparse: set[int] = set()  # serials
        self._devices: set[str] = set()
        # Backward runs in one thread for each device.
        self._lock = threading.RLock()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here; the wrapper would import torch's compiler

    def __enter__(self) -> LiveTensors:
        self._collected = gc.isenabled()
        gc.disable()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._alive.clear()  # what is freed from here on is no longer of interest
        if self._collected:
            gc.enable()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation, then note what it took and gave: all of it is alive now."""
        result = func(*args, **(kwargs or {}))
        for tensor in _tensors((args, kwargs, result)):
            if tensor.layout == torch.strided:
                self._note(tensor.untyped_storage())
            else:
                for part in _parts(tensor):
                    self._sparse.add(self._note(part.untyped_storage()))
        return result

    def _note(self, storage: torch.UntypedStorage) -> int:
        key, size = id(storage), storage.nbytes()
        with self._lock:
            reference, serial, known = self._alive.get(key, (None, None, 0))
            if reference is None:
                serial = next(self._serials)
                reference = weakref.ref(storage, lambda _: self._free(key))
                self._devices.add(str(storage.device))
            if size != known or key not in self._alive:
                self._changes.append((serial, size - known))
                self._alive[key] = reference, serial, size
        return serial

    def _free(self, key: int) -> None:
        # Runs before the address can be used again, perhaps in the midst of anything: both lines
        # are single steps of the interpreter, so nothing is lost.
        _, serial, size = self._alive.pop(key)
        self._changes.append((serial, -size))

    @property
    def peak(self) -> int:
        """Bytes; 0 when no tensor has been seen."""
        now = peak = 0
        for serial, change in self._changes:
            # Left out here rather than on sight: a matrix's parts are plain tensors at first.
            if serial not in self._sparse:
                now += change
                peak = max(peak, now)
        return peak

    @property
    def held(self) -> int:
        """Bytes alive now; inside the block."""
        return sum(change for serial, change in self._changes if serial not in self._sparse)

    def reading(self) -> Reading:
        """The peak as `tensor_peak`."""
        where = " and ".join(sorted(self._devices)) or "no device"
        return measured(
            "tensor_peak", self.peak, f"live storages at each torch operation, on {where}"
        )


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor in nested lists, tuples and dictionaries."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _parts(tensor: torch.Tensor) -> list[torch.Tensor]:
    """The strided tensors that a sparse one is made of (none for other layouts)."""
    if tensor.layout == torch.sparse_coo:
        return [tensor._indices(), tensor._values()]
    if tensor.layout in _COMPRESSED:
        return [*(part(tensor) for part in _COMPRESSED[tensor.layout]), tensor.values()]
    return []
