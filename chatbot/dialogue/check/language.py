"""Checks that a reply is in the customer's language. One too short or too mixed to tell passes."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK, Sources
from chatbot.dialogue.text.language import MIN_CJK_LETTERS, detected_language, frequent_words, running_words
from chatbot.dialogue.text.normalise import REMEMBERED

MIN_SCRIPT_LETTERS = 12
ENOUGH_COMMON = 2
"""Common words of the reply's language in the question that outweigh the detector's opinion of the question."""

_MOST = 0.8
_KIN = ({"cs", "sk"}, {"da", "nb", "sv"}, {"ru", "uk"}, {"es", "pt"})
"""Languages that short texts do not tell apart; their speakers read each other."""
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
        for letter in _LETTER.findall(running_words(text))
    )
    script, count = counts.most_common(1)[0] if counts else ("", 0)
    enough = MIN_CJK_LETTERS if script == "CJK" else MIN_SCRIPT_LETTERS
    return script if count > _MOST * counts.total() and counts.total() >= enough else None
