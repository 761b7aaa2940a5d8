"""Parameters of classes and functions with their defaults, read from syntax trees.

    class JVP: rate: float = 0.1 ...    ->    {"rate": 0.1, "chunk": "auto", "sampler": "uniform"}

So a specification holds every default, and the workflow is read without torch. Parents count, in
other modules too, and so do names of constants; a default that only running the code could tell is
refused.
"""

from __future__ import annotations

import ast
import builtins
import functools
import json
import math
import operator
from collections.abc import Iterator
from typing import Any

from inrbench.registry import modules
from inrbench.registry.modules import Module, Read
from inrbench.registry.plugin_module import PluginError

REQUIRED = object()
"""Stands for the default of a parameter that has none."""

_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}  # fmt: skip
_EMPTY = {"list": [], "tuple": [], "dict": {}}


@functools.cache
def of(target: str) -> dict[str, Any]:
    """name -> default, or `REQUIRED`, of what stands behind `module:attribute`, in order."""
    return read(target, modules.read)


def read(target: str, source: Read) -> dict[str, Any]:
    """As `of`, from modules that `source` gives; {} where it does not have that one.

    Tuples become lists, as they are in a record.

    Raises:
        PluginError: a default that is no number, word, list or mapping of such, nor the name of a
            constant that is; names that stand for each other in a circle.
    """
    name, _, attribute = target.rpartition(":")
    try:
        return _Reader(source, name).parameters(name, attribute)
    except RecursionError:
        raise PluginError(
            f"{target}: names stand for each other in a circle, so its parameters cannot be read"
        ) from None


