"""Checks that a reply is in the customer's language, and detects the language of a text.

Lingua in its small mode over the languages below; loaded at the first text (about a second, 30 MB), never at import.
A text too short or too mixed has no language here, and then the check passes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import Any

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK, Sources
from chatbot.dialogue.text.facts import blanked, claims
from chatbot.dialogue.text.normalise import REMEMBERED, normalised
from chatbot.dialogue.text.set_phrases import frequent_words

SURE = 0.95
"""Of 1, where lingua's confidences sum to 1 over the languages asked."""
MIN_LETTERS = 20
MIN_CJK_LETTERS = 6
MIN_SCRIPT_LETTERS = 12
MIN_WORDS = 4
ENOUGH_COMMON = 2
"""Common words of the reply's language in the question that outweigh the detector's opinion of the question."""
CHARACTERS_READ = 300
"""Characters that are read: the beginning tells, and a long log afterwards would not."""

_MOST = 0.8
_LANGUAGES = (
    "ENGLISH GERMAN FRENCH SPANISH ITALIAN DUTCH PORTUGUESE CZECH SLOVAK POLISH SLOVENE HUNGARIAN ROMANIAN TURKISH "
    "SWEDISH DANISH BOKMAL FINNISH GREEK RUSSIAN UKRAINIAN ARABIC HEBREW CHINESE JAPANESE KOREAN"
)
_KIN = ({"cs", "sk"}, {"da", "nb", "sv"}, {"ru", "uk"}, {"es", "pt"})
"""Languages that short texts do not tell apart; their speakers read each other."""
_NOISE = re.compile(
    r"\[[A-Z]+(?:_\d+)?\]|<[^>\s]{1,40}>|\"[^\"\n]{1,60}\"|\*\*[^*\n]{1,60}\*\*|[^\s]{0,100}[\\/_@=>|][^\s]*"
)
_LETTER = re.compile(r"[^\W\d_]")
_CJK = re.compile(f"[{CJK}]")


def check_language(text: str, sources: Sources) -> CheckResult:
    """The text is in the language of the customer's latest words, where both can be detected."""
    scripts = {script for script in map(_script, (sources.question, text)) if script}
    if len(scripts) > 1:
        return CheckResult(
            "language", passed=False, detail=f"asked and told in {' and '.join(sorted(scripts))} letters"
        )
    asked = detected_language(sources.question)
    told = detected_language(text) if asked else None
    agree = asked is None or told is None or asked == told or any({asked, told} <= kin for kin in _KIN)
    if not agree and told is not None and asked is not None:
        # A short question with a typo or a name ("my espersso is bitter, Badger") looks like anything.
        common = frequent_words(sources.question, told)
        agree = common >= ENOUGH_COMMON and common >= frequent_words(sources.question, asked)
    return CheckResult("language", agree, "" if agree else f"asked in {asked}, told in {told}")


@lru_cache(maxsize=REMEMBERED)
def _script(text: str) -> str | None:
    """The script of most letters of a text of a few words; Han and kana count as one."""
    counts = Counter(
        "CJK" if _CJK.match(letter) else unicodedata.name(letter, "").partition(" ")[0]
        for letter in _LETTER.findall(_words(text))
    )
    script, count = counts.most_common(1)[0] if counts else ("", 0)
    enough = MIN_CJK_LETTERS if script == "CJK" else MIN_SCRIPT_LETTERS
    return script if count > _MOST * counts.total() and counts.total() >= enough else None


@lru_cache(maxsize=REMEMBERED)
def detected_language(text: str) -> str | None:
    """The ISO 639-1 code of a text's language, or None where it is too short, too mixed or like none of ours."""
    words = _words(text)
    cjk, letters = len(_CJK.findall(words)), len(_LETTER.findall(words))
    if cjk < MIN_CJK_LETTERS and (letters < MIN_LETTERS or len(words.split()) < MIN_WORDS):
        return None
    best = _detector().compute_language_confidence_values(words)[0]
    return str(best.language.iso_code_639_1.name).lower() if best.value >= SURE else None


@lru_cache(maxsize=REMEMBERED)
def _words(text: str) -> str:
    """The running words: without links, addresses, paths, codes, quoted menu items and slots."""
    text = normalised(text[: 2 * CHARACTERS_READ])
    return " ".join(_NOISE.sub(" ", blanked(text, claims(text))).split())[:CHARACTERS_READ]


@cache
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    languages = [getattr(Language, name) for name in _LANGUAGES.split()]
    return LanguageDetectorBuilder.from_languages(*languages).with_low_accuracy_mode().build()
