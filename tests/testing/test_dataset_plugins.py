"""The contract of a data set: the template keeps it, and each planted fault is found."""

import re

import pytest

from inrbench.templates import write
from inrbench.testing.check import check

FAULTS = {
    "no case": ("return sparse_case(", "return (lambda *a, **k: 1)(", "it gave a int"),
    "chance": ("line_integrals = ellipses", "line_integrals = np.random.random() + ellipses",
               "the same parameters gave two cases"),
    "another unit": ("return sparse_case(", "return centimetres(", "100|unexplained"),
    "a mirrored reference": ("return sparse_case(", "return mirrored(",
                             "flipped along the axes|unexplained"),
    "a scale of another unit": ("scale=0.02", "scale=20.0", "give the typical attenuation"),
    "views that judge themselves": ("return sparse_case(", "return repeated(",
                                    "held-out view .* is one of the scan"),
}  # fmt: skip
MORE = """
def centimetres(*a, **k):
    from dataclasses import replace
    case = sparse_case(*a, **k)
    return replace(case, reference=10 * case.reference)

def mirrored(*a, **k):
    from dataclasses import replace
    case = sparse_case(*a, **k)
    return replace(case, reference=case.reference.flip(0))

def repeated(*a, **k):
    from dataclasses import replace
    case = sparse_case(*a, **k)
    return replace(case, held_out=case.scan.subset([0, 1]))
"""


def test_the_template_keeps_the_contract_and_runs(tmp_path):
    path, experiment = write("dataset", "mine", tmp_path)
    found = list(check(path))
    assert [one.fault for one in found if one.fault] == [] and len(found) == 7
    assert "plugins: [mine.py]" in experiment.read_text()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name, tmp_path):
    old, new, sentence = FAULTS[name]
    path, _ = write("dataset", "mine", tmp_path)
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new) + MORE)
    faults = " ".join(one.fault for one in check(path) if one.fault)
    assert re.search(sentence, faults), faults