class _Reader:
    """Follows names through the modules of inrbench and of one plug-in, and into no others."""

    def __init__(self, source: Read, start: str) -> None:
        self._source = functools.cache(source)
        self._followed = {modules.PACKAGE.name, start.split(".")[0]}

    def _module(self, name: str) -> Module | None:
        own = name.endswith(".py") or name.split(".")[0] in self._followed
        return self._source(name) if own else None

    def parameters(self, name: str, attribute: str) -> dict[str, Any]:
        """name -> default of a class or function of a module; {} for one of another library."""
        found = self._find(name, attribute)
        if found is None:
            return {}
        module, node = found
        if isinstance(node, ast.FunctionDef):
            return self._of_function(module, node.args)
        return self._of_class(module, node) if isinstance(node, ast.ClassDef) else {}

    def _of_class(self, module: Module, node: ast.ClassDef) -> dict[str, Any]:
        own = _bound(module, node.body, "__init__")
        if own is not None:
            if not isinstance(own, ast.FunctionDef):
                raise self._unreadable(module, "__init__", own)
            found = self._of_function(module, own.args, skip=1)
            if own.args.kwarg is not None:
                above = {k: v for k, v in self._inherited(module, node) if k not in found}
                if not above:
                    raise PluginError(
                        f"{module.where}, line {own.lineno}: **{own.args.kwarg.arg} hides which "
                        "parameters there are; name them, each with its default"
                    )
                found |= above  # handed on
            return found
        found = dict(self._inherited(module, node))
        if any("dataclass" in ast.unparse(one) for one in node.decorator_list):
            found |= self._fields(module, node)
        return found

    def _inherited(self, module: Module, node: ast.ClassDef) -> Iterator[tuple[str, Any]]:
        for base in reversed(node.bases):
            there = self._place(module, base)
            if there is not None:
                yield from self.parameters(*there).items()

    def _of_function(
        self, module: Module, arguments: ast.arguments, skip: int = 0
    ) -> dict[str, Any]:
        plain = [*arguments.posonlyargs, *arguments.args]
        given = [None] * (len(plain) - len(arguments.defaults)) + arguments.defaults
        pairs = [*zip(plain, given, strict=True)][skip:]
        pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return {
            one.arg: REQUIRED if default is None else self._default(module, one.arg, default)
            for one, default in pairs
        }

    def _fields(self, module: Module, node: ast.ClassDef) -> dict[str, Any]:
        found = {}
        for one in node.body:
            if not (isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)):
                continue
            if "ClassVar" in ast.unparse(one.annotation):
                continue
            name, value = one.target.id, one.value
            if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("field"):
                keywords = {keyword.arg: keyword.value for keyword in value.keywords}
                if ast.unparse(keywords.get("init", ast.Constant(True))) == "False":
                    continue
                value = keywords.get("default")
                if (factory := keywords.get("default_factory")) is not None:
                    found[name] = self._made(module, name, factory)
                    continue
            found[name] = REQUIRED if value is None else self._default(module, name, value)
        return found

    def _made(self, module: Module, name: str, factory: ast.expr) -> Any:
        """What `default_factory` makes."""
        if isinstance(factory, ast.Lambda):
            return self._default(module, name, factory.body)
        if (kind := ast.unparse(factory)) in _EMPTY:
            return _EMPTY[kind]
        raise self._unreadable(module, name, factory)

    def _default(self, module: Module, name: str, node: ast.expr) -> Any:
        try:
            value = self._value(module, node)
            json.dumps(value, allow_nan=False)
            return value
        except PluginError:
            raise
        except (ValueError, TypeError, ArithmeticError):
            raise self._unreadable(module, name, node) from None

    @staticmethod
    def _unreadable(module: Module, name: str, node: ast.expr) -> PluginError:
        return PluginError(
            f"{module.where}, line {node.lineno}: the default of {name} is {ast.unparse(node)}: "
            "expected a number, a word, None, or a list or mapping of them, since every default "
            "stands in the records and is read without running the file"
        )

    def _value(self, module: Module, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | None):
            return node.value
        if isinstance(node, ast.List | ast.Tuple):
            return [self._value(module, one) for one in node.elts]
        if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
            pairs = zip(node.keys, node.values, strict=True)
            return {str(key.value): self._value(module, value) for key, value in pairs}
        if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](self._value(module, node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            sides = self._value(module, node.left), self._value(module, node.right)
            large = isinstance(node.op, ast.Pow) and isinstance(sides[1], int) and sides[1] > 100
            if large or not all(isinstance(side, int | float) for side in sides):
                raise ValueError  # 9**9**9 would take for ever, "a" * 10**12 all memory
            return _OPERATORS[type(node.op)](*sides)
        there = self._place(module, node)
        if there is not None and there[0] == "math":
            return getattr(math, there[1])
        found = there and self._find(*there)
        if found is None or not isinstance(found[1], ast.expr):
            raise ValueError
        return self._value(*found)

    def _place(self, module: Module, node: ast.expr) -> tuple[str, str] | None:
        """(module, name) that a name, or `module.name`, stands for."""
        if isinstance(node, ast.Name):
            return self._imported(module, node.id) or (module.name, node.id)
        if isinstance(node, ast.Attribute):
            for one in ast.walk(module.tree):
                if isinstance(one, ast.Import):
                    for alias in one.names:
                        if (alias.asname or alias.name) == ast.unparse(node.value):
                            return modules.beside(alias.name, module.name), node.attr
            if (there := self._place(module, node.value)) is not None:
                return modules.beside(".".join(there), module.name), node.attr
        return None

    @staticmethod
    def _imported(module: Module, name: str) -> tuple[str, str] | None:
        for one in module.tree.body:
            if isinstance(one, ast.ImportFrom):
                for alias in one.names:
                    if (alias.asname or alias.name) == name:
                        source = modules.absolute(one, module.name, module.package)
                        return modules.beside(source, module.name), alias.name
        return None

    def _find(self, name: str, attribute: str) -> tuple[Module, ast.AST] | None:
        """The class, function or expression that a module binds to a name; None for one of
        another library or of Python itself.

        Raises:
            PluginError: a name of our own that is not there, or that is bound more than once.
        """
        module = self._module(name)
        if module is None:
            return None
        found = _bound(module, module.tree.body, attribute)
        if found is not None:
            return module, found
        there = self._imported(module, attribute)
        if there is not None and there != (name, attribute):
            return self._find(*there)
        if hasattr(builtins, attribute):
            return None
        raise PluginError(f"{module.where}: there is no {attribute} in it, so its parameters and "
                          "their defaults cannot be read")  # fmt: skip


def _bound(module: Module, body: list[ast.stmt], name: str) -> ast.AST | None:
    """What these statements bind to a name: a class, a function or an expression.

    Raises:
        PluginError: it is bound more than once, or in a way that only running the code can tell.
    """
    found = [one for one in _bindings(body) if one[0] == name]
    if not found:
        return None
    plain = [what for _, what in found if not _overload(what)]
    if len(plain) != 1 or plain[0] is None:
        line = getattr(plain[-1] if plain and plain[-1] is not None else body[0], "lineno", 1)
        raise PluginError(
            f"{module.where}, line {line}: {name} is bound more than once, or where only running "
            "the file could tell: every default stands in the records and is read without that, "
            "so bind it once"
        )
    return plain[0]


def _overload(what: ast.AST | None) -> bool:
    """Whether it is a signature for type checkers alone."""
    return any("overload" in ast.unparse(one) for one in getattr(what, "decorator_list", []))


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST | None]]:
    """(name, what) of each class, function and assignment in these statements, those in `if`,
    `try` and loops included; None for what is no plain assignment."""
    for one in body:
        if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield one.name, one
            continue
        targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
        plain = one.value if isinstance(one, ast.Assign | ast.AnnAssign) else None
        if not isinstance(one, ast.AnnAssign) or plain is not None:  # else a mere annotation
            for target in filter(None, targets):
                whole = isinstance(target, ast.Name)
                for each in ast.walk(target):  # a, b = ...
                    if isinstance(each, ast.Name):
                        yield each.id, plain if whole else None
        for field in ("body", "orelse", "finalbody", "handlers"):
            yield from _bindings(getattr(one, field, []))
