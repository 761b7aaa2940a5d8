"""One test of a contract on what a plug-in registers, as `inrbench check` runs it."""

from __future__ import annotations

import inspect
import sys
import traceback
from pathlib import Path

import torch

from inrbench import projectors, registry
from inrbench.registry import plugin_files
from inrbench.registry.plugin_files import Registration
from inrbench.registry.plugin_module import PluginError
from inrbench.testing.cells import CellContract
from inrbench.testing.datasets import DatasetContract
from inrbench.testing.files import written
from inrbench.testing.gradients import GradientContract
from inrbench.testing.methods import MethodContract
from inrbench.testing.networks import NetworkContract
from inrbench.testing.objectives import ObjectiveContract

CONTRACTS = {
    "network": (NetworkContract, CellContract),
    "objective": (ObjectiveContract, CellContract),
    "gradient": (GradientContract, CellContract),
    "method": (MethodContract,),
    "dataset": (DatasetContract,),
}

projectors.load_backends()  # before the fork, once for all tests


def run(
    path: Path, registration: Registration, test: str | None
) -> tuple[list[tuple[str, str]], str | None, str]:
    """(tests of its kind with their facts, fault, what was measured) of one test or, for None, of
    the import."""
    torch.set_num_threads(1)
    sys.dont_write_bytecode = True
    tests = tests_of(registration.kind)
    trial = None
    try:
        plugin_files.add(path)
        if test is None:
            return tests, _imported(path, registration), ""
        about = {"kind": registration.kind, "name": registration.name,
                 "parameters": registration.tiny}  # fmt: skip
        trial = type("Trial", CONTRACTS[registration.kind], about)()
        getattr(trial, test)()
        fault = None
    except AssertionError as error:
        fault = f"{error}{'' if str(error) else _place(error, path)}"
    except (Exception, SystemExit) as error:
        fault = f"it ended with {type(error).__name__}: {error}{_place(error, path)}"
    return tests, fault, getattr(trial, "said", "")


def tests_of(kind: str) -> list[tuple[str, str]]:
    """(test, the fact that it tests) of a kind's contracts, those of the part itself first."""
    found: dict[str, str] = {}
    for contract in CONTRACTS[kind]:
        for owner in contract.__mro__:
            for name, test in vars(owner).items():
                if name.startswith("test_"):
                    found.setdefault(name, inspect.getdoc(getattr(contract, test.__name__)) or "")
    return [(name, " ".join(text.split("\n\n")[0].split())) for name, text in found.items()]


def _imported(path: Path, registration: Registration) -> str | None:
    """The fault of the import."""
    try:
        with written(path.parent) as files:
            registry.load(registration.kind, registration.name)
    except PluginError as error:
        return str(error)
    if files:
        return f"it writes files when it is imported: {', '.join(sorted(files)[:3])}"
    return None


def _place(error: BaseException, path: Path) -> str:
    """The line of the plug-in that the error came through last."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    line = next((frame.lineno for frame in frames if frame.filename == str(path)), None)
    return "" if line is None else f" ({path.name}, line {line})"
