"""Work: operations that torch dispatches and FLOPs of their products, in one iteration.

Both are counts: the same on every run and, for one version of torch, on every machine of a kind.
A change of the code that does more is found by a single run; kernels that are slower at the same
operations are the seconds' business.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


@dataclass(frozen=True)
class Tally:
    """Counts."""

    operations: int
    flops: int


class WorkCounter(TorchDispatchMode):
    """Counts inside the `with` block; forward, backward and optimiser alike.

    FLOPs are 2 m n k of a product of m x k and k x n numbers, as `torch.utils.flop_counter` has
    them, and 2 nnz of a sparse matrix and a vector. Element-wise operations have none. What a
    library computes by itself (ASTRA without a matrix, RTK, tiny-cuda-nn) is not seen.

    Example:
        >>> with WorkCounter() as work:
        ...     x = torch.ones(2, 3) @ torch.ones(3, 4)
        >>> work.tally()
        Tally(operations=3, flops=48)
    """

    def __init__(self) -> None:
        super().__init__()
        self._operations = self._flops = 0
        self._marks: list[tuple[int, Tally]] = []
        # Backward runs in one thread for each device.
        self._lock = threading.Lock()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here; the wrapper would import torch's compiler

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation and count it."""
        result = func(*args, **(kwargs or {}))
        flops = self._flops_of(func._overloadpacket, args, kwargs or {}, result)
        with self._lock:
            self._operations += 1
            self._flops += flops
        return result

    def tally(self) -> Tally:
        """The counts so far."""
        return Tally(self._operations, self._flops)

    def reached(self, iteration: int) -> None:
        """Note that this many iterations are done, 0 for none yet."""
        self._marks.append((iteration, self.tally()))

    def of_iteration(self) -> Tally | None:
        """The mean of the iterations between the last two marks; None without two."""
        if len(self._marks) < 2:
            return None
        (before, base), (after, now) = self._marks[-2:]
        steps = after - before
        return Tally(
            round((now.operations - base.operations) / steps),
            round((now.flops - base.flops) / steps),
        )

    @staticmethod
    def _flops_of(packet: Any, args: tuple, kwargs: dict[str, Any], result: Any) -> int:
        if packet is torch.ops.aten.mv:
            matrix = args[0]
            return 2 * (matrix.numel() if matrix.layout == torch.strided else matrix._nnz())
        known = flop_registry.get(packet)
        return 0 if known is None else known(*args, **kwargs, out_val=result)
