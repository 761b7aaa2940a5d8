"""Each claim of Najaf and Ongie (2025) on cells whose verdict is known in advance."""

import math
from dataclasses import replace

import numpy as np
import pytest

from inrbench import papers

NETWORKS = ("Fourier features", "SIREN", "hash encoding")
PAPER = papers.load("najaf2025")
# The arithmetic is tested as it decides once the experiments can.
CLAIMS = {claim.name: replace(claim, undecided="") for claim in PAPER.claims}


def every(kept, ls=8.0, fls=2.0, admm=1.0, tv=2.0, seeds=(0, 1, 2), curves=None, statuses=None):
    """LS, FLS and ADMM on each network, and TV; `curves` by name, `statuses` of seed 0 by name."""
    curves, statuses = curves or {}, statuses or {}
    for network in NETWORKS:
        for seed in seeds:
            status = statuses if seed == 0 else {}
            for objective, mse in (("LS", ls), ("FLS", fls)):
                kept.cell(
                    "INR",
                    network,
                    objective,
                    "autograd",
                    seed,
                    mse=mse,
                    curve=curves.get(objective),
                    status=status.get(objective, "ok"),
                )
            kept.cell(
                "ADMM",
                network,
                gradient="autograd",
                seed=seed,
                mse=admm,
                curve=curves.get("ADMM"),
                status=status.get("ADMM", "ok"),
            )
    kept.cell("TV", mse=tv)  # fmt: skip


def verdict(name, kept):
    return CLAIMS[name].verdict(kept.found)


def test_what_the_paper_reports_is_reproduced(kept):
    every(kept)
    for name in ("fls_below_ls", "admm_below_ls", "admm_lowest", "fls_beside_tv",
                 "admm_beside_tv"):  # fmt: skip
        found = verdict(name, kept)
        assert found.status == "reproduced", name
        assert len(found.comparisons) == 3 and set(found.seeds) == {3}
    for name, value in (("fls_below_ls", 0.25), ("admm_lowest", 0.5)):
        found = [one.value for one in verdict(name, kept).comparisons]
        assert found == [pytest.approx(value)] * 3


@pytest.mark.parametrize(
    ("name", "changes", "status"),
    [
        ("fls_below_ls", {"fls": 8.0}, "reproduced"),
        ("fls_below_ls", {"fls": 8.7}, "close"),
        ("fls_below_ls", {"fls": 8.9}, "not reproduced"),
        ("admm_below_ls", {"admm": 8.7}, "close"),
        ("admm_below_ls", {"admm": 8.9}, "not reproduced"),
        ("admm_lowest", {"admm": 2.1}, "close"),
        ("admm_lowest", {"admm": 2.3}, "not reproduced"),
        ("fls_beside_tv", {"tv": 2.0 / 1.2}, "reproduced"),
        ("fls_beside_tv", {"tv": 2.0 / 1.3}, "close"),
        ("admm_beside_tv", {"tv": 1.0 / 1.5}, "not reproduced"),
    ],
)
def test_just_inside_and_outside_the_tolerance(kept, name, changes, status):
    every(kept, **changes)
    assert verdict(name, kept).status == status


def test_one_seed_failures_and_absent_methods(kept):
    every(kept, seeds=[0])
    found = verdict("admm_lowest", kept)
    assert found.status == "close" and "one seed" in found.caveat
    kept.found = [one for one in kept.found if one.record.labels["method"] not in ("ADMM", "TV")]
    for name in ("admm_below_ls", "admm_lowest", "fls_fastest", "admm_faster", "fls_beside_tv"):
        found = verdict(name, kept)
        assert found.status == "not tested" and "to be run: `tv`, `admm`" in found.figures


def test_failed_cells_are_counted_by_whose_they_are(kept):
    every(kept, statuses={"ADMM": "diverged", "LS": "timeout"})
    found = verdict("admm_below_ls", kept)
    assert found.status == "not reproduced"
    assert "6 cells could not be compared (3 diverged, 3 LS timeout)" in found.caveat
    assert verdict("fls_below_ls", kept).status == "close"


def test_the_last_common_iteration_decides(kept):
    """FLS has run for longer and is lower in the end only."""
    every(kept, curves={"FLS": {1000: 9.0, 2000: 1.0}, "LS": {1000: 3.0}})
    found = verdict("fls_below_ls", kept)
    assert found.status == "not reproduced" and found.comparisons[0].values == (3.0,) * 3
    assert found.comparisons[0].detail == "iteration 1000"


