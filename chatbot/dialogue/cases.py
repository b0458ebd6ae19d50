"""Tells a past answer about one customer's case from one that holds for everyone.

Patterns for what agents write when they have looked at an account or have done something: a bot that repeats
it would be lying. English is covered best; a form that is missing lets a case through to the other checks.
"""

from __future__ import annotations

import re

_JUST = r"(?: (?:just|now|also|already|since|gone ahead and))*"
_HAVE = r"(?:['\u2019]ve| have|['\u2019]d| had)"
_BE = r"(?:['\u2019]m| am|['\u2019]re| are)"
_DONE = (
    r"(?:(?:re-?)?(?:sent|shipped|booked|issued|ordered|placed|processed|arranged)|replaced|cancell?ed|changed|"
    r"refunded|opened|started|added|updated|forwarded|escalated|credited|extended|reserved|applied|passed|removed|"
    r"stopped|paused|asked|read (?:along|what|your|through)|"
    r"checked (?:your|the|with|on)|looked (?:up|into|at)|had a look|found your)"
)
_DOING = r"(?:re-?)?(?:sending|refunding|booking|shipping|issuing|arranging|looking (?:into|at))"
_WILL_DO = r"(?:send|refund|ship|book|cancel|change|issue|ask|check|look|find|get back)"
_PATTERNS = (
    rf"\bI{_HAVE}?{_JUST} {_DONE}\b",
    rf"\bwe{_HAVE}{_JUST} {_DONE}\b",
    rf"\b(?:I|we){_BE}{_JUST} {_DOING}\b",
    rf"\bI(?:['\u2019]ll| will){_JUST} {_WILL_DO}\b",
    r"\bI(?:['\u2019]d like| would like) \w+(?: \w+)? to (?:look|take|answer|help)\b",
    r"\bI(?: can)? see (?:that|your|it|the order|from)\b",
    rf"\bI{_BE} (?:not a (?:ro)?bot|(?:only )?(?:a )?(?:real )?(?:person|human))\b",
    r"\byour (?:order|parcel|package|refund|payment|replacement) (?:left|was|has|went|will arrive)\b",
    r"\bich habe (?:\w+ ){0,8}(?:\w*ge\w+t|\w*ge\w+en|erstattet|storniert|veranlasst|bestellt)\b",
    r"\bj['\u2019]ai (?:\w+ )?\w+\u00e9e?s?\b|\bje viens d",
    r"\bhe \w+(?:ado|ido)\b|\bho \w+(?:ato|ito|uto)\b|\bik heb (?:\w+ ){0,8}ge\w+\b",
)
_DEEDS = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_SLOTS = re.compile(r"\[(?:ORDER|CARD|IBAN)(?:_\d+)?\]")


def marks_of_a_case(answer: str) -> list[str]:
    """The words that show that an agent's masked answer was about one case; empty for a general one."""
    return [match.group() for pattern in (_SLOTS, _DEEDS) for match in pattern.finditer(answer)]
