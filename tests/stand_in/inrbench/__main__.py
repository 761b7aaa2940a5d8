"""`inrbench cells`, `run` and `data prepare`; each of the last two leaves a line in
$STAND_IN_LOG."""

import json
import os
import sys
import time
from pathlib import Path

from inrbench import sources


def cells(words):
    """Two methods and two seeds of the one experiment, `pair`."""
    if words[1] != "pair":
        sys.exit(f"error: unknown experiment {words[1]!r}: known are pair")
    found = [
        {"id": f"forbild/{method}/seed{seed}", "dataset": "forbild",
         "spec": {"dataset": {"name": "forbild"}, "method": {"name": method}},
         "code": sources.CGLS if method == "cgls" else "fbp"}
        for seed in (0, 1) for method in ("fbp", "cgls")
    ]  # fmt: skip
    preset = words[words.index("--preset") + 1] if "--preset" in words else "tiny"
    print(json.dumps({"package": str(Path(__file__).parent), "records": 2, "preset": preset,
                      "threads": None, "cells": found}))  # fmt: skip


def main(words):
    if words[0] == "cells":
        cells(words)
        return
    options = dict(zip(words[2::2], words[3::2], strict=False))
    with open(os.environ["STAND_IN_LOG"], "a") as log:
        print(words[0], sources.CGLS, options.get("--cell", ""), file=log)
    if words[0] == "data":
        return
    if options["--cell"] == os.environ.get("STAND_IN_FAILS"):
        sys.exit("error: no luck")
    dataset, method, seed = options["--cell"].split("/")
    preset = options["--preset"]
    folder = Path("results", options["--machine"], f"pair-{preset}", options["--cell"])
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "schema_version": 2, "labels": {"dataset": dataset, "method": method},
        "status": "ok", "command": " ".join(words),
        "cell": {"experiment": "pair", "preset": preset, "dataset": dataset, "method": method,
                 "seed": int(seed.removeprefix("seed"))},
        "spec": {"dataset": {"name": dataset}, "method": {"name": method}},
        "created": str(time.time_ns()), "machine": {"key": {"device": "stand-in"}},
    }  # fmt: skip
    (folder / "record.json").write_text(json.dumps(record))
    (folder / "image.npz").write_bytes(b"large")


main(sys.argv[1:])
