# Data: fetched where it is measured, simulated where it is not, and kept as one file a case.


rule fetch:
    """Download a measured data set; the mark stands for all of its files, checked."""
    output:
        touch(DATA / "{dataset}" / ".fetched"),
    log:
        DATA / "{dataset}" / "fetch.log",
    retries: 3
    message:
        "Fetching {wildcards.dataset}"
    shell:
        "inrbench data fetch {wildcards.dataset:q} > {log:q} 2>&1"


rule prepare:
    """Make a case: scan, grid and reference in one file."""
    input:
        fetched,
    output:
        DATA / "prepared" / "{case}.npz",
    log:
        DATA / "prepared" / "{case}.log",
    threads: THREADS
    params:
        # The digest makes the case anew when the code that makes it has changed.
        code=lambda w: sources.digest_of_part("dataset", w.case.rsplit("-", 1)[0]),
        experiment=lambda w: CASES[w.case][0],
        label=lambda w: CASES[w.case][1],
    message:
        "Preparing {wildcards.case}"
    shell:
        "inrbench data prepare {params.experiment.name:q} {params.label:q}"
        " --preset {params.experiment.preset:q} > {log:q} 2>&1"
