"""Page: every name that an experiment or `reconstruct` may give, with its parameters."""

from __future__ import annotations

from source import cell, docstring, find, signature

from inrbench import registry
from inrbench.registry import parameters
from inrbench.registry.row import KINDS

PLURAL = {
    "method": "Methods", "network": "Networks", "objective": "Objectives",
    "regulariser": "Regularisers", "gradient": "Gradient modes", "sampler": "Samplers",
    "dataset": "Data sets", "figure": "Figures", "paper": "Papers",
}  # fmt: skip


def page() -> str:
    """Markdown."""
    lines = [
        "# Parts", "",
        "The table of names. `inrbench parts` prints it.",
        "An experiment or `inrbench.reconstruct` names a part and gives its parameters.", "",
    ]  # fmt: skip
    for kind in sorted(KINDS, key=list(PLURAL).index):
        rows = [row for row in registry.rows() if row.kind == kind]
        lines += [f"## {PLURAL[kind]}", "", "| name | in tables | source |", "|---|---|---|"]
        for row in rows:
            link = row.name if kind == "paper" else f"[{row.name}](#{kind}-{row.name})"
            lines.append(f"| {link} | {cell(row.label)} | {cell(row.paper) or '–'} |")
        lines.append("")
        for row in rows if kind != "paper" else ():
            lines += [f"### {row.name} {{: #{kind}-{row.name} }}", "", _part(row.target), ""]
    return "\n".join(lines)


def _part(target: str) -> str:
    """Signature, defaults from parents included, and docstring."""
    module, _, attribute = target.partition(":")
    node = find(module, attribute)
    if node is None:
        return ""
    inherited = {
        name: value for name, value in parameters.of(target).items() if name not in signature(node)
    }
    more = ", ".join(
        f"`{name}`" + ("" if value is parameters.REQUIRED else f" (default `{value}`)")
        for name, value in inherited.items()
    )
    also = f"It also takes {more}.\n\n" if more else ""
    return f"```python\n{signature(node)}\n```\n\n{also}{docstring(node)}"
