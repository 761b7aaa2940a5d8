# From wildcards to what they stand for: jobs know no more than their paths.


def experiment_of(folder):
    return next(e for e in EXPERIMENTS if f"{e.name}-{e.preset}" == folder)


def cell_of(wildcards):
    return CELLS[str(RESULTS / wildcards.experiment / wildcards.cell)]


def case_of(wildcards):
    name = datasets.case_name(cell_of(wildcards).spec["dataset"])
    return DATA / "prepared" / f"{name}.npz"


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
