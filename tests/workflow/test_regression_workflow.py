"""`snakemake regression` on the tiny preset: cells, kernels, and a page that stands alone."""

import json
import re
import shutil

import pytest
from snake import CONFIG, snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("regression")


def test_its_cells_and_kernels_run_on_the_threads_of_the_experiment_unless_told_otherwise(place):
    for config, threads in ((CONFIG[:-1], 1), ([*CONFIG[:-1], "threads=2"], 2)):
        code, text = snakemake(place, "regression", "-n", "-p", *config)
        assert code == 0, text
        cells = [line for line in text.splitlines() if "inrbench run regression" in line]
        assert len(cells) == 7
        assert all(f"--threads {threads} " in line for line in cells)
        assert f"OMP_NUM_THREADS={threads} python -m pytest" in text


def test_it_ends_with_a_page_without_a_reference(place):
    code, text = snakemake(place, "regression", *CONFIG)
    assert code == 0, text
    results = place / "results" / "test" / "regression-tiny"
    kernels = json.loads((results / "kernels.json").read_text())
    assert all(len(one["extra_info"]["pace"]) == 3 for one in kernels["benchmarks"])
    assert {one["name"].split("[")[0] for one in kernels["benchmarks"]} == {
        "test_forward", "test_adjoint", "test_rasterise", "test_gradient"
    }  # fmt: skip
    page = (results / "report.html").read_text()
    assert "nothing is compared" in page
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r'(?:src|href)="http', page)
    assert "What works on this machine" in page and "astra, 2D on the CPU" in page
    assert "nothing is compared" in (results / "report.md").read_text()


def test_what_is_larger_than_the_reference_is_on_the_page_and_the_workflow_succeeds(place):
    """Goes on from the test before: the reference is this run at half the tensor peak."""
    results = place / "results" / "test" / "regression-tiny"
    kept = place / "results" / "reference" / "test" / "regression-tiny"
    shutil.copytree(results, kept)
    for path in kept.rglob("record.json"):
        record = json.loads(path.read_text())
        (peak,) = (one for one in record["memory"] if one["name"] == "tensor_peak")
        peak["bytes"] //= 2
        path.write_text(json.dumps(record))
    code, text = snakemake(place, "regression", *CONFIG)
    assert code == 0, text
    assert "Writing the page" in text and "Measuring the kernels" not in text
    page = (results / "report.html").read_text()
    assert "reference/test" in page and "nothing is compared" not in page
    assert ": 7 larger</h2>" in page
    code, text = snakemake(place, "regression", *CONFIG)
    assert code == 0 and "Nothing to be done" in text
