"""A record of the tests' own, whole, with what a test asks for in the place of its fields."""

import json
from typing import Any

from inrbench.cells.record import CellName, Record
from inrbench.meters import METERS


def made(seed: int = 0, method: dict[str, Any] | None = None, **fields: Any) -> Record:
    """A record of an `ok` cell that measured nothing.

    Args:
        seed: of the cell.
        method: parameters in the specification, beside the name.
        fields: of the record, in the place of its own.
    """
    own = dict(
        cell=CellName(experiment="e", preset="p", dataset="d", method="m", seed=seed),
        labels={"dataset": "FORBILD", "method": "INR"},
        status="ok",
        spec={"dataset": {"name": "forbild"}, "method": {"name": "inr", **(method or {})}},
        command="again",
        created="2026-01-01T00:00:00+00:00",
    )
    return Record(**{**own, **fields})


def whole() -> dict[str, Any]:
    """The fields of a record that has them all, as JSON has them."""
    count = {"how": "counted", "bytes": 2**24}
    record = made(
        cell=CellName(experiment="quick", preset="laptop", dataset="forbild", seed=0,
                      method="inr-siren-ls-jvp10"),
        labels={"dataset": "FORBILD", "method": "INR", "network": "SIREN", "objective": "LS",
                "gradient": "JVP 10 %", "learning_rate": "0.001"},
        reason="none",
        metrics={"mse": 2e-6, "psnr": 24.5, "ssim": 0.75, "best_mse": 1.5e-6,
                 "best_iteration": 80.0, "held_out": 0.01, "held_out_spread": 0.001},
        reference="truth", reference_from="CGLS", unit="mm",
        memory=[{"name": name, **count} for name in (*METERS, "projector_bytes")],
        fit={"chunk": 256, "modelled": 2**20},
        time={"iteration": 0.05, "spread": 0.001, "timed": 97, "total": 5.0, "setup": 0.5,
              "pace": 12.5, "yardstick": 0.002, "yardstick_version": 1, "threads": 2},
        projector="astra matrix", work={"operations": 500, "flops": 10**9, "unseen": None},
        parameters=321,
        machine={
            "key": {"device": "AMD EPYC", "device_memory": 2**34, "driver_major": None,
                    "torch": "2.13.0", "cuda": None, "float32_matmul_precision": "highest",
                    "tf32_matmul": False, "tf32_cudnn": False, "threads": 2,
                    "data_checksum": "c676", "protocol_version": 1},
            "fingerprint": {
                "hostname": "vm", "os": "Linux", "python": "3.11.7",
                "packages": {"torch": "2.13.0", "triton": None},
                "git": {"revision": "99a94ea081d67fcc6185", "dirty": False},
                "cpu": {"model": "AMD EPYC", "count": 2, "load": [0.5, 0.25, 0.125]},
                "gpu": {"driver": "580.1", "sm_clock": 1700, "sm_clock_limit": 1980,
                        "memory_clock": 2600, "temperature": 40, "power_limit": 700.0},
                "plugins": {"mine.py": "c676"},
            },
        },
        spec={
            "dataset": {"name": "forbild", "size": 32, "views": 16, "columns": 48,
                        "photons": None},
            "method": {
                "name": "inr", "iterations": 100, "learning_rate": 1e-3, "decay": [1, 0.25],
                "network": {"name": "siren", "frequency": 30.0, "width": 16, "layers": 2},
                "objective": {"name": "least_squares", "subsets": 1},
                "gradient": {"name": "jvp", "rate": 0.1, "chunk": "auto", "sampler": "uniform"},
            },
            "checkpoints": 25, "limits": {"seconds": 3600.0, "memory": None},
            "memory_budget": 2**30,
        },
        completed="99a94ea081d67fcc6185",
    )  # fmt: skip
    return json.loads(record.model_dump_json())
