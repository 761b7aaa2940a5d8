"""What is compared of a run, each as a logarithm: its time, its memory by meter, what it counts
(operations dispatched and FLOPs of an iteration), and its MSE.

A change is a difference of logarithms: `log(NEW / BASE)`, 0.095 for 10 % more. In every measure
less is better. The time of a row is its *pace*, an iteration in units of the yardstick that was
read beside it (`meters.yardstick`), where all its runs have one, of several steps, and one machine
made them; else it is `time`, in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from inrbench.cells.records import Record
from inrbench.compare.shift import Way
from inrbench.meters import METERS


@dataclass(frozen=True)
class Measure:
    """One number of a run.

    Args:
        name: as files have it.
        worse: the verdict on a change for the worse.
        least: the least effect, however quiet the machine, as a logarithm. A choice: what is
            smaller is of no use to know.
        exact: it repeats to the byte for a seed, so that one run tells as much as ten.
        paired: it depends on the seed far more than on the run, so that runs of one seed are
            compared with each other.
        value: of a record whose status is ok; None where it has none.
        way: how runs that are not in pairs are compared.
    """

    name: str
    worse: str
    least: float
    exact: bool
    paired: bool
    value: Callable[[Record], float | None]
    way: Way = "lower half"

    def log(self, record: Record) -> float | None:
        """The natural logarithm; None without a value, or for a cell that failed."""
        value = self.value(record) if record.status == "ok" else None
        if value is None or not math.isfinite(value):
            return None
        if self.worse in (
            "larger",
            "more work",
        ):  # a projector without a matrix holds 0 bytes; 1 has a logarithm
            return math.log(max(value, 1))
        return math.log(value) if value > 0 else None


def _seconds(record: Record) -> float | None:
    """Of an iteration; of the whole for a method with a single step."""
    return record.time.iteration or record.time.total


def _pace(record: Record) -> float | None:
    """None for a single step: beside one reading, its pace scatters as its seconds do, and would
    make the law of all paces a heavy-tailed one."""
    return record.time.pace if record.time.iteration else None


def clock_of(records: list[Record], comparable: bool) -> str:
    """By which of the two measures of time a row is compared.

    Args:
        records: all its runs, of both sides.
        comparable: whether one machine made them: between two, the yardstick hides what differs.
    """
    timed = [record for record in records if record.status == "ok" and _seconds(record)]
    paced = all(_pace(record) and record.time.yardstick for record in timed)
    versions = {record.time.yardstick_version for record in timed}
    one_unit = len(versions) == 1 and None not in versions
    return "pace" if comparable and paced and one_unit else "time"


def _meter(name: str) -> Callable[[Record], float | None]:
    return lambda record: next((one.bytes for one in record.memory if one.name == name), None)


def _counted(name: str) -> Callable[[Record], float | None]:
    return lambda record: None if record.work is None else getattr(record.work, name)


def _mse(record: Record) -> float | None:
    return record.metrics.get("mse")


CLOCKS = ("time", "pace")
"""The two ways to take a time; a row has one of them, see `clock_of`."""
EXACT = ("tensor_peak", "projector_bytes")
"""Memory meters that count what was asked for, not what was happened to be held."""
COUNTED = 1e-12
"""The least change of a count: one operation more, however many there are."""

MEASURES = {
    measure.name: measure
    for measure in (
        Measure("time", "slower", math.log(1.02), False, False, _seconds),
        Measure("pace", "slower", math.log(1.02), False, False, _pace, "middle"),
        *(
            Measure(name, "larger", math.log(1.01), name in EXACT, False, _meter(name))
            for name in (*METERS, "projector_bytes")
        ),
        Measure("operations", "more work", COUNTED, True, False, _counted("operations")),
        Measure("flops", "more work", COUNTED, True, False, _counted("flops")),
        Measure("mse", "worse", math.log(1.02), False, True, _mse),
    )
}
