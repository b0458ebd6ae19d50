"""Decides which columns (or keys) of a source say that a message is internal, and what each of their values means.

Decided over the whole source before anything of it is passed on. A column that looks like one and is not understood
is a question to the user, never a guess: what is taken for public may be sent to customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from data.importers.visibility_meaning import (
    OF_AGENTS,
    TRACKER,
    Kind,
    Meaning,
    kind_of,
    meaning_of,
    names_codes,
    names_flags,
    names_kinds,
    names_notes,
    of_who_may_see,
)
from data.importers.visibility_words import fold, has, is_automatic, is_flag, is_private, is_public, parts, words

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = TypeVar("Key")

VALUES_KEPT = 24
"""More different values than this is no flag but a text."""
_TWO, _CODE = 2, 3
LONGEST_VALUE = 40
"""Characters; a longer value is a text, not a flag."""
BLANK = "blank"
"""How a user names empty cells in ``private_value`` and ``public_value``."""
_NOTHING = frozenset({"null", "none", "nan", "n_a", "undefined", "nil"})
_UNPLAIN = frozenset({Kind.TO, Kind.HINT, Kind.OTHER, Kind.AUTOMATIC})
OPTIONS = ("visibility", "ignore", "private_value", "public_value")


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
        long = len(value) > LONGEST_VALUE and not value.isspace()
        folded = "" if long else _folded(value)
        if not folded and not long:
            self.blank += not customer
        elif long or (folded not in self.written and len(self.written) >= VALUES_KEPT):
            self.overflown = True
        else:
            self.written.setdefault(folded, value.strip())
            self.answers[folded] = self.answers.get(folded, 0) + (not customer)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one column is read. ``blank``: what an empty cell of it says; ``absent`` what a missing key.

    ``of_all``: what customers wrote can be internal by it, too.
    """

    name: str
    values: Mapping[str, Meaning]
    blank: Meaning
    absent: Meaning
    of_all: bool = True

    def meaning(self, value: str | None) -> Meaning:
        """What a cell says of its message; None is a key that is not there."""
        if value is None:
            return self.absent
        folded = _folded(value)
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


def rules(columns: Mapping[Key, Column], choices: Choices) -> tuple[dict[Key, Rule], list[Question]]:
    """How the columns that matter are read, and what has to be asked first.

    Where one whose name is plain is understood, others only add what they plainly say.
    """
    found: dict[Key, Rule] = {}
    questions: list[Question] = []
    heard = [(key, column) for key, column in columns.items() if fold(column.name) not in choices.ignored]
    heard.sort(key=lambda pair: _kind(pair[1], choices) in _UNPLAIN)
    for key, column in heard:
        one = _rule(column, choices, asked=_kind(column, choices) not in _UNPLAIN or not found)
        if isinstance(one, Question):
            questions.append(one)
        elif one is not None:
            found[key] = one
    if not found and not questions:
        questions = [_question(column, list(column.written.values())) for _, column in heard if _is_coded(column)]
    return found, questions


def _is_coded(column: Column) -> bool:
    """Whether it is given in signs nobody can read what a message is: one of them may be the note."""
    said = [value for value, count in column.answers.items() if count]
    if column.overflown or len(said) < _TWO:
        return False
    signs = all(len(value) == 1 or is_flag(value) or (value.isdigit() and len(value) <= _CODE) for value in said)
    return (names_codes(column.name) and signs) or (names_flags(column.name) and all(map(is_flag, said)))


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


def _kind(column: Column, choices: Choices) -> Kind:
    kind = kind_of(column.name)
    return Kind.WHO if kind in _UNPLAIN and fold(column.name) in choices.named else kind


def _rule(column: Column, choices: Choices, *, asked: bool) -> Rule | Question | None:
    kind = _kind(column, choices)
    named = fold(column.name) in choices.named
    coded = kind is Kind.HINT or names_codes(column.name) or names_flags(column.name)
    explained = coded and not choices.values.keys().isdisjoint(column.written)
    if not named and not explained and not _looks_like_it(column, kind):
        return None
    if column.overflown:
        asks = kind in {Kind.PUBLIC, Kind.WHO, *OF_AGENTS} or named
        return _question(column, list(column.written.values())[:3]) if asks else None
    values = {}
    for value in column.written:
        meaning = choices.values.get(value) or meaning_of(value, kind, column.name, column.written)
        if meaning is None and column.answers[value] and asked:
            return _question(
                column, [text for one, text in column.written.items() if not _known(one, kind, column, choices)]
            )
        values[value] = meaning or Meaning.PUBLIC
    if (
        kind in {Kind.HINT, Kind.OTHER, *OF_AGENTS}
        and not column.blank
        and not column.absent
        and _says_all(column, values)
    ):
        return _question(column, list(column.written.values()))
    blank = choices.values.get(BLANK) or _blank(column, kind, frozenset(values.values()))
    if blank is None:
        return _question(column, [BLANK])
    of_all = kind not in OF_AGENTS and not names_flags(column.name)
    # A key that only notes have says by its absence that the others are none; one that answers have too does not.
    sure = kind in {Kind.HINT, Kind.OTHER, Kind.AUTOMATIC} or Meaning.PUBLIC not in values.values() or not column.absent
    return Rule(column.name, values, blank, Meaning.PUBLIC if sure else Meaning.PRIVATE, of_all)


def _says_all(column: Column, values: Mapping[str, Meaning]) -> bool:
    """Whether a column that need not be about it would make every single answer internal."""
    meanings = {values[value] for value, count in column.answers.items() if count}
    return meanings == {Meaning.PRIVATE}


def _known(value: str, kind: Kind, column: Column, choices: Choices) -> bool:
    return (
        value in choices.values
        or meaning_of(value, kind, column.name, column.written) is not None
        or not column.answers[value]
    )


def _looks_like_it(column: Column, kind: Kind) -> bool:
    """By its name, or because some value of it says internal or public in so many words."""
    if kind in {Kind.PRIVATE, Kind.AUTOMATIC}:
        return not column.overflown
    if kind in {Kind.PUBLIC, Kind.WHO}:
        return True
    if kind in OF_AGENTS:
        return _tells_of_agents(column, kind)
    if column.overflown or (kind is Kind.OTHER and not parts(fold(column.name)).isdisjoint(words("person"))):
        return False
    private = [value for value in column.written if is_private(value)]
    public = [value for value in column.written if is_public(value)]
    if kind is Kind.HINT:
        automatic = names_kinds(column.name) and any(map(is_automatic, column.written))
        flags = all(map(is_flag, column.written)) and names_notes(column.name)
        ours = has("note", fold(column.name)) and any(map(of_who_may_see, column.written))
        return bool(private or public or automatic or ours or (flags and column.written) or TRACKER in column.written)
    return (
        bool(private and public) or 2 * len(private) >= max(1, len(column.written)) > 0 or _all_public(column, public)
    )


def _tells_of_agents(column: Column, kind: Kind) -> bool:
    """Whether a column named as what was sent, or as for whom, holds that and no addresses, dates or names."""
    if kind is Kind.TO:
        said = [value for value, count in column.answers.items() if count]
        return any(is_private(value) or of_who_may_see(value) is Meaning.PRIVATE for value in said)
    if has("client", fold(column.name)):
        return not column.overflown or column.blank > 0
    return not column.overflown and bool(column.written) and all(map(is_flag, column.written))


def _all_public(column: Column, public: list[str]) -> bool:
    return bool(public) and len(public) == len(column.written)


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


def _folded(value: str) -> str:
    folded = fold(value)
    return "" if folded in _NOTHING else folded


def _several(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split("|") if part.strip()]
