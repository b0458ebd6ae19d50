"""Pieces that the pages about questions share: bars with their key, tiles, tables of groups, choices of a filter.

Their style and script lie beside (``questions.css``, ``filters.js``). Knows how a part looks, not what one stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.learning.reports.page import part, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NONE = "\u2013"
"""Where there is no figure."""
_GROUPS = 60


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: the name of its colour (``NAME-ground``), what it is called, and how many are in it."""

    style: str
    words: str
    count: int


def style() -> str:
    """The style of all pieces, of chips, and of a list of questions that open."""
    return part(__package__, "questions.css")


def script() -> str:
    """Filters a list of questions by what is chosen above it."""
    return part(__package__, "filters.js")


def bar(parts: Sequence[Part]) -> str:
    """A small bar, as it stands in a row of a table; what it says is its title."""
    told = text(", ".join(f"{each.count} {each.words}" for each in parts if each.count))
    return f'<div class="bar" role="img" aria-label="{told}" title="{told}">{_spans(parts)}</div>'


def share(parts: Sequence[Part]) -> str:
    """The large bar of a whole, and its key."""
    total = sum(each.count for each in parts)
    told = text(", ".join(f"{each.words} {each.count:,}" for each in parts))
    key = "".join(
        f'<li><i class="{each.style}-ground"></i>{text(each.words)} <b>{percent(each.count, total)}</b></li>'
        for each in parts
    )
    return f'<div class="share" role="img" aria-label="{told}">{_spans(parts)}</div>\n<ul class="key">{key}</ul>'


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """A figure and what it is, each in a tile."""
    return "".join(f'<div class="tile"><b>{text(value)}</b><p>{text(words)}</p></div>' for value, words in figures)


def groups(rows: Sequence[tuple[str, int, Sequence[Part], str]], *, caption: str, columns: Sequence[str]) -> str:
    """A table with a row a group: its name, how many questions, their bar, and more cells as they are.

    ``columns`` are the headings of all of them; of more than ``_GROUPS`` rows the first stand.
    """
    heads = "".join(f'<th scope="col">{text(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{count:,}</td><td>{bar(parts)}</td>{cells}</tr>'
        for name, count, parts, cells in rows[:_GROUPS]
    )
    more = f'<p class="quiet">and {len(rows) - _GROUPS} smaller ones</p>' if len(rows) > _GROUPS else ""
    return (
        f'<table class="groups"><caption>{text(caption)}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>{more}"
    )


def choices(names: Iterable[tuple[str, str]]) -> str:
    """Choices of a filter: a value and its words."""
    return "".join(f'<option value="{text(value)}">{text(words)}</option>' for value, words in names)


def percent(count: int, of: int) -> str:
    """A share in whole percent; a dash where there is nothing to share."""
    return f"{100 * count / of:.0f}%" if of else NONE


def _spans(parts: Sequence[Part]) -> str:
    return "".join(
        f'<span class="{each.style}-ground" style="--part:{each.count}"></span>' for each in parts if each.count
    )
