"""Every command that a document shows exists, with its options."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pages import DOCUMENTS, ROOT, blocks, name, spans

from inrbench import cli
from inrbench.experiments import files as experiments

SHELL = ("", "bash", "sh", "console")
CONFIGURATION = {"preset", "machine", "device", "threads", "only"}


def simple_commands(path: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """(variables, words) of each simple command on a page."""
    lines = [line for language, text in blocks(path) if language in SHELL
             for line in text.replace("\\\n", " ").splitlines()]  # fmt: skip
    for line in [*lines, *spans(path)]:
        text = re.split(r" {3,}", line.strip())[0].removeprefix("$ ")  # and no description
        if not re.match(r"(\w+=\S* )*(inrbench|snakemake|make|python3?|cd) ", text):
            continue
        for command in re.split(r" && | \|\| | ; ", text):
            words = shlex.split(command, comments=True)
            variables = {}
            while words and re.match(r"\w+=", words[0]):
                key, _, value = words.pop(0).partition("=")
                variables[key] = value
            if words:
                yield variables, words


def fault(variables: dict[str, str], words: list[str]) -> str | None:
    """What is wrong with a command; None for nothing."""
    program, *rest = words
    if program == "inrbench":
        return fault_of_inrbench(rest)
    if program == "snakemake":
        return fault_of_snakemake(rest, variables.get("INRBENCH_EXPERIMENTS", ""))
    if program == "make":
        targets = [word for word in rest if "=" not in word]
        known = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
        return next((f"no target {one}" for one in targets if one not in known), None)
    if program in ("python", "python3"):
        return fault_of_python(rest)
    return None


def fault_of_inrbench(words: list[str]) -> str | None:
    command = typer.main.get_command(cli.app)
    while getattr(command, "commands", None):
        if not words or words[0].isupper() or words[0].startswith("-"):
            return None
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    options = {opt: one for one in command.params if one.param_type_name == "option"
               for opt in (*one.opts, *one.secondary_opts)}  # fmt: skip
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    given, left = 0, list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--"):
            given += 1
            continue
        option, equals, _ = word.partition("=")
        if option != "--help" and option not in options:
            return f"no option {option}"
        if option != "--help" and not equals and not options[option].is_flag:
            left = left[options[option].nargs :]
    most = sum(1 if one.nargs > 0 else len(words) for one in arguments)
    return f"{given} arguments, at most {most}" if given > most else None


def fault_of_snakemake(words: list[str], folder: str) -> str | None:
    if folder.startswith("~") or "<" in " ".join(words):
        return None
    at = words.index("--config") if "--config" in words else len(words)
    targets = [word for word in words[:at] if not word.startswith("-")]
    known = experiments.available(ROOT / folder if folder else experiments.SHIPPED)
    for target in targets:
        if target not in known:
            return f"no experiment {target}"
    for pair in words[at + 1 :]:
        key, _, value = pair.partition("=")
        if key not in CONFIGURATION:
            return f"no configuration {key}"
        if key == "preset" and not all(value in experiments.presets(one) for one in targets):
            return f"no preset {value}"
    return None


def fault_of_python(words: list[str]) -> str | None:
    if words[:1] == ["-m"]:
        module = ROOT.joinpath(*words[1].split("."))
        inside = words[1].split(".")[0] == "inrbench"
        if inside and not (module.with_suffix(".py").is_file() or module.is_dir()):
            return f"no module {words[1]}"
    scripts = [word for word in words if word.endswith(".py")]
    return next((f"no file {one}" for one in scripts if not (ROOT / one).is_file()), None)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_command_of_a_document_exists(path):
    found = {shlex.join(words): fault(variables, words)
             for variables, words in simple_commands(path)}  # fmt: skip
    assert {words: why for words, why in found.items() if why} == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("inrbench plot quick", "no command plot"),
        ("inrbench plan quick --memroy 1GiB", "no option --memroy"),
        ("inrbench data fetch htc2022 tooth", "2 arguments, at most 1"),
        ("snakemake quikc", "no experiment quikc"),
        ("snakemake quick --config preset=paper", "no preset paper"),
        ("snakemake quick --config prest=tiny", "no configuration prest"),
        ("make speed", "no target speed"),
        ("python benchmarks/none.py", "no file benchmarks/none.py"),
        ("python3 -m inrbench.none", "no module inrbench.none"),
        ("inrbench show quick --machine reference/amd-epyc", None),
    ],
)
def test_a_command_that_does_not_exist_is_found(line, why):
    assert fault({}, shlex.split(line)) == why
