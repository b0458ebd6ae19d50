"""Finds values that a word announces: "my PIN is 4821", "Sendungsnummer 0034…", "密码: abc123".

The words are in ``cues.toml``; between one of them and its value a few words may stand, but no end of a sentence and no
comma. A text whose words contain no cue costs one look at its words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from data.masking.kinds import LETTERS
from data.masking.words import WIDE, Words, alternatives, first_words, phrases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SIGN = r"[ \t\u00a0:\uff1a=#.()\[\"'\u00ab\u201e\u201c\u2019\u3000\u00b0\u00ba>\u2013-]"
_GAP = (
    rf"(?:{_SIGN}{{1,3}}[{LETTERS}\u2019']{{1,13}}\.?"
    rf"|{_SIGN}{{0,2}}[\u3040-\u309f\u4e00-\u9fff]{{1,5}}){{0,4}}?{_SIGN}{{0,4}}"
)
_STRONG = re.compile(
    r"[:\uff1a=]\s?[\"'\u201e\u201c\u00ab]?$|\b(?:lautet|is|ist|es|est|jest|to|\u00e9|\u00e8"
    r"|\u00e4r)\s?[\"'\u201e\u201c\u00ab]$"
)
_SAYS_CODE = re.compile(r"(?:[:\uff1a=]|\b(?:is|was|ist|lautet|est|es|luidt)|\u662f) ?[\"'\u201e\u201c\u00ab]?$")
_CAMPAIGN = re.compile(
    r"(?:summer|winter|spring|autumn|fall|welcome|newyear|black|cyber|xmas|christmas|easter|sale|news|first|free|save|off\d|sommer"
    r"|herbst|fruehling|fr\u00fchling|weihnacht|ostern|willkommen|neu|ete\d|hiver|noel|soldes|bienvenue|verano|invierno|navidad|rebajas"
    r"|bienvenid|estate|inverno|natale|saldi|benvenut|zomer|lente|kerst|welkom|korting|\d{1,2}off|\d{1,2}prozent)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}:\d\d(?::\d\d)?|\d+(?:[.,]\d+)*(?:%|\u20ac|EUR|USD|\$|px|cm|mm|kg"
    r"|MB|GB|x|th|nd|rd|st|k|min|h|s)?"
    r"|v?\d+(?:\.\d+){1,3}",
    re.IGNORECASE,
)
_NOT_SECRET = frozenset(
    [
        "required",
        "incorrect",
        "invalid",
        "wrong",
        "expired",
        "forgotten",
        "optional",
        "missing",
        "reset",
        "changed",
        "protected",
        "again",
        "please",
        "nothing",
        "none",
        "empty",
        "unknown",
        "correct",
    ]
)
_LONG_WORD = 6
_BESIDE = 4
_UNIT = re.compile(
    r" ?(?:[cmk]?m|[km]?g|grams?|units?|users?|pieces|pcs|st\u00fcck|max|[kmgt]b|eur|euros?|\u20ac|\$|\u00a3|%"
    r"|\u00b0|k?w|v|m?ah|k?hz|rpm|model|times|hours?|days?"
    r"|minutes?|seconds?|weeks?|months?|years?|characters|bytes|files|requests|miles|litres?|watt|volt|points"
    r"|items|orders|\u5143|\u5929|\u5206\u949f|\u5186|\u65e5|\u500b|\u4e2a)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[a-z]+://)?[\w-]+(?:\.[A-Za-z][\w-]*)+/?")
_SPECIAL = frozenset("!@#$%^&*?+=~_")
_CODES_OF_THINGS = re.compile(
    r"(?:error|exit|status|response|return|result|fault|reason|discount|promo\w*|coupon|voucher|gift|colou?r"
    r"|area|country|dialling|dial|zip|post|postal"
    r"|product|item|article|source|qr|bar|hs|tariff|sic|fehler|gutschein|rabatt|farb|erreur|promotionnel|promo"
    r"|postal|de error|descuento|sconto|errore|korting|fout)[ -]?$",
    re.IGNORECASE,
)

_YEAR = re.compile(r"(?:19|20)\d\d")
_SINCE = re.compile(r"(?:in|since|from|of|von|seit|im|en|depuis|desde|nel|dal|sinds|od|w|em) $", re.IGNORECASE)
_NUMBERED = r"(?:[A-Z]{1,6}[ -]?)?[A-Za-z]{0,6}\d[A-Za-z\d]{0,24}(?:[ .\u00b7/\u00a0-][A-Z\d]{1,12}(?![A-Za-z])){0,7}"
_MONTH = rf"[{LETTERS}]{{3,10}}\.?"
_DAY = (
    rf"(?:\d{{4}} ?[./\u5e74-] ?\d{{1,2}} ?[./\u6708-] ?\d{{1,2}}\u65e5?|\d{{1,2}} ?[./-] ?\d{{1,2}} ?[./-]"
    rf" ?(?:\d{{4}}|\d\d)(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|\u00ba|\u00b0)? (?:of |de |den )?{_MONTH},? (?:de |del )?\d{{4}}|{_MONTH}"
    rf" \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)
_PLATE = (
    rf"(?:[\u4e00-\u9fff][A-Z][\u00b7 ]?[A-Z\d]{{5,6}}"
    rf"|[A-Z\u00c4\u00d6\u00dc\d]{{1,7}}(?:[ \u00b7-][A-Z\d]{{1,5}}(?![{LETTERS}\d])){{0,4}})"
)
_POSTCODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}(?![A-Za-z])|\d{2,5}[ -]\d{2,4}|\d{4,8}(?:-\d{3,4})?"
    r"|[A-Z]\d\d ?[A-Z\d]{4})(?!\d|[-/.]\d)"
)
_VOUCHER = r"\d{4}(?: \d{4}){1,4}(?![\w-])|[A-Z\d][A-Z\d-]{3,29}(?![\w-])|[a-z]{2,15}\d{2,8}(?![\w-])"
_VOUCHER_GAP = (
    rf"(?:{_SIGN}{{1,3}}(?i:codes?|number|no|nr|nummer|num\u00e9ro|n\u00famero|numero|card|is|was|called|named|reads|ist|war|lautet|hei\u00dft"
    r"|est|es|era|\u00e8|luidt|jest|\u00e9|\u00e4r|i got|i have|you sent(?: me)?|you gave me|i received)\.?"
    rf"|\u7801|\u53f7|\u662f|\u4e3a){{0,4}}{_SIGN}{{0,4}}"
)
"""Nothing but words for the code itself: what else is named near a voucher is what somebody wants to buy."""
_PRINTED = r"[!-~\u00c0-\u052f]"
_SECRET = (
    rf"(?:(?={_PRINTED}{{0,79}}(?:[\d@#$%^&*+=~_]|!(?=\S))){_PRINTED}{{4,80}}"
    rf"|(?:(?<=[:=\uff1a\"\u201e\u201c\u00ab])|(?<=[:=\uff1a] )|(?<=lautet )){_PRINTED}{{6,80}}"
    r"|(?<=[\"\u201e\u201c\u00ab])[^\"\u201d\u201c\u00bb\n\ue000]{4,60}(?=[\"\u201d\u201c\u00bb]))"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """How the values of one list of cues look, and which of them count."""

    kind: str
    cues: str
    value: str
    counts: Callable[[str, str], bool]
    gap: str = _GAP


def _digits(value: str) -> int:
    return sum(character.isdigit() for character in value)


def _is_number(least: int) -> Callable[[str, str], bool]:
    return lambda value, _: (_digits(value) >= least and not _DATED.fullmatch(value)) or _digits(value) >= 6  # noqa: PLR2004


def _is_secret(value: str, link: str) -> bool:
    """A token that is no plain word: digits or signs in it; a word only right after a colon or in quotes."""
    if value.lower() in _NOT_SECRET or set(value) <= {"*", ".", "x", "X", "\u2022", "-"}:
        return False
    if _HOST.fullmatch(value):
        return False
    letters = any(character.isalpha() for character in value)
    if letters and (_digits(value) or not _SPECIAL.isdisjoint(value)):
        return not _DATED.fullmatch(value)
    strong = _STRONG.search(link) is not None
    return strong and ((len(value) >= _LONG_WORD and letters and not _DATED.fullmatch(value)) or value.isdigit())


def _is_voucher(value: str, link: str) -> bool:
    """A code with digits that is no amount and no year; of letters alone only right after a colon or "is".

    Not a campaign's: what is named after a season is for everybody.
    """
    if _DATED.fullmatch(value) or _YEAR.fullmatch(value) or _CAMPAIGN.match(value):
        return False
    if any(character.isalpha() for character in value):
        return _digits(value) >= 1 or (len(value) >= _LONG_WORD and _SAYS_CODE.search(link) is not None)
    return _digits(value) >= 6  # noqa: PLR2004


def _is_plate(value: str, _: str) -> bool:
    size = sum(character.isalnum() for character in value)
    return 4 <= size <= 11 and _digits(value) >= 1 and size > _digits(value)  # noqa: PLR2004


def _is_code(value: str, link: str) -> bool:
    return 3 <= _digits(value) <= 10 and not (_YEAR.fullmatch(value) and _SINCE.search(link))  # noqa: PLR2004


RULES = (
    Rule("TRACKING", "TRACKING", _NUMBERED, lambda value, _: _digits(value) >= 8),  # noqa: PLR2004
    Rule("ID", "ID", _NUMBERED, _is_number(5)),
    Rule("ACCOUNT", "ACCOUNT", _NUMBERED, lambda value, _: _digits(value) >= 6),  # noqa: PLR2004
    Rule("CODE", "CVV", r"\d{3,4}(?![\d.,:/-]\d|\d)", lambda *_: True),
    Rule("DATE", "DATE", _DAY, lambda *_: True),
    Rule("PLATE", "PLATE", _PLATE, _is_plate),
    Rule("ADDRESS", "POSTCODE", _POSTCODE, lambda *_: True),
    Rule(
        "CODE",
        "CODE",
        r"[#*]?(?:[A-Z]{0,3}\d[A-Z\d]{2,9}|\d{3}[ -]\d{3,4}|[A-Z]-\d{4,8})[#*]?(?![A-Za-z\d_\u00c0-\u052f%\u20ac])",
        _is_code,
    ),
    Rule("CODE", "VOUCHER", _VOUCHER, _is_voucher, _VOUCHER_GAP),
    Rule("SECRET", "SECRET", _SECRET, _is_secret),
)
_BARE_CODE = re.compile(
    rf"(?<![{LETTERS}\d-])(?i:code|kod|c[o\u00f3]digo|codice)(?: (?i:is|was|ist|lautet|est|es|\u00e8|\u00e9"
    rf"|\u00e4r|to)|\s?[:=]) ?[:=]? ?"
    r"(\d{4,8})(?![\w.,:%/-]\d|\w)"
)


_CODE_FIRST = re.compile(
    r"(?<![\w.,-])((?:G-)?\d{4,8}) (?i:is|as|ist|est|es)(?: (?i:your|my|the|a|one-time|ihr|dein|der|votre|le|tu"
    r"|su|[A-Z][a-z]{2,12})){1,3}"
    r" (?i:[a-z-]{3,14} )?(?i:code|password|passcode|pin|otp|tan|c[o\u00f3]digo)(?![a-z])"
)


def find_cued(rule: Rule, words: Words, text: str) -> Iterator[tuple[int, int, str]]:
    """The values of one rule as (start, end, key). A match begins at one of the words: a text is looked at once."""
    pattern, wide = _compiled(rule.cues, rule.value, rule.gap)
    end = 0
    for start in words.starts(rule.cues):
        if start >= end and (match := pattern.match(text, start)):
            end = match.end()
            yield from _counted(rule, match, text)
    if wide is not None and words.wide:
        for match in wide.finditer(text):
            yield from _counted(rule, match, text)


def _counted(rule: Rule, match: re.Match[str], text: str) -> Iterator[tuple[int, int, str]]:
    start = match.start("value")
    value = match["value"]
    if rule.kind == "SECRET":
        value = value.rstrip(".,;:)\"'\u201d\u00bb") if _digits(value) else value.rstrip(".,;:!?)\"'\u201d\u00bb")
    far = value.isdigit() and start > match.end("cue") + _BESIDE
    if (far and rule.kind == "SECRET") or _UNIT.match(text, start + len(value)):
        return
    if len(value) >= 3 and rule.counts(value, text[max(0, start - 10) : start]):  # noqa: PLR2004
        key = "".join(character for character in value if character.isalnum())
        yield start, start + len(value), key if rule.kind == "SECRET" else key.upper()


def find_bare_codes(text: str) -> Iterator[tuple[int, int, str]]:
    """Codes called no more than that: "Your code is 482913"; not the code of an error, a voucher or a country."""
    for match in _CODE_FIRST.finditer(text):
        yield *match.span(1), match[1]
    for match in _BARE_CODE.finditer(text):
        if not _CODES_OF_THINGS.search(text, max(0, match.start() - 16), match.start()):
            yield *match.span(1), match[1]


@cache
def cue_words() -> dict[str, frozenset[str]]:
    """The first words of each list of cues."""
    return {rule.cues: first_words(_spaced(rule.cues)) for rule in RULES}


@cache
def _compiled(cues: str, value: str, gap: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """The pattern of a rule at the first word of a cue, and its pattern in scripts without spaces."""
    wide = "|".join(re.escape(phrase) for phrase in phrases("cues.toml", cues) if WIDE.search(phrase))
    rest = rf"{gap}(?<![{LETTERS}\d.,+/@\u20ac$-])(?P<value>{value})"
    spaced = re.compile(rf"(?P<cue>(?i:{alternatives(_spaced(cues))}))(?![{LETTERS}]){rest}")
    return spaced, re.compile(rf"(?P<cue>(?i:{wide})){rest}") if wide else None


def _spaced(cues: str) -> list[str]:
    return [phrase for phrase in phrases("cues.toml", cues) if not WIDE.search(phrase)]
