"""Objectives that add up: values, gradients, shares of a data term, subsets and gradient modes."""

import json
from dataclasses import replace

import pytest
import torch

from inrbench import gradients, objectives, projectors, registry
from inrbench.cells import spec
from inrbench.cells.cell import part_label
from inrbench.objectives.ordered_subsets import parts
from inrbench.objectives.regularised import FlatImages, Regularised, make, regularised
from inrbench.objectives.total_variation import flattening_lambda
from inrbench.testing import ObjectiveContract
from inrbench.testing.problem import (
    SCALE,
    cone_beam,
    flat_gradient,
    parallel_beam,
    small_network,
    small_problem,
)

TV = {"name": "tv", "strength": 0.05}
TIKHONOV = {"name": "tikhonov", "strength": 0.01}
PLUS = [[TV], [TIKHONOV], [TV, TIKHONOV]]
DATA = ("least_squares", "filtered_least_squares")


def added(name, plus, geometry=None, shape=(18, 22)):
    grid, scan, projector = small_problem(geometry, shape)
    data = objectives.make(name, scan, projector)
    (whole,) = regularised([data], plus, grid, SCALE, scan.device)
    return grid, data, whole


class Added(ObjectiveContract):
    plus = ()

    def problems(self):
        generator = torch.Generator().manual_seed(0)
        return [
            (whole, SCALE * torch.rand(grid.shape, generator=generator))
            for geometry in (None, parallel_beam())
            for grid, _, whole in [added(self.name, self.plus, geometry)]
        ]


class TestTV(Added):
    name, plus = "least_squares", (TV,)


class TestTikhonov(Added):
    name, plus = "least_squares", (TIKHONOV,)


class TestBoth(Added):
    name, plus = "filtered_least_squares", (TV, TIKHONOV)


@pytest.mark.parametrize("plus", PLUS)
def test_the_gradient_is_the_slope_of_the_value(plus):
    """Central differences of the penalties in double precision."""
    grid, _, whole = added("least_squares", plus)
    generator = torch.Generator().manual_seed(1)
    x, z = (SCALE * torch.rand(grid.shape, generator=generator).double() for _ in range(2))
    v = torch.zeros_like(x)
    value = sum(one.add_gradient(x, v) for one in whole.penalties)

    def at(step):
        return sum(one.value(x + step * z) for one in whole.penalties)

    torch.testing.assert_close(value, at(0.0))
    torch.testing.assert_close((at(1e-6) - at(-1e-6)) / 2e-6, torch.sum(v * z), rtol=1e-6, atol=0)


def test_it_is_the_sum():
    grid, data, whole = added("least_squares", [TV, TIKHONOV])
    x = SCALE * torch.rand(grid.shape, generator=torch.Generator().manual_seed(2))
    value, v = whole.value_and_gradient(x)
    own, own_v = data.value_and_gradient(x)
    for penalty in whole.penalties:
        own = own + penalty.value(x)
        penalty.add_gradient(x, own_v)
    torch.testing.assert_close(value, own)
    torch.testing.assert_close(v, own_v)


def test_without_any_the_terms_stay_what_they_are():
    grid, scan, projector = small_problem()
    terms = [objectives.make("least_squares", scan, projector)]
    assert regularised(terms, [], grid, SCALE, scan.device) is terms


@pytest.mark.parametrize("rate", [1, 0.25])
def test_it_takes_no_more_products_nor_passes_through_the_network(rate):
    grid, scan, projector = small_problem()
    calls = {"A": 0, "A'": 0, "f": 0}

    def counting(name, function):
        def call(*arguments):
            calls[name] += 1
            return function(*arguments)

        return call

    watched = replace(
        projector,
        apply=counting("A", projector.apply),
        apply_adjoint=counting("A'", projector.apply_adjoint),
    )
    data = objectives.make("least_squares", scan, watched)
    (whole,) = regularised([data], [TV, TIKHONOV], grid, SCALE, scan.device)
    network = small_network(grid)
    network.register_forward_hook(lambda *_: counting("f", lambda: None)())
    seen = []
    for objective in (data, whole):
        calls.update(dict.fromkeys(calls, 0))
        mode = gradients.make("jvp", rate=rate, chunk=100)
        mode.backward(network, grid, objective, torch.Generator().manual_seed(0))
        seen.append(dict(calls))
    assert seen[0] == seen[1] and (seen[0]["A"], seen[0]["A'"]) == (1, 1) and seen[0]["f"] > 1


@pytest.mark.parametrize("plus", PLUS)
@pytest.mark.parametrize("geometry", [None, cone_beam()])
def test_each_mode_carries_it_to_the_weights(plus, geometry):
    """The exact jvp gives the gradient of autograd, in the graph of which the penalty is."""
    if geometry is not None:
        pytest.importorskip("itk", reason="cone beams on a CPU need itk-rtk")
    shape = (18, 22) if geometry is None else (6, 8, 10)
    grid, data, whole = added("least_squares", plus, geometry, shape)
    network = small_network(grid)

    def gradient(mode, objective):
        network.zero_grad()
        gradients.make(**mode).backward(network, grid, objective, torch.Generator())
        return flat_gradient(network)

    reference = gradient({"name": "autograd"}, whole)
    exact = gradient({"name": "jvp", "rate": 1, "chunk": 50}, whole)
    bound = 1e-4 * float(reference.abs().max())
    torch.testing.assert_close(exact, reference, rtol=0, atol=bound)
    alone = gradient({"name": "autograd"}, data)
    assert float((alone - reference).abs().max()) > 10 * bound


