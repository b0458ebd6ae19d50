"""How much an import reads of one thing before it says so and goes on: a limit met is a told row, never the memory.

What a real export holds is far below each of them; a wrong column, a quote that never closes or a file made to do harm
is above. Knows no files and no formats. Every message names the setting that raises the limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.transcripts import Article

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data.transcripts import Conversation

KEY_CHARACTERS = 400
"""Longest id of a conversation and slug of an article: room in the tables for what is put around it."""

_PARTS = (",", "[", "{")
_STRING = re.compile(r'"(?>(?:[^"\\]++|\\.)*)"', re.DOTALL)
_NAME_CHARACTERS = {"language": 40, "source": 200}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most. Settings of the same names, ``UNDERSTUDY_IMPORT_…``, change them."""

    line_bytes: int = 4 * 1024 * 1024
    cell_characters: int = 1_000_000
    columns: int = 2_000
    depth: int = 50
    values: int = 100_000
    turns: int = 2_000
    conversation_characters: int = 4_000_000
    article_characters: int = 200_000
    ratio: int = 200
    seconds: float = 6 * 60 * 60.0


class TimeUpError(Exception):
    """A file took longer than ``Limits.seconds``; raised from where its bytes are counted."""


def exceeded(item: Conversation | Article, limits: Limits) -> str | None:
    """Which limit a conversation or article is beyond, and what to do; None where it is within all."""
    article = isinstance(item, Article)
    key = item.slug if isinstance(item, Article) else item.id
    if len(key) > KEY_CHARACTERS:
        what = "slug" if article else "conversation's id"
        return f"the {what} is {len(key):,} characters long; at most {KEY_CHARACTERS} are read. Is it another column?"
    for name, most in _NAME_CHARACTERS.items():
        value = getattr(item, name, None) or ""
        if len(value) > most:
            return f"the {name} is {len(value):,} characters long; at most {most} are read. Is it another column?"
    if isinstance(item, Article):
        return None
    return too_large(key, len(item.turns), sum(len(turn.text) for turn in item.turns), limits)


def too_large(key: str, turns: int, characters: int, limits: Limits) -> str | None:
    """What to say of a conversation with that many turns and characters; None where it is not too large."""
    if turns > limits.turns:
        counted, setting = f"{turns:,} turns; at most {limits.turns:,}", "TURNS"
    elif characters > limits.conversation_characters:
        counted = f"{characters:,} characters; at most {limits.conversation_characters:,}"
        setting = "CONVERSATION_CHARACTERS"
    else:
        return None
    return (
        f"the conversation {clipped(key, 60)!r} has {counted} are read. Do rows of several share one id? "
        f"Then name the right column; else split it, or raise UNDERSTUDY_IMPORT_{setting}"
    )


def too_nested(depth: int) -> str:
    """What to say of JSON that is nested deeper than so."""
    return (
        f"lists and objects stand within one another more than {depth} times; a transcript needs four. "
        "Take out what is nested so deep, or raise UNDERSTUDY_IMPORT_DEPTH"
    )


def too_many(text: str, limits: Limits) -> str | None:
    """What to say of JSON that surely holds too many values, else None: read, they would take fifty times its size."""
    most = 2 * limits.values + 1  # a comma stands before each value but the first of a list, which may all be lists
    if sum(map(text.count, _PARTS)) <= most or sum(map(_STRING.sub("", text).count, _PARTS)) <= most:
        return None
    return _too_many(limits)


def too_intricate(value: object, limits: Limits) -> str | None:
    """What to say of a JSON value that is nested too deep or holds too many values, else None. Does not recurse."""
    level = _containers([value])
    count = 0
    for _ in range(limits.depth):
        if not level:
            return None
        count += sum(map(len, level))
        if count > limits.values:
            return _too_many(limits)
        level = [
            inner for outer in level for inner in _containers(outer.values() if isinstance(outer, dict) else outer)
        ]
    return too_nested(limits.depth) if level else None


def _too_many(limits: Limits) -> str:
    return (
        f"the line holds more than {limits.values:,} values; a transcript needs some per message. Leave out "
        "what is no part of it, or raise UNDERSTUDY_IMPORT_VALUES"
    )


def _containers(values: Iterable[object]) -> list[dict[str, object] | list[object]]:
    return [one for one in values if isinstance(one, (dict, list))]


def clipped(text: str, characters: int) -> str:
    """The beginning of a text, for a message."""
    return text if len(text) <= characters else f"{text[:characters]}…"
