"""Decides which columns (or keys) of a source say that a message is internal, and what each of their values means.

Decided over the whole source before anything of it is passed on. A column that looks like one and is not understood
is a question to the user, never a guess: what is taken for public may be sent to customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from data.importers.visibility_words import fold, has, is_automatic, is_channel, is_private, is_public, parts, words

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = TypeVar("Key")

VALUES_KEPT = 24
"""More different values than this is no flag but a text."""
LONGEST_VALUE = 40
"""Characters; a longer value is a text, not a flag."""
BLANK = "blank"
"""How a user names empty cells in ``private_value`` and ``public_value``."""
_TRACKER = "correspond"
"""A kind of Request Tracker that customers read; its comments are internal."""
_NO_KIND = frozenset({"id", "count", "name", "url"})
OPTIONS = ("visibility", "ignore", "private_value", "public_value")


class Kind(StrEnum):
    """What a column's name says of its values."""

    PRIVATE = "true is internal"
    PUBLIC = "true is public"
    AUTOMATIC = "true is written by a program"
    WHO = "who may see it"
    HINT = "a kind or channel, one of which may be internal"
    OTHER = "nothing"


class Meaning(StrEnum):
    """What a value says of its message."""

    PRIVATE = "internal"
    PUBLIC = "public"
    AUTOMATIC = "automatic"


@dataclass(slots=True)
class Column:
    """The values of one column, folded: how each is written, and how many messages not of customers have it."""

    name: str
    written: dict[str, str] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    blank: int = 0
    absent: int = 0
    overflown: bool = False

    def add(self, value: str, *, customer: bool = False) -> None:
        """Take one value into account; empty is a blank cell."""
        if self.overflown:
            return
        folded = fold(value) if value.strip() else ""
        if not folded:
            self.blank += not customer
        elif len(value) > LONGEST_VALUE or (folded not in self.written and len(self.written) >= VALUES_KEPT):
            self.overflown = True
        else:
            self.written.setdefault(folded, value.strip())
            self.answers[folded] = self.answers.get(folded, 0) + (not customer)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column is read. ``blank``: what an empty cell of it says; ``absent`` what a missing key."""

    name: str
    values: Mapping[str, Meaning]
    blank: Meaning
    absent: Meaning

    def meaning(self, value: str | None) -> Meaning:
        """What a cell says of its message; None is a key that is not there."""
        if value is None:
            return self.absent
        folded = fold(value) if value.strip() else ""
        return self.values.get(folded, Meaning.PRIVATE) if folded else self.blank


@dataclass(frozen=True, slots=True)
class Question:
    """Why a source cannot be imported before the user says more."""

    message: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user said: columns that tell who may see a message, columns that do not, and what values mean."""

    named: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    values: Mapping[str, Meaning] = field(default_factory=dict)

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Choices:
        """From ``visibility``, ``ignore``, ``private_value`` and ``public_value``, several with ``|``."""
        meanings = {"private_value": Meaning.PRIVATE, "public_value": Meaning.PUBLIC}
        return cls(
            named=frozenset(map(fold, _several(options.get("visibility")))),
            ignored=frozenset(map(fold, _several(options.get("ignore")))),
            values={fold(text): meaning for name, meaning in meanings.items() for text in _several(options.get(name))},
        )


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind:
    """What a column of this name would be. Of a key within keys (a.b.c) the parts before the last count as well."""
    last = fold(name.rsplit(".", 1)[-1])
    if last in words("automatic_name"):
        return Kind.AUTOMATIC
    if last in words("who") or last.removeprefix("message_").removeprefix("comment_") in words("who"):
        return Kind.WHO
    for whole in (last, fold(name)):
        private, public = has("private", whole), has("public", whole)
        own = parts(whole) - words("flag_part")
        if (private or public) and all(has("private", part) or has("public", part) or has("not", part) for part in own):
            return Kind.PUBLIC if public and not (private or has("not", whole)) else Kind.PRIVATE
    if has("only", last) and has("staff", last):
        return Kind.PRIVATE
    hinted = has("hint", last) and parts(last).isdisjoint(_NO_KIND)
    return Kind.HINT if hinted else Kind.OTHER


def rules(columns: Mapping[Key, Column], choices: Choices) -> tuple[dict[Key, Rule], list[Question]]:
    """How the columns that matter are read, and what has to be asked first."""
    found: dict[Key, Rule] = {}
    questions: list[Question] = []
    for key, column in columns.items():
        if fold(column.name) in choices.ignored:
            continue
        one = _rule(column, choices)
        if isinstance(one, Question):
            questions.append(one)
        elif one is not None:
            found[key] = one
    return found, questions


def told(rule: Rule, column: Column) -> str:
    """How a column was read, as a sentence."""
    said = [
        f"{', '.join(repr(column.written[value]) for value in values)} is {meaning}"
        for meaning in Meaning
        if (values := [value for value, one in rule.values.items() if one is meaning])
    ]
    if column.blank:
        said.append(f"empty is {rule.blank} ({column.blank:,})")
    if column.absent and rule.absent is not Meaning.PUBLIC:
        said.append(f"without it a message is {rule.absent} ({column.absent:,})")
    return f"{column.name}: {'; '.join(said)}."


