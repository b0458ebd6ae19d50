"""One question of an exam, and how a row of a file becomes one. Knows what a question is, no files and no answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from chatbot.learning.exam.facts import Fact, FactError, fact
from data.importers.limits import clipped
from data.transcripts import Role, TranscriptError, Turn, turns_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = ("id", "kind", "turns", "question", "language", "who", "must", "never", "article", "why")
_MOST_FACTS = 50
_MOST_CHARACTERS = 100_000
_MOST_TURNS = 200
_LONGEST_NAME = 200


class QuestionError(ValueError):
    """A row that is no question; the message says what was expected."""


class Who(StrEnum):
    """Who should take care of a question: the bot alone, a person, or whichever."""

    BOT = "bot"
    PERSON = "person"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """A dialogue that ends in the customer's question, and what makes an answer good.

    ``must`` are groups of alternatives: of each group one has to be said; of ``never`` none may be. ``article`` is the
    slug of the article that answers. ``line`` is where it stands in its file.
    """

    id: str
    turns: tuple[Turn, ...]
    line: int = 0
    kind: str = ""
    who: Who = Who.BOT
    must: tuple[tuple[Fact, ...], ...] = ()
    never: tuple[Fact, ...] = ()
    language: str | None = None
    article: str | None = None
    why: str = ""

    @property
    def digest(self) -> str:
        """Equal as long as the same is asked after the same dialogue."""
        whole = json.dumps([[turn.role, turn.text] for turn in self.turns])
        return blake2b(whole.encode(), digest_size=8).hexdigest()


def question_of(row: Mapping[str, Any], line: int) -> ExamQuestion:
    """The question of a row; one without an id is called by its line.

    Raises:
        QuestionError: something is missing, misspelt or of another type; the message says what was expected.

    """
    for key in row.keys() - set(KEYS):
        if meant := get_close_matches(str(key).casefold(), KEYS, n=1, cutoff=0.75):
            raise QuestionError(
                f"expected the keys {', '.join(KEYS)}, found {clipped(str(key), 60)!r}, which may be {meant[0]!r}"
            )
    who = _text(row, "who").casefold() or Who.BOT
    if who not in Who.__members__.values():
        raise QuestionError(f'expected "who" to be bot, person or either, found {clipped(who, 60)!r}')
    try:
        return ExamQuestion(
            id=_text(row, "id") or f"line-{line}",
            turns=_turns(row),
            line=line,
            kind=_text(row, "kind"),
            who=Who(who),
            must=tuple(_group(each) for each in _facts(row, "must")),
            never=tuple(one for each in _facts(row, "never") for one in _group(each)),
            language=_text(row, "language") or None,
            article=_slug(_text(row, "article")),
            why=_text(row, "why"),
        )
    except (FactError, TranscriptError) as error:
        raise QuestionError(str(error)) from None


def _turns(row: Mapping[str, Any]) -> tuple[Turn, ...]:
    asked = row.get("question")
    if asked is not None:
        if not isinstance(asked, str) or row.get("turns"):
            raise QuestionError('expected "question" as the customer\'s words, or "turns" instead of it')
        turns: tuple[Turn, ...] = (Turn(Role.CUSTOMER, asked),)
    else:
        turns = turns_from_json(row.get("turns"))
    if not turns or turns[-1].role is not Role.CUSTOMER or not turns[-1].text.strip():
        raise QuestionError('expected "question", or "turns" of which the last is the customer\'s question')
    size = sum(len(turn.text) for turn in turns)
    if len(turns) > _MOST_TURNS or size > _MOST_CHARACTERS:
        raise QuestionError(
            f"the dialogue has {len(turns):,} turns and {size:,} characters; at most {_MOST_TURNS:,} and "
            f"{_MOST_CHARACTERS:,} are asked. Keep the turns before the question"
        )
    return turns


def _facts(row: Mapping[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    found = [] if value is None or value == "" else [value] if isinstance(value, str) else value
    if not isinstance(found, list) or len(found) > _MOST_FACTS:
        raise QuestionError(
            f'expected "{key}" as a list of at most {_MOST_FACTS} facts, such as ["30 days", ["refund", "money back"]]'
        )
    return found


def _group(value: Any) -> tuple[Fact, ...]:
    alternatives = [value] if isinstance(value, str) else value
    if not isinstance(alternatives, list) or not alternatives or len(alternatives) > _MOST_FACTS:
        raise QuestionError('expected a fact as words or as a list of alternatives, such as ["30 days", "thirty days"]')
    if not all(isinstance(each, str) for each in alternatives):
        raise QuestionError(f"expected words as a fact, found {clipped(repr(alternatives), 60)}")
    return tuple(map(fact, alternatives))


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and key == "id":
        value = str(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise QuestionError(f'expected "{key}" as words, found {type(value).__name__}')
    if key != "why" and len(value) > _LONGEST_NAME:
        raise QuestionError(f'"{key}" is {len(value):,} characters long; at most {_LONGEST_NAME} are read')
    return value.strip() if key == "why" else " ".join(re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f]", " ", value).split())


def _slug(name: str) -> str | None:
    """The article of "returns.md#how-long", whose place in it nothing here looks at."""
    return name.partition("#")[0].removesuffix(".md").rpartition("/")[2] or None
