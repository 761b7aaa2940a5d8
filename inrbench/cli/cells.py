"""The command `inrbench cells`: what an experiment runs, for people and for other revisions."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from inrbench.cli.options import Name, Preset


def cells(
    name: Name,
    preset: Preset = None,
    as_json: Annotated[bool, typer.Option("--json", help="Specs and digests as well")] = False,
) -> None:
    """List an experiment's cells.

    With --json: package (where this code lies), records (the schema version of what it writes),
    preset, threads, and for each cell its id, dataset, spec, code and data_code, the digests of
    the code behind its record and behind its data.
    """
    from inrbench.experiments import files as experiments

    loaded = experiments.load(name, preset)
    if not as_json:
        print("\n".join(cell.id for cell in loaded.cells()))
        return
    from inrbench.cells import record
    from inrbench.registry import modules
    from inrbench.run import sources

    print(json.dumps({
        "package": str(modules.PACKAGE),
        "records": record.SCHEMA,
        "preset": loaded.preset,
        "threads": loaded.threads,
        "cells": [
            {"id": cell.id, "dataset": cell.dataset, "spec": cell.spec,
             "code": sources.digest_of_cell(cell.spec),
             "data_code": sources.digest_of_part("dataset", cell.spec["dataset"]["name"])}
            for cell in loaded.cells()
        ],
    }))  # fmt: skip
