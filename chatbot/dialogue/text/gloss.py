"""Glosses a text: each word of support in another language, as ``support_words.txt`` has it, and the rest as it stands.

Word by word, without grammar: enough to find what it is about with an encoder and an index of one language, never to be
shown to anybody. Names, codes and numbers stay. Knows no desk.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.dialogue.text.normalise import REMEMBERED, normalised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LEFT_OUT = "-"
_LONGEST_PHRASE = 5
"""Words."""
_LONGEST_HAN = 7
_MIN_STEM = 4
"""Letters from which the beginning of a compound word counts as a word of its own ("kaffee" in "kaffeemühle")."""
_COMPOUNDING = frozenset({"de", "nl"})
_JOINTS = ("", "s", "n", "en", "es")
_PIECE = re.compile(
    r"\[[A-Z]+(?:_\d+)?\]|[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+(?:['\u2019.,/-](?=[^\W_])[^\W_\u3400-\u9fff]+)*|[?!.\uff1f\u3002]"
)
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu|dell|all|nell|un|dall|c)['\u2019]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Gloss:
    """``text`` in the other language, and ``known``, the share of the words that carry its matter that were found.

    Names, codes and numbers, which are the same in every language, count as neither.
    """

    text: str
    known: float


@dataclass(frozen=True, slots=True)
class _Words:
    """One language's words with what they mean; ``stems`` stand for any ending, longest first by first letters."""

    whole: dict[str, tuple[str, bool]] = field(default_factory=dict)
    stems: dict[str, tuple[str, bool]] = field(default_factory=dict)


def glossed_languages() -> frozenset[str]:
    """Those of the table."""
    return frozenset(_rows()[0])


@cache
def words_by_language() -> Mapping[str, frozenset[str]]:
    """The single words of the table by language, as they are written, in small letters."""
    return {
        language: frozenset(form for form in forms if form.isalpha() and not _HAN.search(form))
        for language, forms in _forms().items()
    }


@cache
def stems_by_language() -> Mapping[str, frozenset[str]]:
    """What its words of any ending begin with, in the same way."""
    return {
        language: frozenset(form[:-1] for form in forms if form.endswith("*")) for language, forms in _forms().items()
    }


def _forms() -> Mapping[str, list[str]]:
    columns, rows = _rows()
    return {
        language: [form.casefold() for cells, _ in rows for form in cells[place]] for language, place in columns.items()
    }


@lru_cache(maxsize=REMEMBERED)
def gloss(text: str, language: str, wanted: str) -> Gloss:
    """A text of one language of the table in another of them.

    Raises:
        KeyError: one of them is none of the table's.

    """
    words = _words_of(language, wanted)
    out: list[str] = []
    found = missed = 0
    for piece, meaning in _glossed(text, words, compounds=language in _COMPOUNDING):
        if meaning is None:
            out.append(piece)
            missed += _carries(piece, capitals=language == "de")
        elif meaning[0] != LEFT_OUT:
            out.append(meaning[0])
            found += meaning[1]
    return Gloss(" ".join(out), found / (found + missed) if found else 0.0)


def _glossed(text: str, words: _Words, *, compounds: bool) -> Iterator[tuple[str, tuple[str, bool] | None]]:
    pieces = [part for piece in _PIECE.findall(normalised(text)) for part in _parts(piece)]
    folded = [_folded(piece) for piece in pieces]
    place = 0
    while place < len(pieces):
        if _HAN.match(pieces[place]):
            yield from _glossed_run(pieces[place], words)
            place += 1
            continue
        for length in range(min(_LONGEST_PHRASE, len(pieces) - place), 0, -1):
            meaning = _meaning(" ".join(folded[place : place + length]), words)
            if meaning is not None:
                break
        else:
            length = 1
        if meaning is None and compounds and (parts := _compound(folded[place], words)):
            for part in parts:
                yield pieces[place], part
        else:
            yield " ".join(pieces[place : place + length]), meaning
        place += length


def _glossed_run(run: str, words: _Words) -> Iterator[tuple[str, tuple[str, bool] | None]]:
    """A run of Chinese, by the longest words from its beginning; characters that begin none go together."""
    place, unknown = 0, ""
    while place < len(run):
        for length in range(min(_LONGEST_HAN, len(run) - place), 0, -1):
            meaning = words.whole.get(run[place : place + length])
            if meaning is not None:
                break
        if meaning is None:
            unknown += run[place]
            place += 1
            continue
        if unknown:
            yield unknown, None
            unknown = ""
        yield run[place : place + length], meaning
        place += length
    if unknown:
        yield unknown, None


def _parts(piece: str) -> Sequence[str]:
    """A word without the article or pronoun that is written together with it ("l'adresse"), which goes before it."""
    elided = _ELIDED.match(piece.casefold())
    return (piece[: elided.end() - 1], piece[elided.end() :]) if elided else (piece,)


def _meaning(word: str, words: _Words) -> tuple[str, bool] | None:
    known = words.whole.get(word)
    if known is not None:
        return known
    begins = word.rfind(" ") + 2
    return next((words.stems[word[:end]] for end in range(len(word), begins, -1) if word[:end] in words.stems), None)


def _compound(word: str, words: _Words) -> list[tuple[str, bool]]:
    """The meanings of the parts of a compound; nothing where a part is not known."""
    for end in range(len(word) - _MIN_STEM + 1, _MIN_STEM - 1, -1):
        head = words.whole.get(word[:end])
        if head is None or not head[1]:
            continue
        for joint in _JOINTS:
            rest = word[end + len(joint) :]
            if word[end:].startswith(joint) and len(rest) >= _MIN_STEM:
                tail = _meaning(rest, words)
                if tail is not None:
                    return [head, tail]
                if further := _compound(rest, words):
                    return [head, *further]
    return []


def _carries(piece: str, *, capitals: bool) -> bool:
    """Whether an unknown piece is one that a reader of the other language would miss: no name, code or number.

    ``capitals``: the language writes its nouns with one.
    """
    return (piece.isalpha() and len(piece) > 1 and (capitals or piece.islower())) or bool(_HAN.match(piece))


@cache
def _words_of(language: str, wanted: str) -> _Words:
    columns, rows = _rows()
    here, there = columns[language], columns[wanted]
    words = _Words()
    for cells, matters in rows:
        meaning = (cells[there][0].rstrip("*"), matters)
        for form in cells[here]:
            stem = form.endswith("*")
            (words.stems if stem else words.whole).setdefault(_folded(form.rstrip("*")), meaning)
    return words


@cache
def _rows() -> tuple[Mapping[str, int], list[tuple[list[list[str]], bool]]]:
    """Which language stands in which column, and the rows: their cells, and whether they carry the matter of a text."""
    lines = Path(__file__).with_name("support_words.txt").read_text(encoding="utf-8").splitlines()
    head = next(line for line in lines if line.startswith("# en |"))
    columns = {language.strip(): place for place, language in enumerate(head[1:].split("|"))}
    rows, matters = [], False
    for line in lines:
        if line.startswith("## "):
            matters = line == "## content"
        elif line and not line.startswith("#"):
            rows.append(([[form.strip() for form in cell.split(";")] for cell in line.split(" | ")], matters))
    return columns, rows


@lru_cache(maxsize=REMEMBERED)
def _folded(text: str) -> str:
    """Lower case without accents; an apostrophe parts words."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(plain.replace("\u2019", "'").replace("'", " ").split())
