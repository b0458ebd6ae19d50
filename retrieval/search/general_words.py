"""General words: what agents of any desk say, so that a word beyond it, said to one customer, tells of one case.

Reads the list that ``benchmarks/general_words.py`` makes of public data; knows no desk. Scripts other than Latin have
no words in it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def general_words() -> frozenset[str]:
    """The words of all languages, casefolded; read once."""
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