def _rule(column: Column, choices: Choices) -> Rule | Question | None:
    kind = kind_of(column.name)
    named = fold(column.name) in choices.named
    if named and kind in {Kind.OTHER, Kind.HINT}:
        kind = Kind.WHO
    if not named and not _looks_like_it(column, kind):
        return None
    if column.overflown:
        return (
            _question(column, list(column.written.values())[:3]) if kind in {Kind.PUBLIC, Kind.WHO} or named else None
        )
    values = {}
    for value in column.written:
        meaning = choices.values.get(value) or _meaning(value, kind, column)
        if meaning is None and column.answers[value]:
            return _question(
                column, [text for one, text in column.written.items() if not _known(one, kind, column, choices)]
            )
        values[value] = meaning or Meaning.PUBLIC
    blank = choices.values.get(BLANK) or _blank(column, kind, frozenset(values.values()))
    if blank is None:
        return _question(column, [BLANK])
    # A key that only notes have says by its absence that the others are none; one that answers have too does not.
    sure = kind in {Kind.HINT, Kind.OTHER, Kind.AUTOMATIC} or Meaning.PUBLIC not in values.values() or not column.absent
    return Rule(column.name, values, blank, Meaning.PUBLIC if sure else Meaning.PRIVATE)


def _known(value: str, kind: Kind, column: Column, choices: Choices) -> bool:
    return value in choices.values or _meaning(value, kind, column) is not None or not column.answers[value]


def _looks_like_it(column: Column, kind: Kind) -> bool:
    """By its name, or because some value of it says internal or public in so many words."""
    if kind in {Kind.PRIVATE, Kind.AUTOMATIC}:
        return not column.overflown
    if kind in {Kind.PUBLIC, Kind.WHO}:
        return True
    if column.overflown:
        return False
    private = [value for value in column.written if is_private(value)]
    public = [value for value in column.written if is_public(value)]
    if kind is Kind.HINT:
        automatic = any(is_automatic(value) for value in column.written)
        flags = set(column.written) <= words("true") | words("false") and _names_notes(column)
        return bool(private or public or automatic or (flags and column.written) or _TRACKER in column.written)
    return (
        bool(private and public) or 2 * len(private) >= max(1, len(column.written)) > 0 or _all_public(column, public)
    )


def _all_public(column: Column, public: list[str]) -> bool:
    return bool(public) and len(public) == len(column.written)


def _meaning(value: str, kind: Kind, column: Column) -> Meaning | None:
    """What a folded value means in a column of that kind; None where nobody has said."""
    if kind is Kind.HINT and _names_notes(column):
        kind = Kind.PRIVATE
    if value in words("true") | words("false"):
        true_is = _true_is(kind, column)
        if true_is is None or value in words("true"):
            return true_is
        return Meaning.PRIVATE if true_is is Meaning.PUBLIC else Meaning.PUBLIC
    if is_private(value) or (value == "comment" and _TRACKER in column.written):
        return Meaning.PRIVATE
    if is_public(value):
        return Meaning.PUBLIC
    return _of_a_kind(value) if kind is Kind.HINT else _of_who_may_see(value) if kind is not Kind.OTHER else None


def _true_is(kind: Kind, column: Column) -> Meaning | None:
    bare = fold(column.name).removeprefix("message_").removeprefix("comment_")
    if kind is Kind.PUBLIC or bare in words("visibility"):
        return Meaning.PUBLIC
    return {Kind.PRIVATE: Meaning.PRIVATE, Kind.AUTOMATIC: Meaning.AUTOMATIC}.get(kind)


def _of_a_kind(value: str) -> Meaning | None:
    if is_automatic(value):
        return Meaning.AUTOMATIC
    return Meaning.PUBLIC if is_channel(value) else None


def _of_who_may_see(value: str) -> Meaning | None:
    if has("everyone", value):
        return Meaning.PUBLIC
    return Meaning.PRIVATE if has("staff", value) else None


def _names_notes(column: Column) -> bool:
    return fold(column.name).rsplit("_", 1)[-1] in words("note")


def _blank(column: Column, kind: Kind, meanings: frozenset[Meaning]) -> Meaning | None:
    """What an empty cell says: public only where nothing else can be meant; None where it has to be asked."""
    if not column.blank:
        return Meaning.PRIVATE
    if kind is Kind.AUTOMATIC or meanings <= {Meaning.AUTOMATIC}:
        return Meaning.PUBLIC if kind in {Kind.AUTOMATIC, Kind.HINT, Kind.PRIVATE} else None
    if Meaning.PUBLIC in meanings:
        return Meaning.PRIVATE
    return Meaning.PUBLIC if kind in {Kind.PRIVATE, Kind.HINT, Kind.OTHER} else None


def _question(column: Column, values: list[str]) -> Question:
    shown = ", ".join("(empty)" if value == BLANK else repr(value) for value in values[:6])
    example = values[0] if values else "VALUE"
    return Question(
        f"{column.name!r} looks as if it said which messages are internal, but it is not clear what {shown} "
        f"means there. "
        "Nothing of this file was stored. Say which values are internal and which are public, for example "
        f"--column 'private_value={example}' or --column 'public_value={example}' (several with |, empty cells are "
        f"{BLANK!r}), or that it says nothing of the kind: --column 'ignore={column.name}'."
    )


def _several(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split("|") if part.strip()]
