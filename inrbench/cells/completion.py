"""Completion of older records: the defaults that a run took and its record does not hold.

Records of schema 1 have a specification with those parameters alone that the experiment gave. The
others are read from the syntax trees of the revision that made the record (`parameters`, `spec`),
so that it says what ran, whatever the defaults are now. `completed` then names that revision: the
record's own or, where the history no longer has it, the last one before the record was made.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from inrbench.cells import spec
from inrbench.cells.records import SCHEMA, Record
from inrbench.cells.spec import PART_AXES
from inrbench.io import fault, text_file
from inrbench.registry import parameters
from inrbench.registry.modules import Module

BEFORE = 1
"""The schema version of records to complete."""


@dataclass(frozen=True)
class Revision:
    """The package as it stood at a commit.

    Args:
        repository: folder of a clone.
        name: the commit's whole hash.
    """

    repository: Path
    name: str

    @functools.cache  # noqa: B019 (one object for each revision, for the length of a command)
    def read(self, module: str) -> Module | None:
        """A module of that revision, as `modules.Read` gives it."""
        path = module.replace(".", "/")
        for file in (f"{path}.py", f"{path}/__init__.py"):
            text = _git(self.repository, "show", f"{self.name}:{file}")
            if text is not None:
                return Module(module, ast.parse(text), file.endswith("__init__.py"))
        return None

    @functools.cache  # noqa: B019
    def targets(self) -> dict[tuple[str, str], str]:
        """(kind, name) -> `module:attribute` of every built-in name."""
        registry = self.read("inrbench.registry")
        for node in registry.tree.body if registry else ():
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_BUILT_IN":
                rows = ast.literal_eval(node.value)
                return {(kind, name): f"inrbench.{target}" for kind, name, target, _ in rows}
        raise ValueError(f"{self.name}: its registry has no table of built-in names")

    @functools.cache  # noqa: B019
    def parameters(self, kind: str, name: str) -> dict[str, Any]:
        """name -> default of what stood behind a name, see `parameters.read`.

        Raises:
            ValueError: a name that was no built-in one.
        """
        if (kind, name) not in self.targets():
            raise ValueError(
                f"{kind} {name!r} was not built in at {self.name[:10]}, so its defaults are not "
                "known: run the cell again"
            )
        return parameters.read(self.targets()[kind, name], self.read)


def complete(record: dict[str, Any], revision: Revision) -> dict[str, Any]:
    """The fields of a record of schema 1 as those of the present one.

    Raises:
        ValueError: a name that was no built-in one at that revision.
    """

    def filled(kind: str, given: dict[str, Any]) -> dict[str, Any]:
        if (kind, given["name"]) == ("gradient", "jvp"):
            given = {"chunk": "auto"} | given  # what leaving it out meant
        return spec.filled(kind, given, revision.parameters(kind, given["name"]))

    asked = record["spec"]
    method = filled("method", asked["method"])
    method |= {axis: filled(axis, method[axis]) for axis in PART_AXES if axis in method}
    whole = {**asked, "dataset": filled("dataset", asked["dataset"]), "method": method}
    return {**record, "schema_version": SCHEMA, "spec": whole, "completed": revision.name}


def complete_below(folder: Path, repository: Path) -> tuple[int, list[str]]:
    """Complete every record of schema 1 below a folder, each renamed into place when it is whole.

    Args:
        folder: results of any machines.
        repository: a clone of inrbench whose history has the revisions that made them.

    Returns:
        How many were completed, and a sentence for each that could not be.
    """
    revisions: dict[str, Revision] = {}
    done, left = 0, []
    for path in sorted(folder.rglob("record.json")):
        try:
            record = from_json(text_file.read_bytes(path))
            if record["schema_version"] != BEFORE:
                continue
            name = revision_of(record, repository)
            fields = complete(record, revisions.setdefault(name, Revision(repository, name)))
            text = json.dumps(fields, indent=1, allow_nan=False) + "\n"
            Record.model_validate_json(text)
        except ValidationError as error:
            left.append(f"{path}: not a record ({fault.sentence(error)})")
            continue
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            left.append(f"{path}: {error}")
            continue
        written = path.with_suffix(".completed")
        written.write_text(text)
        os.replace(written, path)
        done += 1
    return done, left


def revision_of(record: dict[str, Any], repository: Path) -> str:
    """The commit that made a record, or the last one before it was made.

    Raises:
        ValueError: neither is in the history.
    """
    git = (record["machine"].get("fingerprint") or {}).get("git") or {}
    named = git.get("revision")
    if named and _git(repository, "cat-file", "-e", f"{named}^{{commit}}") is not None:
        return named
    found = _git(repository, "rev-list", "-1", f"--before={record['created']}", "HEAD")
    if not found:
        raise ValueError(
            f"{repository} has neither its revision {named} nor one before {record['created']}"
        )
    return found.strip()


def _git(repository: Path, *arguments: str) -> str | None:
    """What git prints, or None where it refuses."""
    command = ["git", "-C", str(repository), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None
