# Collection: records to tables and figures, and a target for each experiment.


def records_of(wildcards):
    experiment = experiment_of(wildcards.experiment)
    return [
        records.folder(RESULTS, cell) / "record.json" for cell in experiment.cells()
    ]


rule tables:
    input:
        records_of,
    output:
        expand(
            RESULTS / "{{experiment}}" / "tables" / "{file}",
            file=["brief.md", "cells.csv", "table.csv", "table.md"],
        ),
    log:
        RESULTS / "{experiment}" / "tables.log",
    params:
        name=lambda w: experiment_of(w.experiment).name,
        preset=lambda w: experiment_of(w.experiment).preset,
        code=sources.digest(frozenset({"inrbench.tables"})),
    message:
        "Writing the tables of {wildcards.experiment}"
    shell:
        "inrbench tables {params.name} --preset {params.preset} --machine {MACHINE} > {log} 2>&1"
