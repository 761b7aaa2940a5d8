"""What a module says of itself, read from its syntax tree: nothing of it is run."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).parents[2]


@functools.cache
def tree(module: str) -> ast.Module:
    """The syntax tree of a dotted module of inrbench."""
    path = ROOT.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(path.read_text())


def find(module: str, name: str) -> ast.ClassDef | ast.FunctionDef | None:
    """The class or function of that name, imported ones followed; None for a value."""
    for node in tree(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return node
        if isinstance(node, ast.ImportFrom) and name in [one.name for one in node.names]:
            return find(node.module, name)
    return None


def docstring(node: ast.AST) -> str:
    """The docstring as a block of text: its formulas are no Markdown."""
    text = ast.get_docstring(node)
    return f"```text\n{text}\n```\n" if text else ""


def signature(node: ast.ClassDef | ast.FunctionDef) -> str:
    """The call, as Python has it: of a class its `__init__` or its fields."""
    if isinstance(node, ast.FunctionDef):
        arguments = _without_self(node.args)
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        return _wrapped(node.name, arguments, returns)
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and one.name == "__init__":
            return _wrapped(node.name, _without_self(one.args), "")
    return _wrapped(node.name, ", ".join(ast.unparse(one) for one in fields(node)), "")


def _without_self(arguments: ast.arguments) -> str:
    text = ast.unparse(arguments)
    for first in ("self", "cls"):
        text = text.removeprefix(f"{first}, ") if text != first else ""
    return text


def _wrapped(name: str, arguments: str, returns: str) -> str:
    line = f"{name}({arguments}){returns}"
    if len(line) <= 88:
        return line
    call = ast.parse(f"def f({arguments}): ...").body[0].args
    single = [*_each(call)]
    return f"{name}(\n" + "".join(f"    {one},\n" for one in single) + f"){returns}"


def _each(arguments: ast.arguments) -> list[str]:
    """Arguments one by one, each with its type and default."""
    plain, later = [*arguments.posonlyargs, *arguments.args], arguments.kwonlyargs
    defaults = [None] * (len(plain) - len(arguments.defaults)) + arguments.defaults
    found = [_one(a, d) for a, d in zip(plain, defaults, strict=True)]
    if later:
        found.append("*")
    found += [_one(a, d) for a, d in zip(later, arguments.kw_defaults, strict=True)]
    if arguments.kwarg:
        found.append(f"**{ast.unparse(arguments.kwarg)}")
    return found


def _one(argument: ast.arg, default: ast.expr | None) -> str:
    equals = " = " if argument.annotation else "="
    return ast.unparse(argument) + (f"{equals}{ast.unparse(default)}" if default else "")


def fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    """The annotated fields of a class, in order; none that is private."""
    return [
        one
        for one in node.body
        if isinstance(one, ast.AnnAssign) and not ast.unparse(one.target).startswith("_")
    ]


def described(node: ast.ClassDef) -> list[tuple[ast.AnnAssign, str]]:
    """Each field with the text below it."""
    follows = dict(zip(node.body, [*node.body[1:], None], strict=True))
    found = []
    for field in fields(node):
        text = follows[field]
        plain = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        found.append((field, " ".join(text.value.value.split()) if plain else ""))
    return found


def cell(text: str) -> str:
    """A text as the cell of a Markdown table; in code spans `|` and `<` stand for themselves."""
    spans = text.replace("\n", " ").split("`")
    spans[::2] = [one.replace("|", "\\|").replace("<", "&lt;") for one in spans[::2]]
    return "`".join(spans)
