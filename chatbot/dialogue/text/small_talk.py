"""Small talk: messages that ask nothing, read clause by clause with the phrases of ``small_talk.toml``.

A clause is small talk where phrases of the table cover it to its last word, whoever it is said to; one word more, and
the message is looked up like any question: "thanks, but it still leaks". Knows no desk, and answers nothing.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rapidfuzz.distance import OSA

from chatbot.dialogue.text.gibberish import is_gibberish
from chatbot.dialogue.text.language import is_word
from chatbot.dialogue.text.normalise import REMEMBERED, normalised
from data.masking.given_names import is_family_name, low_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CLAUSES = re.compile(r"[.,;:!\n\u3001\u3002\uff0c\uff01\uff1b\uff1a\u2026()\u2013\u2014~]+|(?<=[?\uff1f])|\s-\s")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_SHORTENED = re.compile(r" (s|re|m|ll|ve|d|t)\b")
_RUN = re.compile(r"(\w)\1+")
_GLAD = re.compile(r"(?<!\w)(?:[:;=][-']?[)Dp3]|<3|\^\^|[xX]D)(?!\w)")
_SAD = re.compile(r"(?<!\w)[:;=][-']?[(/|@]")
_ASKS = ("?", "\uff1f")
_LONGEST = 200
_MISSPELT = 5
"""Letters from which a word may have one of them wrong."""


class SmallTalk(StrEnum):
    """Messages that ask nothing."""

    GREETING = "greeting"
    THANKS = "thanks"
    ACKNOWLEDGEMENT = "acknowledgement"
    PRAISE = "praise"
    UNCLEAR = "unclear"


_STATED = frozenset({SmallTalk.ACKNOWLEDGEMENT, SmallTalk.PRAISE})
"""What is said, and asked where a question mark stands behind it: "all good?"."""

Phrase = tuple[str, ...]
Said = SmallTalk | Literal[""]
"""What was said so far; nothing where it was only "oh" or "well"."""


@lru_cache(maxsize=REMEMBERED)
def small_talk(text: str) -> SmallTalk | None:
    """What the whole message is, if it asks nothing; None for anything else.

    One without letters and digits is small talk as well: a thumb up acknowledges, a lone "?" is unclear, and so is what
    no hand writes that means something ("asdkjh"). Several in one message ("right, understood. bye then") are what the
    last of them is.
    """
    table = _table()
    if not _WORD.search(text):
        pictures = SmallTalk.ACKNOWLEDGEMENT if set(text) & table.pictures_of_thanks else SmallTalk.UNCLEAR
        return pictures if text.strip() else None
    if len(text) > _LONGEST or _SAD.search(text) or set(text) & table.pictures_of_displeasure:
        return None
    text = _GLAD.sub(" ", text)
    said: Said = ""
    for clause in filter(_WORD.search, _CLAUSES.split(text)):
        now = _said(clause, said)
        if now is None:
            return SmallTalk.UNCLEAR if is_gibberish(text) else None
        said = now
    return said or None


def _said(clause: str, before: Said) -> Said | None:
    """What is said with a clause, and with those before; None where it is not covered to its last word."""
    written = [(_known(_folded(word)), word) for word in _WORD.findall(normalised(clause))]
    plain = [(word, shown) for word, shown in written if word not in _table().stress]
    asks = clause.rstrip().endswith(_ASKS)
    found = _covered(written, before, asks=asks)
    if found is None and plain:
        found = _covered(plain, before, asks=asks)
    return SmallTalk.UNCLEAR if asks and found in _STATED else found


def _covered(written: Sequence[tuple[str, str]], before: Said, *, asks: bool) -> Said | None:
    """The kind of the last phrase, where phrases cover the words (each as it is known, and as it was written)."""
    table = _table()
    words = [word for word, _ in written]
    reached: dict[int, Said] = {0: before}
    kinds = {0: False}  # whether a phrase of a kind led to a place, not an address after another clause
    for place in range(len(words)):
        if place not in reached:
            continue
        last = reached[place]
        for end in range(min(place + table.longest, len(words)), place, -1):
            kind = table.kinds.get(tuple(words[place:end]))
            if kind is None and not table.silent(words[place:end], last):
                continue
            if end not in reached or (kind is not None and not kinds[end]):
                reached[end], kinds[end] = kind or last, kind is not None or kinds[place]
        if last and place + 1 not in reached and _is_name(written[place][1], last):
            reached[place + 1], kinds[place + 1] = last, kinds[place]
    if asks and not kinds.get(len(words)):
        return None  # "Thanks! Wren?"
    return reached.get(len(words))


def _is_name(word: str, said: SmallTalk) -> bool:
    """Whether a word behind a kind one may be whom it is said to."""
    if word.casefold() in low_names():
        return True
    written = word[0].isupper() and word[1:].islower() and word.isalpha()
    return written and said is not SmallTalk.ACKNOWLEDGEMENT and (is_family_name(word) or not is_word(word.casefold()))


@dataclass(frozen=True, slots=True)
class _Table:
    kinds: Mapping[Phrase, SmallTalk]
    before: frozenset[Phrase]
    after: Mapping[Said, frozenset[Phrase]]
    address: frozenset[Phrase]
    drawn_out: Mapping[str, str]
    """Words with each run of a letter as one, for "thaaanks"."""
    words: frozenset[str]
    long: tuple[str, ...]
    stress: frozenset[str]
    longest: int
    pictures_of_thanks: frozenset[str]
    pictures_of_displeasure: frozenset[str]

    def silent(self, words: Sequence[str], last: Said) -> bool:
        """Whether words may stand there and say nothing of their own."""
        phrase = tuple(words)
        if phrase in self.before:
            return True
        return bool(last) and (phrase in self.address or phrase in self.after.get(last, ()))


@cache
def _table() -> _Table:
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    stress = frozenset(word for (word,) in _phrases(rows["stress"]))

    def plain(phrase: Phrase) -> Phrase:
        return tuple(word for word in phrase if word not in stress)

    def both(lines: Sequence[str]) -> frozenset[Phrase]:
        return frozenset(filter(None, (form for phrase in _phrases(lines) for form in (phrase, plain(phrase)))))

    whole = {phrase: kind for kind in SmallTalk for phrase in _phrases(rows[kind])}
    kinds = {plain(phrase): kind for phrase, kind in whole.items() if plain(phrase)} | whole
    after: dict[Said, frozenset[Phrase]] = {SmallTalk(kind): both(lines) for kind, lines in rows["after"].items()}
    before, address = both(rows["before"]), both(rows["address"])
    phrases = [*kinds, *before, *address, *(phrase for each in after.values() for phrase in each)]
    words = stress.union(word for phrase in phrases for word in phrase)
    return _Table(
        kinds=kinds,
        before=before,
        after=after,
        address=address,
        drawn_out={_RUN.sub(r"\1", word): word for word in sorted(words, key=len, reverse=True)},
        words=words,
        long=tuple(sorted(word for word in words if len(word) >= _MISSPELT)),
        stress=stress,
        longest=max(map(len, phrases)),
        pictures_of_thanks=frozenset(rows["pictures"]["of_thanks"]),
        pictures_of_displeasure=frozenset(rows["pictures"]["of_displeasure"]),
    )


def _phrases(lines: Sequence[str]) -> list[Phrase]:
    """Each as its words, and once more as it is typed without an apostrophe."""
    spelt = dict.fromkeys(form for line in lines for form in (line, _SHORTENED.sub(r"\1", line)))
    return [tuple(_folded(word) for word in _WORD.findall(line)) for line in spelt]


@lru_cache(maxsize=REMEMBERED)
def _known(word: str) -> str:
    """A word of the table where it is one drawn out ("sooo"), or with a letter wrong."""
    table = _table()
    if word in table.words or is_word(word):
        return word
    if _RUN.search(word) and (found := table.drawn_out.get(_RUN.sub(r"\1", word))):
        return found
    near = (each for each in table.long if each[0] == word[0] and OSA.distance(word, each, score_cutoff=1) == 1)
    return next(near, word) if len(word) >= _MISSPELT else word


def _folded(word: str) -> str:
    """In lower case without accents ("ss" for the German sharp s)."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in parts if not unicodedata.combining(character))
