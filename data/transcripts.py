"""Transcripts: conversations of turns, help articles, and their JSON lines.

Knows the canonical line (docs/architecture.md) and nothing
about files of other systems, masking, models or the web.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


class TranscriptError(ValueError):
    """A line that is not a transcript or an article; the message says what was expected."""


class Role(StrEnum):
    """Who speaks. Only public turns of human agents are ever learnt from."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. ``at`` is an ISO-8601 time or None; ``extras`` keeps the source's other keys."""

    role: Role
    text: str
    author: str | None = None
    at: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def speaker(self) -> str | None:
        """Who this is where people are counted: the author, unless the turn says whom it counts as."""
        known = self.extras.get(COUNTS_AS)
        return known if isinstance(known, str) and known else self.author


@dataclass(frozen=True, slots=True)
class Conversation:
    """One support conversation, oldest turn first."""

    id: str
    turns: tuple[Turn, ...]
    language: str | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    domain: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def created(self) -> str | None:
        """ISO date or time of the start: ``labels.created``, else the first turn's time."""
        created = self.labels.get("created")
        if isinstance(created, str) and created:
            return created
        return next((turn.at for turn in self.turns if turn.at), None)


@dataclass(frozen=True, slots=True)
class Article:
    """One help-centre article, text plain or Markdown."""

    slug: str
    title: str
    text: str
    language: str | None = None
    url: str | None = None
    updated: str | None = None
    questions: tuple[str, ...] = ()
    """Which it answers, in words that a lead adds because customers use others than the text."""
    extras: Mapping[str, Any] = field(default_factory=dict)


COUNTS_AS = "counts_as"
"""Key of a turn that says who wrote it, where the author is only the name that somebody gave."""
FROM_SUGGESTION = "from_suggestion"
"""Key of a turn that was a suggestion of ours: how much of it the person changed, 0 to 1."""
_LONGEST_ADDRESS = 2000
_TURN_KEYS = frozenset({"role", "text", "author", "at"})
_CONVERSATION_KEYS = frozenset({"id", "turns", "language", "labels", "source", "domain"})
_ARTICLE_KEYS = frozenset({"slug", "title", "text", "language", "url", "updated", "questions"})


def conversation_from_json(value: object) -> Conversation:
    """Read one canonical transcript object.

    Raises:
        TranscriptError: a key is missing or of another type; the message names it.

    """
    row = _object(value, "a transcript")
    turns = row.get("turns")
    if not isinstance(turns, list) or not turns:
        raise TranscriptError('expected "turns": a list of at least one {"role", "text"}')
    return Conversation(
        id=_text(row, "id", "a transcript"),
        turns=tuple(_turn(turn, number) for number, turn in enumerate(turns)),
        language=_optional(row, "language"),
        labels=_mapping(row, "labels"),
        source=_optional(row, "source"),
        domain=_optional(row, "domain"),
        extras=_others(row, _CONVERSATION_KEYS),
    )


def conversation_to_json(conversation: Conversation) -> dict[str, Any]:
    """Write the canonical object; unknown keys of the source come back out unchanged."""
    return {
        "id": conversation.id,
        "language": conversation.language,
        "turns": [turn_to_json(turn) for turn in conversation.turns],
        "labels": dict(conversation.labels),
        "source": conversation.source,
        "domain": conversation.domain,
        **conversation.extras,
    }


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """Write one turn of the canonical object."""
    return {"role": str(turn.role), "text": turn.text, "author": turn.author, "at": turn.at, **turn.extras}


def turns_from_json(value: object) -> tuple[Turn, ...]:
    """Read a list of turns, which may be empty.

    Raises:
        TranscriptError: not a list, or a turn is not {"role", "text"}.

    """
    if not isinstance(value, list):
        raise TranscriptError('expected "turns": a list of {"role", "text"}')
    return tuple(_turn(turn, number) for number, turn in enumerate(value))


def article_from_json(value: object) -> Article:
    """Read one canonical article object.

    Raises:
        TranscriptError: "slug", "title" or "text" is missing or not a string, "questions" no list of them.

    """
    row = _object(value, "an article")
    return Article(
        slug=_text(row, "slug", "an article"),
        title=_text(row, "title", "an article"),
        text=_text(row, "text", "an article"),
        language=_optional(row, "language"),
        url=_optional(row, "url"),
        updated=_optional(row, "updated"),
        questions=_questions(row),
        extras=_others(row, _ARTICLE_KEYS),
    )


def web_address(text: object) -> str | None:
    """An address that a page may link to: http or https with a host, in full; None for all else.

    A page would run a ``javascript:`` address, and read a relative one as its own.
    """
    if not isinstance(text, str):
        return None
    address = text.strip()
    if len(address) > _LONGEST_ADDRESS or not address.isprintable() or any(each in address for each in ' \\"<>'):
        return None
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.hostname and parts.username is None else None


def article_to_json(article: Article) -> dict[str, Any]:
    """Write the canonical article object."""
    return {
        "slug": article.slug,
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "url": article.url,
        "updated": article.updated,
        **({"questions": list(article.questions)} if article.questions else {}),
        **article.extras,
    }


def moved_labels(labels: Mapping[str, Any], places: Mapping[int, int]) -> dict[str, Any]:
    """Labels that point at turns by their place (names ending in ``_turn``) follow the turns, or go with them."""
    moved = {}
    for key, value in labels.items():
        if key.endswith("_turn") and isinstance(value, int) and not isinstance(value, bool):
            if value in places:
                moved[key] = places[value]
        else:
            moved[key] = value
    return moved


def to_line(value: Mapping[str, Any]) -> str:
    """One JSON line without the line feed; non-ASCII stays readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _turn(value: object, number: int) -> Turn:
    row = _object(value, f"turn {number}")
    role = row.get("role")
    if not isinstance(role, str) or role not in Role.__members__.values():
        raise TranscriptError(f"turn {number}: expected role customer, agent, bot or note, found {role!r}")
    return Turn(
        role=Role(role),
        text=_text(row, "text", f"turn {number}"),
        author=_optional(row, "author"),
        at=_optional(row, "at"),
        extras=_others(row, _TURN_KEYS),
    )


def _object(value: object, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TranscriptError(f"expected {what} as a JSON object, found {type(value).__name__}")
    return value


def _text(row: dict[str, Any], key: str, what: str) -> str:
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and key in {"id", "slug"}:
        return str(value)
    if not isinstance(value, str) or (key != "text" and not value):
        raise TranscriptError(f'{what}: expected "{key}" as a string, found {type(value).__name__}')
    return value


def _optional(row: dict[str, Any], key: str) -> str | None:
    value = row.get(key)
    return None if value is None or value == "" else str(value)


def _questions(row: dict[str, Any]) -> tuple[str, ...]:
    value = row.get("questions")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TranscriptError('an article: expected "questions" as a list of strings, ["do you …?", …]')
    return tuple(each.strip() for each in value if each.strip())


def _mapping(row: dict[str, Any], key: str) -> dict[str, Any]:
    value = row.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TranscriptError(f'expected "{key}" as an object, found {type(value).__name__}')
    return value


def _others(row: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in known}
