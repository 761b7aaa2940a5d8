"""Samplers: distinct points with weights 1 / P(drawn), so that weighted sums are unbiased."""

import itertools
from collections import Counter

import pytest
import torch

from inrbench import registry
from inrbench.gradients.samplers import importance as importance_module
from inrbench.gradients.samplers.importance import UNIFORM_SHARE, Importances, importance
from inrbench.gradients.samplers.stratified import stratified, tile_order
from inrbench.gradients.samplers.uniform import uniform

NAMES = ["uniform", "stratified", "importance"]
SHAPES = [(6, 9), (7, 5, 4), (1, 1), (13, 1)]


def sampler(name):
    return registry.load("sampler", name)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def some_gradient(shape):
    """Signs, zeros, and a few values far above the others."""
    v = torch.randn(shape, generator=seeded(1))
    v.flatten()[::7] *= 50
    v.flatten()[::5] = 0
    return v


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_points_are_distinct_and_inside(name, shape):
    v = some_gradient(shape)
    for m in {1, v.numel() // 3, v.numel() // 2 + 1, v.numel()} - {0}:
        for seed in range(20):
            indices, weights = sampler(name)(v, m, seeded(seed))
            assert len(set(indices.tolist())) == m
            assert int(indices.min()) >= 0 and int(indices.max()) < v.numel()
            assert indices.dtype == torch.int64 and weights.dtype == torch.float32
            assert weights.shape == (m,) and float(weights.min()) >= 1 - 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_at_full_size_each_point_comes_once_with_weight_one(name):
    for shape in SHAPES:
        v = some_gradient(shape)
        indices, weights = sampler(name)(v, v.numel(), seeded(0))
        assert sorted(indices.tolist()) == list(range(v.numel()))
        assert torch.equal(weights, torch.ones(v.numel()))


@pytest.mark.parametrize("name", NAMES)
def test_weighted_indicator_of_every_point_has_mean_one(name):
    """E[w_i 1(i in S)] = 1: within 4.5 standard errors over 4,000 draws for each of 54 points."""
    v = some_gradient((6, 9))
    total, squares = torch.zeros(54).double(), torch.zeros(54).double()
    draws = 4000
    for seed in range(draws):
        indices, weights = sampler(name)(v, 11, seeded(seed))
        total[indices] += weights
        squares[indices] += weights.double() ** 2
    mean = total / draws
    error = ((squares / draws - mean**2).clamp(min=0) / draws).sqrt()
    assert ((mean - 1).abs() <= 4.5 * error + 1e-6).all()


@pytest.mark.parametrize("name", NAMES)
def test_generator_alone_decides(name):
    v = some_gradient((6, 9))
    torch.manual_seed(1)
    first = sampler(name)(v, 10, seeded(9))
    torch.manual_seed(2)
    again = sampler(name)(v, 10, seeded(9))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], sampler(name)(v, 10, seeded(10))[0])


def test_every_subset_is_equally_likely_under_uniform():
    """Chi-square of 3,000 draws over the 15 pairs of 6: below 36.1, its 0.999 quantile at 14."""
    counts = Counter(
        frozenset(uniform(torch.zeros(6), 2, seeded(seed))[0].tolist()) for seed in range(3000)
    )
    assert len(counts) == 15
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 36.1


@pytest.mark.parametrize(("shape", "side"), [((6, 9), 2), ((7, 5), 3), ((5, 4, 7), 2), ((9,), 4)])
def test_tile_order_is_a_permutation_that_stays_in_a_tile(shape, side):
    n = torch.Size(shape).numel()
    walk = tile_order(torch.arange(n), shape, side)
    assert sorted(walk.tolist()) == list(range(n))
    tiles = [tuple(int(c) // side for c in torch.unravel_index(i, shape)) for i in walk]
    changes = sum(a != b for a, b in itertools.pairwise(tiles))
    assert changes == len(set(tiles)) - 1  # no tile is entered twice


def test_stratified_takes_one_point_of_each_tile():
    """At rate 1/9 of a 12 x 15 grid the blocks are its 20 tiles of 3 x 3."""
    indices, weights = stratified(torch.zeros(12, 15), 20, seeded(0))
    tiles = {(int(i) // 15 // 3, int(i) % 15 // 3) for i in indices}
    assert len(tiles) == 20
    assert torch.equal(weights, torch.full((20,), 9.0))


def test_stratified_sum_of_a_smooth_image_varies_less_than_the_uniform_one():
    y, x = torch.meshgrid(torch.linspace(0, 3, 40), torch.linspace(0, 3, 40), indexing="ij")
    v = torch.sin(y) * torch.cos(x) + 2

    def spread(draw):
        sums = []
        for seed in range(100):
            indices, weights = draw(v, 64, seeded(seed))
            sums.append(float((weights * v.flatten()[indices]).sum()))
        return torch.tensor(sums).std()

    assert spread(stratified) < 0.35 * spread(uniform)


def test_importance_probabilities_add_up_and_follow_the_gradient():
    v = some_gradient((6, 9)).flatten()
    importances = Importances(v)
    a = importances.of(0, 54)
    assert float(a.mean()) == pytest.approx(1)
    expected = (1 - UNIFORM_SHARE) * v.abs().double() / v.abs().double().mean() + UNIFORM_SHARE
    torch.testing.assert_close(a, expected)
    for m in (1, 11, 30, 53):
        assert float((importances.factor(m) * a).clamp(max=1).sum()) == pytest.approx(m)


def test_importance_sum_of_the_gradient_itself_hardly_varies():
    """sum_S w_i |v_i| with pi in proportion to |v| alone would be exact; a share of it is left."""
    v = some_gradient((40, 40))
    truth = float(v.abs().sum())
    for seed in range(50):
        indices, weights = importance(v, 200, seeded(seed))
        assert float((weights * v.abs().flatten()[indices]).sum()) == pytest.approx(truth, rel=0.1)


def test_importance_of_a_vanished_gradient_is_uniform():
    indices, weights = importance(torch.zeros(10, 10), 25, seeded(3))
    assert len(set(indices.tolist())) == 25
    torch.testing.assert_close(weights, torch.full((25,), 4.0))


def test_importance_in_stretches_is_importance_at_once(monkeypatch):
    v = some_gradient((6, 9))
    whole = importance(v, 20, seeded(4))
    monkeypatch.setattr(importance_module, "CHUNK", 5)
    pieces = importance(v, 20, seeded(4))
    assert torch.equal(whole[0], pieces[0])
    torch.testing.assert_close(whole[1], pieces[1])
