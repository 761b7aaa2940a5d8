"""A YAML file as what JSON has: mappings with texts as keys, lists, texts, numbers, true, false
and null.

Parameters go into records, which are JSON, so that dates, binaries and sets are refused here,
where the line is known. So are documents that are small and stand for something huge: nested
deeply, or repeated through aliases.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from inrbench.io import text_file
from inrbench.io.printable import printable

MOST = 2**18
"""Bytes of a file."""
DEEPEST = 30
"""Levels of mappings and lists."""
NODES = 20_000
"""Values of a document, each as often as aliases repeat it."""
INTEGERS = 2**63
"""Integers are below this in size, as 64 bits have them."""

_TAG = "tag:yaml.org,2002:"
_PLAIN = "expected text, numbers, true, false, null, lists and mappings"


def read(path: Path) -> Any:
    """What a YAML file says.

    Raises:
        FileNotFoundError: no such file, or a link to none.
        ValueError: not a regular file in UTF-8 of at most `MOST` bytes; not YAML; a key that
            stands twice or is no text; a value that JSON does not have; too many, or too deep.
    """
    return parse(text_file.read(path, MOST), str(path))


def parse(text: str, where: str) -> Any:
    """The same of a text; sentences begin with where it stands."""
    try:
        return yaml.load(text, Loader=_Loader)
    except _Refused as error:
        raise ValueError(f"{where}, line {error.line}: {printable(error, 400)}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = printable(getattr(error, "problem", None) or error, 400)
        raise ValueError(f"{where}{line}: not readable as YAML: {problem}") from None
    except (ValueError, OverflowError) as error:  # "\UFFFFFFFF" in quotes, or 0x_
        raise ValueError(f"{where}: not readable as YAML: {printable(error, 400)}") from None


class _Refused(Exception):
    """YAML that JSON does not have, or that stands for too much."""

    def __init__(self, at: yaml.Node | yaml.Event, problem: str) -> None:
        super().__init__(problem)
        self.line = at.start_mark.line + 1


class _Loader(yaml.SafeLoader):
    """Safe YAML that reads 1e-3 as a number, as YAML 1.2 has it and YAML 1.1 has not."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._level = 0
        self._extent: dict[yaml.Node, tuple[int, int]] = {}
        """Values in a node and levels below it, aliases followed; none while it is read."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        """A node, if what it stands for is neither too large nor too deep."""
        event = self.peek_event()
        if getattr(event, "tag", None) is not None:
            raise _Refused(event, f"{event.tag!r}: {_PLAIN}, without a tag")
        self._level += 1
        if self._level > DEEPEST:
            raise _Refused(event, f"nested more than {DEEPEST} levels deep")
        node = super().compose_node(parent, index)
        self._level -= 1
        if isinstance(event, yaml.AliasEvent) and node not in self._extent:
            raise _Refused(event, f"the alias {event.anchor!r} stands inside of what it repeats")
        if node not in self._extent:
            self._extent[node] = self._measured(node)
        size, levels = self._extent[node]
        if size > NODES:
            raise _Refused(event, f"stands for more than {NODES:,} values")
        if levels > DEEPEST:
            raise _Refused(event, f"nested more than {DEEPEST} levels deep")
        return node

    def _measured(self, node: yaml.Node) -> tuple[int, int]:
        if isinstance(node, yaml.ScalarNode):
            return 1, 1
        inner = node.value
        if isinstance(node, yaml.MappingNode):
            inner = [one for pair in node.value for one in pair]
        extents = [self._extent[one] for one in inner]
        return 1 + sum(size for size, _ in extents), 1 + max((n for _, n in extents), default=0)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    """A mapping whose keys differ: YAML itself would let the last of two win."""
    own = [key for key, _ in node.value if key.tag != _TAG + "merge"]
    loader.flatten_mapping(node)  # what `<<` names comes before its own
    for key, _ in node.value:
        if key.tag != _TAG + "str":
            shown = f"{key.value!r}" if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            raise _Refused(key, f"the key {shown} is no text: put it in quotes")
    for word, count in Counter(key.value for key in own).items():
        if count > 1:
            raise _Refused(node, f"key {word!r} stands twice")
    return loader.construct_mapping(node, deep=True)


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    text = loader.construct_scalar(node)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _Refused(node, f"{text!r}: half of a character")
    return text


def _number(loader: _Loader, node: yaml.ScalarNode) -> int | float:
    kind = node.tag.removeprefix(_TAG)
    try:
        value = getattr(loader, f"construct_yaml_{kind}")(node)
    except ValueError:
        value = math.nan
    if not -INTEGERS < value < INTEGERS and not (kind == "float" and math.isfinite(value)):
        raise _Refused(node, f"{printable(node.value, 40)!r}: expected a finite number")
    return value


def _foreign(loader: _Loader, node: yaml.Node) -> None:
    """A date: the one kind of value that has no tag, and that JSON does not have."""
    raise _Refused(node, f"{printable(node.value, 40)} is read as a date: put it in quotes")


_Loader.add_constructor(_TAG + "map", _mapping)
_Loader.add_constructor(_TAG + "str", _text)
_Loader.add_constructor(_TAG + "int", _number)
_Loader.add_constructor(_TAG + "float", _number)
_Loader.add_constructor(_TAG + "timestamp", _foreign)
_Loader.add_implicit_resolver(
    _TAG + "float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)
