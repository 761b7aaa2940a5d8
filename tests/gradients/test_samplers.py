"""Samplers: distinct points, weights 1 / P(drawn), every subset equally likely."""

from collections import Counter

import torch

from inrbench.gradients.samplers import uniform


def draw(m, seed, n=6):
    return uniform(torch.zeros(n), m, torch.Generator().manual_seed(seed))


def test_points_are_distinct_and_weighted_by_n_over_m():
    for m in (1, 4, 99, 100):
        indices, weights = draw(m, 0, n=100)
        assert len(set(indices.tolist())) == m
        assert int(indices.min()) >= 0 and int(indices.max()) < 100
        assert torch.equal(weights, torch.full((m,), 100 / m))


def test_at_full_size_each_point_comes_once_with_weight_one():
    indices, weights = draw(6, 0)
    assert sorted(indices.tolist()) == list(range(6))
    assert torch.equal(weights, torch.ones(6))


def test_every_subset_is_equally_likely():
    """Chi-square of 3,000 draws over the 15 pairs of 6: below 36.1, its 0.999 quantile at 14."""
    counts = Counter(frozenset(draw(2, seed)[0].tolist()) for seed in range(3000))
    assert len(counts) == 15
    chi_square = sum((count - 200) ** 2 / 200 for count in counts.values())
    assert chi_square < 36.1


def test_generator_alone_decides():
    torch.manual_seed(1)
    first = draw(3, 9)[0]
    torch.manual_seed(2)
    assert torch.equal(first, draw(3, 9)[0])
