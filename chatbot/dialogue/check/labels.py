"""Finds the labels of screens and machines in an answer: "choose Security, then Sign-in" names nobody.

A label is made of general words (``labels.toml``, or by their ending) and stands after "choose", "open", "under", or in
a path of a menu. What may be a person's name is none, whatever stands before it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from data.masking.given_names import is_family_name, is_given_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOK_BACK = 60
_PATH = re.compile(r"\s{0,3}(?:>|->|\u2192|\u203a|\u00bb|/|\|)\s{0,3}")
_JOINS = re.compile(
    r"[\s\"'\u201c\u201d\u00ab\u00bb*>\u2192\u203a/|&,-]{1,8}"
    r"(?:(?:and|or|then|et|ou|puis|ensuite|y|o|luego|despu\u00e9s|e|poi|quindi|en|of|dan|daarna)[ ,]{1,2}){0,2}"
    r"[\"'\u201c\u00ab*]{0,3}"
)
_GENERAL = re.compile(
    r".{3,}(?:tions?|ments?|it(?:y|ies)|ings?|nces?|ages?|ness|ures?|ables?|it\u00e9s?|ci(?:\u00f3n|ones)|dades?|mientos?|zion[ei]"
    r"|t\u00e0|menti|ingen|heid|atie)",
    re.IGNORECASE,
)


def labels_in(sentence: str, words: list[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Those of the words of a sentence that are, or are part of, a label."""
    end = -1
    for word in words:
        if not word.group()[:1].isupper():
            continue
        joined = end >= 0 and _JOINS.fullmatch(sentence, end, word.start()) is not None
        if _is_general(word.group()) and (joined or _is_pointed_at(sentence, word)):
            end = word.end()
            yield word


def _is_general(word: str) -> bool:
    """Whether a word is what a screen would say; compounds by their first part ("Sign-in")."""
    known, bare = _words(), word.casefold()
    if bare in known or bare.partition("-")[0] in known:
        return True
    return _GENERAL.fullmatch(word) is not None and not is_given_name(word) and not is_family_name(word)


def _is_pointed_at(sentence: str, word: re.Match[str]) -> bool:
    before = sentence[max(0, word.start() - _LOOK_BACK) : word.start()]
    return _cue().search(before) is not None or _PATH.match(sentence, word.end()) is not None


@cache
def _words() -> frozenset[str]:
    return frozenset(word for words in _table()["words"].values() for word in words.split())


@cache
def _cue() -> re.Pattern[str]:
    cues = _table()["cues"]
    heads = "|".join((*cues["imperative"], *cues["place"]))
    return re.compile(
        rf"(?<!\w)(?:{heads})(?: (?:{cues['between']})){{0,2}}(?: |['\u2019])[\"'\u201c\u00ab*]{{0,3}}$", re.IGNORECASE
    )


def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
