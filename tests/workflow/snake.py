"""Real Snakemake runs: each in a folder of its own, with this checkout's Snakefile and profile."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CORES = 2  # on every machine
# Each job is a Snakemake of its own, as in a batch system.
ELSEWHERE = ("--executor", "elsewhere", "--jobs", "2", "--seconds-between-status-checks", "1")
CONFIG = ("--config", "preset=tiny", "machine=test", "device=cpu", "threads=1")


def environment(place, **more):
    return os.environ | {
        "INRBENCH_DATA": str(place / "data"),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [os.environ.get("PYTHONPATH"), str(Path(__file__).with_name("remote"))])
        ),
        **more,
    }


def command(place, *arguments):
    return [str(BIN / "snakemake"), "--snakefile", str(ROOT / "Snakefile"), "--directory", place,
            "--profile", str(ROOT / "profiles" / "default"), "--cores", str(CORES),
            *arguments]  # fmt: skip


def snakemake(place, *arguments, **more):
    done = subprocess.run(
        command(place, *arguments), capture_output=True, text=True, env=environment(place, **more)
    )
    return done.returncode, done.stdout + done.stderr
