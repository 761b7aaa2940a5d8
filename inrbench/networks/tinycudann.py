"""tiny-cuda-nn's hash encoding in place of ours, for a GPU: the same function from the same table.

It is built from source (github.com/NVlabs/tiny-cuda-nn, bindings/torch) and imported only where a
hash encoding asks for `backend: tinycudann`. Written from tiny-cuda-nn's own source and tested
against a stand-in that follows it; we have not run it on a device.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import torch

from inrbench.errors import Unsupported

DEVICE = "cuda"
# Its kernels are compiled for these numbers of features only.
FEATURES = (1, 2, 4, 8)
# A level's size must not hang on the last bits of exp2, which differ between host and device.
ROUNDING = 5e-7


def make(table: torch.Tensor, dimension: int, log2_table: int, vertices: list[int],
         finest: int) -> torch.nn.Module:  # fmt: skip
    """tinycudann.Encoding in float32 with this table in its one parameter, `params`.

    Args:
        table: all levels' rows one after the other, shape (rows, features).
        dimension: of the points, which lie in [0, 1].
        log2_table: each level has at most 2^log2_table rows.
        vertices: a side, of each level.
        finest: about the last of them, before it was rounded.

    Raises:
        Unsupported: where tinycudann cannot be imported, or cannot have the same tables; when
            called, on points that are not on a GPU.
    """
    features, levels = table.shape[1], len(vertices)
    if features not in FEATURES:
        raise Unsupported(
            f"features={features}: tinycudann has {', '.join(map(str, FEATURES))}; take one of "
            "them, or backend: torch"
        )
    encoding = _imported().Encoding(
        dimension,
        {
            "otype": "HashGrid",
            "n_levels": levels,
            "n_features_per_level": features,
            "log2_hashmap_size": log2_table,
            "base_resolution": vertices[0],
            "per_level_scale": level_scale(vertices, finest),
            "interpolation": "Linear",
        },
        dtype=torch.float32,
    )
    if encoding.params.numel() != table.numel() or encoding.n_output_dims != levels * features:
        raise Unsupported(
            f"tinycudann has {encoding.params.numel()} numbers in its tables and "
            f"{encoding.n_output_dims} outputs where backend: torch has {table.numel()} and "
            f"{levels * features}: this version of it lays them out differently"
        )
    with torch.no_grad():
        encoding.params.copy_(table.flatten())
    encoding.register_forward_pre_hook(_check_device)
    return encoding


def level_scale(vertices: list[int], finest: int) -> float:
    """b in float32, such that ceil(2^(l log2 b) N_1 - 1) + 1 are the wanted vertices of level l.

    tiny-cuda-nn computes a level's size in float32: where finest / coarsest is a power, the
    nearest b may give one vertex more. A few last places less put it right.

    Raises:
        Unsupported: no b near (finest / N_1)^(1 / (L - 1)) gives these vertices.
    """
    levels = len(vertices)
    coarsest = np.float32(vertices[0])
    nearest = np.float32((finest / vertices[0]) ** (1 / max(levels - 1, 1)))
    for direction in (np.float32(0), np.float32(np.inf)):
        b = nearest
        for _ in range(100):
            if levels == 1 or _vertices(b, coarsest, levels) == vertices[1:]:
                return float(b)
            b = np.nextafter(b, direction)
    raise Unsupported(
        f"coarsest={vertices[0]}, finest={finest}, levels={levels}: tinycudann rounds the size of "
        "a level otherwise; change finest by one, or take backend: torch"
    )


def _vertices(b: np.float32, coarsest: np.float32, levels: int) -> list[int] | None:
    """Of all levels after the first, as tiny-cuda-nn computes them; None if rounding decides."""
    power = np.exp2(np.arange(1, levels, dtype=np.float32) * np.log2(b)) * coarsest
    low, high = (np.ceil(power * np.float32(1 + e) - 1) for e in (-ROUNDING, ROUNDING))
    return (high + 1).astype(int).tolist() if np.array_equal(low, high) else None


def _imported() -> ModuleType:
    try:
        import tinycudann
    except Exception as error:  # without a device it raises an OSError, for one
        raise Unsupported(
            f"a hash encoding by tinycudann, which cannot be imported ({error}): build it from "
            "github.com/NVlabs/tiny-cuda-nn for a GPU, or take backend: torch"
        ) from error
    return tinycudann


def _check_device(encoding: torch.nn.Module, arguments: tuple[torch.Tensor]) -> None:
    where = arguments[0].device.type
    if where != DEVICE:
        raise Unsupported(
            f"a hash encoding by tinycudann on device {where}: it runs on a GPU only; take "
            "backend: torch"
        )
