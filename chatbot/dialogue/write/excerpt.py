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
from chatbot.dialogue.text.facts import codes_in, shape_of
from chatbot.dialogue.text.language import is_frequent
from chatbot.dialogue.text.places import covered, places_in
from chatbot.dialogue.text.set_phrases import asks_to_look
from chatbot.dialogue.timing import step
from chatbot.dialogue.write.rows import of_what_was_asked, without_others, words_of
from data.blocks import BlockKind
from retrieval.search.late import token_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
FAR = 0.5
"""Below this cosine nothing in a part is near to a word of the question."""
TIE = 0.02
"""Parts so near the best are sent with it whatever they add."""
RULE = 0.1
"""How much worse than the best the first part of its section may be that is sent with it: the rule stands before its
exceptions ("within 30 days", then "days 31 to 60")."""
_SEE = re.compile(
    r"\((?:see|siehe|voir|v\u00e9ase|vedi|zie) (?:below|above|unten|oben|ci-de|m\u00e1s|sotto|sopra|onder|boven)\w*"
)
_STEP_NAMED = re.compile(
    r"\b(?:steps?|schritte?|\u00e9tapes?|pasos?|passi|passo|passos|stap)[ \u00a0](\d{1,2})\b", re.IGNORECASE
)
_HEAD_WORDS = 3
SHORT = 20
"""Words of a part that may only lead to the steps behind it."""


@step("write")
def excerpts(window: Window, parts: Sequence[Part]) -> list[Candidate]:
    """A candidate of each of the best articles, best first; ``parts`` are best first."""
    asked = places_in(window.latest)
    here = [part for part in parts if not _is_elsewhere(part.block, asked)]
    slugs = list(dict.fromkeys(part.slug for part in here))[:ARTICLES]
    found = []
    for slug in slugs:
        own = [part for part in here if part.slug == slug]
        told = _of_places(asked, own)
        article = [part for part in parts if part.slug == slug] if told is own else told
        found.append(_excerpt(window, told, article))
    return found


def _excerpt(window: Window, parts: Sequence[Part], article: Sequence[Part]) -> Candidate:
    """Of the parts that may answer; ``article`` are all of the article."""
    best = parts[0]
    near, lacks = of_what_was_asked(_together(parts), article, window.asked)
    near += [part for part in (_rule(parts), *_rows_beside(near, parts, window.asked)) if part and part not in near]
    near = without_others(near, article, window.latest) or near
    near += [part for part in _pointed_at(near, article) if part not in near]
    chosen = sorted([*near, *_steps_behind(best, parts, near)], key=_in_order)
    text = written([part.block for part in chosen], window.asked)
    ids = dict.fromkeys([best.hit.passage.id, *(part.hit.passage.id for part in chosen)])
    missed = min(part.signals["missed"] for part in chosen)
    features = {
        "similarity": best.hit.similarity,
        **best.signals,
        "missed": missed,
        "parts": float(len(chosen)),
        "own_case": float(window.names_a_case or asks_to_look(window.latest)),
    }
    return Candidate(
        text,
        "excerpt",
        tuple(ids),
        features,
        far=_far(chosen, text, window.question),
        lacks=lacks,
        of_rows=best.block.kind is BlockKind.ROW,
    )


def _pointed_at(near: Iterable[Part], article: Sequence[Part]) -> list[Part]:
    """The parts that chosen ones send the reader to: "Reset it (see below)" and "Reset: …", "repeat step 5".

    Steps are sent for the best part alone; of several lists with such a step the nearest before it is meant.
    """
    best = next(iter(near))
    for told in _STEP_NAMED.finditer(best.block.text):
        steps = [other for other in article if _has_step(other.block, told[1])]
        before_it = [other for other in steps if _in_order(other) <= _in_order(best)]
        if steps:
            return [max(before_it, key=_in_order) if before_it else min(steps, key=_in_order)]
    found = []
    for part in near:
        before = _SEE.split(part.block.text)[:-1]
        named = words_of(" ".join(before)) if before else frozenset()
        for other in article:
            head, stop, _ = other.block.text.partition(":")
            if stop and len(head.split()) <= _HEAD_WORDS and named and words_of(head) and words_of(head) <= named:
                found.append(other)
    return found[:1]


def _has_step(block: Block, number: str) -> bool:
    lines = block.text.split("\n") if block.kind is BlockKind.STEPS else ()
    return any(line.lstrip().startswith((f"{number}.", f"{number})")) for line in lines)


