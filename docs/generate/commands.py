"""Page: every command of `inrbench` with its arguments and options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from source import cell

from inrbench import cli


def commands() -> Iterator[tuple[str, Any]]:
    """(words of the command, command), groups opened."""
    yield from _below("inrbench", typer.main.get_command(cli.app))


def _below(words: str, group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        if getattr(command, "commands", None):
            yield from _below(f"{words} {name}", command)
        else:
            yield f"{words} {name}", command


def page() -> str:
    """Markdown."""
    lines = [
        "# Commands", "",
        "`inrbench --help` lists them, and `inrbench COMMAND --help` says the same as this page.",
        "An error that a user can mend is one sentence, and the exit code is 1.", "",
    ]  # fmt: skip
    for words, command in commands():
        lines += [f"## {words}", "", f"```text\n{command.help}\n```", ""]
        rows = [_row(one) for one in command.params]
        if rows:
            lines += ["| argument | meaning | default |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _row(one: Any) -> str:
    # The way to say no is of use where yes is the default.
    names = [*one.opts, *(one.secondary_opts if one.default is True else ())]
    name = one.name.upper() if one.param_type_name == "argument" else ", ".join(names)
    default = "required" if one.required else "–" if one.default is None else f"`{one.default}`"
    return f"| `{name}` | {cell(one.help or '')} | {default} |"
