"""Samplers: which grid points carry a gradient estimate, and with what weight.

A sampler maps (v, m, generator) to an iterator of pieces (indices, weights): in all, m distinct
positions in `v.flatten()` and weights 1 / P(position is drawn), so that sum_S w_i v_i grad f(x_i)
has the full sum as its mean (D. G. Horvitz and D. J. Thompson, J. Amer. Statist. Assoc. 47, 1952).
With m = v.numel() each point comes once with weight 1. v has the shape of the image.

A piece is drawn from a stretch of the grid when it is asked for, and given up before the next one:
a stretch is of one size whatever the grid's, so nothing but v grows with the grid. How a sample is
cut for use (`in_chunks`) does not change what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from inrbench.meters.rehearsal import turns

Piece = tuple[torch.Tensor, torch.Tensor]


def in_chunks(pieces: Iterator[Piece], size: int) -> Iterator[Piece]:
    """The same points and weights in the same order, `size` at a time, the last ones fewer.

    Held beside the points that are given out: a piece, and fewer than `size` that wait for it.
    """
    waiting: list[Piece] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece[0])
        if piece[0].is_meta and len(waiting) == 2:
            count += _skip(waiting, size - count)
        del piece  # else it outlives its use
        if count < size:
            continue
        indices, weights = _joined(waiting)
        waiting.clear()
        for stop in turns(range(size, count + 1, size), 2, indices.device):
            yield indices[stop - size : stop], weights[stop - size : stop]
        rest = count % size
        if rest:  # copies, since a view would keep all of it
            waiting.append((indices[-rest:].clone(), weights[-rest:].clone()))
        count = rest
        del indices, weights
    if count:
        yield _joined(waiting)


def _skip(waiting: list[Piece], missing: int) -> int:
    """In a rehearsal, where pieces are alike: those on the way to a chunk as one, and its size."""
    length = max(1, len(waiting[-1][0]))
    points = max(0, missing - 1) // length * length
    waiting.append(tuple(part.new_empty(points) for part in waiting[-1]))
    return points


def _joined(pieces: list[Piece]) -> Piece:
    """All of them as one."""
    if len(pieces) == 1:
        return pieces[0]
    indices, weights = zip(*pieces, strict=True)
    return torch.cat(indices), torch.cat(weights)
