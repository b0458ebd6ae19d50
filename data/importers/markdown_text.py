"""Markdown as plain text: what a reader of the page would read, without its marks. And the way back, for who edits it.

An answer quotes an article in a chat, where ``**`` would show. Lists keep their numbers and dashes, links their
address. Parsing is markdown-it's; knows no files and no articles.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from data.blocks import is_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token


_TOGETHER = frozenset(f"{name}_{end}" for name in ("bullet_list", "ordered_list", "table") for end in ("open", "close"))
_CODE = frozenset({"fence", "code_block"})
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_BREAK = "\\\n"
_MARK = re.compile(r"[\\`*_\[\]<>#&~|+.!()-]")


def plain_text(markdown: str) -> str:
    """The text of a Markdown page: blocks apart by a blank line, list items and table rows by a line feed."""
    page = _Page()
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(markdown):
        page.take(token)
    return "".join(page.blocks)


def as_markdown(text: str) -> str:
    """Markdown that ``plain_text`` makes this text of again, white space aside: what was imported, to be edited."""
    return "\n\n".join(_paragraph(each) for each in _PARAGRAPH_END.split(text.strip("\n")))


def _paragraph(text: str) -> str:
    """The plainest way to write a paragraph in which all of it is kept."""
    first, *more = lines = text.split("\n")
    ways = [text]
    if is_table(lines):
        ways.append(
            "\n".join([f"| {first} |", f"|{' --- |' * (first.count('|') + 1)}", *(f"| {row} |" for row in more)])
        )
    ways += [_BREAK.join(lines), _BREAK.join(_MARK.sub(r"\\\g<0>", line) for line in lines)]
    return next((way for way in ways if plain_text(way) == text), ways[-1])


class _Page:
    """The blocks written so far, and where in lists and tables the reader stands."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self._depth = 0  # of open lists and tables, whose lines stand together
        self._begun = False  # whether a line of the open list or table is written
        self._markers: list[str] = []  # of the open list items, outermost first; spent with their first line
        self._cells: list[str] | None = None

    def take(self, token: Token) -> None:
        if token.type in _TOGETHER:
            self._depth += token.nesting
            self._begun = self._begun and self._depth > 0
        elif token.type == "list_item_open":
            self._markers.append(f"{token.info}{token.markup} " if token.info else "- ")
        elif token.type == "list_item_close":
            self._markers.pop()
        elif token.type == "tr_open":
            self._cells = []
        elif token.type == "tr_close":
            self._write(" | ".join(self._cells or []))
            self._cells = None
        elif token.type == "inline":
            text = _inline(token.children or [])
            if self._cells is None:
                self._write(self._marker() + text)
            else:
                self._cells.append(text)
        elif token.type in _CODE:
            self._write(token.content.rstrip("\n"))

    def _marker(self) -> str:
        if not self._markers:
            return ""
        marker, self._markers[-1] = self._markers[-1], ""
        return "  " * (len(self._markers) - 1) + marker

    def _write(self, text: str) -> None:
        if text.strip():
            gap = "\n" if self._begun else "\n\n"
            self.blocks.append(gap + text if self.blocks else text)
            self._begun = self._depth > 0


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []  # address, and where its words begin
    for token in tokens:
        match token.type:
            case "text" | "code_inline" | "image":
                parts.append(token.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close":
                address, start = links.pop()
                if address.startswith(("http://", "https://")) and "".join(parts[start:]) != address:
                    parts.append(f" ({address})")
            case _:
                pass
    return "".join(parts)
