"""What a method asks in a rehearsal, and that outside of one nothing is different."""

import pytest
import torch

from inrbench.meters.rehearsal import kind, number, rehearsal, turns

CPU, META = torch.device("cpu"), torch.device("meta")


@pytest.mark.parametrize("expected", [False, 3, 2.5])
def test_a_number_is_the_tensors_own_where_it_has_one(expected):
    with rehearsal("cpu"):
        assert number(torch.ones(()), expected) == expected
    found = number(torch.ones(()), expected)
    assert found == 1 and type(found) is type(expected)


def test_a_loop_is_cut_short_on_meta_tensors_alone():
    assert list(turns(range(9), 2, CPU)) == list(range(9))
    assert list(turns(range(9), 2, META)) == [0, 1]


def test_meta_tensors_stand_for_the_device_that_is_rehearsed_for():
    assert kind(META) == "cpu" and kind(torch.device("cuda:0")) == "cuda"
    with rehearsal("cuda"):
        assert kind(torch.ones(2).device) == "cuda" and kind(CPU) == "cpu"
    assert kind(META) == "cpu" and torch.ones(2).device == CPU
