"""What keys beside the canonical ones say of a file's lines: which turns and articles are internal, and their order.

Decided over the whole file. The canonical line promises its oldest turn first; only times that say otherwise are
believed against that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from data.importers.rounded_ids import is_scientific
from data.importers.source_options import date_order, row_order
from data.importers.time_column import TimeColumn
from data.importers.turn_marks import marked, timed
from data.importers.turn_order import ORDER_UNKNOWN, Evidence, RowOrder, Rows, Stamp
from data.importers.visibility import Choices, Column, Question, Rule, rules, told
from data.importers.visibility_meaning import Kind, Meaning, kind_of
from data.times import ISO, readings
from data.transcripts import Article, Conversation, Role, moved_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from data.importers.importer import Found
    from data.transcripts import Turn

INTERNAL_ARTICLE = "internal article"
INTERNAL_CONVERSATION = "internal conversation"
ROUNDED_ID = "id rounded by a spreadsheet"

_DEEPEST = 4
_KEYS_KEPT = 200
_LONGEST_NAME = 100
"""Characters; a longer key is data in the wrong place, and names nothing."""
_LISTED = 8
_TURN, _WHOLE, _ARTICLE = "turn", "conversation", "article"

Key = tuple[str, str]


class LineMarks:
    """Of one file: ``add`` every item, ``decide``, then ``applied`` to every item again."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._choices = Choices.of(options)
        self._forced = row_order(options)
        self._columns: dict[Key, Column] = {}
        self._answers = 0
        self._times = TimeColumn(date_order(options), now=datetime.now(UTC))
        self._evidence: Evidence = Evidence()
        self._rules: dict[Key, Rule] = {}
        self._order = RowOrder(self._forced or Rows.OLDEST_FIRST, possible=(0, 1), forced=self._forced is not None)
        self._counts = {_TURN: 0, _WHOLE: 0, _ARTICLE: 0}
        self._possible: tuple[int, ...] = (0, 1)

    def add(self, item: Conversation | Article) -> None:
        """Take the keys and times of one item into account."""
        if isinstance(item, Article):
            self._note(_ARTICLE, item.extras, customer=False)
            return
        self._note(_WHOLE, {**item.labels, **item.extras}, customer=False)
        for turn in item.turns:
            self._note(_TURN, turn.extras, customer=turn.role is Role.CUSTOMER)
            self._times.add(turn.at or "")
        if any(turn.at for turn in item.turns):
            self._evidence.add(self._stamps(item.turns))

    def decide(self) -> tuple[list[str], list[str]]:
        """Why the file cannot be imported yet; else what was decided, as sentences."""
        for (scope, _), column in self._columns.items():
            column.absent = self._counts[scope] - column.blank - sum(column.answers.values())
        questions: list[Question] = []
        for part in self._counts:
            found, asked = rules(
                {key: column for key, column in self._columns.items() if key[0] == part}, self._choices
            )
            self._rules |= found
            questions += asked
        if questions:
            return [question.message for question in questions], []
        self._possible = self._times.open_readings()
        if self._forced is None:
            self._order = self._evidence.decide(self._possible, trusted=True)
        sentences = [told(rule, self._columns[key]) for key, rule in self._rules.items()]
        return [], [*sentences, *self._times.told("at", self._possible), *self._order.told()]

    def applied(self, found: Found) -> Found:
        """One item with internal turns as notes and its turns in order, or what speaks against it."""
        item = found.item
        if isinstance(item, Article):
            internal = any(meaning is Meaning.PRIVATE for meaning, _ in self._meanings(_ARTICLE, item.extras))
            return replace(found, against=INTERNAL_ARTICLE) if internal else found
        if is_scientific(item.id):
            return replace(found, against=ROUNDED_ID)
        whole = self._meanings(_WHOLE, {**item.labels, **item.extras})
        if any(meaning is Meaning.PRIVATE for meaning, _ in whole):
            return replace(found, against=INTERNAL_CONVERSATION)
        turns = item.turns
        if self._rules:
            turns = tuple(one for turn in turns for one in marked((turn,), self._meanings(_TURN, turn.extras)))
        stamps = self._stamps(turns)
        places = self._places(stamps)
        if places is None:
            return replace(found, against=ORDER_UNKNOWN)
        turns = tuple(self._timed(turn, stamp) for turn, stamp in zip(turns, stamps, strict=True))
        return (
            found
            if turns == item.turns and places == sorted(places)
            else replace(found, item=_laid(item, turns, places))
        )

    def _note(self, scope: str, values: Mapping[str, Any], *, customer: bool) -> None:
        self._counts[scope] += not customer
        for name, value in flattened(values):
            if len(name) > _LONGEST_NAME or not _may_tell(scope, name):
                continue
            key = (scope, name)
            if key not in self._columns and len(self._columns) < _KEYS_KEPT:
                self._columns[key] = Column(name)
            if key in self._columns:
                self._columns[key].add(value, customer=customer)

    def _meanings(self, scope: str, values: Mapping[str, Any]) -> list[tuple[Meaning, bool]]:
        if not self._rules:
            return []
        said = dict(flattened(values))
        return [
            (rule.meaning(said.get(name)), rule.of_all and name in said)
            for (where, name), rule in self._rules.items()
            if where == scope
        ]

    def _stamps(self, turns: Sequence[Turn]) -> list[Stamp]:
        return [
            Stamp(self._times.moments(turn.at or "", self._possible), bool(turn.at), voice=str(turn.role))
            for turn in turns
        ]

    def _places(self, stamps: Sequence[Stamp]) -> list[int] | None:
        """The turns' places, oldest first. They lie so already, unless times say otherwise."""
        if self._order.forced:
            return self._order.places(stamps)
        steps = set()
        for reading in self._possible:
            known = [moment for stamp in stamps if (moment := stamp.moments[reading]) is not None]
            steps |= {(two > one) - (two < one) for one, two in pairwise(known)}
        if -1 in steps:
            return self._order.places(stamps)
        turned = 1 not in steps and self._order.rows is Rows.NEWEST_FIRST
        return list(range(len(stamps)))[:: -1 if turned else 1]

    def _timed(self, turn: Turn, stamp: Stamp) -> Turn:
        if not turn.at or readings(turn.at).kind == ISO:
            return turn
        return timed((turn,), turn.at, stamp.moments)[0]


def flattened(values: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Names and values of all keys that hold one short value; keys within keys are named a.b."""
    for name, value in values.items():
        if isinstance(value, list):
            inner: list[Any] = value[:_LISTED]
        else:
            inner = [value]
        for one in inner:
            if isinstance(one, dict) and depth < _DEEPEST:
                yield from ((f"{name}.{key}", text) for key, text in flattened(one, depth + 1))
            elif isinstance(one, str | bool | int | float) or one is None:
                yield name, "" if one is None else str(one)


@lru_cache(maxsize=4096)
def _may_tell(scope: str, name: str) -> bool:
    """Whether a key can say who may see something; a whole conversation's only where its name is plain about it."""
    kind = kind_of(name)
    if scope == _TURN:
        return True
    return (
        kind in {Kind.PRIVATE, Kind.PUBLIC}
        or name == "visibility"
        or (scope == _ARTICLE and kind in {Kind.HINT, Kind.WHO})
    )


def _laid(item: Conversation, turns: Sequence[Turn], places: Sequence[int]) -> Conversation:
    """The conversation with its turns in that order; labels that point at turns follow them."""
    now = {place: number for number, place in enumerate(places)}
    return replace(item, turns=tuple(turns[place] for place in places), labels=moved_labels(item.labels, now))
