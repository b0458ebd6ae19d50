"""General words: what agents of any desk say, so that a word beyond it, said to one customer, tells of one case.

Reads the list that ``benchmarks/general_words.py`` makes of public data; knows no desk. Scripts other than Latin have
no words in it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADING = re.compile(r"# (\w\w)")


@cache
def general_words() -> frozenset[str]:
    """The words of all languages, casefolded; read once."""
    return frozenset().union(*words_of_languages().values())


@cache
def words_of_languages() -> Mapping[str, frozenset[str]]:
    """The same by language; one that several have stands with the first of them."""
    lists: dict[str, set[str]] = {}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if heading := _HEADING.fullmatch(line):
            words = lists.setdefault(heading[1], set())
        elif not line.startswith("#"):
            words.update(line.split())
    return {language: frozenset(words) for language, words in lists.items()}
