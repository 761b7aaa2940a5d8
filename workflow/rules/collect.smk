# Collection: records to tables.


for experiment in EXPERIMENTS:

    rule:
        name:
            f"{experiment.name}_tables"
        input:
            lambda w, experiment=experiment: marks_of(experiment),
        output:
            tables_of(experiment),
        log:
            made_in(experiment) / "tables.log",
        params:
            name=experiment.name,
            preset=experiment.preset,
            title=experiment.title,
            note=experiment.note,
            cells=[cell.id for cell in experiment.cells()],
            paper=experiment.paper,
            code=sources.digest(writers_of(experiment)),
        message:
            f"Writing the tables of {experiment.name}-{experiment.preset}"
        shell:
            "inrbench tables {params.name:q} --preset {params.preset:q} --machine {MACHINE:q} {ONLY} > {log:q} 2>&1"
