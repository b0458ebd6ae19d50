"""Rows: which rows of a table a question asks for, by its own words in their cells; which items of a list.

A row is told for what it is the row of. What stands in the first cell of one row alone names it ("Ireland"); any other
word of the question that the table knows tells rows apart ("express", "lid") and has to stand in the row that is told:
else the table does not say what was asked for, and its nearest row is an answer to something else. An item about
another product, and a part about another code, than the one that was named is no part of the answer.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from chatbot.dialogue.check.subject import names_in
from chatbot.dialogue.text.facts import codes_in, errors_in
from chatbot.dialogue.text.language import is_frequent
from chatbot.dialogue.text.normalise import words
from chatbot.dialogue.text.places import places_in
from data.blocks import BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.match import Part

_WORD = re.compile(r"\w+")
_PIECE = re.compile(r"\w+|[^\w\s'\u2019]|\n")
_APART = frozenset({"and", "or", "vs", "versus", "than", "plus", "und", "oder", "als", "et", "ou", "y", "o", "e", "en"})
"""What stands between the names of two rows that are both asked for; Dutch "of" is not: "price of filters"."""


def words_of(text: str, *, least: int = 3) -> frozenset[str]:
    """The words of at least so many letters, casefolded, a plural as its singular."""
    return frozenset(
        word.removesuffix("s") if len(word) > least and not word.endswith("ss") else word
        for word in _WORD.findall(text.casefold())
        if len(word) >= least
    )


def of_what_was_asked(
    chosen: Sequence[Part], parts: Sequence[Part], question: str
) -> tuple[list[Part], tuple[str, ...]]:
    """The chosen parts with the rows that were asked for, and the words of the question that these rows lack.

    ``parts`` are all of the article, best first.
    """
    rows = [part for part in chosen if part.block.kind is BlockKind.ROW]
    if not rows:
        return list(chosen), ()
    table = [part for part in parts if _table(part) == _table(rows[0])]
    holds = [words_of(" ".join(value for _, value in row.block.cells)) for row in table]
    asked = {
        word
        for word in words_of(question) & frozenset().union(*holds)
        if not is_frequent(word) and not all(word in held for held in holds)
    }
    named = {word for word in asked if len({_name(row) for row in table if word in words_of(_name(row))}) == 1}
    if _at_once(named, [words_of(_name(row)) for row in table], question):
        # "Moorhen filters price": neither the row of filters nor that of prices holds it.
        beside = [part for part in chosen if part not in rows and named & words_of(part.block.text)]
        if beside:
            return beside, ()
        row_of_all = [row for row in table if asked <= words_of(row.block.text)]
        held = words_of(rows[0].block.text)
        return (row_of_all[:1], ()) if row_of_all else (list(chosen), tuple(sorted(asked - held)))
    telling = asked - named
    fitting = [
        row
        for row, held in zip(table, holds, strict=True)
        if (not named or named & words_of(_name(row))) and telling <= held
    ]
    if not fitting:
        return list(chosen), tuple(sorted(telling))
    kept = [row for row in rows if row in fitting or _table(row) != _table(rows[0])] if asked else rows
    first = kept or fitting[:1]
    told = [part for part in chosen if part.block.kind is not BlockKind.ROW or part in first]
    return told + [row for row in first if row not in told], ()


def _at_once(named: frozenset[str] | set[str], names: Sequence[frozenset[str]], question: str) -> bool:
    """Whether the question names two rows in one breath, without a word or a sign between them that tells them apart.

    Places are named together by who sends from one to another.
    """
    found: list[tuple[int, frozenset[str]]] = []
    pieces = _PIECE.findall(question.casefold())
    for place, piece in enumerate(pieces):
        if words_of(piece) & named and not places_in(piece):
            found.append((place, next(name for name in names if words_of(piece) & name)))
    return any(
        name != after and not any(piece in _APART or not piece.isalnum() for piece in pieces[start:end])
        for (start, name), (end, after) in pairwise(found)
    )


def without_others(chosen: Sequence[Part], article: Sequence[Part], latest: str) -> list[Part]:
    """The chosen parts without those that are about another code, or an item about another thing, than was named.

    Only where a part of the article has the code, and where an item beside has the name. Where none of the chosen ones
    has the code, that part alone is left.
    """
    codes = codes_in(latest) | errors_in(latest)
    held = [codes_in(part.block.text) for part in chosen] if codes else [codes] * len(chosen)
    about = [part for part in article if codes & codes_in(part.block.text)] if codes else []
    if about:
        left = [part for part, own in zip(chosen, held, strict=True) if not own or own & codes]
        chosen = left if any(own & codes for own in held) else about[:1]
    texts = [part.block.text for part in article]
    asked = names_in(texts, within=words(latest))
    if not asked:
        return list(chosen)
    names = {part.place: names_in(texts, within=words(part.block.text)) for part in chosen if _listed(part)}
    right = {_list(part) for part in chosen if names.get(part.place, frozenset()) & asked}
    return [
        part for part in chosen if _list(part) not in right or not names.get(part.place) or names[part.place] & asked
    ]


def _listed(part: Part) -> bool:
    return part.block.kind is BlockKind.ITEM


def _list(part: Part) -> tuple[str, str, str]:
    """Which list of which article an item belongs to."""
    return part.hit.passage.id, part.block.heading, part.block.lead


def _table(part: Part) -> tuple[str, ...]:
    """Which table of which article a row belongs to; of what is no row none."""
    return (part.slug, part.block.heading, part.block.cells[0][0]) if part.block.cells else ()


def _name(row: Part) -> str:
    return row.block.cells[0][1]
