"""Which kept references are of this machine."""

import json

import pytest

from inrbench.doctor.device import Device
from inrbench.doctor.references import examine
from inrbench.meters import machine

KEY = {"device": "Xeon", "torch": "2.13.0", "cuda": None, "driver_major": None,
       "protocol_version": 1}  # fmt: skip


@pytest.fixture
def kept(tmp_path):
    def keep(name, **changes):
        key = KEY | {"data_checksum": name, "threads": 1} | changes
        folder = tmp_path / name / "forbild" / "fbp" / "seed0"
        folder.mkdir(parents=True)
        (folder / "record.json").write_text(json.dumps({"machine": {"key": key}}))

    return keep


def found(kept, tmp_path, **key):
    keys = {"cpu": KEY | {"data_checksum": "", "threads": 2} | key}
    (finding,) = examine(Device(keys=keys), tmp_path)
    return finding


def test_one_of_the_same_key_is_of_this_machine_whatever_its_threads(kept, tmp_path):
    kept("xeon/quick-laptop")
    kept("xeon/tune-laptop", torch="2.12.0")
    kept("other/quick-laptop", device="EPYC")
    finding = found(kept, tmp_path)
    assert (finding.state, finding.says) == ("ok", "xeon: 1 of 2 experiments")


def test_the_nearest_of_others_says_in_what_it_differs(kept, tmp_path):
    kept("other/quick-laptop", device="EPYC", torch="2.12.0")
    kept("near/quick-laptop", torch="2.12.0")
    kept("gpu/quick-laptop", cuda="13.0", device="H200", driver_major=580)
    finding = found(kept, tmp_path)
    assert finding.state == "warning"
    assert "near/quick-laptop is the nearest and differs in torch:" in finding.says
    assert finding.mend == "snakemake regression && inrbench reference regression"


def test_more_threads_than_cores_are_of_another_machine(kept, tmp_path):
    kept("xeon/quick-laptop", threads=machine.cores() + 1)
    assert "differs in threads" in found(kept, tmp_path).says


def test_none_and_one_that_cannot_be_read_are_a_warning(kept, tmp_path):
    assert "there is none" in found(kept, tmp_path).says
    kept("xeon/quick-laptop")
    for path in tmp_path.rglob("record.json"):
        path.write_text("{")
    assert "there is none" in found(kept, tmp_path).says
