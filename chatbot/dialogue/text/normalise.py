"""Normalises a text to what a reader sees: one form of each letter, nothing invisible, no lookalikes of other scripts.

Checks and set phrases read texts through here, so that a zero-width space or a Cyrillic letter changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_KEPT = "\n\t"
REMEMBERED = 4096
"""Texts for which the result of a function is cached: a desk's answers come up again and again."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f]")
_HARD_SPACE = re.compile("([\u00a0\u202f]+)|[^\u00a0\u202f]+")
# Letters of other scripts that look like Latin ones (most of what Unicode's confusables list has for plain letters).
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u04cf\u0501\u051b\u051d\u0433\u043a\u043c\u0442\u0432\u043d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405"
    "\u03b1\u03b5\u03b9\u03bf\u03c1\u03c5\u03bd\u03ba\u03c4\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0131\u0261",
    "aeopcyxijsdhldqwrkmtbhABEKMHOPCTYXIJSaeiopuvktABEZHIKMNOPTYXig",
)
_ALIKE = re.compile(f"[{''.join(map(chr, _LOOKALIKES))}]")
_DIGIT_LETTERS = str.maketrans("0134578@$!", "oieastbasi")
_WORD = re.compile(r"[^\W_]+")
_LEET = re.compile(r"(?<![\w.,/-])[\w@$!]{0,80}?[^\W\d_][\w@$!]*")
_SPELT_OUT = re.compile(r"(?<!\w)\w(?:[\s.\-_*]\w){3,}(?!\w)")
# Marks that turn the reading order round, and letters that only machines see.
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_WITHIN_WORDS = re.compile("(?<=[A-Za-z])[\u200b-\u200d\u2060\u00ad\ufeff]+(?=[A-Za-z])")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


@lru_cache(maxsize=REMEMBERED)
def normalised(text: str) -> str:
    """The text in compatibility form, without control and format characters, lookalikes within Latin words folded."""
    if not text.isascii():
        # Hard spaces group thousands ("1\u00a0000"), so they stay.
        text = _HARD_SPACE.sub(lambda run: run[1] or unicodedata.normalize("NFKC", run[0]), text)
    if text.isascii():
        return _CONTROLS.sub("", text)
    shown = "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in {"Cf", "Cc", "Co", "Cn"})
    return _WORD.sub(lambda word: _folded(word.group()), shown) if _ALIKE.search(shown) else shown


@lru_cache(maxsize=REMEMBERED)
def comparable(text: str) -> str:
    """As a reader compares: what is visible, lower case, white space collapsed."""
    return " ".join(normalised(text).casefold().split())


@lru_cache(maxsize=REMEMBERED)
def words(text: str) -> frozenset[str]:
    """All words of what is visible, in lower case."""
    return frozenset(re.findall(r"\w+", normalised(text).casefold()))


@lru_cache(maxsize=REMEMBERED)
def deobfuscated(text: str) -> str:
    """``normalised`` in lower case, digits and signs read as the letters they stand for, s-p-a-c-e-d words joined.

    For finding what somebody tries to hide, never for reading facts: "k1ll" is kill and 100 is "ioo".
    """
    joined = _SPELT_OUT.sub(lambda run: re.sub(r"[\s.\-_*]", "", run.group()), normalised(text))
    return _LEET.sub(lambda word: word.group().translate(_DIGIT_LETTERS), joined).casefold()


def obfuscations(text: str) -> list[str]:
    """Names of what is hidden in a text: a turned reading order, characters within words, words of two scripts."""
    found = []
    if _TURNED.search(text):
        found.append("turned or invisible text")
    if _WITHIN_WORDS.search(text):
        found.append("invisible characters in words")
    words = [] if text.isascii() else _WORD.findall(unicodedata.normalize("NFKC", text))
    mixed = [word for word in words if not word.isascii() and _folded(word).isascii()]
    return [*found, *(f"letters of two scripts: {word}" for word in mixed[:2])]


def _folded(word: str) -> str:
    """A word with its lookalikes as Latin letters, where it has Latin ones already."""
    if word.isascii():
        return word
    latin = word.translate(_LOOKALIKES)
    return latin if latin.isascii() and len(_scripts(word)) > 1 else word


def _scripts(word: str) -> set[str]:
    names = [unicodedata.name(letter, "") for letter in word if letter.isalpha()]
    return {script for script in _SCRIPTS if any(name.startswith(script) for name in names)}
