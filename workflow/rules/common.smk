# From wildcards to what they stand for: jobs know no more than their paths.


def experiment_of(folder):
    return next(e for e in EXPERIMENTS if f"{e.name}-{e.preset}" == folder)


def here():
    """Whether cells run on this machine; where a remote executor runs them, each speaks for its
    own. Known only once the workflow has been read, and in a remote job."""
    return workflow.local_exec and not workflow.remote_exec


def threads_of(experiment):
    """CPU threads of each of its cells."""
    return config.get("threads") or experiment.threads or THREADS


onstart:
    # Not while the workflow is read: a dry run may plan for another machine.
    if here():
        try:
            machine.bounded(THREADS)
        except ValueError as error:
            raise WorkflowError(str(error))
    if not workflow.remote_exec:
        for experiment in EXPERIMENTS:
            if experiment.name in workflow.dag_settings.targets:
                greet(experiment)


def greet(experiment):
    """Say how much there is to do, that it may be stopped, and how to watch it."""
    cells = [
        cell
        for cell, mark in zip(experiment.cells(), marks_of(experiment), strict=True)
        if not mark.exists()
    ]
    if cells:
        options = f"--preset {experiment.preset} --machine {MACHINE} {ONLY}".strip()
        command = f"inrbench watch {experiment.name} {options}"
        print(watch.to_come(cells, MACHINE, command), file=sys.stderr, flush=True)


def cell_of(wildcards):
    return CELLS[str(RESULTS / wildcards.experiment / wildcards.cell)]


def case_of(wildcards):
    name = datasets.case_name(cell_of(wildcards).spec["dataset"])
    return DATA / "prepared" / f"{name}.npz"


@functools.cache
def mark_of(folder):
    """The mark that the record in a cell's folder stands, see inrbench/run/stale.py; looked at once."""
    cell = CELLS[folder]
    threads = threads_of(experiment_of(f"{cell.experiment}-{cell.preset}"))
    return stale.wanted(Path(folder), cell.spec, DEVICE, threads, here())


def marks_of(experiment):
    return [mark_of(str(records.folder(RESULTS, cell))) for cell in experiment.cells()]


def validated(wildcards):
    """The mark that all cells of the experiment can run here, for one that has yet to run.

    A cell whose record stands does not ask for it: other cells' parameters, which the mark's name
    stands for too, are none of its business.
    """
    if mark_of(str(RESULTS / wildcards.experiment / wildcards.cell)).exists():
        return []
    content = [experiment_of(wildcards.experiment).model_dump_json(exclude={"folder"}), DEVICE]
    content += [machine.equipment()] if here() else []
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
    return RESULTS / wildcards.experiment / f".validated-{digest}"


# Who has no such device or projector is told before any cell; a remote cell finds out for itself.
ON_DEVICE = "" if workflow.remote_exec else f"--device {DEVICE}"


def fetched(wildcards):
    experiment, label = CASES[wildcards.case]
    name = experiment.dataset(label)["name"]
    return [DATA / name / ".fetched"] if name in manifest_names() else []


def made_in(experiment):
    """The folder of its tables and figures, of a part's its own."""
    return part.made_in(experiment, RESULTS / f"{experiment.name}-{experiment.preset}")


def tables_of(experiment):
    return [made_in(experiment) / "tables" / file for file in table_files.files(experiment)]


def figures_of(experiment):
    folder = made_in(experiment) / "figures"
    return [
        folder / f"{name}.{suffix}" for name in experiment.figures for suffix in ("pdf", "png")
    ]


def writers_of(experiment):
    """The modules behind its tables, its paper's claims among them."""
    claims = [registry.module("paper", experiment.paper)] if experiment.paper else []
    return frozenset(["inrbench.tables", *claims])


def cases_of(name):
    """The prepared cases of an experiment; none where it is left out."""
    found = [e for e in EXPERIMENTS if e.name == name]
    parts = [e.dataset(label) for e in found for label in e.datasets]
    return [DATA / "prepared" / f"{datasets.case_name(part)}.npz" for part in parts]


def page_of(experiment):
    """The page that ends the regression benchmark; a part of it and other experiments have none."""
    if experiment.name != "regression" or experiment.only:
        return []
    return RESULTS / f"regression-{experiment.preset}" / "report.html"


def dated(*found):
    """Paths with the time of their last change."""
    return sorted(f"{path} {path.stat().st_mtime_ns}" for paths in found for path in paths)
