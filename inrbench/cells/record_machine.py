"""The `machine` of a record: its comparison key and its fingerprint, as `machine` finds them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from inrbench.cells.record_types import CLOSED, Amount, Count, Finite


class Key(TypedDict, total=False):
    """What must agree for two records to be compared, see `machine.comparison_key`."""

    __pydantic_config__ = CLOSED

    device: str
    device_memory: Count | None
    driver_major: Count | None
    torch: str
    cuda: str | None
    float32_matmul_precision: str
    tf32_matmul: bool
    tf32_cudnn: bool
    threads: Count
    data_checksum: str
    protocol_version: Count


class Git(TypedDict, total=False):
    """Of the checkout that ran."""

    __pydantic_config__ = CLOSED

    revision: str | None
    dirty: bool | None


class Processor(TypedDict, total=False):
    """The CPU, and its load averages over 1, 5 and 15 minutes."""

    __pydantic_config__ = CLOSED

    model: str
    count: Count | None
    load: Annotated[list[Amount], Field(min_length=1, max_length=3)] | None


class Gpu(TypedDict, total=False):
    """Clocks in MHz, temperature in °C, power in W."""

    __pydantic_config__ = CLOSED

    driver: str | None
    sm_clock: Amount | None
    sm_clock_limit: Amount | None
    memory_clock: Amount | None
    temperature: Finite | None
    power_limit: Amount | None


class Fingerprint(TypedDict, total=False):
    """All else that may explain a surprise, see `machine.fingerprint`."""

    __pydantic_config__ = CLOSED

    hostname: str | None
    os: str | None
    python: str | None
    packages: dict[str, str | None]
    git: Git | None
    cpu: Processor | None
    gpu: Gpu | None
    plugins: dict[str, str]
    """Path -> sha256 of the files of plug-ins that the cell used."""


class Machine(TypedDict, total=False):
    """What the cell really ran on; empty where it ended before that was known."""

    __pydantic_config__ = CLOSED

    key: Key
    fingerprint: Fingerprint
