"""The words of a note: what might be answered, how sure that is, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.service.connectors.protocol import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retrieval.passages import Passage

_EVIDENCE = 300  # characters of one passage
_LONG = 40  # letters and digits of a text that nobody else begins with by chance


FLOOR = 0.25
"""Probability from which a suggestion is worth a note; what is below it, is left to people."""


def worth_saying(probability: float) -> bool:
    """Whether a suggestion is likely enough to be written where somebody has to read it."""
    return probability >= FLOOR


def note_of(suggestions: Sequence[Mapping[str, Any]], find: Callable[[str], Passage | None], key: str) -> str:
    """A note with the first of the suggestions and its evidence, marked with the message that it is for."""
    best = suggestions[0]
    lines = [f"Suggested reply ({best['confidence']:.0%} sure), for you to check and send:", "", best["text"], ""]
    found = [passage for name in best["evidence"] if (passage := find(name)) is not None]
    lines += [line for passage in found for line in _evidence(passage)]
    lines += [f"Look at: {warning}" for warning in best["warnings"]]
    return marked("\n".join(lines).rstrip(), key)


def _evidence(passage: Passage) -> list[str]:
    said = " ".join(passage.answer.split())
    said = said if len(said) <= _EVIDENCE else f"{said[:_EVIDENCE]}…"
    where = passage.title or f"an answer of {passage.created}"
    return [f"From {where}{f' ({passage.url})' if passage.url else ''}: {said}"]


def same_words(ours: str, theirs: str) -> bool:
    """Whether a text of ours is what lies there: help desks change spaces and signs, and put something below.

    Below a short one, nothing: "Yes" is no "Yes, but".
    """
    wanted, found = _words(ours), _words(theirs)
    return bool(wanted) and (found == wanted or (len(wanted) >= _LONG and found.startswith(wanted)))


def _words(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
