"""The kernels' table, from files of pytest-benchmark's."""

import json

import pytest

from inrbench.tables.kernels import kernels_page, read
from inrbench.tables.markdown import to_markdown

NAMES = {"forward": "test_forward[cpu]", "jvp": "test_gradient[cuda-jvp10-siren]"}


def measured(yardstick=None, version=1, **medians):
    """Rounds that scatter by a tenth, beside a yardstick or none."""
    benchmarks = []
    for kernel, seconds in medians.items():
        quartiles = [0.9 * seconds, seconds, 1.1 * seconds]
        stats = {"rounds": 30} | dict(zip(("q1", "median", "q3"), quartiles, strict=True))
        extra = {}
        if yardstick is not None:
            extra = {
                "pace": [one / yardstick for one in quartiles],
                "yardstick": yardstick,
                "yardstick_version": version,
            }
        benchmarks.append({"name": NAMES[kernel], "stats": stats, "extra_info": extra})
    return {"benchmarks": benchmarks}


def test_medians_are_in_milliseconds_and_ratios_are_to_the_reference():
    page = kernels_page(measured(forward=2e-3, jvp=3e-3), measured(forward=1e-3), "reference/x")
    assert page.columns["kernel"] == ["forward, cpu", "gradient, siren, jvp10, cuda"]
    assert [one.value for one in page.columns["median, ms"]] == [2.0, 3.0]
    assert [one.value for one in page.columns["inter-quartile range, ms"]] == pytest.approx(
        [0.4, 0.6]
    )
    assert page.columns["ratio"] == ["2.00 [1.64, 2.44]", "–"]
    assert "reference/x" in to_markdown(page)


def test_a_slower_machine_is_no_slower_kernel():
    """Twice the seconds beside a yardstick that takes twice as long."""
    new, base = measured(2e-3, forward=2e-3), measured(1e-3, forward=1e-3)
    page = kernels_page(new, base, "reference/x", same_machine=True)
    assert page.columns["ratio"] == ["1.00 [0.82, 1.22]"]
    assert "the machine itself took +100.0 % for it" in page.about[-1]


@pytest.mark.parametrize(("version", "same_machine"), [(2, True), (1, False)])
def test_another_yardstick_or_machine_is_compared_in_seconds(version, same_machine):
    new, base = measured(2e-3, version, forward=2e-3), measured(1e-3, forward=1e-3)
    page = kernels_page(new, base, "reference/x", same_machine=same_machine)
    assert page.columns["ratio"] == ["2.00 [1.64, 2.44]"]
    assert "yardstick" not in " ".join(page.about)


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
    with pytest.raises(ValueError, match="benchmark's: benchmarks is missing"):
        read(path)
    path.write_text(json.dumps({"benchmarks": [{"name": "test_forward"}]}))
    with pytest.raises(
        ValueError,
        match=r"a whole file of .* benchmarks\.0\.stats is missing",
    ):
        read(path)


def test_a_yardstick_without_paces_counts_for_nothing():
    new, base = measured(2e-3, forward=2e-3), measured(1e-3, forward=1e-3)
    del base["benchmarks"][0]["extra_info"]["pace"]
    page = kernels_page(new, base, "reference/x", same_machine=True)
    assert page.columns["ratio"] == ["2.00 [1.64, 2.44]"]
