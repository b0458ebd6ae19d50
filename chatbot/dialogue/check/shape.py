"""Checks the shape of a text: slots left, length, whole sentences, loops, hidden characters.

They read the text alone. Knows no evidence.
"""

from __future__ import annotations

import re
from collections import Counter

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK
from chatbot.dialogue.text.greetings import is_only_greeting
from chatbot.dialogue.text.normalise import comparable, obfuscations
from chatbot.dialogue.text.sentences import sentences
from data.masking.kinds import SLOT

MAX_CHARACTERS = 4000
"""Nobody reads more in a chat; longer texts are mail, or a model that does not stop."""
MIN_WORDS = 2
MAX_REPEATED_SHARE = 0.35
"""Largest share of four-word runs that may be repeats; numbered click paths of real agents stay below it."""

_UNFILLED = re.compile(rf"{SLOT}|<redacted>", re.IGNORECASE)
_TOKEN = re.compile(rf"[{CJK}]|[^\W_]+", re.UNICODE)
_RUN = 4
_LONGEST_LOOP = 12
_CLOSED = re.compile(
    r"""[.!?:\u2026\u3002\uff01\uff1f]["')\]\u201d\u2019\u00bb*]*$|https?://\S+$|[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]$"""
)
_OPENS_IN_THE_MIDDLE = re.compile(r"^[,;:.)\]]|^(?:and|but|or|which|und|aber|et|mais|pero|ma|en|maar)\b", re.UNICODE)


def check_placeholders(text: str) -> CheckResult:
    """No masked slot is left: [EMAIL_1] stands for the data of someone else."""
    left = [match.group() for match in _UNFILLED.finditer(text)]
    return CheckResult("placeholders", not left, ", ".join(sorted(set(left))[:5]))


def check_hidden(text: str) -> CheckResult:
    """Nothing is hidden from a reader: no reversed reading order, nothing invisible in words, one script a word."""
    found = obfuscations(text)
    return CheckResult("hidden", not found, ", ".join(found))


def check_length(text: str) -> CheckResult:
    """The text has at least ``MIN_WORDS`` words and at most ``MAX_CHARACTERS`` characters."""
    words = len(_TOKEN.findall(text))
    if words < MIN_WORDS:
        return CheckResult("length", passed=False, detail=f"{words} words")
    if len(text) > MAX_CHARACTERS:
        return CheckResult("length", passed=False, detail=f"{len(text)} characters")
    return CheckResult("length", passed=True)


def check_complete(text: str) -> CheckResult:
    """The text neither begins in the middle of a sentence nor stops in one."""
    text = text.strip()
    if _OPENS_IN_THE_MIDDLE.search(text):
        return CheckResult("complete", passed=False, detail=f"begins with {text[:20]!r}")
    if not _CLOSED.search(text):
        return CheckResult("complete", passed=False, detail=f"ends with {text[-20:]!r}")
    return CheckResult("complete", passed=True)


def check_repetition(text: str) -> CheckResult:
    """No loops: a run said three times on end, a long sentence said twice, too many repeated four-word runs."""
    tokens = [token.lower() for token in _TOKEN.findall(text)]
    for length in range(1, _LONGEST_LOOP + 1):
        times = 4 if length == 1 else 3
        for start in range(len(tokens) - length * times + 1):
            run = tokens[start : start + length]
            if tokens[start : start + length * times] == run * times:
                return CheckResult("repetition", passed=False, detail=f"{' '.join(run)!r} {times} times on end")
    said = Counter(comparable(sentence) for sentence in sentences(text) if len(_TOKEN.findall(sentence)) > _RUN)
    twice = [sentence for sentence, times in said.items() if times > 1]
    if twice:
        return CheckResult("repetition", passed=False, detail=f"said twice: {twice[0][:60]!r}")
    runs = [tuple(tokens[place : place + _RUN]) for place in range(len(tokens) - _RUN + 1)]
    share = 1 - len(set(runs)) / len(runs) if len(runs) > 2 * _LONGEST_LOOP else 0.0
    return CheckResult("repetition", share <= MAX_REPEATED_SHARE, "" if share <= MAX_REPEATED_SHARE else f"{share:.0%}")


def check_courtesy(text: str) -> CheckResult:
    """The text is more than politeness: "You're welcome!" was said to thanks, and answers no question."""
    said = is_only_greeting(text)
    return CheckResult("courtesy", not said, text.strip()[:40] if said else "")
