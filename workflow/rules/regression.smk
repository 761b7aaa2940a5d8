# The regression benchmark: kernels beside the cells, and a page that compares both.


KEPT = machine_label.RESULTS / machine_label.KEPT


rule doctor:
    """What works on the machine, once the cells have run; a fault is on the page, and no failure."""
    input:
        lambda w: marks_of(experiment_of(f"regression-{w.preset}")),
    output:
        RESULTS / "regression-{preset}" / "doctor.json",
    log:
        RESULTS / "regression-{preset}" / "doctor.log",
    threads: THREADS
    resources:
        gpu=0 if DEVICE == "cpu" else 1,
    params:
        code=sources.digest(frozenset(["inrbench.doctor"])),
    message:
        "Trying what works on this machine"
    shell:
        "inrbench doctor --json > {output:q} 2> {log:q} || [ -s {output:q} ]"


rule kernels:
    """Projector, networks and gradient modes one by one, see benchmarks/test_kernels.py."""
    input:
        cases=cases_of("regression"),
        script=shipped.ROOT / "benchmarks" / "test_kernels.py",
    output:
        RESULTS / "regression-{preset}" / "kernels.json",
    log:
        RESULTS / "regression-{preset}" / "kernels.log",
    threads: THREADS
    resources:
        gpu=0 if DEVICE == "cpu" else 1,
    params:
        threads=lambda w: threads_of(experiment_of(f"regression-{w.preset}")),
        only="-k cpu" if DEVICE == "cpu" else "",
        experiment=lambda w: experiment_of(f"regression-{w.preset}").model_dump_json(
            exclude={"folder"}
        ),
        code=lambda w: sorted(
            sources.digest_of_cell(cell.spec)
            for cell in experiment_of(f"regression-{w.preset}").cells()
            if "gradient" in cell.spec["method"]
        ),
    message:
        "Measuring the kernels of regression-{wildcards.preset}"
    shell:
        "inrbench validate regression --preset {wildcards.preset:q} {ON_DEVICE} > {log:q} 2>&1 &&"
        " OMP_NUM_THREADS={params.threads} python -m pytest -q -p no:cacheprovider {input.script:q} {params.only}"
        " --preset {wildcards.preset:q} --benchmark-disable-gc --benchmark-json {output:q}"
        " > {log:q} 2>&1"


rule report:
    """A page to send: it says what got slower, larger or worse, and succeeds all the same."""
    input:
        lambda w: marks_of(experiment_of(f"regression-{w.preset}")),
        lambda w: figures_of(experiment_of(f"regression-{w.preset}")),
        RESULTS / "regression-{preset}" / "kernels.json",
        RESULTS / "regression-{preset}" / "doctor.json",
    output:
        expand(RESULTS / "regression-{{preset}}" / "report.{suffix}", suffix=["html", "md"]),
    log:
        RESULTS / "regression-{preset}" / "report.log",
    params:
        # Written anew when a reference, or the noise of this machine, comes or changes.
        against=lambda w: dated(
            KEPT.glob(f"*/regression-{w.preset}"),
            *[KEPT.glob("*/noise.json"), RESULTS.glob("noise.json")],
        ),
        code=sources.digest(frozenset(["inrbench.compare.report"])),
    message:
        "Writing the page of regression-{wildcards.preset}"
    shell:
        "inrbench report regression --preset {wildcards.preset:q} --machine {MACHINE:q}"
        " > {log:q} 2>&1"
