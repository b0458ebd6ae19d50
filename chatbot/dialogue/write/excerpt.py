"""Writes what an article says to a question: the parts that answer, not the page.

A row of a table becomes a line that names its columns, of which those are left out that were not asked for; steps stay
steps, items keep the line that leads to them. Beside the best part those of the same article are taken that fit nearly
as well and hold of the question what it lacks, in the article's order. Knows parts and words, no encoder.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.text.places import covered, places_in
from chatbot.dialogue.timing import step
from data.blocks import BlockKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.dialogue.match import Part
    from chatbot.dialogue.window import Window
    from data.blocks import Block

ARTICLES = 2
"""How many articles become candidates."""
MOST_PARTS = 3
NEARLY = 0.3
"""How much worse than the best a part may be that is sent with it."""
ADDS = 0.02
"""Share of the question, by weight, that a part has to hold beyond those before it. Of 133 questions of the shop 65 %
were answered by 1.8 parts so, 62 % by the three best, 54 % by the best alone."""
TIE = 0.02
"""Parts so near the best are sent with it whatever they add."""
RULE = 0.1
"""How much worse than the best the first part of its section may be that is sent with it: the rule stands before its
exceptions ("within 30 days", then "days 31 to 60")."""
SHORT = 20
"""Words of a part that may only lead to the steps behind it."""
_WORD = re.compile(r"\w{3,}")


@step("write")
def excerpts(window: Window, parts: Sequence[Part]) -> list[Candidate]:
    """A candidate of each of the best articles, best first; ``parts`` are best first."""
    asked = places_in(window.latest)
    parts = [part for part in parts if not _is_elsewhere(part.block, asked)]
    slugs = list(dict.fromkeys(part.slug for part in parts))[:ARTICLES]
    return [_excerpt(window, [part for part in parts if part.slug == slug]) for slug in slugs]


def _excerpt(window: Window, parts: Sequence[Part]) -> Candidate:
    best = parts[0]
    near = _together(parts)
    near += [part for part in (_rule(parts), *_rows_beside(near, parts, window.question)) if part and part not in near]
    chosen = sorted([*near, *_steps_behind(best, parts, near)], key=_in_order)
    text = written([part.block for part in chosen], window.question)
    ids = dict.fromkeys([best.hit.passage.id, *(part.hit.passage.id for part in chosen)])
    missed = min(part.signals["missed"] for part in chosen)
    features = {
        "similarity": best.hit.similarity,
        **best.signals,
        "missed": missed,
        "parts": float(len(chosen)),
        "own_case": float(window.names_a_case),
    }
    return Candidate(text, "excerpt", tuple(ids), features)


def _is_elsewhere(block: Block, asked: Iterable[str]) -> bool:
    """Whether a row is that of another place than those asked about."""
    if block.kind is not BlockKind.ROW or not block.cells:
        return False
    name = block.cells[0][1]
    return bool(places_in(name)) and any(not covered(place, name) for place in asked)


def _together(parts: Sequence[Part]) -> list[Part]:
    """The best part and its equals, and one after another those that add most to what of the question is held."""
    chosen = [part for part in parts if part.score >= parts[0].score - TIE][:MOST_PARTS]
    held = np.max([part.covers for part in chosen], axis=0)
    while len(chosen) < MOST_PARTS:
        others = [part for part in parts if part.score >= parts[0].score - NEARLY and part not in chosen]
        gains = [float(np.maximum(part.covers - held, 0).sum()) for part in others]
        if not gains or max(gains) < ADDS:
            break
        chosen.append(others[gains.index(max(gains))])
        held = np.maximum(held, chosen[-1].covers)
    return chosen


def _rule(parts: Sequence[Part]) -> Part | None:
    """The part that opens the section of the best one, where it fits nearly as well."""
    best = parts[0]
    opening = min((part for part in parts if part.block.heading == best.block.heading), key=_in_order)
    return opening if opening.score >= best.score - RULE else None


def _rows_beside(near: Sequence[Part], parts: Sequence[Part], question: str) -> list[Part]:
    """Rows of the same name as the best one's: the United Kingdom's, standard and express.

    None where the question holds a word of the cells that tell them apart: then one of them is asked for.
    """
    best = near[0]
    if best.block.kind is not BlockKind.ROW or not best.block.cells:
        return []
    asked = _words(question)
    rows = [part for part in parts if part.block.kind is BlockKind.ROW and part.block.cells[:1] == best.block.cells[:1]]
    told = any(asked & _words(value) for row in rows for _, value in row.block.cells[1:2])
    return [] if told else [row for row in rows if row not in near][:MOST_PARTS]


def written(blocks: Iterable[Block], question: str) -> str:
    """Blocks as a reply; those under one line that leads to them stand under it."""
    asked = _words(question)
    texts = []
    for lead, group in groupby(blocks, key=_leads):
        together = list(group)
        lines = [_line(block, asked) for block in together]
        listed = len(lines) > 1 and all(block.kind in {BlockKind.ITEM, BlockKind.ROW} for block in together)
        body = "\n".join(f"- {line}" for line in lines) if listed else "\n\n".join(lines)
        joint = "\n" if listed or together[0].kind is not BlockKind.ITEM else " "
        texts.append(f"{lead}{joint}{body}" if lead else body)
    return "\n\n".join(texts)


def _leads(block: Block) -> str:
    """What leads to a block; a list that nothing leads to is led to by its heading ("What we cannot take back")."""
    listed = block.kind in {BlockKind.ITEM, BlockKind.LIST}
    return block.lead or (f"{block.heading}:" if listed and block.heading else "")


def _line(block: Block, asked: frozenset[str]) -> str:
    if block.kind is not BlockKind.ROW or len(block.cells) < 2:  # noqa: PLR2004
        return block.text
    (_, name), *rest = block.cells
    wanted = [cell for cell in rest if asked & _words(cell[0])]
    told = "; ".join(f"{column}: {value}" if column else value for column, value in wanted or rest)
    return f"{name} \u2013 {told}."


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _steps_behind(best: Part, parts: Iterable[Part], near: Sequence[Part]) -> list[Part]:
    """The steps that a short best part leads to."""
    if best.block.kind is not BlockKind.TEXT or len(best.block.text.split()) > SHORT:
        return []
    behind = (best.hit.passage.id, best.place + 1)
    return [
        part
        for part in parts
        if (part.hit.passage.id, part.place) == behind and part.block.kind is BlockKind.STEPS and part not in near
    ]


def _in_order(part: Part) -> tuple[int, int]:
    """Where a part stands in its article: the number of the passage, and the place in it."""
    number = part.hit.passage.id.rpartition("#")[2]
    return int(number) if number.isdigit() else 0, part.place
