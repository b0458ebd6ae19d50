"""Tells politeness that answers nothing: "You're welcome!", "Gern geschehen", "De rien".

Who greets and signs is taken off answers before they are indexed (``data.bare_answers``).
"""

from __future__ import annotations

import re

_NAME = r"(?:[^\W\d_a-z][\w'\u2019-]*|\[NAME(?:_\d+)?\])"
_COURTESIES = (
    r"with pleasure|(?:you(?:['\u2019]re| are) )?(?:most |very )?welcome|my pleasure|no (?:problem|worries)|any ?time|"
    r"(?:always )?(?:happy|glad) to(?: be able to)? help|(?:happy|glad) (?:i|we) (?:could|can) help|not at all|"
    r"don['\u2019]t mention it|thanks?(?: you)?(?: (?:so|very) much| a lot)?|(?:good)?bye|take care|"
    r"(?:have|enjoy) a \w+ (?:day|evening|weekend|one)|"
    r"(?:sehr )?gern(?:e)?(?: geschehen)?|bitte(?: sehr| sch\u00f6n)?|vielen dank|danke(?: sch\u00f6n)?|"
    r"(?:einen )?sch\u00f6nen tag(?: noch)?|de rien|avec plaisir|je vous en prie|merci(?: beaucoup)?|"
    r"bonne journ\u00e9e|de nada|con (?:mucho )?gusto|gracias|prego|di (?:niente|nulla)|grazie(?: mille)?|"
    r"buona giornata|graag gedaan|dank u(?: wel)?|fijne dag(?: nog)?|\u4e0d\u5ba2\u6c14|\u4e0d\u7528\u8c22|\u8c22\u8c22"
)
_LONGEST = 100
# No name begins as another courtesy does: with one way to read "Thanks Bye Thanks" there is nothing to try again.
_COURTESY = re.compile(
    rf"(?>(?:(?:{_COURTESIES})(?:,? (?!{_COURTESIES})(?-i:{_NAME}))?[\s,.!\u2026\u3002\uff01:)-]*)+)", re.IGNORECASE
)


def is_only_greeting(text: str) -> bool:
    """Whether a whole text is nothing but politeness ("You're welcome!"): it answers no question."""
    return len(text) <= _LONGEST and _COURTESY.fullmatch(text.strip()) is not None
