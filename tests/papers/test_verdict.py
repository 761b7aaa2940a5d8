"""Verdicts: the tolerance, and everything that keeps a claim from being called reproduced."""

import math
from dataclasses import replace

import pytest

from inrbench import papers, registry
from inrbench.papers import Claim
from inrbench.papers.comparison import ClaimComparison


def claim(*comparisons, **changes):
    made = Claim(
        name="trial", statement="A trial", where="abstract", quantity="a ratio",
        compare=lambda found: list(comparisons), compares=lambda cell: True,
        holds=(0, 1.2), near=(0, 1.4), needs="a run",
    )  # fmt: skip
    return replace(made, **changes)


def one(*values, of=("SIREN",), **more):
    return ClaimComparison("FORBILD", of, values, **more)


@pytest.mark.parametrize(
    ("value", "status"),
    [(0.1, "reproduced"), (1.2, "reproduced"), (1.2001, "close"), (1.4, "close"),
     (1.4001, "not reproduced")],
)  # fmt: skip
def test_the_tolerance_decides_and_its_ends_belong_to_it(value, status):
    verdict = claim(one(value, value, value)).verdict([])
    assert verdict.status == status and verdict.caveat == ""


def test_the_worst_of_several_settings_decides():
    fine, poor = one(1, 1, 1), one(1.5, 1.5, 1.5, of=("hash encoding",))
    verdict = claim(fine, poor).verdict([])
    assert verdict.status == "not reproduced" and verdict.within == 1
    assert verdict.figures == "1 of 2 within. FORBILD: SIREN: 1.00; hash encoding: 1.50"


def test_a_value_is_the_geometric_mean_over_seeds_and_its_range_is_told():
    assert one(1, 4).value == pytest.approx(2)
    assert str(one(1, 4)) == "SIREN: 2.00 (1.00 to 4.00)"
    assert math.isnan(one().value)


@pytest.mark.parametrize("odd", [0.0, math.inf, math.nan])
def test_a_value_without_a_logarithm_is_a_failure_and_does_not_hide_the_others(odd):
    found = one(1, odd, 4)
    assert found.value == pytest.approx(2) and found.failed == (f"with a ratio of {odd:g}",)
    assert replace(found, detail="again").failed == found.failed
    verdict = claim(one(1, 1, 1, odd)).verdict([])
    assert verdict.status == "close"
    assert f"1 cell could not be compared (1 with a ratio of {odd:g})" in verdict.caveat
    assert claim(one(2, odd, 2, 2)).verdict([]).status == "not reproduced"


@pytest.mark.parametrize(("seeds", "words"), [(1, "one seed (FORBILD)"), (2, "2 seeds (FORBILD)")])
def test_too_few_seeds_are_never_plainly_reproduced(seeds, words):
    verdict = claim(one(*[1] * seeds)).verdict([])
    assert verdict.status == "close"
    assert verdict.caveat.startswith("within the tolerance, but ") and words in verdict.caveat
    refuted = claim(one(*[2] * seeds)).verdict([])
    assert refuted.status == "not reproduced" and words in refuted.caveat
    counted = claim(one(*[1] * seeds), statistical=False).verdict([])
    assert counted.status == "reproduced" and counted.caveat == ""


def test_failed_cells_are_counted_and_the_others_do_not_carry_the_claim():
    verdict = claim(one(1, 1, 1, failed=("timeout", "timeout", "error"))).verdict([])
    assert verdict.status == "close"
    assert "3 cells could not be compared (2 timeout, 1 error)" in verdict.caveat
    assert "[2 timeout, 1 error]" in verdict.figures
    assert claim(one(1, 1, 1, failed=("diverged",))).verdict([]).status == "not reproduced"
    assert claim(one(failed=("diverged",))).verdict([]).status == "not reproduced"


def test_without_a_value_it_is_not_tested_and_says_what_to_run():
    for comparisons in ([], [one(failed=("timeout",))], [one(detail="no shapes")]):
        verdict = claim(*comparisons).verdict([])
        assert verdict.status == "not tested" and verdict.figures.endswith("to be run: a run")
        assert verdict.within == 0 and verdict.seeds == []


def test_settings_cells_and_measurements_that_lack_are_named():
    settings = (("SIREN",), ("hash encoding", "LS"))
    verdict = claim(one(1, 1, 1), settings=settings).verdict([])
    assert verdict.status == "close" and "nothing to compare for hash encoding with LS" in (
        verdict.caveat
    )
    verdict = claim(one(1, 1, 1)).verdict([], missing=[3] * 7)
    assert verdict.status == "close" and "7 cells have no record yet" in verdict.caveat
    verdict = claim(one(1, 1, 1), compares=lambda cell: cell == 1).verdict([], missing=[1, 2])
    assert verdict.status == "close" and "1 cell has no record yet" in verdict.caveat
    verdict = claim(one(1, 1, 1), compares=lambda cell: cell == 1).verdict([], missing=[2])
    assert verdict.status == "reproduced" and not verdict.caveat
    verdict = claim(one(1, 1, 1, caveats=("a model",))).verdict([])
    assert verdict.status == "close" and "a model" in verdict.caveat


def test_bounds_are_written_as_they_are_tested():
    assert claim().tolerance == "a ratio: at most 1.2; close: at most 1.4"
    other = claim(holds=(10, 1000), near=(2, math.inf))
    assert other.tolerance == "a ratio: 10 to 1,000; close: at least 2"


def test_an_unknown_paper_names_the_nearest():
    with pytest.raises(ValueError, match="unknown paper 'najaf2062': did you mean 'najaf2026'"):
        papers.load("najaf2062")


@pytest.mark.parametrize("name", registry.names("paper"))
def test_a_paper_without_records_has_every_claim_untested(name):
    paper = papers.load(name)
    assert paper.citation and all(number.where for number in paper.published)
    names = [each.name for each in paper.claims]
    assert len(set(names)) == len(names)
    for each in paper.claims:
        assert each.verdict([]).status == "not tested"
        assert each.near[0] <= each.holds[0] and each.holds[1] <= each.near[1]


@pytest.mark.parametrize("value", [1.0, 1.3, 9.0])
def test_what_experiments_cannot_decide_is_undecided_whatever_they_show(value):
    verdict = claim(one(value, value), undecided="the search ended at its edge").verdict([])
    assert verdict.status == "undecided"
    assert verdict.caveat.startswith("the search ended at its edge; 2 seeds")
    assert claim(one(), undecided="an edge").verdict([]).status == "not tested"
