"""One table of lazily imported names.

A built-in and a plug-in enter the table the same way: `register("network", "siren",
"inrbench.networks.siren:SIREN", "SIREN")`; a plug-in's module may be the path of its file (see
`plugins`). Nothing is imported before `load` asks for it, so a name can be checked, and its table
label read, on a machine without torch.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from inrbench.registry import plugin_module

KINDS = ("dataset", "figure", "gradient", "method", "network", "objective", "sampler")


@dataclass(frozen=True)
class Entry:
    """Where a name is implemented (`module:attribute`, or `file.py:attribute`) and how tables
    write it."""

    target: str
    label: str


_table: dict[str, dict[str, Entry]] = {kind: {} for kind in KINDS}


def register(kind: str, name: str, target: str, label: str) -> None:
    """Enter a name; raises `ValueError` when another target already holds it."""
    holder = _table[kind].setdefault(name, Entry(target, label)).target
    if holder != target:
        raise ValueError(f"{kind} {name!r} is already {holder}; choose another name for {target}")


def names(kind: str) -> list[str]:
    """Every name of a kind, in the order of registration."""
    return list(_table[kind])


def nearest(word: str, known: list[str]) -> str:
    """The end of an error sentence: the closest known word, or all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known) or 'none'}"


def check(kind: str, name: str) -> None:
    """Raise `ValueError`, naming the nearest known name, unless the name is in the table."""
    if name not in _table[kind]:
        raise ValueError(f"unknown {kind} {name!r}: {nearest(name, names(kind))}")


def label(kind: str, name: str) -> str:
    """How tables and figures write the name."""
    check(kind, name)
    return _table[kind][name].label


def target(kind: str, name: str) -> str | None:
    """`module:attribute` of a name, or None where nothing has it."""
    return _table[kind][name].target if name in _table[kind] else None


def module(kind: str, name: str) -> str:
    """The module in which the name is implemented, or a plug-in's file."""
    check(kind, name)
    return _table[kind][name].target.rpartition(":")[0]


def built_in(kind: str, name: str) -> bool:
    """Whether the name is implemented in this package, and not in a plug-in."""
    return module(kind, name).split(".")[0] == __package__


def load(kind: str, name: str) -> Any:
    """Import and return what the name stands for (a class or a function).

    Raises:
        ValueError: an unknown name, or a plug-in that cannot be imported.
    """
    check(kind, name)
    source, _, attribute = _table[kind][name].target.rpartition(":")
    if source.endswith(".py"):
        return getattr(plugin_module.imported(Path(source)), attribute)
    return getattr(import_module(source), attribute)


def make(kind: str, name: str, *arguments: Any, **parameters: Any) -> Any:
    """Load the name and call it; an unknown parameter raises `ValueError` naming the nearest, as
    does one that is missing."""
    target = load(kind, name)
    check_parameters(f"{kind} {name!r}", target, parameters)
    try:
        inspect.signature(target).bind(*arguments, **parameters)
    except TypeError as error:
        raise ValueError(f"{kind} {name!r}: {error}; give it a value") from None
    return target(*arguments, **parameters)


def check_parameters(who: str, target: Any, parameters: dict[str, Any]) -> None:
    """Raise `ValueError` unless `target` takes each parameter by keyword, and values of its type.

    Types are those of the annotations: an integer passes for a float, a word for neither.
    """
    known = _names(target)
    # A dataclass may have fields of a parent, whose module has the names of their types.
    plain = inspect.isclass(target) and not is_dataclass(target)
    hints = get_type_hints(target.__init__ if plain else target)
    for name, value in parameters.items():
        if name not in known:
            raise ValueError(f"{who} has no parameter {name!r}: {nearest(name, known)}")
        if name in hints:
            _check_type(f"{who}: {name}={value!r}", hints[name], value)


def _names(target: Any) -> list[str]:
    """Parameters by name; where a class takes **more, those of its parents as well."""
    own = inspect.signature(target).parameters.values()
    names = [one.name for one in own if one.kind is not one.VAR_KEYWORD]
    if inspect.isclass(target) and len(names) < len(own):
        for parent in target.__bases__:
            names += _names(parent) if parent.__init__ is not object.__init__ else []
    return names


