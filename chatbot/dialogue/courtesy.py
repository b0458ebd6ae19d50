"""Takes other people's names out of past answers: "Hi Maria," and "Elodie here." first, "All the best, Maren" last.

The greeted customer was another one, and the bot is not Maren. Works on set forms in seven languages.
"""

from __future__ import annotations

import re

_GREETINGS = (
    r"hi|hiya|hello|hey|dear|(?:good )?morning|good (?:day|afternoon|evening)|hallo|guten (?:tag|morgen)|liebe[rs]?|"
    r"sehr geehrte[r]?|bonjour|cher|ch\u00e8re|hola|estimad[oa]|buenos d\u00edas|ciao|buongiorno|gentile|beste|"
    r"goedendag|dobr\u00fd den"
)
_CLOSINGS = (
    r"(?:kind|best|warm)(?:est)? (?:regards|wishes)|regards|all the best|cheers|best|yours|"
    r"(?:viele|liebe) gr\u00fc\u00dfe|(?:mit )?(?:freundlichen?|besten?) gr\u00fc\u00dfen?|cordialement|"
    r"bien \u00e0 vous|(?:un )?saludos?|(?:cordiali )?saluti|(?:met )?vriendelijke groet(?:en)?|groetjes"
)
_NAME = r"[^\W\d_a-z][\w'\u2019-]*"
_GREETING = re.compile(
    rf"(?:\A|(?<=\n\n))(?i:{_GREETINGS})[ \t]+(?!(?i:there|all|everyone|again|und|and)\b)"
    rf"[^\W\d_][\w.'\u2019-]*(?:[ \t]+{_NAME}){{0,2}}[ \t]*(?:[,!:.\u2013-]+[ \t]*|(?=\n))\s*"
)
_INTRODUCTION = re.compile(
    rf"(?:\A|(?<=\n\n))(?:(?i:{_GREETINGS})[,!.]?\s+)?"
    rf"(?:{_NAME}(?:\s{_NAME})? (?:here|hier|ici)|(?:[Tt]his is|[Mm]y name is|[Hh]ier ist|[Ii]ch bin|[Ii]ci) {_NAME})"
    r"(?: (?:from|at|of|von|de) [^.,!\n]{1,30})?[.,!]\s*"
)
_SIGNATURE = re.compile(
    rf"(?:(?<=[.!?\u2026)])\s+|\s*\n\s*)(?:(?i:{_CLOSINGS})[,!.]?(?:\s+{_NAME}){{0,3}}|"
    rf"[^\W\d_a-z][^\W\d_]{{1,14}}(?:\s{_NAME})?)\s*\Z"
)


def without_greeting(text: str) -> str:
    """The text without greetings that name someone and without introductions; "Hi there" and "Hello!" stay."""
    bare = _GREETING.sub("", _INTRODUCTION.sub("", text))
    return bare[:1].upper() + bare[1:] if bare != text else text


def without_signature(text: str) -> str:
    """The text without a closing formula or a lone name at its end."""
    return _SIGNATURE.sub("", text)
