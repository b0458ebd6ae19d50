"""Cuts text into sentences, whole or as it is being written. Joining the pieces gives the text back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CJK_STOPS = "\u3002\uff01\uff1f"
"""Ends of a sentence that the next follows without a space."""

# A stop with what closes it, then white space (which belongs to the sentence before); CJK stops need none.
_END = re.compile(
    r"""(?<![.!?\u2026])[.!?\u2026]++["')\]\u201d\u2019\u00bb]*+\s+|[\u3002\uff01\uff1f]+["\u201d\u300d]?\s*|(?<!\s)[^\S\n]*+\n\s*+"""
)
_LETTERS = re.compile(r"[^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|incl|no|nr|mr|mrs|ms|dr|st|vs|z\.b|bzw|ca|p\.ej|sr|sra)\.)\s+$", re.IGNORECASE
)


def sentences(text: str) -> list[str]:
    """All sentences of ``text``; the last may be unfinished. A list marker stays with its sentence."""
    return list(_cut(text, closed=True))


def finished(text: str) -> list[str]:
    """The sentences of a text still being written that are certainly over: what follows them has begun."""
    return list(_cut(text, closed=False))


def is_over(sentence: str) -> bool:
    """Whether a sentence is complete as it stands, with no space behind it."""
    return sum(map(len, finished(f"{sentence} x"))) > len(sentence) and not sentence[-1:].isspace()


def _cut(text: str, *, closed: bool) -> Iterator[str]:
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        if not closed and end.end() == len(text):
            return
        if _LETTERS.search(piece) and not _ABBREVIATION.search(piece):
            yield piece
            start = end.end()
    if closed and text[start:].strip():
        yield text[start:]
