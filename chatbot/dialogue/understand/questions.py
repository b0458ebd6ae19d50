"""Splits a message that asks several things into its questions, each with the account that stands before it.

A question begins a sentence, an item of a list, or a clause behind "and", a comma or a colon; it is one of its own
where its words turn round as those of questions do and name something. One question with reasons, conditions, two
objects or a choice stays whole, and so does whatever is not certain: an unsplit pair is a pity, a split one an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatbot.dialogue.text.sentences import sentences
from chatbot.dialogue.understand.cues import CHINESE, cues_of, han, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chatbot.dialogue.understand.cues import Cues

LONGEST = 300
"""Characters of a message; a longer one is an account of one problem, with all the questions it raises."""
MOST = 4
"""Questions; who seems to ask more is telling something."""
_RESOLVED = 2
_NAMED = 2
_HAN = 4
_MARKER = re.compile(r"(?:(?<=\s)|\A)(?:\(?[1-9][).]|[1-9]\.\)|\(?[a-d]\)|[-\u2022*])\s+")
_ITEMS = re.compile(r"(?:(?<=\s)|\A)\(?(?:1[).]|a\))\s+\S.{0,300}?\s\(?(?:2[).]|b\))\s+\S", re.DOTALL)
_BORDER = re.compile(r"(?>(?:(?<!\s)\s++)?)[,;:\u2013\u2014]\s++|(?<!\s)\s++(?:-\s++|(?=&\s)|(?=[^\W\d_]++\s))")
_ASKING = ("?", "\uff1f")
_VAGUE_HOW = 4
_ARTICLES = frozenset({"my", "your", "our", "the", "a", "an"})
_PRONOUN_ONLY = frozenset({"have", "has"})


@dataclass(frozen=True, slots=True)
class Question:
    """One of the questions of a message as it was written, and the words of the message that it needs beside."""

    words: str
    context: str = ""

    @property
    def text(self) -> str:
        """What can be asked alone."""
        return f"{self.context}\n{self.words}" if self.context else self.words


@dataclass(frozen=True, slots=True)
class _Piece:
    """A clause; ``joined`` to the question before it by "and", a list or a word that announces one more."""

    text: str
    asks: bool
    joined: bool = False

    @property
    def wonders(self) -> bool:
        """Whether it has the mark of a question alone: "and now it is locked??"."""
        return not self.asks and self.text.endswith(_ASKING)


def questions_in(text: str) -> list[Question]:
    """The questions of a message, two at least; else the message as its only one."""
    whole = [Question(text)]
    cues = cues_of(text)
    if cues is None or len(text) > LONGEST:
        return whole
    found: list[Question] = []
    account: list[str] = []
    wondered = ""
    for piece in _pieces(text, cues):
        if piece.joined and piece.asks and wondered and not found:
            found.append(Question(wondered, "\n".join(account[:-1])))
            account = []
        wondered = piece.text if piece.wonders else ""
        before = found[-1] if found else None
        if not piece.asks or _is_filler(piece.text, cues):
            account.append(piece.text)
        elif before is not None and not _is_own(piece, before, cues):
            found[-1] = replace(before, words=" ".join([before.words, *account, piece.text]))
            account = []
        else:
            needed = [before.words] if before is not None and _leans(piece.text, cues) else []
            context = [*([before.context] if before is not None and before.context else []), *needed, *account]
            found.append(Question(piece.text, "\n".join(context)))
            account = []
    if not 1 < len(found) <= MOST:
        return whole
    if account:
        found[-1] = replace(found[-1], words=" ".join([found[-1].words, *account]))
    return found


def _is_own(piece: _Piece, before: Question, cues: Cues) -> bool:
    """Whether a piece asks something other than the question before it."""
    if cues.language == CHINESE:
        return han(piece.text) >= _HAN and han(before.words) >= _HAN and not _leans(piece.text, cues)
    own, earlier = (cues.content(words_of(text)) for text in (piece.text, before.words))
    if not earlier and not before.context:
        return False
    if piece.joined:
        return bool(own) or any(cues.is_in("amounts", word) for word in words_of(piece.text))
    if _leans(piece.text, cues) or any(cues.is_in("helps", word) for word in words_of(piece.text)):
        return False
    again = len(set(own) & set(earlier)) * 2 >= min(len(set(own)), len(set(earlier)))  # asked once more, in other words
    return not again and len(own) >= (1 if _aspect(piece.text, cues) else _NAMED)


def _aspect(text: str, cues: Cues) -> bool:
    return any(cues.is_in("aspects", word) for word in words_of(text))


def _leans(text: str, cues: Cues) -> bool:
    """Whether a question points back before it has named anything itself."""
    if cues.language == CHINESE:
        return text.startswith(tuple(cues.words["opens"])) or any(word in text for word in cues.words["leans"])
    said = words_of(text)
    place = next((place for place, word in enumerate(said) if cues.is_in("leans", word)), None)
    return place is not None and len(cues.content(said[:place])) < _RESOLVED


def _is_filler(text: str, cues: Cues) -> bool:
    if cues.language == CHINESE:
        return text.strip(" ?\uff1f\u3002!\uff01,\uff0c") in cues.words["filler"]
    said = words_of(text)
    return any(tuple(said[len(said) - len(rest) :]) in cues.of["filler"] for rest in _endings(said, cues))


def _endings(said: Sequence[str], cues: Cues) -> Iterator[Sequence[str]]:
    """The words, and the words without what leads to them or is polite at their end."""
    start = next((place for place, word in enumerate(said) if not _is_lead(word, cues)), len(said))
    yield said
    yield said[start:]


def _is_lead(word: str, cues: Cues) -> bool:
    return cues.is_in("leads", word) or cues.is_in("joins", word)


def _pieces(text: str, cues: Cues) -> Iterator[_Piece]:
    """A message cut at items of a list, sentences and clauses that ask."""
    listed = bool(_ITEMS.search(text))
    for item in _MARKER.split(text) if listed or "\n" in text else [text]:
        first = True
        for sentence in sentences(item.strip()):
            for piece in _clauses(sentence.strip(), cues):
                yield replace(piece, joined=piece.joined or (listed and first))
                first = False


def _clauses(sentence: str, cues: Cues) -> Iterator[_Piece]:
    """A sentence cut where a clause that asks begins; the last takes the sentence's question mark."""
    if cues.language == CHINESE:
        yield _Piece(sentence, sentence.endswith(_ASKING), sentence.startswith(tuple(cues.words["also"])))
        return
    start, joined = 0, False
    for border in _BORDER.finditer(sentence):
        left, right = sentence[start : border.start()], sentence[border.end() :]
        step, adds = _announced(right, cues), _adds(right, cues)
        if _announced(left, cues) == len(words_of(left)) or (
            not adds and (_asks(left, cues) or border.group().isspace())
        ):
            continue  # a comma between two clauses that ask may stand between a condition and its question
        said = words_of(right)[step:]
        if not _begins(said, cues) and not (adds and _announces(left, cues) and cues.opening("within", said)):
            continue
        asks = _asks(left, cues) or _announces(left, cues)
        if adds and not asks and border.group().isspace():
            continue
        yield _Piece(_unjoined(left, cues), asks, joined)
        start, joined = border.end(), adds
    last = sentence[start:]
    asks = bool(joined or _asks(last, cues))
    yield _Piece(_unjoined(last, cues), asks, joined or (not start and _adds(last, cues)))


