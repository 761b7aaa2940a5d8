"""One table of lazily imported names: a row for each part that an experiment can name.

A built-in part is one file and one row of `built_in`; a plug-in enters its row by `register`, with
the path of its file for a module (see `plugin_files`). Nothing is imported before `load` asks for
it, so a name can be checked, and its label read, on a machine without torch.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Sequence
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from inrbench.registry import plugin_module
from inrbench.registry.built_in import BUILT_IN
from inrbench.registry.row import KINDS, Row

_table: dict[str, dict[str, Row]] = {kind: {} for kind in KINDS}
for _row in BUILT_IN:
    _table[_row.kind][_row.name] = _row


def register(kind: str, name: str, target: str, label: str) -> None:
    """Enter a name; raises `ValueError` when another target already holds it."""
    holder = _table[kind].setdefault(name, Row(kind, name, target, label)).target
    if holder != target:
        raise ValueError(f"{kind} {name!r} is already {holder}; choose another name for {target}")


def rows() -> list[Row]:
    """Every row, kind by kind, in the order of registration."""
    return [row for kind in _table.values() for row in kind.values()]


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


def colours(kind: str) -> dict[str, str]:
    """Label -> colour in figures, of the names of a kind that have one of their own."""
    return {row.label: row.colour for row in _table[kind].values() if row.colour is not None}


def target(kind: str, name: str) -> str | None:
    """`module:attribute` of a name, or None where nothing has it."""
    return _table[kind][name].target if name in _table[kind] else None


def module(kind: str, name: str) -> str:
    """The module in which the name is implemented, or a plug-in's file."""
    check(kind, name)
    return _table[kind][name].target.rpartition(":")[0]


def built_in(kind: str, name: str) -> bool:
    """Whether the name is implemented in this package, and not in a plug-in."""
    return module(kind, name).split(".")[0] == "inrbench"


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
