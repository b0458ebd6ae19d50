"""Blocks: the parts of an article that can be sent alone: a paragraph, steps, a short list, an item, a row of a table.

Reads plain text as importing leaves it: blank lines between paragraphs, a line for each item and each row, ``|``
between cells. A paragraph of a few words without a full stop is a heading of what follows, one that ends in a colon
leads to it. Knows no question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PARAGRAPH_END = re.compile(r"\n\s*\n")
_STEP = re.compile(r"\s*\d{1,2}[.)]\s")
_ITEM = re.compile(r"\s*[-*\u2022]\s+")
_CELLS = re.compile(r"(?<!\S)\|(?!\S)")
_STOPS = ".!?:;\u3002\uff01\uff1f\uff1a"
SHORT_LIST = 40
"""Words up to which a list is one block: opening hours are read together."""
_HEADING_WORDS = 10
_TABLE_LINES = 2


class BlockKind(StrEnum):
    """What a block is."""

    TEXT = "text"
    STEPS = "steps"
    LIST = "list"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """One block. ``lead`` is the line that leads to it ("You can:"), ``heading`` the section's.

    ``cells`` are those of a row, each with the name of its column ("" where the table has none); ``text`` is then both
    in one line.
    """

    kind: BlockKind
    text: str
    heading: str = ""
    lead: str = ""
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def whole(self) -> str:
        """Heading, lead and text, for whoever has to understand it alone."""
        return "\n".join(part for part in (self.heading, self.lead, self.text) if part)


def blocks_of(text: str) -> list[Block]:
    """The blocks of an article, or of a part of one, in order."""
    found: list[Block] = []
    heading = lead = ""
    for paragraph in filter(None, map(str.strip, _PARAGRAPH_END.split(text))):
        lines = paragraph.split("\n")
        if is_table(lines):
            found += _rows(lines, heading, lead)
        elif _STEP.match(paragraph):
            found.append(Block(BlockKind.STEPS, paragraph, heading, lead))
        elif _ITEM.match(paragraph):
            short = len(paragraph.split()) <= SHORT_LIST
            items = [paragraph] if short else _items(lines)
            kind = BlockKind.LIST if short else BlockKind.ITEM
            found += [Block(kind, item, heading, lead) for item in items]
        elif is_heading(paragraph):
            heading, lead = paragraph, ""
            continue
        elif paragraph.endswith((":", "\uff1a")):
            lead = paragraph
            continue
        else:
            found.append(Block(BlockKind.TEXT, paragraph, heading, lead))
        lead = ""
    return found


def is_heading(paragraph: str) -> bool:
    """Whether a paragraph is a few words without a stop."""
    return len(paragraph.split()) <= _HEADING_WORDS and paragraph[-1] not in _STOPS and "\n" not in paragraph


def is_table(lines: Sequence[str]) -> bool:
    """Whether lines are those of a table: names of columns and at least one row."""
    return len(lines) >= _TABLE_LINES and all(_CELLS.search(line) for line in lines)


def _rows(lines: Sequence[str], heading: str, lead: str) -> Iterator[Block]:
    names = [name.strip() for name in _CELLS.split(lines[0])]
    for line in lines[1:]:
        values = [value.strip() for value in _CELLS.split(line)]
        padded = names + [""] * (len(values) - len(names))
        cells = tuple((name, value) for name, value in zip(padded, values, strict=False) if value)
        text = "; ".join(f"{name}: {value}" if name else value for name, value in cells)
        yield Block(BlockKind.ROW, text, heading, lead, cells)


def _items(lines: Sequence[str]) -> list[str]:
    """The items of a list; a line without a mark goes on with the item before it."""
    items: list[str] = []
    for line in lines:
        mark = _ITEM.match(line)
        if mark or not items:
            items.append(line[mark.end() if mark else 0 :].strip())
        else:
            items[-1] = f"{items[-1]}\n{line.strip()}"
    return items