def _check_type(what: str, hint: Any, value: Any) -> None:
    if _plainly(hint, value):
        return  # the usual case: a cell need not wait for the import of pydantic
    from pydantic import ConfigDict, TypeAdapter, ValidationError

    try:
        TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(
            value, strict=True
        )
    except ValidationError as error:
        raise ValueError(f"{what}: {error.errors()[0]['msg'].lower()}") from None


def _plainly(hint: Any, value: Any) -> bool:
    """Whether a value obviously fits: plain types, their unions, lists of them, dictionaries."""
    inner = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        return any(_plainly(one, value) for one in inner)
    if get_origin(hint) is Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if get_origin(hint) is Sequence:
        return isinstance(value, list) and all(_plainly(inner[0], one) for one in value)
    if hint == dict[str, Any]:
        return isinstance(value, dict) and all(isinstance(key, str) for key in value)
    return type(value) is hint or (hint is float and type(value) is int)


# kind, name, implementation below this package, label in tables
_BUILT_IN = (
    ("network", "fourier_features",
     "networks.fourier_features:FourierFeatures", "Fourier features"),
    ("network", "siren", "networks.siren:SIREN", "SIREN"),
    ("network", "hash_encoding", "networks.hash_encoding:HashEncoding", "hash encoding"),
    ("objective", "least_squares", "objectives.least_squares:LeastSquares", "LS"),
    ("objective", "filtered_least_squares",
     "objectives.filtered_least_squares:FilteredLeastSquares", "FLS"),
    ("gradient", "autograd", "gradients.autograd:Autograd", "autograd"),
    ("gradient", "jvp", "gradients.jvp:JVP", "JVP"),
    ("sampler", "uniform", "gradients.samplers.uniform:uniform", "uniform"),
    ("sampler", "stratified", "gradients.samplers.stratified:stratified", "stratified"),
    ("sampler", "importance", "gradients.samplers.importance:importance", "importance"),
    ("method", "inr", "methods.inr:INR", "INR"),
    ("method", "gradient_quality", "methods.gradient_quality:GradientQuality",
     "gradient quality"),
    ("method", "admm", "methods.admm:ADMM", "ADMM"),
    ("method", "conditioning", "methods.conditioning:Conditioning", "conditioning"),
    ("method", "fbp", "methods.fbp:FBP", "FBP"),
    ("method", "fdk", "methods.fdk:FDK", "FDK"),
    ("method", "cgls", "methods.cgls:CGLS", "CGLS"),
    ("method", "tv", "methods.tv:TV", "TV"),
    ("dataset", "forbild", "datasets.simulate:forbild", "FORBILD"),
    ("dataset", "shepp_logan", "datasets.simulate_cone:shepp_logan", "Shepp-Logan"),
    ("dataset", "ellipsoids", "datasets.simulate_cone:ellipsoids", "ellipsoids"),
    ("dataset", "breast", "datasets.simulate_breast:breast", "breast"),
    ("dataset", "htc2022", "datasets.htc2022:load", "HTC 2022"),
    ("dataset", "tooth", "datasets.tooth:load", "tooth"),
    ("dataset", "mbircone", "datasets.mbircone:load", "engraved rod"),
    ("dataset", "walnut", "datasets.walnut:load", "walnut"),
    ("dataset", "fips_walnut", "datasets.fips:walnut", "FIPS walnut"),
    ("dataset", "fips_pine_cone", "datasets.fips:pine_cone", "FIPS pine cone"),
    ("dataset", "fips_seashell", "datasets.fips:seashell", "FIPS seashell"),
    ("figure", "reconstructions", "figures.reconstructions:draw", "reconstructions"),
    ("figure", "slices", "figures.slices:draw", "planes of a volume"),
    ("figure", "convergence", "figures.curves:against_iterations", "MSE against iterations"),
    ("figure", "memory_rate", "figures.memory_rate:draw", "memory against rate"),
    ("figure", "memory_scaling", "figures.memory_scaling:draw", "memory against grid size"),
    ("figure", "search", "figures.search:draw", "MSE against a searched parameter"),
    ("figure", "gradient_quality", "figures.gradient_quality:draw", "variance of the gradient"),
    ("figure", "equal_cost", "figures.equal_cost:draw", "MSE at equal cost"),
    ("figure", "residuals", "figures.residuals:draw", "residuals against iterations"),
    ("figure", "mse_seconds", "figures.curves:against_seconds", "MSE against seconds"),
)  # fmt: skip

for _kind, _name, _target, _label in _BUILT_IN:
    register(_kind, _name, f"inrbench.{_target}", _label)