def test_subsets_and_sampled_gradients_are_not_the_papers(kept):
    every(kept)
    for seed in (0, 1, 2):
        kept.cell("INR", "SIREN", "FLS, 8 subsets", "autograd", seed, mse=99.0)
        kept.cell("INR", "SIREN", "FLS", "JVP 10 %", seed, mse=99.0)
        kept.cell("INR", "SIREN", "FLS", "exact", seed, mse=99.0)
    assert verdict("fls_below_ls", kept).status == "reproduced"


def test_the_fastest_reaches_the_target_that_both_reach_first(kept):
    """Target 1: FLS has it at 500, ADMM at 1000, LS never."""
    fast, slow = {250: 4.0, 500: 0.25, 1000: 0.25}, {500: 4.0, 1000: 1.0}
    never = {500: 8.0, 1000: 8.0}
    every(kept, curves={"FLS": fast, "ADMM": slow, "LS": never})
    found = verdict("fls_fastest", kept)
    assert found.status == "reproduced"
    assert [one.of for one in found.comparisons] == [("Fourier features",), ("SIREN",)]
    assert found.comparisons[0].values == (0.5,) * 3
    assert found.comparisons[0].detail == "iteration 1000, in steps of 500"
    assert "[iteration 1000, in steps of 500]" in found.figures
    found = verdict("admm_faster", kept)
    assert found.status == "not reproduced" and found.comparisons[0].values == (2.0,) * 3


@pytest.mark.parametrize(("at", "status"), [(900, "close"), (800, "not reproduced")])
def test_least_squares_may_be_the_fastest_too(kept, at, status):
    """FLS and ADMM have the target at iteration 1000, LS at another."""
    both = {800: 4.0, 900: 4.0, 1000: 1.0}
    every(kept, curves={"FLS": both, "ADMM": both, "LS": {800: 4.0, 900: 4.0, 1000: 1.0, at: 1.0}})
    found = verdict("fls_fastest", kept)
    assert found.status == status and found.comparisons[0].values == (1000 / at,) * 3


def test_checkpoints_of_other_spacing_do_not_decide_who_is_the_fastest(kept):
    """Identical flat curves, with checkpoints every 20 iterations and every 50: a tie."""
    fine, coarse = ({k: 1e-4 for k in range(step, 1001, step)} for step in (20, 50))
    every(kept, curves={"LS": fine, "FLS": fine, "ADMM": coarse})
    for name in ("fls_fastest", "admm_faster"):
        found = verdict(name, kept)
        assert {one.value for one in found.comparisons} == {1.0}
        assert found.status == "close" and "a tie, as far as steps of 100" in found.caveat


def test_rounding_does_not_decide_who_is_the_fastest(kept):
    """Falling curves of random values: whoever has the higher end reaches it there, at the end."""
    generator = np.random.default_rng(0)
    for trial in range(20):
        kept.found.clear()
        kept.folder = kept.folder / str(trial)
        ks = range(100, 1001, 100)
        falling = [np.sort(generator.uniform(1e-7, 1e-3, 10))[::-1] for _ in range(3)]
        curves = dict(zip(("LS", "FLS", "ADMM"), falling, strict=True))
        every(
            kept, seeds=[0], curves={n: dict(zip(ks, map(float, v), strict=True))
                                     for n, v in curves.items()}
        )  # fmt: skip
        target = max(curves["FLS"][-1], curves["ADMM"][-1])
        first = {name: next((k for k, v in zip(ks, values, strict=True) if v <= target), math.inf)
                 for name, values in curves.items()}  # fmt: skip
        (found,) = verdict("admm_faster", kept).comparisons
        assert found.values == (first["ADMM"] / min(first["FLS"], first["LS"]),)


def test_curves_without_a_common_iteration_are_not_compared(kept):
    every(kept, curves={"LS": {999: 3.0}, "ADMM": {1000: 1.0}})
    found = verdict("admm_below_ls", kept)
    assert found.status == "not tested" and "3 without a common iteration" in found.figures


def test_a_claim_about_1000_iterations_is_not_reproduced_at_40(kept):
    short = {20: 4.0, 40: 1.0}
    every(kept, tv=1.0, curves={"LS": short, "FLS": short, "ADMM": short})
    for name in ("fls_below_ls", "admm_lowest", "fls_fastest", "admm_beside_tv"):
        found = verdict(name, kept)
        assert found.status == "close", name
        assert "compared after 40 iterations, and the claim is about 1,000" in found.caveat


def test_a_curve_that_ends_without_an_mse_is_a_failed_cell(kept):
    every(kept)
    kept.cell("INR", "SIREN", "LS", "autograd", 3)
    kept.cell("INR", "SIREN", "FLS", "autograd", 3, curve={500: 1.0, 1000: math.nan})
    found = verdict("fls_below_ls", kept)
    assert found.status == "close" and set(found.seeds) == {3}
    assert "1 cell could not be compared (1 without an MSE above 0 up to its end)" in found.caveat