def _far(chosen: Sequence[Part], text: str, question: str) -> tuple[tuple[str, float], ...]:
    """The words of the question that stand nowhere in what is sent and that nothing in it is near to.

    What has digits in it has to stand there: an 03 is near to an 01 and no part of it. A code of the kind that the text
    speaks of is compared by itself (``check.suites.check_codes``), and so are places ("York" of "New York").
    """
    places = words_of(" ".join(places_in(question).values()), least=1)
    kinds = {shape_of(code) for code in codes_in(text)}
    coded = [code for code in codes_in(question) if shape_of(code) in kinds]
    held = np.max([part.covers for part in chosen], axis=0)
    nearest = held / np.maximum(token_weights(chosen[0].words, len(held)), 1e-9)
    shown = words_of(f"{text} {chosen[0].hit.passage.title or ''}", least=1)
    far = []
    for word in chosen[0].words:
        is_far = nearest[list(word.tokens)].min() < FAR or any(map(str.isdigit, word.text))
        if any(word.text.casefold() in code for code in coded) or words_of(word.text, least=1) <= places:
            continue
        if is_far and words_of(word.text, least=1).isdisjoint(shown):
            named = word.text if word is not chosen[0].words[0] or word.text.isupper() else word.text.casefold()
            far.append((named, word.weight))
    return tuple(far)


def _of_places(asked: Mapping[str, str], parts: list[Part]) -> list[Part]:
    """The parts that name the places asked about: "we do not deliver there", without what holds elsewhere.

    All of them where the best one is a row of these places: what stands beside its table holds there too.
    """
    named = [part for part in parts if asked and set(asked) <= set(places_in(part.block.text))]
    is_row = parts[0] in named and parts[0].block.kind is BlockKind.ROW
    return parts if is_row or not named else named


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
    asked = words_of(question)
    rows = [part for part in parts if part.block.kind is BlockKind.ROW and part.block.cells[:1] == best.block.cells[:1]]
    told = any(asked & words_of(value) for row in rows for _, value in row.block.cells[1:2])
    return [] if told else [row for row in rows if row not in near][:MOST_PARTS]


def written(blocks: Iterable[Block], question: str) -> str:
    """Blocks as a reply; those under one line that leads to them stand under it."""
    texts = []
    for lead, group in groupby(blocks, key=_leads):
        together = list(group)
        lines = [_line(block, question) for block in together]
        listed = len(lines) > 1 and all(block.kind in {BlockKind.ITEM, BlockKind.ROW} for block in together)
        body = "\n".join(f"- {line}" for line in lines) if listed else "\n\n".join(lines)
        joint = "\n" if listed or together[0].kind is not BlockKind.ITEM else " "
        texts.append(f"{lead}{joint}{body}" if lead else body)
    return "\n\n".join(texts)


def _leads(block: Block) -> str:
    """What leads to a block; a list that nothing leads to is led to by its heading ("What we cannot take back")."""
    listed = block.kind in {BlockKind.ITEM, BlockKind.LIST}
    return block.lead or (f"{block.heading}:" if listed and block.heading else "")


def _line(block: Block, question: str) -> str:
    """A row without the columns that were not asked for; whole where what is left would only say the question back."""
    if block.kind is not BlockKind.ROW or len(block.cells) < 2:  # noqa: PLR2004
        return block.text
    (_, name), *rest = block.cells
    asked = frozenset(word for word in words_of(question) if not is_frequent(word))
    named = any(asked & words_of(column) for column, _ in rest)
    wanted = [cell for cell in rest if named and asked & words_of(" ".join(cell))]
    if all(words_of(value, least=1) <= words_of(question, least=1) for _, value in wanted):
        wanted = rest
    told = "; ".join(f"{column}: {value}" if column else value for column, value in wanted)
    return f"{name} \u2013 {told}."


def _steps_behind(best: Part, parts: Iterable[Part], near: Sequence[Part]) -> list[Part]:
    """The steps that a short best part leads to, though a new passage begins with them."""
    if best.block.kind is not BlockKind.TEXT or len(best.block.text.split()) > SHORT:
        return []
    behind = min((part for part in parts if _in_order(part) > _in_order(best)), key=_in_order, default=None)
    if behind is None or behind.block.kind is not BlockKind.STEPS or behind in near:
        return []
    (number, place), (before, last) = _in_order(behind), _in_order(best)
    return [behind] if (number, place) in {(before, last + 1), (before + 1, 0)} else []


def _in_order(part: Part) -> tuple[int, int]:
    """Where a part stands in its article: the number of the passage, and the place in it."""
    number = part.hit.passage.id.rpartition("#")[2]
    return int(number) if number.isdigit() else 0, part.place
