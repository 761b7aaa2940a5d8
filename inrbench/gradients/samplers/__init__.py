"""Samplers: which grid points carry a gradient estimate, and with what weight.

A sampler maps (v, m, generator) to (indices, weights): m distinct positions in `v.flatten()` and
weights 1 / P(position is drawn), so that sum_S w_i v_i grad f(x_i) has the full sum as its mean
(D. G. Horvitz and D. J. Thompson, J. Amer. Statist. Assoc. 47, 1952). With m = v.numel() each
point comes once with weight 1. v has the shape of the image, and a sampler keeps no array of
indices of its size: the sample itself is the largest one.
"""
