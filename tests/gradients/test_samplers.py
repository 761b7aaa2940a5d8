"""Samplers: distinct points with weights 1 / P(drawn), so that weighted sums are unbiased."""

import itertools
from collections import Counter

import pytest
import torch

from inrbench import registry
from inrbench.gradients.samplers import importance as importance_module
from inrbench.gradients.samplers import in_chunks
from inrbench.gradients.samplers import stratified as stratified_module
from inrbench.gradients.samplers import uniform as uniform_module
from inrbench.gradients.samplers.importance import UNIFORM_SHARE, Importances
from inrbench.gradients.samplers.stratified import tile_order
from inrbench.gradients.samplers.uniform import hypergeometric

NAMES = ["uniform", "stratified", "importance"]
SHAPES = [(6, 9), (7, 5, 4), (1, 1), (13, 1)]


MODULES = {
    "uniform": uniform_module, "stratified": stratified_module, "importance": importance_module,
}  # fmt: skip


def draw(name, v, m, generator):
    """The whole sample."""
    (whole,) = in_chunks(registry.load("sampler", name)(v, m, generator), m)
    return whole


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def some_gradient(shape):
    """Signs, zeros, and a few values far above the others."""
    v = torch.randn(shape, generator=seeded(1))
    v.flatten()[::7] *= 50
    v.flatten()[::5] = 0
    return v


@pytest.fixture(params=[None, 20], ids=["at once", "in stretches"])
def stretches(request, monkeypatch):
    """The grid in one stretch, and in several that do not divide it."""
    if request.param is not None:
        for module in MODULES.values():
            monkeypatch.setattr(module, "CHUNK", request.param)


@pytest.mark.usefixtures("stretches")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_points_are_distinct_and_inside(name, shape):
    v = some_gradient(shape)
    for m in {1, v.numel() // 3, v.numel() // 2 + 1, v.numel()} - {0}:
        for seed in range(20):
            indices, weights = draw(name, v, m, seeded(seed))
            assert len(set(indices.tolist())) == m
            assert int(indices.min()) >= 0 and int(indices.max()) < v.numel()
            assert indices.dtype == torch.int64 and weights.dtype == torch.float32
            assert weights.shape == (m,) and float(weights.min()) >= 1 - 1e-6


@pytest.mark.usefixtures("stretches")
@pytest.mark.parametrize("name", NAMES)
def test_at_full_size_each_point_comes_once_with_weight_one(name):
    for shape in SHAPES:
        v = some_gradient(shape)
        indices, weights = draw(name, v, v.numel(), seeded(0))
        assert sorted(indices.tolist()) == list(range(v.numel()))
        assert torch.equal(weights, torch.ones(v.numel()))


@pytest.mark.usefixtures("stretches")
@pytest.mark.parametrize("name", NAMES)
def test_weighted_indicator_of_every_point_has_mean_one(name):
    """E[w_i 1(i in S)] = 1: within 4.5 standard errors over 4,000 draws for each of 54 points."""
    v = some_gradient((6, 9))
    total, squares = torch.zeros(54).double(), torch.zeros(54).double()
    draws = 4000
    for seed in range(draws):
        indices, weights = draw(name, v, 11, seeded(seed))
        total[indices] += weights
        squares[indices] += weights.double() ** 2
    mean = total / draws
    error = ((squares / draws - mean**2).clamp(min=0) / draws).sqrt()
    assert ((mean - 1).abs() <= 4.5 * error + 1e-6).all()


@pytest.mark.parametrize("name", NAMES)
def test_generator_alone_decides(name):
    v = some_gradient((6, 9))
    torch.manual_seed(1)
    first = draw(name, v, 10, seeded(9))
    torch.manual_seed(2)
    again = draw(name, v, 10, seeded(9))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], draw(name, v, 10, seeded(10))[0])


@pytest.mark.parametrize("stretch", [6, 4, 1])
def test_every_subset_is_equally_likely_under_uniform(monkeypatch, stretch):
    """Chi-square of 3,000 draws over the 15 pairs of 6: below 36.1, its 0.999 quantile at 14."""
    monkeypatch.setattr(uniform_module, "CHUNK", stretch)
    counts = Counter(
        frozenset(draw("uniform", torch.zeros(6), 2, seeded(seed))[0].tolist())
        for seed in range(3000)
    )
    assert len(counts) == 15
    assert sum((count - 200) ** 2 / 200 for count in counts.values()) < 36.1


