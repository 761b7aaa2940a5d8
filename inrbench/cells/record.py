"""`record.json`, key by key: what a cell's run left, typed to its leaves.

A record may come from anybody's machine, so that nothing is taken for granted: numbers are finite
and of a size that squares and sums can bear, counts fit into 64 bits, names are names. Texts are
what they are; whoever prints one makes it harmless (`printable`, `tables`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, BaseModel, ConfigDict
from typing_extensions import TypedDict

from inrbench.cells.record_machine import Machine
from inrbench.cells.record_types import CLOSED, OPEN, Amount, Count, Finite, Label, Name, Word
from inrbench.io.fault import path, value
from inrbench.meters import METERS

SCHEMA = 2
"""2: the spec has every parameter."""

Status = Literal["ok", "diverged", "out_of_memory", "timeout", "unsupported", "error"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CellName(_Model):
    """Which cell it is."""

    experiment: Name
    preset: Name
    dataset: Name
    method: Name
    seed: Count

    @property
    def id(self) -> str:
        """As `cell.Cell.id`."""
        return f"{self.dataset}/{self.method}/seed{self.seed}"

    @property
    def row(self) -> str:
        """The cell without its seed: "<experiment>-<preset>/<data set>/<method>"."""
        return f"{self.experiment}-{self.preset}/{self.dataset}/{self.method}"


class Metrics(TypedDict, total=False):
    """Of the final image; null for one that is not finite."""

    __pydantic_config__ = CLOSED

    mse: Amount | None
    """mm^-2."""
    psnr: Finite | None
    """dB."""
    ssim: Finite | None
    best_mse: Amount | None
    """The least at a checkpoint."""
    best_iteration: Amount | None
    """Where that was."""
    held_out: Amount | None
    """Relative residual on views that the method did not get."""
    held_out_spread: Amount | None
    """Its standard error over which views are held out, see `metrics.held_out`; older records have
    none."""


class Memory(_Model):
    """One meter's reading in bytes; None where it could not be read, with the reason in `how`."""

    name: Literal[(*METERS, "projector_bytes")]
    bytes: Count | None
    how: str


class Time(_Model):
    """Seconds, all with the metrics' time taken out and the device synchronised."""

    iteration: Amount | None = None
    """Median of the timed iterations; None for a method with a single step. One that steps over
    several at a time (admm) shares the time of each step out evenly."""
    spread: Amount | None = None
    """Their inter-quartile range."""
    timed: Count = 0
    """Number of timed iterations, the warm-up left out."""
    total: Amount | None = None
    """From the end of the set-up to the image."""
    setup: Amount | None = None
    """Building projector and network."""
    pace: Amount | None = None
    """An iteration in yardsticks, a fixed piece of work timed beside it, see `meters.yardstick`:
    by it runs are compared that took no turns. None on CUDA, for a run too short for a reading,
    and in older records."""
    yardstick: Amount | None = None
    """Median seconds of that piece of work: how fast the machine was."""
    yardstick_version: Count | None = None
    """`meters.yardstick.VERSION`: which piece of work."""
    threads: Count | None = None


class Work(_Model):
    """What an iteration does, counted in the metered pass, see `meters.work`."""

    operations: Count
    """That torch dispatches."""
    flops: Count
    """Of matrix products."""
    unseen: str | None = None
    """The projector that computes by itself, so that its work is in neither."""


class Fit(_Model):
    """What a rehearsal said of a cell with a memory budget, before it ran (`memory.peak`)."""

    chunk: Count | None
    """Points that a jvp back-propagated at a time, chosen unless the spec names a chunk; None: all
    of its sample, or autograd."""
    modelled: Count
    """Bytes of the tensor peak."""
    phase: str | None = None
    """What the cell was doing then, as older records have it."""


class RestsOn(_Model):
    """What this machine had, see `machine.equipment`, when it could not do a cell."""

    packages: dict[str, str | None] = {}
    memory: Count | None = None
    gpu: str | None = None
    driver: Count | None = None
    needed: Count | None = None
    """Bytes that were not there, where they are known."""


def _json(fields: dict[str, Any]) -> dict[str, Any]:
    """Parameters as they are, if all their numbers can be computed with."""
    for place, number in _odd(fields):
        raise ValueError(f"{path(place)}: {value(number)} is not a finite number of 64 bits")
    return fields


