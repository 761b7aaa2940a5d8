"""`inrbench run` and `inrbench data prepare`; each call leaves a line in $STAND_IN_LOG."""

import json
import os
import sys
import time
import zipfile
from pathlib import Path

from inrbench import sources


def main(words):
    options = dict(zip(words[2::2], words[3::2], strict=False))
    with open(os.environ["STAND_IN_LOG"], "a") as log:
        print(words[0], sources.CGLS, options.get("--cell", ""), file=log)
    if words[0] == "data":
        path = Path(os.environ["INRBENCH_DATA"]) / "prepared" / os.environ["STAND_IN_CASE"]
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as case:
            case.writestr("made by", sources.DATA)
        return
    if options["--cell"] == os.environ.get("STAND_IN_FAILS"):
        sys.exit("error: no luck")
    dataset, method, seed = options["--cell"].split("/")
    preset = options["--preset"]
    folder = Path("results", options["--machine"], f"pair-{preset}", options["--cell"])
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "schema_version": 2, "labels": {}, "status": "ok", "command": " ".join(words),
        "cell": {"experiment": "pair", "preset": preset, "dataset": dataset, "method": method,
                 "seed": int(seed.removeprefix("seed"))},
        "spec": {"dataset": {"name": dataset}, "method": {"name": method}},
        "created": str(time.time_ns()), "machine": {"key": {"device": "stand-in"}},
    }  # fmt: skip
    (folder / "record.json").write_text(json.dumps(record))
    (folder / "image.npz").write_bytes(b"large")


main(sys.argv[1:])
