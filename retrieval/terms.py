"""Tokenises texts for word matching: whole numbers and versions, pairs of characters where no spaces part words.

Knows no corpus. No stemming: the vectors see that "parcels" is about a parcel, the words are there for what they do
not see, such as names, codes and versions.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

READ_CHARACTERS = 100_000
"""Of a longer text the rest is not read; a pasted log is no longer a text."""

# A code written in two pieces: "E-107", "kb-4021", "e 107"; a lone "a" or "i" before a number is a word.
_PARTED_CODE = re.compile(r"(?<![\w-])(?:([a-z]{1,4})[-_.]|([b-hj-z])[ \u00a0])(\d{1,6})(?![\w-])")

_ASCII_TERM = re.compile(r"\w+(?:(?<=\d)\.\d\w*)*", re.ASCII)

# Han, Hiragana, Katakana, Thai, Lao, Myanmar and Khmer, without their digits and punctuation.
_UNSPACED = (
    "\u3005\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109f\u1780-\u17d3"
)
_MARKS_IN = (range(0x0300, 0xAC00), range(0xFB00, 0xFE30), range(0x10000, 0x12000), range(0x16A00, 0x1F000))
_MARKS_IN_A_ROW = 30
# A soft hyphen, the joiner inside Indic words, and the selectors of a glyph's looks: none of them parts a word.
_UNSEEN = re.compile("[\u00ad\u200d\ufe00-\ufe0f]")


@lru_cache(maxsize=1024)
def known_terms(text: str) -> tuple[str, ...]:
    """``terms`` of a text that is likely to come again, as a desk's passages are with every like question."""
    return tuple(terms(text))


def terms(text: str) -> list[str]:
    """The terms of a text in their order, each as often as it stands there; casefolded, accents kept.

    ``0x80070002`` and ``115.3.1`` are one term each; a code in two pieces, ``E-107`` or ``e 107``, gives ``e107`` as
    well, before all others. Runs of scripts without spaces give each pair of neighbouring
    characters, and a single such character itself.
    """
    text = text[:READ_CHARACTERS]
    if text.isascii():
        text = text.lower()
        return joined_codes(text) + _ASCII_TERM.findall(text)
    too_many_marks, term = _patterns()
    text = too_many_marks.sub("", _UNSEEN.sub("", text))
    # Cut again: normalising writes some ligatures out in 18 characters.
    text = unicodedata.normalize("NFKC", text)[:READ_CHARACTERS].casefold()
    found = joined_codes(text)
    for match in term.finditer(text):
        piece = match[0]
        if match.lastgroup is None or len(piece) == 1:
            found.append(piece)
        else:
            found.extend(piece[start : start + 2] for start in range(len(piece) - 1))
    return found


def joined_codes(text: str) -> list[str]:
    """The codes that a text writes in two pieces, in one: "e107" for "E-107", "E.107" and "e 107"."""
    return [(match[1] or match[2]) + match[3] for match in _PARTED_CODE.finditer(text.casefold())]


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    r"""What to drop before normalising, and a term. Python's ``\w`` lacks the marks that Indic words are full of.

    More marks in a row than Unicode's stream-safe format allows would make the normalising quadratic.
    """
    marks = "".join(chr(code) for codes in _MARKS_IN for code in codes if unicodedata.category(chr(code))[0] == "M")
    word = rf"[^\W{_UNSPACED}]"
    letters = rf"{word}(?>(?:{word}|[{marks}])*)"
    term = rf"(?P<unspaced>[{_UNSPACED}]++)|{letters}(?>(?:(?<=\d)\.(?=\d){letters})*)"
    return re.compile(rf"(?<=[{marks}]{{{_MARKS_IN_A_ROW}}})[{marks}]++"), re.compile(term)