def _odd(found: dict[str, Any] | list[Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Numbers that are not finite or do not fit into 64 bits, with where they stand."""
    for key, inner in found.items() if type(found) is dict else enumerate(found):
        kind = type(inner)
        if (kind is float and not math.isfinite(inner)) or (
            kind is int and not -(2**63) <= inner < 2**63
        ):
            yield (key,), inner
        elif kind is dict or kind is list:
            for place, number in _odd(inner):
                yield (key, *place), number


class Part(TypedDict):
    """A data set, network, objective or gradient mode; all other keys are its parameters."""

    __pydantic_config__ = OPEN

    name: Name
    """As registered."""


def _in_parts(objective: Part) -> Part:
    """The number of subsets of an objective's views, by which rows are told apart."""
    if "subsets" not in objective:
        raise ValueError("subsets is missing")
    if type(objective["subsets"]) is not int:
        raise ValueError(f"subsets: unexpected {value(objective['subsets'])}")
    return objective


class MethodPart(Part):
    """A method, its parts and its parameters."""

    __pydantic_config__ = OPEN

    network: NotRequired[Part]
    objective: NotRequired[Annotated[Part, AfterValidator(_in_parts)]]
    gradient: NotRequired[Part]


class Spec(TypedDict):
    """Every parameter of a cell, defaults filled in, see `inrbench.cells.spec`."""

    __pydantic_config__ = OPEN

    dataset: Part
    method: MethodPart
    memory_budget: NotRequired[Count]


def _labelled(labels: dict[str, str]) -> dict[str, str]:
    for axis in ("dataset", "method"):
        if axis not in labels:
            raise ValueError(f"{axis} is missing")
    return labels


class Record(_Model):
    """`record.json`."""

    schema_version: Literal[SCHEMA] = SCHEMA
    cell: CellName
    labels: Annotated[dict[Word, Label], AfterValidator(_labelled)]
    """How tables write data set, method, network, objective and gradient."""
    status: Status
    reason: str | None = None
    """A sentence that says why the status is not `ok`."""
    metrics: Metrics = {}
    """mse (mm^-2), psnr (dB), ssim of the final image; best_mse, best_iteration; held_out and its
    spread."""
    reference: Literal["truth", "reference"] | None = None
    """Whether the metrics compare with a truth or with a reconstruction from more views."""
    reference_from: str | None = None
    """What made the latter: "CGLS, 25 steps, from all 181 views"; older records have none."""
    unit: Literal["mm", "pixel"] | None = None
    """Of length: "mm", or "pixel" for a scan that does not know its pixel size."""
    memory: list[Memory] = []
    work: Work | None = None
    parameters: Count | None = None
    """Numbers that the cell's network trains; None without one, and in older records."""
    fit: Fit | None = None
    """For a cell with a memory budget that ran."""
    time: Time = Time()
    projector: str | None = None
    """The back end that computed A and A'."""
    files: dict[Literal["history.parquet", "notes.parquet", "image.npz"], Count] = {}
    """Bytes of each file that was written beside it."""
    rests_on: RestsOn | None = None
    """Of a status (`unsupported`, `out_of_memory`) that another machine may not give."""
    machine: Machine = {}
    """`key`: what must agree for two records to be compared; `fingerprint`: all else."""
    spec: Annotated[Spec, AfterValidator(_json)]
    """Every parameter of the cell, defaults filled in, see `inrbench.cells.spec`."""
    completed: str | None = None
    """Revision whose defaults were filled in afterwards, in a few older records; None: by the run
    itself."""
    command: str
    """Runs the cell again."""
    created: str
    """UTC, ISO 8601."""

    def iterations(self) -> float | None:
        """How many the cell was asked to take; None for a method that takes no such number."""
        asked = self.spec["method"].get("iterations")
        return asked if type(asked) in (int, float) else None

    def gradient(self) -> dict[str, Any]:
        """The gradient mode as it ran, with the chunk that a budget chose (None: all at once) in
        place of "auto"; {} without one."""
        asked = self.spec["method"].get("gradient", {})
        if asked.get("chunk") != "auto":
            return asked
        return asked | {"chunk": None if self.fit is None else self.fit.chunk}
