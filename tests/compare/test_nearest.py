"""Which reference a machine is compared with."""

import pytest
from made_record import made

from inrbench.compare.nearest import nearest

CPU = {"device": "EPYC", "device_memory": 24, "driver_major": None, "torch": "2.13.0",
       "cuda": None, "threads": 2, "protocol_version": 1}  # fmt: skip
GPU = {**CPU, "device": "H200", "device_memory": 139, "driver_major": 580, "cuda": "13.0"}


@pytest.fixture
def kept(tmp_path):
    """Keep a record with a key, as the reference of a machine."""

    def keep(machine, **key):
        folder = tmp_path / machine / "regression-paper"
        cell = folder / "forbild" / "fbp" / "seed0"
        cell.mkdir(parents=True)
        (cell / "record.json").write_text(made(machine={"key": key}).model_dump_json())
        return folder

    return keep


def test_the_same_machine_is_nearest_and_differs_in_nothing(kept):
    folders = [kept("a", **{**CPU, "threads": 4}), kept("b", **CPU, data_checksum="any")]
    found = nearest(CPU, folders)
    assert found.machine == "b" and found.differing == ()


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        # The kind of device comes before all else, then the device, then the rest by number.
        ({**GPU, "device": "A100", "device_memory": 80, "torch": "2.6", "driver_major": 5}, CPU),
        ({**GPU, "torch": "2.6", "driver_major": 5, "cuda": "12"}, {**GPU, "device": "A100"}),
        ({**GPU, "torch": "2.6"}, {**GPU, "driver_major": 5, "cuda": "12"}),
    ],
)
def test_the_order_of_what_counts(kept, nearer, farther):
    assert nearest(GPU, [kept("z", **nearer), kept("a", **farther)]).machine == "z"


def test_what_differs_is_named_and_equals_are_taken_by_name(kept):
    folders = [kept(machine, **{**CPU, "torch": "2.6", "threads": 8}) for machine in "ba"]
    found = nearest(CPU, folders)
    assert found.machine == "a" and found.differing == ("threads", "torch")


def test_what_cannot_be_read_is_no_reference(kept):
    folder = kept("a", **CPU)
    (record,) = folder.rglob("record.json")
    record.write_text("{")
    assert nearest(CPU, [folder]) is None
    assert nearest(CPU, []) is None
