# Collection: records to tables and figures, and a target for each experiment.


rule tables:
    input:
        lambda w: marks_of(experiment_of(w.experiment)),
    output:
        expand(
            RESULTS / "{{experiment}}" / "tables" / "{file}",
            file=[
                *["cells.csv", "table.csv", "agreement.csv"],
                *["table.md", "brief.md", "agreement.md"],
                *["table.tex", "brief.tex", "agreement.tex"],
            ],
        ),
    log:
        RESULTS / "{experiment}" / "tables.log",
    params:
        name=lambda w: experiment_of(w.experiment).name,
        preset=lambda w: experiment_of(w.experiment).preset,
        title=lambda w: experiment_of(w.experiment).title,
        note=lambda w: experiment_of(w.experiment).note,
        cells=lambda w: [cell.id for cell in experiment_of(w.experiment).cells()],
        paper=lambda w: experiment_of(w.experiment).paper,
        code=lambda w: sources.digest(writers_of(experiment_of(w.experiment))),
    message:
        "Writing the tables of {wildcards.experiment}"
    shell:
        "inrbench tables {params.name:q} --preset {params.preset:q} --machine {MACHINE:q} > {log:q} 2>&1"
