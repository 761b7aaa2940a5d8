"""`torch_peak_allocated`, `torch_peak_reserved`: high-water marks of torch's CUDA allocator.

They miss nothing that passes through torch and everything that does not: what ASTRA and
tiny-cuda-nn allocate for themselves, the CUDA context, cuBLAS.
"""

from __future__ import annotations

import torch

from inrbench.meters.reading import Reading, measured

NAMES = ("torch_peak_allocated", "torch_peak_reserved")


class TorchAllocator:
    """Context manager: resets torch's marks at its start and reads them at its end.

    Tensors that live at the start count, since the job needs them (its scan, say).

    Args:
        device: where the job computes; elsewhere than on CUDA both readings are None.
    """

    def __init__(self, device: torch.device | str) -> None:
        self._device = torch.device(device)
        self._readings = [
            Reading(name, None, f"torch keeps no such mark for {self._device.type}")
            for name in NAMES
        ]

    def __enter__(self) -> TorchAllocator:
        if self._device.type == "cuda":
            torch.cuda.init()  # before it there are no marks to reset
            torch.cuda.reset_peak_memory_stats(self._device)
            self._start = (
                torch.cuda.memory_allocated(self._device),
                torch.cuda.memory_reserved(self._device),
            )
        return self

    def __exit__(self, *error: object) -> None:
        if self._device.type != "cuda":
            return
        marks = (
            torch.cuda.max_memory_allocated(self._device),
            torch.cuda.max_memory_reserved(self._device),
        )
        self._readings = [
            measured(name, mark, f"torch's high-water mark; {start} bytes of it at the start")
            for name, mark, start in zip(NAMES, marks, self._start, strict=True)
        ]

    def readings(self) -> list[Reading]:
        """`torch_peak_allocated` and `torch_peak_reserved`, once the block has ended."""
        return self._readings
