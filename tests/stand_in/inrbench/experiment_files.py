"""One experiment, `pair`."""

from types import SimpleNamespace


def load(name, preset):
    if name != "pair":
        raise ValueError(f"unknown experiment {name!r}: known are pair")
    return SimpleNamespace(preset=preset or "tiny", cells=lambda: CELLS)


CELLS = [
    SimpleNamespace(
        id=f"forbild/{method}/seed{seed}",
        dataset="forbild",
        spec={"dataset": {"name": "forbild"}, "method": {"name": method}},
    )
    for seed in (0, 1)
    for method in ("fbp", "cgls")
]
