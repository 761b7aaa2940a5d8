# Reconstruction: one job, one child process and one record a cell.


rule validate:
    """Check the parameters of all cells at once, and that this machine can run them, before any
    of them runs."""
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
        "inrbench validate {params.name:q} --preset {params.preset:q} {ON_DEVICE} {ONLY} > {log:q} 2>&1"


rule reconstruct:
    """Run a cell. Whatever happens to it becomes a status in its record, so the rule succeeds.

    What says nothing of the cell fails it: no data, no device, a full disk. Snakemake deletes what
    a rule declares before it runs and when it fails, so that this declares not the record but the
    mark of what it was made by: parameters, code, device and threads, see inrbench/run/stale.py.
    """
    input:
        case=case_of,
        valid=validated,
    output:
        RESULTS / "{experiment}" / "{cell}" / ".made-{digest}",
    threads: THREADS  # what it claims; one that uses fewer still runs alone
    resources:
        gpu=0 if DEVICE == "cpu" else 1,
    params:
        cell=cell_of,
        threads=lambda w: threads_of(experiment_of(w.experiment)),
    message:
        "{wildcards.experiment}: {wildcards.cell}"
    # Its log is run.log beside the record.
    shell:
        "inrbench run {params.cell.experiment:q} --cell {params.cell.id:q}"
        " --preset {params.cell.preset:q} --machine {MACHINE:q} --device {DEVICE}"
        " --threads {params.threads} && touch {output:q}"
