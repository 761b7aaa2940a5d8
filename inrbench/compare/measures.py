"""What is compared of a run. In every measure less is better.

*Exact* measures repeat to the unit for a seed: live tensor bytes, the bytes of a cached projector,
operations and FLOPs of an iteration, and the MSE of a method that draws no random number. One run
tells. *Noisy* ones differ from run to run (seconds, resident and device memory) or from seed to
seed (MSE); they are compared as logarithms.

The time of a row is its *pace*, an iteration in units of the yardstick that was read beside it
(`meters.yardstick`), where all its runs have one, took no turns, and one machine made them; else
it is in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from inrbench.cells.record import Record
from inrbench.compare.verdict import IMPROVED, OK
from inrbench.meters import METERS


@dataclass(frozen=True)
class Measure:
    """One number of a run.

    Args:
        name: as files have it.
        worse: the verdict on a change for the worse.
        value: of a record whose status is ok; None where it has none.
        exact: it repeats for a seed.
        least: the ratio up to which a change is of no use to know; a choice.
    """

    name: str
    worse: str
    value: Callable[[Record], float | None]
    exact: bool = False
    least: float = 1.02

    def of(self, record: Record) -> float | None:
        """The number of a run; None for one that failed, and for what has no logarithm."""
        value = self.value(record) if record.status == "ok" else None
        if value is None or not math.isfinite(value):
            return None
        if self.worse in ("larger", "more work"):
            return max(value, 1)  # a projector without a matrix holds 0 bytes
        return value if value > 0 else None

    def verdict(self, ratio: float) -> str:
        """`OK` up to the least change, either way."""
        if 1 / self.least <= ratio <= self.least:
            return OK
        return self.worse if ratio > 1 else IMPROVED


def _seconds(record: Record) -> float | None:
    """Of an iteration; of the whole for a method with a single step."""
    return record.time.iteration or record.time.total


def _pace(record: Record) -> float | None:
    """None for a single step: one reading scatters as its seconds do."""
    return record.time.pace if record.time.iteration and record.time.yardstick else None


def _meter(name: str) -> Callable[[Record], float | None]:
    return lambda record: next((one.bytes for one in record.memory if one.name == name), None)


def _counted(name: str) -> Callable[[Record], float | None]:
    return lambda record: None if record.work is None else getattr(record.work, name)


def clock_of(records: list[Record]) -> str:
    """ "pace" where all these runs of a row have one of the same yardstick, else "time"."""
    timed = [record for record in records if record.status == "ok" and _seconds(record)]
    versions = {record.time.yardstick_version for record in timed if _pace(record)}
    paced = all(map(_pace, timed)) and len(versions) == 1 and None not in versions
    return "pace" if paced else "time"


def seedless(record: Record) -> bool:
    """Whether the method draws neither initial weights nor samples: any seed gives one image."""
    return not {"network", "sampler", "samplers"} & record.spec["method"].keys()


CLOCKS = ("time", "pace")
MEASURES = {
    measure.name: measure
    for measure in (
        Measure("time", "slower", _seconds),
        Measure("pace", "slower", _pace),
        Measure("tensor_peak", "larger", _meter("tensor_peak"), True, 1.01),
        *(Measure(name, "larger", _meter(name)) for name in METERS if name != "tensor_peak"),
        Measure("projector_bytes", "larger", _meter("projector_bytes"), True, 1.01),
        Measure("operations", "more work", _counted("operations"), True, 1.0),
        Measure("flops", "more work", _counted("flops"), True, 1.0),
        Measure("mse", "worse", lambda record: record.metrics.get("mse")),
    )
}
