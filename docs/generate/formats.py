"""Page: the files that people write and the files that runs leave, key by key."""

from __future__ import annotations

import ast

from source import cell, described, docstring, find, tree

FORMATS = {
    "An experiment: `workflow/experiments/<name>.yaml`": "inrbench.experiments.experiment",
    "A file that a parameter names": "inrbench.datasets.named_files",
    "Chosen values: `workflow/experiments/chosen/<search>.yaml`": "inrbench.experiments.search",
    "A manifest: `data_manifests/<data set>.yaml`": "inrbench.datasets.manifest",
    "A plug-in: a Python file": "inrbench.plugins",
    "A prepared case: `<data>/prepared/<case>.npz`": "inrbench.datasets.case",
    "The folders below `results/`": "inrbench.cells.machine_label",
    "What a cell leaves: its folder": "inrbench.cells.records",
    "A record: `record.json`": "inrbench.cells.record",
    "A record's `machine`": "inrbench.cells.record_machine",
    "The curve: `history.parquet`": "inrbench.cells.history",
    "Kept results: `results/reference/<machine>/<experiment>/`": "inrbench.cells.kept",
    "The noise of a machine: `noise.json`": "inrbench.compare.noise",
    "A comparison: `inrbench compare --json`": "inrbench.compare.page",
}


def page() -> str:
    """Markdown."""
    lines = ["# File formats", "", "Each key of each file, from the code that reads it.", ""]
    for title, module in FORMATS.items():
        lines += [f"## {title}", "", docstring(tree(module)), ""]
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                lines += _keys(node)
        if module.endswith(".plugins"):
            lines += [docstring(find(module, "register")), ""]
        if module.endswith(".history"):
            lines += [_constant(module, "HISTORY"), ""]
    return "\n".join(lines)


def _keys(node: ast.ClassDef) -> list[str]:
    """A class as a table of its keys; one without any, such as an error, is left out."""
    rows = []
    for field, text in described(node):
        default = "–" if field.value is None else f"`{_plain(field.value)}`"
        kind = _plain(field.annotation)
        rows.append(f"| `{ast.unparse(field.target)}` | `{kind}` | {default} | {cell(text)} |")
    if not rows:
        return []
    head = ["| key | type | default | meaning |", "|---|---|---|---|"]
    return [f"### {node.name}", "", docstring(node), *head, *rows, ""]


def _plain(node: ast.expr) -> str:
    """A type or default without what pydantic needs beside it."""
    text = ast.unparse(node)
    if isinstance(node, ast.Call) and text.startswith("Field("):
        given = {one.arg: ast.unparse(one.value) for one in node.keywords}
        first = ast.unparse(node.args[0]) if node.args else given.get("default")
        return first or "required"
    if isinstance(node, ast.Subscript):
        name = ast.unparse(node.value)
        if name == "Annotated":
            return _plain(node.slice.elts[0])
        if name == "NotRequired":
            return f"{_plain(node.slice)}, optional"
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return f"{name}[{', '.join(map(_plain, inner))}]"
    return text


def _constant(module: str, name: str) -> str:
    """The value of a constant, and the text below it."""
    body = tree(module).body
    for one, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name:
            text = after.value.value if isinstance(after, ast.Expr) else ""
            return f"```text\n{ast.unparse(one.value)}\n\n{text}\n```"
    raise ValueError(f"{module} has no {name}: correct docs/generate/formats.py")
