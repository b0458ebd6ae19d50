"""Two replies side by side with their differences marked, as HTML. Knows words, not who is right."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from chatbot.learning.reports.page import text

_TOKEN = re.compile(r"\w+(?:[.,:'\u2019]\w+)*|\s+|[^\w\s]")
_ALIKE = 0.35
"""Share of common words below which marking what differs would mark nearly everything."""
_LONGEST = 3000


def marked(ours: str, theirs: str) -> tuple[str, str, bool]:
    """Both texts escaped, what the other one lacks in ``<mark>``; False, and no marks, where they share too little."""
    left, right = _TOKEN.findall(ours[:_LONGEST]), _TOKEN.findall(theirs[:_LONGEST])
    matcher = SequenceMatcher(
        None, [each.casefold() for each in left], [each.casefold() for each in right], autojunk=False
    )
    blocks = matcher.get_opcodes()
    same = sum(sum(map(_is_word, left[start:end])) for kind, start, end, _, _ in blocks if kind == "equal")
    words = max(sum(map(_is_word, left)), sum(map(_is_word, right)), 1)
    if same / words < _ALIKE:
        return text(ours), text(theirs), False
    shown: tuple[list[str], list[str]] = ([], [])
    for kind, start, end, other_start, other_end in blocks:
        pieces = ("".join(left[start:end]), "".join(right[other_start:other_end]))
        for out, piece in zip(shown, pieces, strict=True):
            bare = kind == "equal" or not piece.strip()
            out.append(text(piece) if bare else f"<mark>{text(piece)}</mark>")
    return "".join(shown[0]) + text(ours[_LONGEST:]), "".join(shown[1]) + text(theirs[_LONGEST:]), True


def _is_word(token: str) -> bool:
    return token[0].isalnum()
