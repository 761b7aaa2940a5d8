"""A memory budget chooses the largest chunk that fits; what cannot fit gets a sentence."""

import pytest

from inrbench.cells.spec import part
from inrbench.memory.budget import LEAST, OutOfMemory, exceeded, fit, with_gradient
from inrbench.memory.peak import peak
from inrbench.meters import host

SHAPES = (256, 256), (60, 384)
EXACT = {"name": "jvp", "rate": 1}


def spec(gradient, memory_budget=None, network=None):
    method = {
        "name": "inr", "network": network or {"name": "siren", "width": 64, "layers": 3},
        "objective": {"name": "least_squares"}, "gradient": part("gradient", gradient),
    }  # fmt: skip
    return {"method": method} | ({"memory_budget": memory_budget} if memory_budget else {})


def total(gradient, shapes=SHAPES, device="cpu"):
    return peak(spec(gradient), *shapes, device)


@pytest.mark.parametrize(
    ("device", "rate"), [("cpu", 1), ("cpu", 0.5), ("cuda", 1), ("cuda", 0.5)]
)
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_the_chunk_is_the_largest_that_fits(rate, share, device):
    """One power of two more breaks the budget."""
    gradient = {"name": "jvp", "rate": rate}
    least = total({**gradient, "chunk": LEAST}, device=device)
    whole = total(gradient, device=device)
    allowed = least + int(share * (whole - least))
    found = fit(spec(gradient, allowed), *SHAPES, device)
    assert found.chunk >= LEAST and found.chunk & (found.chunk - 1) == 0
    assert found.peak <= allowed < total({**gradient, "chunk": 2 * found.chunk}, device=device)
    assert found.peak == total({**gradient, "chunk": found.chunk}, device=device)


def test_all_of_the_sample_is_taken_where_it_fits():
    whole = total(EXACT)
    asked = spec(EXACT, whole)
    assert fit(asked, *SHAPES).spec == asked
    assert fit(asked, *SHAPES).chunk is None
    assert fit(spec(EXACT, whole - 1), *SHAPES).chunk == 2**15  # of 2^16 points


def test_a_chunk_that_is_named_is_kept():
    named = {**EXACT, "chunk": 1000}
    assert fit(spec(named, total(named)), *SHAPES).chunk == 1000
    with pytest.raises(OutOfMemory, match="write `chunk: auto`, and one that fits"):
        fit(spec(named, total(named) - 1), *SHAPES)
    with pytest.raises(OutOfMemory, match="write `chunk: auto`"):
        fit(spec({**EXACT, "chunk": None}, total(named)), *SHAPES)


def test_autograd_beyond_the_budget_is_refused_with_the_figures_and_what_to_do():
    shapes = (501, 501, 501), (60, 972, 768)
    asked = spec({"name": "autograd"}, 24 * 10**9, {"name": "siren"})
    needed = peak(asked, *shapes)
    with pytest.raises(OutOfMemory) as caught:
        fit(asked, *shapes)
    for words in (f"1.41 TiB ({needed} bytes)", "22.4 GiB", "24000000000 bytes",
                  "{name: jvp, rate: 1}"):  # fmt: skip
        assert words in str(caught.value)


@pytest.mark.parametrize("gradient", [{"name": "autograd"}, EXACT, {**EXACT, "chunk": 512}])
def test_where_no_chunk_fits_the_sentence_says_what_the_least_needs(gradient):
    least = total({**EXACT, "chunk": LEAST})
    with pytest.raises(OutOfMemory, match=rf"even in chunks of 256 .*\({least} bytes\); raise"):
        fit(spec(gradient, least - 1), *SHAPES)


def test_a_voxel_grid_beyond_the_budget_is_refused_before_it_is_made():
    """1024^3 numbers, their gradient and two moments: 16 GiB, in chunks or not."""
    shapes = (1024, 1024, 1024), (60, 64, 64)
    for gradient in ({"name": "autograd"}, EXACT):
        with pytest.raises(OutOfMemory, match=r"even in chunks of 256 .* bytes\); raise"):
            fit(spec(gradient, 16 * 2**30, {"name": "voxel_grid"}), *shapes)


def test_without_a_budget_or_a_rehearsal_a_cell_is_left_as_it_is():
    plain = spec(EXACT)
    assert fit(plain, *SHAPES).spec is plain and fit(plain, *SHAPES).peak == total(EXACT)
    foreign = spec(EXACT, 1, {"name": "plug_in"})
    found = fit(foreign, *SHAPES)
    assert found.spec is foreign and found.peak is None
    assert "unknown network 'plug_in'" in found.unknown


def test_methods_without_a_gradient_are_held_to_a_budget_too():
    cgls = {"method": {"name": "cgls"}}
    found = fit(cgls, *SHAPES)
    assert found.chunk is None and found.peak > 4 * (3 * 256**2 + 2 * 60 * 384)
    with pytest.raises(OutOfMemory, match="raise the budget, or take a smaller grid or scan"):
        fit(cgls | {"memory_budget": found.peak - 1}, *SHAPES)


def test_with_gradient_leaves_the_original_alone():
    asked = spec(EXACT, 10)
    changed = with_gradient(asked, {"name": "autograd"})
    assert asked == spec(EXACT, 10) and changed == spec({"name": "autograd"}, 10)


def test_a_measured_peak_above_the_budget_has_a_sentence():
    assert exceeded(spec(EXACT), 2**40) is None
    assert exceeded(spec(EXACT, 1000), None) is None  # not measured
    assert exceeded(spec(EXACT, 1000), 1000) is None
    assert "(1001 bytes), above memory_budget" in exceeded(spec(EXACT, 1000), 1001)


def test_the_host_must_hold_the_peak_and_the_reference(monkeypatch):
    needed = total(EXACT)
    monkeypatch.setattr(host, "available", lambda: needed + 4 * 256**2)
    host.require_cell(needed, *SHAPES)
    monkeypatch.setattr(host, "available", lambda: needed + 4 * 256**2 - 1)
    with pytest.raises(OutOfMemory, match=rf"\({needed} bytes\).*Nothing was"):
        host.require_cell(needed, *SHAPES)


def test_of_an_unknown_peak_the_host_must_hold_two_images_and_the_scan(monkeypatch):
    monkeypatch.setattr(host, "available", lambda: 4 * (2 * 256**2 + 60 * 384))
    host.require_cell(None, *SHAPES)
    monkeypatch.setattr(host, "available", lambda: 4 * (2 * 256**2 + 60 * 384) - 1)
    with pytest.raises(OutOfMemory, match="an image and the scan need"):
        host.require_cell(None, *SHAPES)


def test_a_peak_is_worth_its_time_where_memory_may_be_tight(monkeypatch):
    """64 KiB a point and ray: tiny cells never, large ones on a small machine."""
    monkeypatch.setattr(host, "available", lambda: 8 * 2**30)
    assert not host.tight((64, 64), (60, 96)) and host.tight((512, 512), (128, 768))
    monkeypatch.setattr(host, "available", lambda: None)
    assert not host.tight((512, 512), (128, 768))
