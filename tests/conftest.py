"""Shared by all tests: data sets of the tests' own, and cells small enough to run in seconds."""

import os
from pathlib import Path

import pytest
import torch
import yaml

from inrbench import registry
from inrbench.experiments import files as experiments

# Folders whose tests rest on arithmetic: CI runs them again as on other processors.
NUMERICS = {"gradients", "methods", "networks", "objectives", "solvers"}
# Folders and files whose tests take seconds; `make fast` leaves them out.
SLOW = {
    "workflow", "cells/test_record_properties.py", "cli/test_cli.py",
    "compare/test_noise_command.py", "datasets/own/test_bad_input.py",
    "datasets/own/test_own_measured.py", "datasets/test_hostile_servers.py",
    "datasets/test_measured_readers.py", "doctor/test_doctor.py",
    "experiments/test_experiment_properties.py", "experiments/test_part.py",
    "figures/test_figures.py", "figures/test_memory_scaling.py", "memory/test_budget.py",
    "memory/test_peak.py", "memory/test_plan.py", "registry/test_plugin_cells.py",
    "run/test_good_records.py", "run/test_measurement.py", "run/test_run.py",
    "testing/test_planted_faults.py",
}  # fmt: skip
# Two test processes on two cores are slower with two threads each than with one.
torch.set_num_threads(1)

TINY = {
    "title": "Cells of the tests",
    "presets": {"tiny": {}},
    "seeds": [0],
    "checkpoints": 5,
    "limits": {"seconds": 3600},  # that only a hang meets, on however slow a machine
    "datasets": {"forbild": {"size": 24, "views": 12, "columns": 32}},
    "parts": {
        "network": {
            "siren": {"width": 16, "layers": 2},
            "large": {"name": "siren", "label": "large SIREN", "width": 1024, "layers": 8},
        },
        "gradient": {"jvp25": {"name": "jvp", "rate": 0.25}},
    },
    "methods": [
        {"name": "fbp"},
        {
            "name": "inr",
            "axes": {
                "network": ["siren", "large"],
                "objective": ["least_squares"],
                "gradient": ["autograd", "jvp25"],
            },
            "parameters": {"iterations": 10, "learning_rate": 1e-3},
        },
    ],
}


def pytest_collection_modifyitems(config, items):
    """Mark by folder, in this one place; among several processes workflows, the longest, first."""
    place = {item: item.path.relative_to(Path(__file__).parent) for item in items}
    folder = {item: path.parts[0] for item, path in place.items()}
    for item, path in place.items():
        if folder[item] in NUMERICS:
            item.add_marker(pytest.mark.numerics)
        if SLOW & {folder[item], path.as_posix()}:
            item.add_marker(pytest.mark.slow)
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: folder[item] != "workflow")


def pytest_configure():
    """What a test starts is no worker: pytest-benchmark measures nothing where it takes itself
    for one."""
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST")]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def same_names(monkeypatch):
    """A plug-in that a test registers is known to no other test."""
    table = {kind: dict(entries) for kind, entries in registry._table.items()}
    monkeypatch.setattr(registry, "_table", table)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    """A data folder of the tests' own, so that nothing is prepared in the checkout."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def tiny(tmp_path, monkeypatch, data_folder):
    """Write `TINY` with changes as the experiment `trial`; gives one of its cells by method id."""
    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))

    def cell(method, **changes):
        folder = tmp_path / "experiments"
        folder.mkdir(exist_ok=True)
        (folder / "trial.yaml").write_text(yaml.safe_dump({**TINY, **changes}, sort_keys=False))
        return experiments.load("trial", "tiny", folder).cell(f"forbild/{method}/seed0")

    return cell
