"""The words by which follow-ups and several questions are known (``cues.toml``), and what a text names without them.

One set for each language of the table; a text in another language has none, and nothing is concluded from it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chatbot.dialogue.text.language import language_of
from chatbot.dialogue.text.normalise import normalised

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHINESE = "zh"
QUESTION_MARKS = ("?", "\uff1f")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]")

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one language; ``cues.toml`` says what each is. Lists of words and of phrases alike."""

    language: str
    of: Mapping[str, tuple[Phrase, ...]]
    words: Mapping[str, frozenset[str]]

    def opening(self, name: str, said: Sequence[str]) -> int:
        """How many of the first words are a phrase of a list; 0 where none is."""
        return max((len(phrase) for phrase in self.of[name] if tuple(said[: len(phrase)]) == phrase), default=0)

    def is_in(self, name: str, word: str) -> bool:
        """Whether a word is one of a list."""
        return word in self.words[name]

    def content(self, said: Sequence[str]) -> list[str]:
        """The words that name something, the aspects of a thing included."""
        silent = ("empty", "starts", "leans", "articles", "joins", "places")
        return [word for word in said if not any(self.is_in(name, word) for name in silent)]


class Token(NamedTuple):
    """A word in lower case, and where it stands in its text; "what's" is one."""

    word: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words of a text."""
    return [Token(_shown(match.group()), match.start(), match.end()) for match in _WORD.finditer(text)]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [_shown(word) for word in _WORD.findall(text)]


def _shown(word: str) -> str:
    return normalised(word).casefold().replace("\u2019", "'")


def han(text: str) -> int:
    """How many Chinese characters a text has."""
    return len(_HAN.findall(text))


def cues_of(*texts: str) -> Cues | None:
    """The cues of a text's language, told by the first that tells one; None where that has none."""
    return _table().get(language_of(*texts, home=""))


def asks(text: str, *before: str) -> bool:
    """Whether a message asks anything.

    It has the mark of a question or a word that asks ("and for how long"), begins as a question does ("do you tell me
    before"), or goes on with another thing and tells nothing of it ("and for beans").

    Where its language, or that of what was said ``before``, has no cues nothing is concluded: then it may well ask.
    """
    cues = cues_of(text, *before)
    if cues is None or any(mark in text for mark in QUESTION_MARKS):
        return True
    said = words_of(text)
    return any(cues.is_in("within", word.partition("'")[0]) for word in said) or _begins_asking(said, cues)


def _begins_asking(said: Sequence[str], cues: Cues) -> bool:
    first = next((place for place, word in enumerate(said) if not cues.is_in("leads", word)), len(said))
    goes_on = cues.opening("opens", said[first:])
    rest = said[first + goes_on :]
    if len(rest) > 1 and cues.is_in("starts", rest[0]) and cues.is_in("subjects", rest[1]):
        return True
    names = len(rest) == 1 or any(cues.is_in(name, word) for name in ("places", "articles") for word in rest[:1])
    return bool(goes_on and rest) and names and not any(_tells(word, cues) for word in rest)


def _tells(word: str, cues: Cues) -> bool:
    """Whether a word is of a sentence that tells something, not of a name."""
    is_subject = cues.is_in("subjects", word) and not cues.is_in("articles", word)
    return is_subject or cues.is_in("leans", word) or cues.is_in("helpers", word)


@cache
def _table() -> Mapping[str, Cues]:
    rows = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
    return {language: _cues(language, lists, rows["en"]) for language, lists in rows.items()}


def _cues(language: str, lists: Mapping[str, str], names: Mapping[str, str]) -> Cues:
    of = {
        name: tuple(tuple(phrase.split("+")) for phrase in sorted(lists.get(name, "").split(), reverse=True))
        for name in names
    }
    singles = {name: frozenset(phrase[0] for phrase in phrases if len(phrase) == 1) for name, phrases in of.items()}
    return Cues(language, of, singles)
