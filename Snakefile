# inrbench: every experiment of workflow/experiments is a target; alone, this lists them.
#
#   snakemake                       the experiments, their presets and cells
#   snakemake quick                 an experiment in its first preset
#   snakemake regression            is anything slower, larger or worse than the reference?
#   snakemake quick --config preset=tiny machine=my-laptop device=cpu threads=4
#   snakemake quick --config only="network=siren,gradient=autograd"
#
# Configuration (all optional):
#   preset    which preset of the experiments to run (default: the first of each)
#   machine   label of the folder below results/: letters, digits, ., _ and - (default: the name
#             of the device)
#   device    cpu, cuda, or auto: CUDA where there is one (default: auto)
#   threads   CPU threads of a cell (default: as many as its experiment says, or all cores, and
#             then cells run one at a time and do not disturb each other's times)
#   only      a part of the cells, see inrbench/experiments/part.py (default: all)
# Environment: INRBENCH_EXPERIMENTS, more folders of experiments; INRBENCH_RESULTS, see
# inrbench/cells/machine_label.py; INRBENCH_PLUGINS, see inrbench/plugins.py; INRBENCH_DATA and
# INRBENCH_MIRROR, see inrbench/datasets/folder.py and source.py.

import functools
import hashlib
import json
import shlex
import sys

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from inrbench import datasets, registry
from inrbench.cells import machine_label, records
from inrbench.datasets.folder import data_folder
from inrbench.datasets.manifest import manifest_names
from inrbench.experiments import files as experiments
from inrbench.experiments import part, table_files
from inrbench.io import shipped
from inrbench.meters import machine
from inrbench.run import sources, stale, watch
from pathlib import Path

min_version("9.8")

for key in config:
    if key not in (known := ["preset", "machine", "device", "threads", "only"]):
        raise WorkflowError(f"unknown configuration {key!r}: {registry.nearest(key, known)}")
DEVICE = config.get("device", "auto")
if DEVICE not in ("auto", "cpu", "cuda"):
    raise WorkflowError(f"device={DEVICE!r}: expected auto, cpu or cuda")
THREADS = config.get("threads", machine.cores())
if type(THREADS) is not int or THREADS < 1:
    raise WorkflowError(f"threads={THREADS!r}: expected a number of CPU threads, at least 1")
MACHINE = str(config.get("machine", machine.label(DEVICE)))
try:
    RESULTS = machine_label.to_write(MACHINE)
except ValueError as error:
    raise WorkflowError(str(error))
DATA = data_folder()
PART = str(config["only"]) if "only" in config else None
ONLY = f"--only {shlex.quote(PART)}" if PART else ""  # in the commands of rules

try:
    EXPERIMENTS = experiments.load_all(config.get("preset"), only=PART)
except ValueError as error:
    raise WorkflowError(str(error))

# A cell is found by its folder, a case by its file name: jobs know no more than their paths.
CELLS = {str(records.folder(RESULTS, cell)): cell for e in EXPERIMENTS for cell in e.cells()}
CASES = {
    datasets.case_name(e.dataset(label)): (e, label) for e in EXPERIMENTS for label in e.datasets
}


wildcard_constraints:
    case="[^/]+",
    cell="[^/]+/[^/]+/seed[0-9]+",
    dataset="[^/]+",
    digest="[0-9a-f]+",
    experiment="[^/]+",
    preset="[^/]+",


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/reconstruct.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/regression.smk"


rule experiments:
    default_target: True
    localrule: True
    message:
        "The experiments:"
    shell:
        "inrbench list"
