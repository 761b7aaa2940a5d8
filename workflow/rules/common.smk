# From wildcards to what they stand for: jobs know no more than their paths.


def experiment_of(folder):
    return next(e for e in EXPERIMENTS if f"{e.name}-{e.preset}" == folder)


def threads_of(experiment):
    """CPU threads of each of its cells."""
    return config.get("threads") or experiment.threads or THREADS


def cell_of(wildcards):
    return CELLS[str(RESULTS / wildcards.experiment / wildcards.cell)]


def case_of(wildcards):
    name = datasets.case_name(cell_of(wildcards).spec["dataset"])
    return DATA / "prepared" / f"{name}.npz"


def validated(wildcards):
    """The mark that the parameters of all cells were checked, for a cell that has yet to run.

    A cell whose record has its parameters does not ask for it: other cells' parameters, which the
    mark's name stands for too, are none of its business.
    """
    cell = cell_of(wildcards)
    if records.has_spec(records.folder(RESULTS, cell), cell.spec):
        return []
    content = experiment_of(wildcards.experiment).model_dump_json(exclude={"folder"})
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return RESULTS / wildcards.experiment / f".validated-{digest}"


def fetched(wildcards):
    experiment, label = CASES[wildcards.case]
    name = experiment.dataset(label)["name"]
    return [DATA / name / ".fetched"] if name in manifest_names() else []


def records_of(experiment):
    return [records.folder(RESULTS, cell) / "record.json" for cell in experiment.cells()]


def figures_of(experiment):
    folder = RESULTS / f"{experiment.name}-{experiment.preset}" / "figures"
    return [
        folder / f"{name}.{suffix}" for name in experiment.figures for suffix in ("pdf", "png")
    ]


def writers_of(experiment):
    """The modules behind its tables, its paper's claims among them."""
    claims = [papers.MODULES[experiment.paper]] if experiment.paper else []
    return frozenset(["inrbench.tables", *claims])


def cases_of(name):
    """The prepared cases of an experiment; none where it is left out."""
    found = [e for e in EXPERIMENTS if e.name == name]
    parts = [e.dataset(label) for e in found for label in e.datasets]
    return [DATA / "prepared" / f"{datasets.case_name(part)}.npz" for part in parts]


def page_of(experiment):
    """The page that ends the regression benchmark; other experiments have none."""
    if experiment.name != "regression":
        return []
    return RESULTS / f"regression-{experiment.preset}" / "report.html"


def dated(*found):
    """Paths with the time of their last change."""
    return sorted(f"{path} {path.stat().st_mtime_ns}" for paths in found for path in paths)