def test_labels_decide_nothing(kept):
    every(kept)
    before = verdict("fls_below_ls", kept)
    for record in (one.record for one in kept.found):
        record.labels.update({"network": "N", "objective": "O"})
    assert verdict("fls_below_ls", kept) == before
    assert verdict("fls_beside_tv", kept).status == "reproduced"


def test_of_several_cells_none_is_judged(kept):
    every(kept)
    for seed in (0, 1, 2):
        kept.cell("ADMM", "SIREN", gradient="autograd", seed=seed, mse=1e-9, rho=1)
    found = verdict("admm_below_ls", kept)
    assert found.status == "close" and "nothing to compare for SIREN" in found.caveat
    cells = "FORBILD-ADMM-SIREN-autograd, FORBILD-ADMM-SIREN-autograd-1"
    assert f"1 not compared [several cells: {cells}]" in found.figures
    assert verdict("fls_below_ls", kept).status == "reproduced"


@pytest.mark.parametrize("mse", [0.0, math.nan])
def test_tv_without_an_mse_above_zero_is_a_reason(kept, mse):
    every(kept, tv=mse)
    found = verdict("fls_beside_tv", kept)
    assert found.status == "not tested"
    assert "9 cells could not be compared (9 TV without an MSE above 0" in found.caveat


def test_only_cells_that_a_claim_compares_are_missed(kept):
    every(kept)
    condition(kept, 100.0)
    lacking = [record for record in (one.record for one in kept.found)
               if record.labels["method"] in ("ADMM", "TV") and record.cell.seed == 0]  # fmt: skip
    words = {
        name: claim.verdict(kept.found, lacking).caveat for name, claim in CLAIMS.items()
    }  # fmt: skip
    assert words["conditioning"] == words["fls_below_ls"] == ""
    for name, count in (("admm_below_ls", 3), ("fls_fastest", 2), ("admm_beside_tv", 4)):
        assert f"{count} cells have no record yet" in words[name], name
    for name in ("admm_faster", "fls_beside_tv"):
        assert "1 cell has no record yet" in words[name], name


def spectrum(ls, fls, ranks=(17, 17)):
    return [
        {"objective": "least_squares", "range_condition": ls, "rank": ranks[0]},
        {"objective": "filtered_least_squares", "range_condition": fls, "rank": ranks[1]},
    ]


def condition(kept, ratio, seeds=(0, 1, 2), networks=NETWORKS, **more):
    for network in networks:
        for seed in seeds:
            kept.cell("conditioning", network, seed=seed, notes=spectrum(ratio * 1e3, 1e3, **more))


@pytest.mark.parametrize(
    ("ratio", "status"),
    [(100.0, "reproduced"), (10.0, "reproduced"), (9.0, "close"), (1100.0, "close"),
     (3.0, "not reproduced"), (4000.0, "not reproduced")],
)  # fmt: skip
def test_condition_numbers_fall_by_one_to_three_orders(kept, ratio, status):
    condition(kept, ratio)
    found = verdict("conditioning", kept)
    assert found.status == status and found.comparisons[0].value == pytest.approx(ratio)


def test_condition_numbers_on_unequal_ranges_are_not_compared(kept):
    condition(kept, 100.0)
    condition(kept, 1e6, seeds=[3], networks=["SIREN"], ranks=(17, 18))
    found = verdict("conditioning", kept)
    assert found.status == "close" and "(1 unequal ranks)" in found.caveat
    assert all(one.value == pytest.approx(100) for one in found.comparisons)


def test_a_conditioning_cell_without_notes_says_so(kept):
    condition(kept, 100.0)
    kept.cell("conditioning", "SIREN", seed=3)
    found = verdict("conditioning", kept)
    assert found.status == "close" and "(1 left no notes)" in found.caveat


def test_condition_numbers_of_one_seed_and_of_two_networks(kept):
    condition(kept, 100.0, seeds=[0], networks=NETWORKS[:2])
    found = verdict("conditioning", kept)
    assert found.status == "close"
    assert "nothing to compare for hash encoding" in found.caveat and "one seed" in found.caveat


def test_only_the_condition_numbers_are_decided_by_the_experiments_that_there_are(kept):
    every(kept)
    condition(kept, 100.0)
    found = {claim.name: claim.verdict(kept.found) for claim in PAPER.claims}
    assert found.pop("conditioning").status == "reproduced"
    assert {verdict.status for verdict in found.values()} == {"undecided"}
    assert all("edge of what their search tried" in verdict.caveat for verdict in found.values())
    assert found["fls_below_ls"].figures.startswith("3 of 3 within")  # shown all the same
