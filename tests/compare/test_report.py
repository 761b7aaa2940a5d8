"""The page that a person sends: what it compares with, and that it stands alone."""

import json
import re
import shutil

import pytest
import yaml
from campaign import fields

from inrbench.cells import records
from inrbench.cells.record import Record
from inrbench.compare.report import write
from inrbench.doctor.finding import fault
from inrbench.doctor.report import to_json
from inrbench.experiments import files as experiments

TEXT = {"title": "Three", "presets": {"tiny": {}}, "seeds": [0, 1],
        "datasets": {"forbild": {"size": 24, "views": 12, "columns": 32}},
        "methods": [{"name": "fbp"}, {"name": "cgls"}, {"name": "tv"}]}  # fmt: skip


@pytest.fixture
def place(tmp_path):
    """Two machines: `here`, with the results of an experiment, and a kept reference of `there`."""
    (tmp_path / "three.yaml").write_text(yaml.safe_dump(TEXT))
    for target in ("here", "reference/there"):
        for cell in experiments.load("three", folder=tmp_path).cells():
            made = fields(cell.method, cell.seed, created=f"2026-01-01 {target}")
            made["cell"] |= {"experiment": "three", "preset": "tiny"}
            made |= {"labels": cell.labels, "spec": cell.spec}
            folder = records.folder(tmp_path / target, cell)
            folder.mkdir(parents=True)
            (folder / "record.json").write_text(Record.model_validate(made).model_dump_json())
    figures = tmp_path / "here" / "three-tiny" / "figures"
    figures.mkdir()
    (figures / "curve.png").write_bytes(bytes.fromhex("89504e470d0a1a0a"))
    return tmp_path


def edit(folder, change):
    for path in folder.rglob("record.json"):
        record = json.loads(path.read_text())
        change(record)
        path.write_text(json.dumps(record))


def made(place):
    experiment = experiments.load("three", folder=place)
    _, markdown = write(experiment, place / "here", place / "reference")
    return markdown.read_text()


def test_the_same_machine_is_named_and_both_sides_are_dated(place):
    text = made(place)
    assert "Compared with 6 runs of" in text and "reference/there" in text
    assert "nearest reference" not in text
    assert len(re.findall(r"^\| torch +\|.*\| *\|$", text, flags=re.M)) == 1  # differs: no


def test_what_is_larger_than_the_reference_is_said(place):
    def half(record):
        record["memory"][0]["bytes"] //= 2

    edit(place / "reference" / "there", half)
    assert ": 3 larger" in made(place)


def test_another_machine_is_the_nearest_and_what_differs_is_named(place):
    def other(record):
        record["machine"]["key"] |= {"torch": "2.6.0", "device": "Ryzen"}

    edit(place / "reference" / "there", other)
    text = made(place)
    assert "it differs in device, torch. Ratios only, no verdicts." in text
    assert "3 not comparable" in text
    assert not re.search(r"\b(slower|worse|improved)\b *\|", text)
    assert re.search(r"^\| torch .*\| 2.6.0 .*\| yes", text, flags=re.M)


def test_without_a_reference_it_says_how_to_keep_one(place):
    shutil.rmtree(place / "reference")
    text = made(place)
    assert "nothing is compared" in text
    assert "`inrbench reference three --preset tiny`" in text


def test_what_lies_in_the_folder_besides_the_cells_is_of_no_concern(place):
    folder = place / "here" / "three-tiny" / "forbild"
    shutil.copytree(folder / "fbp" / "seed0", folder / "fbp" / "seed9")
    assert "6 runs of three-tiny, " in made(place)


def test_a_busy_machine_is_warned_of(place):
    assert "was busy" not in made(place)
    edit(place / "here", lambda one: one["machine"]["fingerprint"]["cpu"].update(load=[6.0]))
    assert "The machine was busy: a load of 6.0 while cells ran on 2 threads." in made(place)


def test_the_kernels_of_both_are_set_beside_each_other(place):
    for side, median in (("here", 3e-3), ("reference/there", 2e-3)):
        stats = {"q1": median, "median": median, "q3": median, "rounds": 5}
        content = {"benchmarks": [{"name": "test_forward[cpu]", "stats": stats}]}
        (place / side / "three-tiny" / "kernels.json").write_text(json.dumps(content))
    assert re.search(r"\| forward, cpu +\| 3.000 .*\| 2.000 .*\| 1.50", made(place))


def test_what_works_on_the_machine_is_on_the_page_and_needs_not_be(place):
    assert "What works on this machine" not in made(place)
    found = fault("projectors", "rtk, 3D on the CPU", "not there", "pip install itk-rtk", True)
    path = place / "here" / "three-tiny" / "doctor.json"
    path.write_text(to_json([found]))
    assert re.search(
        r"\| rtk, 3D on the CPU \| broken +\| not there .*\| pip install itk-rtk", made(place)
    )
    path.write_text("")
    with pytest.raises(ValueError, match=r"doctor.json: not a file of `inrbench doctor --json`"):
        made(place)


def test_the_file_stands_alone(place):
    assert "![curve](figures/curve.png)" in made(place)
    text = (place / "here" / "three-tiny" / "report.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert len(sources) == 1 and sources[0].startswith("data:image/png;base64,iVBORw0KGgo")
    assert "<script" not in text and "@import" not in text


def test_a_cell_that_has_not_run_is_named(place):
    (place / "here" / "three-tiny" / "forbild" / "cgls" / "seed0" / "record.json").unlink()
    with pytest.raises(FileNotFoundError, match="cgls/seed0"):
        made(place)
