"""Which kept references are of this machine."""

from pathlib import Path

import pytest
from made_record import made

from inrbench.cells import kept
from inrbench.cells.result import Result
from inrbench.doctor.device import Device
from inrbench.doctor.references import examine
from inrbench.meters import machine

KEY = {"device": "Xeon", "torch": "2.13.0", "cuda": None, "driver_major": None,
       "protocol_version": 1}  # fmt: skip


@pytest.fixture
def keep(tmp_path):
    def write(name, **changes):
        key = KEY | {"data_checksum": name, "threads": 1} | changes
        experiment, _, preset = Path(name).name.rpartition("-")
        cell = {
            "experiment": experiment,
            "preset": preset,
            "dataset": "d",
            "method": "m",
            "seed": 0,
        }
        record = made(cell=cell, machine={"key": key})
        kept.write(tmp_path / name, [Result(record, tmp_path)], (), tmp_path / "none")

    return write


def found(keep, tmp_path, **key):
    keys = {"cpu": KEY | {"data_checksum": "", "threads": 2} | key}
    (finding,) = examine(Device(keys=keys), tmp_path)
    return finding


def test_one_of_the_same_key_is_of_this_machine_whatever_its_threads(keep, tmp_path):
    keep("xeon/quick-laptop")
    keep("xeon/tune-laptop", torch="2.12.0")
    keep("other/quick-laptop", device="EPYC")
    finding = found(keep, tmp_path)
    assert (finding.state, finding.says) == ("ok", "xeon: 1 of 2 experiments")


def test_the_nearest_of_others_says_in_what_it_differs(keep, tmp_path):
    keep("other/quick-laptop", device="EPYC", torch="2.12.0")
    keep("near/quick-laptop", torch="2.12.0")
    keep("gpu/quick-laptop", cuda="13.0", device="H200", driver_major=580)
    finding = found(keep, tmp_path)
    assert finding.state == "warning"
    assert "near/quick-laptop is the nearest and differs in torch:" in finding.says
    assert finding.mend == "snakemake regression && inrbench reference regression"


def test_more_threads_than_cores_are_of_another_machine(keep, tmp_path):
    keep("xeon/quick-laptop", threads=machine.cores() + 1)
    assert "differs in threads" in found(keep, tmp_path).says


def test_none_and_one_that_cannot_be_read_are_a_warning(keep, tmp_path):
    assert "there is none" in found(keep, tmp_path).says
    keep("xeon/quick-laptop")
    (tmp_path / "xeon" / "quick-laptop" / "records.jsonl").write_text("{")
    assert "there is none" in found(keep, tmp_path).says
