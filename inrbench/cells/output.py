"""What a network ends in, as specifications have it. No torch.

A linear output is no activation at all, so a specification names an output only where there is
one: records that are older than it have the same parameters as today's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LINEAR = "linear"
OUTPUTS = (LINEAR, "softplus", "sigmoid")


def output(network: Mapping[str, Any]) -> str:
    """Of {name, output: word, **parameters}: `LINEAR` where there is none.

    Raises:
        ValueError: another word than those of `OUTPUTS`.
    """
    word = network.get("output", LINEAR)
    if word not in OUTPUTS:
        raise ValueError(f"output={word!r}: expected one of {', '.join(OUTPUTS)}")
    return word
