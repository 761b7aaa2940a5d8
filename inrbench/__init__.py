"""A benchmarking and reproducibility suite for implicit neural representations in CT.

    from inrbench import load, reconstruct

    case = load("forbild", size=128, views=60)
    found = reconstruct(case, "cgls", iterations=10)
    found.image, found.curve, found.metrics

A name of `__all__` is imported when somebody asks for it: `import inrbench` alone takes no torch.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "load": "inrbench.datasets:load",
    "reconstruct": "inrbench.run.reconstruct:reconstruct",
    "Reconstruction": "inrbench.run.reconstruct:Reconstruction",
    "Case": "inrbench.datasets.case:Case",
    "Scan": "inrbench.scan:Scan",
    "line_integrals_from_counts": "inrbench.scan:line_integrals_from_counts",
    "Grid": "inrbench.grid:Grid",
    "ParallelBeam": "inrbench.geometry:ParallelBeam",
    "FanBeam": "inrbench.geometry:FanBeam",
    "ConeBeam": "inrbench.geometry:ConeBeam",
    "ConeVectors": "inrbench.geometry:ConeVectors",
    "add_plugin": "inrbench.registry.plugin_files:add",
}
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"inrbench has no {name!r}: it offers {', '.join(__all__)}")
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
