"""Plug-ins: one Python file of the user's, which registers what it defines.

    from inrbench.plugins import register

    @register("network", "gauss", "Gaussian", tiny={"width": 16, "layers": 2})
    class Gauss(torch.nn.Module): ...

An experiment names the file under `plugins`, or `INRBENCH_PLUGINS` does (several are separated as
in PATH), or an installed package has an entry point of the group `inrbench.plugins` whose value is
the module. The file is read before it is run, see `registry.plugin_files`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def register(
    kind: str, name: str, label: str, tiny: dict[str, Any] | None = None
) -> Callable[[T], T]:
    """Register the class or function that follows; in quotes, as the file is read before it runs.

    Args:
        kind: "network", "objective", "gradient", "method" or "dataset".
        name: what experiments call it: letters, digits, `_` and `.`.
        label: how tables write it.
        tiny: parameters with which `inrbench check` makes it, so that a check takes seconds; those
            that have no default must be here.
    """
    return lambda defined: defined
