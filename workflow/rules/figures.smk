# Figures, and a target for each experiment: its tables and figures.


def figures_of(experiment):
    folder = RESULTS / f"{experiment.name}-{experiment.preset}" / "figures"
    return [
        folder / f"{name}.{suffix}"
        for name in experiment.figures
        for suffix in ("pdf", "png")
    ]


for experiment in EXPERIMENTS:
    folder = RESULTS / f"{experiment.name}-{experiment.preset}"

    rule:
        name:
            f"{experiment.name}_figures"
        input:
            [
                records.folder(RESULTS, cell) / "record.json"
                for cell in experiment.cells()
            ],
        output:
            figures_of(experiment),
        log:
            folder / "figures.log",
        params:
            name=experiment.name,
            preset=experiment.preset,
            options=json.dumps(experiment.figures),
            code=sources.digest(
                frozenset(registry.module("figure", f) for f in experiment.figures)
            ),
        message:
            f"Drawing the figures of {experiment.name}"
        shell:
            "inrbench figures {params.name} --preset {params.preset} --machine {MACHINE} > {log} 2>&1"

    rule:
        name:
            experiment.name
        input:
            # The records too: one that is lost is missed although the table is there.
            [
                records.folder(RESULTS, cell) / "record.json"
                for cell in experiment.cells()
            ],
            folder / "tables" / "table.md",
            figures_of(experiment),
        localrule: True
        message:
            f"{experiment.name}-{experiment.preset} is complete; inrbench show {folder}"
