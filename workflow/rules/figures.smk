# Figures, and a target for each experiment: its tables and figures.


for experiment in EXPERIMENTS:
    folder = RESULTS / f"{experiment.name}-{experiment.preset}"

    rule:
        name:
            f"{experiment.name}_figures"
        input:
            lambda w, experiment=experiment: marks_of(experiment),
        output:
            figures_of(experiment),
        log:
            made_in(experiment) / "figures.log",
        params:
            name=experiment.name,
            preset=experiment.preset,
            cells=[cell.id for cell in experiment.cells()],
            options=json.dumps([experiment.figure(key) for key in experiment.figures]),
            code=sources.digest(
                frozenset(
                    registry.module("figure", experiment.figure(key)["name"])
                    for key in experiment.figures
                )
            ),
        message:
            f"Drawing the figures of {experiment.name}"
        shell:
            "inrbench figures {params.name:q} --preset {params.preset:q} --machine {MACHINE:q} {ONLY} > {log:q} 2>&1"

    rule:
        name:
            experiment.name
        input:
            # The cells too: a record that is lost is missed although the table is there.
            lambda w, experiment=experiment: marks_of(experiment),
            tables_of(experiment),
            figures_of(experiment),
            page_of(experiment),
        localrule: True
        message:
            f"{experiment.name}-{experiment.preset} is complete; inrbench show {folder} {ONLY}"