def _unjoined(text: str, cues: Cues) -> str:
    """A clause without the "and" before it and the comma behind."""
    first, _, rest = text.strip(" ,;").partition(" ")
    joins = first == "&" or cues.is_in("joins", first.casefold())
    return rest.lstrip() if joins and rest else f"{first} {rest}".strip()


def _announced(text: str, cues: Cues) -> int:
    """How many of the first words join a question to the one before: "and", "also", "and another question"."""
    said = words_of(text)
    joins = 1 if said and cues.is_in("joins", said[0]) else 0
    return joins + cues.opening("also", said[joins:])


def _adds(text: str, cues: Cues) -> bool:
    """Whether a clause begins with what joins it to the question before it."""
    return text.lstrip().startswith("&") or _announced(text, cues) > 0


def _asks(text: str, cues: Cues) -> bool:
    """Whether a clause asks: it begins as questions do, or somewhere in it a customer's question does."""
    said = words_of(text)
    said = said[next((place for place, word in enumerate(said) if not _is_lead(word, cues)), len(said)) :]
    said = said[cues.opening("also", said) :]
    if _begins(said, cues) or (cues.language != "en" and (cues.opening("starts", said) or "\u00bf" in text)):
        return True
    if cues.is_in("within", said[0] if said else "") and not any(cues.is_in("subjects", word) for word in said[1:2]):
        return len(said) > 1 and said[0] not in {"if", "whether"}
    return any(
        said[place] == "how" and cues.is_in("amounts", said[place + 1]) for place in range(1, max(len(said) - 1, 1))
    )


def _announces(text: str, cues: Cues) -> bool:
    """Whether a clause holds a question that keeps the order of words: "I'd like to know how long it takes"."""
    said = words_of(text)
    for place in range(len(said)):
        if cues.opening("asks", said[place:]):
            return bool(cues.content(said[place + 2 :]))
    return False


def _begins(said: Sequence[str], cues: Cues) -> bool:
    """Whether words begin as a question does, and not as a clause that only hangs on one ("how it works")."""
    if len(said) < 3:  # noqa: PLR2004 - "and why?" asks nothing of its own
        return False
    first, second = said[0], said[1]
    if cues.language != "en":
        hangs = cues.is_in("within", first) and cues.is_in("subjects", second)
        return cues.is_in("helpers", first) and not hangs
    if first in {"which", "whats", "what's", "wheres", "where's", "who's"}:
        return not cues.is_in("subjects", second) or first != "which"
    if first == "how" and cues.is_in("amounts", second):
        return True
    if cues.is_in("within", first):  # what, how, when …: its helper follows soon
        helpers = [place for place, word in enumerate(said[1 : _VAGUE_HOW + 1], 1) if cues.is_in("helpers", word)]
        pronoun = cues.is_in("subjects", second) and second not in _ARTICLES
        return bool(helpers) and not pronoun and first not in {"if", "whether"}
    article = first in _PRONOUN_ONLY and second in _ARTICLES
    return cues.is_in("helpers", first) and cues.is_in("subjects", second) and not article
