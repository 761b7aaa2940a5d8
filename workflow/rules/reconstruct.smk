# Reconstruction: one job, one child process and one record a cell.


rule validate:
    """Check the parameters of all cells at once, before any of them runs."""
    output:
        touch(RESULTS / "{experiment}" / ".validated-{digest}"),
    log:
        RESULTS / "{experiment}" / "validate-{digest}.log",
    params:
        name=lambda w: experiment_of(w.experiment).name,
        preset=lambda w: experiment_of(w.experiment).preset,
    message:
        "Checking the parameters of {wildcards.experiment}"
    shell:
        "inrbench validate {params.name:q} --preset {params.preset:q} > {log:q} 2>&1"


rule reconstruct:
    """Run a cell. Whatever happens to it becomes a status in its record, so the rule succeeds."""
    input:
        case=case_of,
        valid=validated,
    output:
        RESULTS / "{experiment}" / "{cell}" / "record.json",
    log:
        RESULTS / "{experiment}" / "{cell}" / "run.log",
    threads: THREADS  # what it claims; one that uses fewer still runs alone
    resources:
        gpu=0 if DEVICE == "cpu" else 1,
    params:
        cell=cell_of,
        # What makes a cell stale: its parameters, the code that it imports, and what it runs on.
        spec=lambda w: json.dumps(cell_of(w).spec, sort_keys=True),
        code=lambda w: sources.digest_of_cell(cell_of(w).spec),
        device=DEVICE,
        threads=lambda w: threads_of(experiment_of(w.experiment)),
    message:
        "{wildcards.experiment}: {wildcards.cell}"
    shell:
        "inrbench run {params.cell.experiment:q} --cell {params.cell.id:q}"
        " --preset {params.cell.preset:q} --machine {MACHINE:q} --device {DEVICE}"
        " --threads {params.threads} --log {log:q}"
