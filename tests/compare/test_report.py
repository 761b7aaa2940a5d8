"""The page that a person sends: what it compares with, and that it stands alone."""

import json
import re
import shutil
from pathlib import Path

import pytest

from inrbench.compare.page_of_results import report, write
from inrbench.doctor.finding import fault
from inrbench.doctor.report import to_json
from inrbench.experiments import files as experiments

KEPT = Path(__file__).parents[1] / "results" / "reference" / "amd-epyc" / "quick-laptop"
PIXEL = bytes.fromhex("89504e470d0a1a0a")


@pytest.fixture
def place(tmp_path):
    """Two machines: `here`, with the results of `quick`, and a kept reference of `there`."""
    for target in ("here", "reference/there"):
        shutil.copytree(KEPT, tmp_path / target / "quick-laptop",
                        ignore=shutil.ignore_patterns("tables", "figures"))  # fmt: skip
    figures = tmp_path / "here" / "quick-laptop" / "figures"
    figures.mkdir()
    (figures / "curve.png").write_bytes(PIXEL)
    return tmp_path


def edit(folder, change):
    for path in folder.rglob("record.json"):
        record = json.loads(path.read_text())
        change(record)
        path.write_text(json.dumps(record))


def made(place):
    found = report(experiments.load("quick"), place / "here", place / "reference")
    return found.markdown(place / "here" / "quick-laptop")


def test_the_same_machine_is_named_and_both_sides_are_dated(place):
    text = made(place)
    assert "Compared with 26 runs of" in text and "reference/there" in text
    assert "nearest reference" not in text
    assert len(re.findall(r"^\| torch +\|.*\| *\|$", text, flags=re.M)) == 1  # differs: no


def test_another_machine_is_the_nearest_and_what_differs_is_named(place):
    def other(record):
        record["machine"]["key"] |= {"torch": "2.6.0", "device": "Ryzen"}

    edit(place / "reference" / "there", other)
    text = made(place)
    assert "it differs in device, torch. Ratios only, no verdicts." in text
    assert "not comparable" in text
    assert not re.search(r"\b(slower|worse|improved)\b *\|", text)
    assert re.search(r"^\| torch .*\| 2.6.0 .*\| yes", text, flags=re.M)


def test_without_a_reference_it_says_how_to_keep_one(place):
    shutil.rmtree(place / "reference")
    text = made(place)
    assert "nothing is compared" in text
    assert "`inrbench reference quick --preset laptop`" in text


def test_what_lies_in_the_folder_besides_the_cells_is_of_no_concern(place):
    folder = place / "here" / "quick-laptop" / "forbild"
    shutil.copytree(folder / "fbp" / "seed0", folder / "fbp" / "seed9")
    assert "26 runs of quick-laptop, " in made(place)


def test_a_busy_machine_is_warned_of(place):
    def busy(load):
        return lambda record: record["machine"]["fingerprint"]["cpu"].update(load=[load, 0, 0])

    edit(place / "here", busy(2.5))
    assert "was busy" not in made(place)
    edit(place / "here", busy(6.0))
    assert "The machine was busy: a load of 6.0 while cells ran on 2 threads." in made(place)


def test_the_kernels_of_both_are_set_beside_each_other(place):
    for side, median in (("here", 3e-3), ("reference/there", 2e-3)):
        stats = {"q1": median, "median": median, "q3": median, "rounds": 5}
        content = {"benchmarks": [{"name": "test_forward[cpu]", "stats": stats}]}
        (place / side / "quick-laptop" / "kernels.json").write_text(json.dumps(content))
    assert re.search(r"\| forward, cpu +\| 3.000 .*\| 2.000 .*\| 1.50", made(place))


def test_what_works_on_the_machine_is_on_the_page_and_needs_not_be(place):
    assert "What works on this machine" not in made(place)
    found = fault("projectors", "rtk, 3D on the CPU", "not there", "pip install itk-rtk", True)
    path = place / "here" / "quick-laptop" / "doctor.json"
    path.write_text(to_json([found]))
    assert re.search(
        r"\| rtk, 3D on the CPU \| broken +\| not there .*\| pip install itk-rtk", made(place)
    )
    path.write_text("")
    with pytest.raises(ValueError, match=r"doctor.json: not a file of `inrbench doctor --json`"):
        made(place)


def test_the_file_stands_alone(place):
    html, markdown = write(experiments.load("quick"), place / "here", place / "reference")
    text = html.read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert len(sources) == 1 and sources[0].startswith("data:image/png;base64,iVBORw0KGgo")
    assert "<script" not in text and "@import" not in text
    assert "![curve](figures/curve.png)" in markdown.read_text()


def test_a_cell_that_has_not_run_is_named(place):
    (place / "here" / "quick-laptop" / "forbild" / "cgls" / "seed0" / "record.json").unlink()
    with pytest.raises(FileNotFoundError, match="cgls/seed0"):
        made(place)
