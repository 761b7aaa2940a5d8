"""How a contract says what is wrong: in a sentence, with what was expected and what to do."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch.utils._python_dispatch import TorchDispatchMode


def expect(condition: bool, sentence: str) -> None:
    """`AssertionError` with the sentence unless the condition holds."""
    if not condition:
        raise AssertionError(sentence)


def expect_close(
    found: torch.Tensor,
    wanted: torch.Tensor,
    sentence: str,
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """`AssertionError` with the sentence and the largest difference unless both agree, by default
    to the precision that `torch.testing.assert_close` asks of their dtype."""
    try:
        torch.testing.assert_close(found, wanted, rtol=rtol, atol=atol)
    except AssertionError as error:
        largest = [line for line in str(error).splitlines() if "difference" in line][:1]
        raise AssertionError(f"{sentence} ({(largest or [str(error)])[0].strip()})") from None


def expect_finite(values: torch.Tensor, what: str) -> None:
    """`AssertionError` for a NaN or an infinite number."""
    bad = int((~torch.isfinite(values)).sum())
    expect(
        bad == 0,
        f"{what}: {bad} of {values.numel()} numbers are not finite (NaN or infinite); look for a "
        "division by 0, the root or logarithm of a negative number, or too long a step",
    )


class Draws(TorchDispatchMode):
    """Notes in `seen` which operations drew random numbers of torch inside the block."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run the operation; torch tags those that draw."""
        if torch.Tag.nondeterministic_seeded in func.tags:
            self.seen.add(str(func).split(".")[1])
        return func(*args, **(kwargs or {}))


def same_bits(first: Iterable[torch.Tensor], second: Iterable[torch.Tensor]) -> bool:
    """Whether all tensors of both are equal, NaN to NaN too."""
    return all(torch.equal(a.nan_to_num(), b.nan_to_num())
               for a, b in zip(first, second, strict=True))  # fmt: skip
