"""The one language in which conversations are searched, for lists, saved views and programs.

    owner:me status:open tag:"late parcel" decided:handover after:2026-01-01 refund OR "money back" -invoice

Terms stand side by side and all have to hold; ``OR`` between two joins these two, ``-`` turns one round. What is no
``field:value`` is looked for in the messages. Reads text and gives terms; what they mean to a database is not known.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.errors import SearchError
from chatbot.service.access.wellformed import moment
from chatbot.service.conversations.tagging import tag_of
from chatbot.storage.queries.worklist import STATUSES, Field, Search, TeamsOf, Term
from chatbot.storage.tables.conversations import Owner
from chatbot.storage.tables.tickets import Priority
from chatbot.storage.words import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 500
"""Characters of a search."""
MOST_TERMS = 50
_DECISIONS = {"answer": "answer", "ask": "ask_back", "suggest": "suggest", "handover": "hand_over"}
_OWNERS = {"none": Owner.NOBODY, "bot": Owner.BOT}
_QUOTES = {'"': '"', "“": "”", "„": "“"}
_FIELD = re.compile(r"([^\W\d_]+)[:：]")  # noqa: RUF001 - as Chinese keyboards write it
_BARE = re.compile(r"\S+")
_SPACE = re.compile(r"\s*")
_FIELDS = ", ".join(f"{field}:" for field in Field if field is not Field.WORDS)
_DATE = "a date such as 2026-01-31, or a time with its zone such as 2026-01-31T09:00:00+01:00"


def parse(text: str, *, me: str | None) -> Search:
    """The terms of a search; an empty one finds everything. ``me`` is who asks, where that is known.

    Raises:
        SearchError: it cannot be read; the error has the column and what was expected there.

    """
    if len(text) > LONGEST:
        raise SearchError(LONGEST + 1, f"the end of the search; it may have {LONGEST} characters")
    groups: list[tuple[Term, ...]] = []
    joined = 0  # the column of an OR that waits for its second term
    for count, (column, negated, field, value, quoted) in enumerate(_pieces(text), 1):
        if count > MOST_TERMS:
            raise SearchError(column, f"the end of the search; it may have {MOST_TERMS} terms")
        if (field, value, quoted, negated) == ("", "OR", False, False):
            if joined or not groups:
                raise SearchError(column, 'a term before OR; to look for the word itself write "OR"')
            joined = column
            continue
        term = _term(column, field, value, quoted=quoted, negated=negated, me=me)
        if joined:
            groups[-1] += (term,)
            joined = 0
        else:
            groups.append((term,))
    if joined:
        raise SearchError(joined + len("OR"), "a term after OR")
    return tuple(groups)


def _pieces(text: str) -> Iterator[tuple[int, bool, str, str, bool]]:
    """Column, negated, field (or nothing), value, whether that was quoted; of each term in turn."""
    at = _past_space(text, 0)
    while at < len(text):
        begun = at
        negated = text[at] == "-"
        at += negated
        named = _FIELD.match(text, at)
        field = named[1].casefold() if named else ""
        at = named.end() if named else at
        value_at, (value, quoted, at) = at, _value(text, at)
        if not value:
            raise SearchError(value_at + 1, f"a value after {field}:" if named else "a word after -")
        yield begun + 1, negated, field, value, quoted
        at = _past_space(text, at)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _value(text: str, at: int) -> tuple[str, bool, int]:
    """The word or the phrase in quotes at a place; whether it is a phrase; where it ends."""
    closing = _QUOTES.get(text[at : at + 1])
    if closing is None:
        bare = _BARE.match(text, at)
        return (bare[0], False, bare.end()) if bare else ("", False, at)
    end = next((place for place in range(at + 1, len(text)) if text[place] in {closing, '"'}), -1)
    if end < 0:
        raise SearchError(at + 1, f"a closing {closing} for the quote that begins here")
    return text[at + 1 : end], True, end + 1


def _term(column: int, field: str, value: str, *, quoted: bool, negated: bool, me: str | None) -> Term:
    if not field:
        words = tuple(words_of(value))
        if not words:
            raise SearchError(column, "a word with a letter or digit in it")
        return Term(Field.WORDS, words, negated, beginning=value.endswith("*") and not quoted)
    if field not in _READ:
        meant = f'; to look for these words write "{field}:{value}"' if not quoted else ""
        raise SearchError(column, f"one of {_FIELDS}{meant}")
    at = column + negated + len(field) + 1
    return Term(Field(field), _READ[field](at, value.strip(), me), negated)


def _owner(column: int, value: str, me: str | None) -> Any:
    return _OWNERS.get(value.casefold()) or _person(column, value, me)


def _person(column: int, value: str, me: str | None) -> str:
    if value.casefold() == "me":
        if me is None:
            raise SearchError(column, "a name: who `me` is has to be said with agent=NAME")
        return me
    return value


def _team(column: int, value: str, me: str | None) -> Any:
    if value.casefold() == "mine":
        if me is None:
            raise SearchError(column, "a team: who `mine` is about has to be said with agent=NAME")
        return TeamsOf(me)
    return None if value.casefold() == "none" else tag_of(value)


def _status(column: int, value: str, _: str | None) -> Any:
    if value.casefold() not in STATUSES:
        raise SearchError(column, f"one of {', '.join(STATUSES)}")
    return value.casefold()


def _decided(column: int, value: str, _: str | None) -> Any:
    if value.casefold() not in _DECISIONS:
        raise SearchError(column, f"one of {', '.join(_DECISIONS)}")
    return _DECISIONS[value.casefold()]


def _priority(column: int, value: str, _: str | None) -> Any:
    if value.casefold() not in set(Priority):
        raise SearchError(column, f"one of {', '.join(Priority)}")
    return value.casefold()


def _time(column: int, value: str, _: str | None) -> Any:
    try:
        if len(value) == len("2026-01-31"):
            return moment(f"{datetime.fromisoformat(value).date()}T00:00:00+00:00").astimezone(UTC)
        return moment(value).astimezone(UTC)
    except ValueError:
        raise SearchError(column, _DATE) from None


def _tag(_: int, value: str, __: str | None) -> Any:
    return tag_of(value)


_READ: dict[str, Callable[[int, str, str | None], Any]] = {
    Field.OWNER: _owner,
    Field.TEAM: _team,
    Field.STATUS: _status,
    Field.TAG: _tag,
    Field.TOPIC: _tag,
    Field.LANGUAGE: _tag,
    Field.DECIDED: _decided,
    Field.BEFORE: _time,
    Field.AFTER: _time,
    Field.MENTIONS: _person,
    Field.CHANNEL: _tag,
    Field.PRIORITY: _priority,
}
