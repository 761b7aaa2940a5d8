"""Page: the Python API, from signatures and docstrings."""

from __future__ import annotations

import ast

from source import docstring, find, signature

import inrbench


def page() -> str:
    """Markdown."""
    lines = [
        "# Python", "",
        "`from inrbench import ...` offers these names.",
        "Lengths are in mm, angles in radians, attenuation in mm⁻¹, memory in bytes, time in s.",
        "Each name is imported when it is asked for: `import inrbench` alone takes no torch.", "",
    ]  # fmt: skip
    for name in inrbench.__all__:
        module, _, attribute = inrbench._PUBLIC[name].partition(":")
        node = find(module, attribute)
        shown = signature(node).replace(attribute, name, 1)
        lines += [f"## {name}", "", f"```python\n{shown}\n```", "", docstring(node)]
        if isinstance(node, ast.ClassDef):
            lines += _methods(node)
    return "\n".join(lines)


def _methods(node: ast.ClassDef) -> list[str]:
    """What a class offers, but for what Python itself calls."""
    lines = []
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            kind = "property " if _is_property(one) else ""
            lines += [f"### {node.name}.{one.name}", "",
                      f"```python\n{kind}{signature(one)}\n```", "", docstring(one)]  # fmt: skip
    return lines


def _is_property(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(one) == "property" for one in node.decorator_list)
