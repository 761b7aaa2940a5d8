"""The documents, and the code that stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIALS = [README, *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]


def name(path: Path) -> str:
    """How a test calls a document."""
    return str(path.relative_to(ROOT))


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of each block of code; the language of an indented block is ""."""
    for token in MarkdownIt("commonmark").parse(path.read_text()):
        if token.type in ("fence", "code_block"):
            yield token.info.strip(), token.content


def spans(path: Path) -> Iterator[str]:
    """Each piece of code within a sentence or a table."""
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text()):
        yield from (
            " ".join(one.content.split())
            for one in token.children or ()
            if one.type == "code_inline"
        )


def links(path: Path) -> Iterator[str]:
    """Where each link and picture leads."""
    for token in MarkdownIt("commonmark").enable("table").parse(path.read_text()):
        for one in token.children or ():
            for attribute in ("href", "src"):
                if attribute in one.attrs:
                    yield str(one.attrs[attribute])
