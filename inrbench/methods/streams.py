"""Streams of random numbers of one cell, each for a purpose of its own.

    seed of the stream "samples" = the first 63 bits of SHA-256 of "samples <seed of the cell>"

A network's initial weights are drawn from the cell's seed itself. Were the samples of its gradient
drawn from the same seed, both would be the same numbers in another form, and a mean over seeds
would not be one over independent draws.
"""

from __future__ import annotations

import hashlib

import torch


def stream(generator: torch.Generator, purpose: str) -> torch.Generator:
    """A generator of its own on the same device, from the seed of `generator` and the purpose.

    The numbers that `generator` has given or will give do not matter and do not change.
    """
    digest = hashlib.sha256(f"{purpose} {generator.initial_seed()}".encode()).digest()
    seed = int.from_bytes(digest[:8], "big") >> 1  # what torch takes
    return torch.Generator(generator.device).manual_seed(seed)
