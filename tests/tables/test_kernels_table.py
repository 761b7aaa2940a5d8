"""The kernels' table, from files of pytest-benchmark's."""

import json

import pytest

from inrbench.tables.kernels import kernels_page, read
from inrbench.tables.markdown import to_markdown


def measured(**medians):
    stats = {"iqr": 1e-4, "rounds": 30}
    names = {"forward": "test_forward[cpu]", "jvp": "test_gradient[cuda-jvp10-siren]"}
    return {"benchmarks": [{"name": names[kernel], "stats": stats | {"median": median}}
                           for kernel, median in medians.items()]}  # fmt: skip


def test_medians_are_in_milliseconds_and_ratios_are_to_the_reference():
    page = kernels_page(measured(forward=2e-3, jvp=3e-3), measured(forward=1e-3), "reference/x")
    assert page.columns["kernel"] == ["forward, cpu", "gradient, siren, jvp10, cuda"]
    assert [one.value for one in page.columns["median, ms"]] == [2.0, 3.0]
    assert page.columns["ratio"][0].value == 2.0 and page.columns["ratio"][1] == "–"
    assert "reference/x" in to_markdown(page)


def test_a_kernel_that_is_gone_is_named():
    page = kernels_page(measured(forward=1.0), measured(forward=1.0, jvp=1.0), "reference/x")
    assert page.warnings == ["Only the reference has gradient, siren, jvp10, cuda."]
    assert "ratio" not in kernels_page(measured(forward=1.0), None).columns


def test_a_damaged_file_gets_a_sentence(tmp_path):
    path = tmp_path / "kernels.json"
    path.write_text('{"benchmarks": [')
    with pytest.raises(ValueError, match="not a complete JSON file"):
        read(path)
    path.write_text(json.dumps({"records": []}))
    with pytest.raises(ValueError, match="not a file of pytest-benchmark's"):
        read(path)