def test_hypergeometric_has_its_moments_at_any_size():
    """Mean L m / n and variance L (m / n)(1 - m / n)(n - L) / (n - 1), of 4,000 draws: within 4.5
    standard errors (that of a near-normal variance is sqrt(2 / 4000) of it)."""
    for n, m, length in ((40, 13, 9), (10**6, 10**5, 2**10), (3 * 10**9, 10**9, 2**12)):
        generator = seeded(n)
        k = torch.tensor([hypergeometric(n, m, length, generator) for _ in range(4000)]).double()
        p = m / n
        variance = length * p * (1 - p) * (n - length) / (n - 1)
        assert abs(float(k.mean()) - length * p) < 4.5 * (variance / 4000) ** 0.5
        assert abs(float(k.var()) / variance - 1) < 4.5 * (2 / 4000) ** 0.5
        assert float(k.min()) >= max(0, length - (n - m)) and float(k.max()) <= min(m, length)


def test_hypergeometric_draws_only_where_there_is_a_choice():
    generator = seeded(0)
    before = generator.get_state()
    for n, m, length, share in ((50, 20, 50, 20), (50, 0, 10, 0), (50, 50, 10, 10)):
        assert hypergeometric(n, m, length, generator) == share
    assert torch.equal(generator.get_state(), before)


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
    indices, weights = draw("stratified", torch.zeros(12, 15), 20, seeded(0))
    tiles = {(int(i) // 15 // 3, int(i) % 15 // 3) for i in indices}
    assert len(tiles) == 20
    assert torch.equal(weights, torch.full((20,), 9.0))


def test_stratified_sum_of_a_smooth_image_varies_less_than_the_uniform_one():
    y, x = torch.meshgrid(torch.linspace(0, 3, 40), torch.linspace(0, 3, 40), indexing="ij")
    v = torch.sin(y) * torch.cos(x) + 2

    def spread(name):
        sums = []
        for seed in range(100):
            indices, weights = draw(name, v, 64, seeded(seed))
            sums.append(float((weights * v.flatten()[indices]).sum()))
        return torch.tensor(sums).std()

    assert spread("stratified") < 0.35 * spread("uniform")


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
        indices, weights = draw("importance", v, 200, seeded(seed))
        assert float((weights * v.abs().flatten()[indices]).sum()) == pytest.approx(truth, rel=0.1)


def test_importance_of_a_vanished_gradient_is_uniform():
    indices, weights = draw("importance", torch.zeros(10, 10), 25, seeded(3))
    assert len(set(indices.tolist())) == 25
    torch.testing.assert_close(weights, torch.full((25,), 4.0))


@pytest.mark.parametrize("name", ["stratified", "importance"])
def test_in_stretches_is_at_once(name, monkeypatch):
    v = some_gradient((6, 9))
    whole = draw(name, v, 20, seeded(4))
    monkeypatch.setattr(MODULES[name], "CHUNK", 5)
    pieces = draw(name, v, 20, seeded(4))
    assert torch.equal(whole[0], pieces[0])
    torch.testing.assert_close(whole[1], pieces[1])


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("uniform", [24881, 21959, 65478], [12163, 61110, 5520]),
        ("stratified", [0, 5, 520], [65508, 65518, 65534]),
        ("importance", [1, 7, 21], [65506, 65518, 65534]),
    ],
)
def test_draws_are_those_of_published_records(name, start, end):
    """On a grid of 256 x 256 at 10 %: a change of these numbers makes old records differ."""
    indices, _ = draw(name, some_gradient((256, 256)), 6554, seeded(3))
    assert indices[:3].tolist() == start and indices[-3:].tolist() == end


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [0.1, 0.9])
def test_no_piece_follows_the_size_of_the_grid(name, rate, monkeypatch):
    """Eight times the grid: eight times the pieces, of the same size."""
    monkeypatch.setattr(MODULES[name], "CHUNK", 512)
    largest = []
    for shape in ((16, 16, 16), (32, 32, 32)):
        v = torch.rand(shape, generator=seeded(2))
        m = round(rate * v.numel())
        sizes = [len(i) for i, _ in registry.load("sampler", name)(v, m, seeded(0))]
        assert sum(sizes) == m
        largest.append(max(sizes))
    assert max(largest) <= 512 and largest[1] < 1.3 * largest[0]


@pytest.mark.parametrize("size", [1, 4, 7, 19, 20, 30])
def test_chunks_are_the_pieces_cut_anew(size):
    lengths = (3, 0, 8, 1, 8, 0)
    numbers = torch.arange(20)
    pieces = [(part, part / 2) for part in numbers.split(lengths)]
    chunks = list(in_chunks(iter(pieces), size))
    assert [len(i) for i, _ in chunks[:-1]] == [size] * (len(chunks) - 1)
    assert torch.equal(torch.cat([i for i, _ in chunks]), numbers)
    assert torch.equal(torch.cat([w for _, w in chunks]), numbers / 2)