def test_a_strength_is_the_same_share_as_of_the_method_tv():
    grid, scan, projector = small_problem()
    data = objectives.make("least_squares", scan, projector)
    flat = FlatImages.of([data], grid, SCALE, scan.device)
    penalty = make("tv", strength=0.5).penalty(flat)
    expected = 0.5 * flattening_lambda(projector, scan.sinogram)
    assert penalty.lambda_ == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", DATA)
def test_the_best_flat_image_and_its_curvature_are_those_of_the_data_term(name):
    """l(c 1) = l(0) + c <1, v(0)> + c^2/2 <1, h>, so that the slope at the best c is 0."""
    grid, scan, projector = small_problem()
    data = objectives.make(name, scan, projector)
    flat = FlatImages.of([data], grid, SCALE, scan.device)
    values = [float(data.value(torch.full(grid.shape, c))) for c in (-1.0, 0.0, 1.0)]
    assert flat.curvature * grid.size == pytest.approx(
        values[0] - 2 * values[1] + values[2], rel=1e-3
    )
    assert float(flat.gradient.sum().abs()) < 1e-4 * float(flat.gradient.abs().sum())


@pytest.mark.parametrize("name", DATA)
def test_ordered_subsets_share_the_penalties(name):
    """Of 16 views in 4 parts, the mean of the parts is the whole, penalties and all."""
    grid, scan, projector = small_problem(parallel_beam(views=16))
    plus = [TV, TIKHONOV]
    (whole,) = regularised(
        [objectives.make(name, scan, projector)], plus, grid, SCALE, scan.device
    )
    found = regularised(parts(name, scan, grid, 4), plus, grid, SCALE, scan.device)
    assert all(one.penalties is found[0].penalties for one in found)
    x = SCALE * torch.rand(grid.shape, generator=torch.Generator().manual_seed(3))
    value, v = whole.value_and_gradient(x)
    each = [part.value_and_gradient(x) for part in found]
    torch.testing.assert_close(sum(one for one, _ in each) / 4, value, rtol=1e-4, atol=0)
    mean = sum(one for _, one in each) / 4
    torch.testing.assert_close(mean, v, rtol=0, atol=1e-4 * float(v.abs().max()))


def test_the_unit_of_length_drops_out():
    """With lengths ten times as long, the same strength gives the same image: v scales with l."""
    found = []
    for spacing in (1.0, 10.0):
        geometry = parallel_beam()
        stretched = type(geometry)(
            geometry.angles, geometry.detector_count, spacing * geometry.detector_spacing,
            spacing * geometry.detector_offset,
        )  # fmt: skip
        grid, scan, _ = small_problem(geometry)
        grid = type(grid)(grid.shape, spacing * grid.spacing)
        scan = type(scan)(scan.sinogram, stretched)
        data = objectives.make("least_squares", scan, projectors.make(stretched, grid))
        (whole,) = regularised([data], [TV, TIKHONOV], grid, SCALE / spacing, scan.device)
        x = SCALE / spacing * torch.rand(grid.shape, generator=torch.Generator().manual_seed(4))
        value, v = whole.value_and_gradient(x)
        found.append((value, v / spacing))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-3, atol=0)
    torch.testing.assert_close(
        found[1][1], found[0][1], rtol=0, atol=1e-3 * float(found[0][1].abs().max())
    )


@pytest.mark.parametrize(("bad", "word"), [
    ({"name": "tv", "strength": -1.0}, r"strength=-1\.0: expected a finite share"),
    ({"name": "tv", "strength": float("inf")}, "strength=inf"),
    ({"name": "tikhonov", "strength": -1e-3}, r"strength=-0\.001"),
    ({"name": "tv", "strength": 1e-3, "smoothing": 0.0}, r"smoothing=0\.0: must be above 0"),
    ({"name": "tv", "strenght": 1e-3}, "did you mean 'strength'"),
    ({"name": "tv"}, "missing a required argument: 'strength'"),
    ({"name": "tvv", "strength": 1e-3}, "unknown regulariser 'tvv': did you mean 'tv'"),
])  # fmt: skip
def test_impossible_regularisers_are_refused(bad, word):
    with pytest.raises(ValueError, match=word):
        make(**bad)


@pytest.mark.parametrize("bad", ["tv", [{"strength": 1.0}], [1], {"name": "tv"}])
def test_what_is_no_list_of_parts_is_refused_in_a_sentence(bad):
    with pytest.raises(ValueError, match="expected a list of regularisers"):
        spec.part("objective", {"name": "least_squares", "plus": bad})


def test_a_spec_has_every_parameter_of_them_and_names_them_only_where_there_are_any():
    plain = spec.part("objective", {"name": "least_squares"})
    assert spec.part("objective", {"name": "least_squares", "plus": []}) == plain
    assert "plus" not in plain
    whole = spec.part("objective", {"name": "least_squares", "plus": [TV]})
    assert whole == plain | {"plus": [{**TV, "smoothing": 1e-3}]}
    assert spec.part("objective", whole) == json.loads(json.dumps(whole)) == whole


def test_tables_write_a_sum():
    objective = {"name": "least_squares", "plus": [TV]}
    assert part_label("objective", objective) == "LS + TV"
    assert part_label("objective", {**objective, "plus": [TV, TIKHONOV], "subsets": 4}) == (
        "LS + TV + Tikhonov, 4 subsets"
    )


def test_regularisers_are_made_from_their_rows():
    for row in registry.rows():
        if row.kind == "regulariser":
            assert make(row.name, **row.tiny)
    assert isinstance(added("least_squares", [TV])[2], Regularised)
