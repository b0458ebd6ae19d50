"""Removes greetings and signatures that name people: "Hi Maria," and "Elodie here." first, "All the best, Maren" last.

The greeted customer was another one, and the bot is not Maren. Works on set forms in seven languages.
"""

from __future__ import annotations

import re

_SLOT = r"\[NAME(?:_\d+)?\]"  # a name that was masked
_GREETINGS = (
    r"hi|hiya|hello|hey|dear|(?:good )?morning|good (?:day|afternoon|evening)|hallo|guten (?:tag|morgen)|liebe[rs]?|"
    r"sehr geehrte[r]?|bonjour|cher|ch\u00e8re|hola|estimad[oa]|buenos d\u00edas|ciao|buongiorno|gentile|beste|"
    r"goedendag|dobr\u00fd den"
)
_CLOSINGS = (
    r"(?:with )?(?:kind|best|warm)(?:est)? (?:regards|wishes)|regards|all the best|cheers|best|yours|warmly|sincerely|"
    r"(?:viele|liebe|herzliche|beste|freundliche) gr\u00fc\u00dfe|"
    r"(?:mit )?(?:freundlichen?|besten?) gr\u00fc\u00dfen?|cordialement|"
    r"bien \u00e0 vous|(?:un )?saludos?|(?:cordiali )?saluti|(?:met )?vriendelijke groet(?:en)?|groetjes"
)
_NAME = rf"(?:[^\W\d_a-z][\w'\u2019-]*|{_SLOT})"
_GREETING = re.compile(
    rf"(?:\A|(?<=\n\n))(?i:{_GREETINGS})[ \t]+(?!(?i:there|all|everyone|again|und|and)\b)"
    rf"(?:[^\W\d_][\w.'\u2019-]*|{_SLOT})(?:[ \t]+{_NAME}){{0,2}}[ \t]*(?:[,!:.\u2013-]+[ \t]*|(?=\n))\s*"
)
_INTRODUCTION = re.compile(
    rf"(?:\A|(?<=\n\n))(?:(?i:{_GREETINGS})[,!.]?\s+)?"
    rf"(?:{_NAME}(?:\s{_NAME})? (?:here|hier|ici)|(?:[Tt]his is|[Mm]y name is|[Hh]ier ist|[Ii]ch bin|[Ii]ci) {_NAME})"
    r"(?: (?:from|at|of|von|de) [^.,!\n]{1,30})?[.,!]\s*"
)
_SIGNATURE = re.compile(
    rf"(?<!\s)(?:(?<=[.!?\u2026)])\s++|[^\S\n]*+\n\s*+)(?:(?i:{_CLOSINGS})[,!.]?(?:\s+{_NAME}){{0,3}}|"
    rf"(?:[^\W\d_a-z][^\W\d_]{{1,14}}|{_SLOT})(?:\s{_NAME})?)\s*\Z"
)
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
_ADDRESSED = re.compile(
    rf"(?P<thanks>\b(?i:thanks|thank you|sorry|welcome|danke|merci|gracias|grazie|bedankt))? ?,? ?{_SLOT}(?=[,.!?])"
)
_ADDRESSED_FIRST = re.compile(rf"(?:\A|(?<=[.!?\n]\s)){_SLOT}[,!:]\s+(\w)")
_LONGEST = 100
# No name begins as another courtesy does: with one way to read "Thanks Bye Thanks" there is nothing to try again.
_COURTESY = re.compile(
    rf"(?:(?:{_COURTESIES})(?:,? (?!{_COURTESIES})(?-i:{_NAME}))?[\s,.!\u2026\u3002\uff01:)-]*)++", re.IGNORECASE
)


def is_only_greeting(text: str) -> bool:
    """Whether a whole text is nothing but politeness ("You're welcome!"): it answers no question."""
    return len(text) <= _LONGEST and _COURTESY.fullmatch(text.strip()) is not None


def without_greeting(text: str) -> str:
    """The text without greetings that name someone and without introductions; "Hi there" and "Hello!" stay.

    A masked name that only addresses the customer goes too: "Thanks, [NAME_1]!".
    """
    bare = _INTRODUCTION.sub("", _GREETING.sub("", _INTRODUCTION.sub("", text)))
    if "[NAME" in bare:
        bare = _ADDRESSED.sub(_unaddressed, _ADDRESSED_FIRST.sub(lambda match: match[1].upper(), bare))
    return bare[:1].upper() + bare[1:] if bare != text else text


def without_signature(text: str) -> str:
    """The text without a closing formula or a lone name at its end."""
    return _SIGNATURE.sub("", text)


def _unaddressed(match: re.Match[str]) -> str:
    """Nothing in place of a name after a comma or a word of thanks; elsewhere it is part of the sentence and stays."""
    if match["thanks"]:
        return match["thanks"]
    return "" if match.group().lstrip().startswith(",") else match.group()
