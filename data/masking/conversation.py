"""Masks a whole conversation: its turns, its labels and extras, with the names of its own people known beforehand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from data.masking.mask import Masker
from data.masking.names import is_name, parts_of
from data.masking.phones import LANGUAGE_COUNTRIES
from data.times import parse_time
from data.transcripts import COUNTS_AS, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from data.transcripts import Conversation, Turn

_DIGIT_OR_AT = re.compile(r"[\d@]")
_PERSON_KEYS = re.compile(
    r"(?:requester|customer|contact|user|author|sender|recipient|assignee|agent|client|submitter|from|to"
    r"|cc)?[._ -]?(?:full|first|last|given|family|sur)?[._ -]?name|"
    r"requester|author|sender|assignee|submitter",
    re.IGNORECASE,
)
"""Keys of labels and extras under which help desks write a person's name."""


def mask_conversation(
    conversation: Conversation,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
    *,
    beside: Collection[str] = (),
) -> tuple[Conversation, Counter[str]]:
    """Mask all turns, and the texts in labels and extras (a forum's title repeats the first message).

    ``countries`` are where the desk's customers are; those of the conversation's language are added. Who signs in a
    text ``beside``, which is not kept, is one of the conversation's people. Who wrote a turn stays, for that is how one
    tells two people apart, and so does when it began, whatever was masked: a past is found by its dates. Returns the
    masked conversation and how many places of each kind were masked in its turns.
    """
    likely = (*countries, *LANGUAGE_COUNTRIES.get((conversation.language or "")[:2].lower(), ()))
    masker = Masker(keep, tuple(dict.fromkeys(likely)), tuple(_people(conversation, _signed(beside))))
    texts = masker.mask_all([turn.text for turn in conversation.turns])
    counts = Counter(span.kind for span in masker.spans)
    turns = tuple(_masked_turn(turn, text, masker) for turn, text in zip(conversation.turns, texts, strict=True))
    labels = _masked_value(conversation.labels, masker)
    began = conversation.labels.get("created")
    if isinstance(began, str) and parse_time(began) is not None:
        labels["created"] = began
    masked = replace(
        conversation,
        turns=turns,
        labels=labels,
        extras=_masked_value(conversation.extras, masker),
    )
    return masked, counts


def _signed(texts: Collection[str]) -> list[str]:
    """The names that somebody signs or introduces themselves with."""
    if not texts:
        return []
    masker = Masker(others=False)
    masker.mask_all(list(texts))
    return [value for placeholder, value in masker.values.items() if placeholder.startswith("[NAME")]


def _people(conversation: Conversation, signed: Collection[str]) -> Iterator[str]:
    """The names of those who wrote, whom labels and extras name, who signed; whole names first, then their parts."""
    authors = [turn.author for turn in conversation.turns if turn.author and turn.role is not Role.BOT]
    named = [*authors, *signed, *_named(conversation.labels), *_named(conversation.extras)]
    for turn in conversation.turns:
        if turn.extras:
            named += _named(turn.extras)
    people = [name for name in dict.fromkeys(name.strip() for name in named) if is_name(name)]
    yield from dict.fromkeys([*people, *(part for name in people for part in parts_of(name))])


def _named(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _named(value)
        elif isinstance(value, str) and _PERSON_KEYS.fullmatch(str(key)):
            yield value


def _masked_turn(turn: Turn, text: str, masker: Masker) -> Turn:
    author = _masked_name(turn.author, masker)
    extras = _masked_value(turn.extras, masker) if turn.extras else turn.extras
    if COUNTS_AS in turn.extras:
        extras = {**extras, COUNTS_AS: _masked_name(turn.speaker, masker)}
    if text == turn.text and author == turn.author and extras == turn.extras:
        return turn
    return replace(turn, text=text, author=author, extras=extras)


def _masked_name(name: str | None, masker: Masker) -> str | None:
    return masker.mask(name) if name and _DIGIT_OR_AT.search(name) else name


def _masked_value(value: Any, masker: Masker) -> Any:
    """The same JSON value with every text in it masked; keys stay."""
    if isinstance(value, str):
        return masker.mask(value)
    if isinstance(value, Mapping):
        return {key: _masked_value(item, masker) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(item, masker) for item in value]
    return value
