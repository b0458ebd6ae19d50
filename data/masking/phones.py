"""Finds telephone numbers in running text, and nothing that only looks like one.

Logs, versions, dates and bug numbers are full of digits. A run of digits counts as a telephone number if it is
international (``+`` or ``00``) and phonenumbers calls it valid, if it is written the way a country writes its
numbers and is valid there, or if a word like "call" stands before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CANDIDATE = re.compile(
    # The first character is tested before what stands in front of it: that is five times as fast.
    r"[+(\d](?<![\w.,:/@#&=%$€£+\ue000-].)(?:(?<!\d[ .-].)|(?<=\+))"
    r"[\d\u00a0 ()./\u2010-\u2015-]{5,25}(?<=[\d)])(?![\w:@%]|[.,/-]\w)",
)
_NOT_DIGIT = re.compile(r"\D+")
_ADDRESS_OR_VERSION = re.compile(r"\d{1,3}(?:\.\d{1,3}){2,}")
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/. ][01]?\d[-/. ][0-3]?\d|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d"
    r"|[0-3]?\d[-/.][0-3]?\d[-/.]\d\d|\d{4}/(?:19|20)\d\d)(?=$|[ T,.)])",
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3}){2,}")
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}")

_SEPARATOR = re.compile(r"[ ()./\u2010-\u2015-]")
_CUE = re.compile(
    r"(?:\b(?:tel|phones?|telephone|mobile|cell(?:phone)?|fax|call(?:ed|ing)?|dial|whats ?app|hotline|helpline|sms"
    r"|(?:phone|contact|toll[ -]?free) (?:number|no)|telefon\w*|handy\w*|mobil\w*|rufnummer|anruf\w*|t[ée]l[ée]phone"
    r"|t[ée]l|portable|tel[ée]fono|m[óo]vil|celular|llam\w+|cellulare|telefoon\w*|gsm|telef[óo]n\w*)"
    r"\b|[\u260e\u260f\u2706\U0001f4de])[^\n\d\ue000]{0,20}$",
    re.IGNORECASE,
)
_CUE_SPAN = 40
_LENGTHS = range(7, 16)
_DIFFERENT_DIGITS = 3
"""Fewer are 000-0000 and the like."""
_BARE_LENGTHS = range(9, 14)
_HOME_REGIONS = ("GB", "DE", "FR", "IT", "NL", "ES", "AT", "CH", "BE", "AU", "IN", "CZ", "PL")


def find_phones(text: str) -> Iterator[tuple[int, int, str]]:
    """Each number as (start, end, key); numbers written differently that are the same have the same key."""
    for match in _CANDIDATE.finditer(text):
        raw = match.group()
        if raw.count(")") > raw.count("("):
            raw = raw[: raw.index(")")].rstrip(" ()./-")
        start = match.start()
        key = _key(raw, text[max(0, start - _CUE_SPAN) : start])
        if key is not None:
            yield start, start + len(raw), key


def _key(raw: str, before: str) -> str | None:
    digits = _NOT_DIGIT.sub("", raw)
    if len(digits) not in _LENGTHS or len(set(digits)) < _DIFFERENT_DIGITS:
        return None
    if raw.lstrip("(").startswith("+"):
        return _valid("+" + digits, None)
    if digits.startswith("00"):
        return _valid("+" + digits[2:], None)
    if _ADDRESS_OR_VERSION.fullmatch(raw) or _DATE.search(raw):
        return None
    return _national_key(raw, digits, cued=_CUE.search(before) is not None)


def _national_key(raw: str, digits: str, *, cued: bool) -> str | None:
    """A number as written at home: in a known country's way, or anyhow after a word that announces it."""
    if _NORTH_AMERICAN.fullmatch(raw):
        return _valid(raw, "US") or ("+1" + digits[-10:] if cued else None)
    separated = _SEPARATOR.search(raw) is not None
    if (
        raw.lstrip("(")[:2].isdigit()
        and digits.startswith("0")
        and separated
        and "." not in raw
        and (key := _valid_somewhere(raw))
    ):
        return key
    plausible = separated or len(digits) in _BARE_LENGTHS or digits.startswith("0")
    if "." in raw and (_GROUPED.fullmatch(raw) or any(len(group) == 1 for group in _NOT_DIGIT.split(raw))):
        return None  # an amount or a version
    return digits if cued and plausible else None


def _valid_somewhere(raw: str) -> str | None:
    return next((key for region in _HOME_REGIONS if (key := _valid(raw, region))), None)


def _valid(raw: str, region: str | None) -> str | None:
    """E.164 of a number that is valid in the region, else None."""
    import phonenumbers

    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
