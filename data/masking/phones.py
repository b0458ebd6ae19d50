"""Finds telephone numbers in running text, and nothing that only looks like one.

Logs, versions, dates and bug numbers are full of digits. A run of digits counts as a telephone number if it is
international (``+`` or ``00``) and phonenumbers calls it valid, if it is written the way a country writes its
numbers and is valid there, or if a word like "call" stands before it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from data.masking.kinds import LETTERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CANDIDATE = re.compile(
    # The first character is tested before what stands in front of it: that is five times as fast.
    rf"[+\uff0b(\d](?:(?<![{LETTERS}\d_.,:/@#&=%$€£+\ue000-].)|(?<=tel:.)|(?<=[ :]:\+))(?:(?<!\d[ .-].)|(?<=[+\uff0b]))"
    rf"[\d\u00a0\u2007\u2009\u202f ()./\u2010-\u2015-]{{5,25}}(?<=[\d)])(?![{LETTERS}\d_:@%]|[.,/-][{LETTERS}\d_])",
)
_NOT_DIGIT = re.compile(r"\D+")
_ADDRESS_OR_VERSION = re.compile(r"\d{1,3}(?:\.\d{1,3}){2,}")
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/. ][01]?\d[-/. ][0-3]?\d|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d"
    r"|[0-3]?\d[-/.][0-3]?\d[-/.]\d\d|\d{4}/(?:19|20)\d\d)(?=$|[ T,.)])",
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3}){2,}")
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}")

_SEPARATOR = re.compile(r"[ \u00a0\u2007\u2009\u202f()./\u2010-\u2015-]")
_CUE = re.compile(
    r"(?:\b(?:tel|phones?|telephone|mobile|cell(?:phone)?|fax|call(?:ed|ing)?|dial|whats ?app|hotline|helpline|sms"
    r"|(?:phone|contact|toll[ -]?free) (?:number|no)|telefon\w*|handy\w*|mobil\w*|rufnummer|anruf\w*|t[ée]l[ée]phone"
    r"|t[ée]l|portable|tel[ée]fono|m[óo]vil|celular|llam\w+|cellulare|telefoon\w*|gsm|telef[óo]n\w*|chiam\w+"
    r"|joignable\w*|appel\w+|ligue\w*|ligar|dzwo\w+|ring(?:en|er)?|bel(?:len)?|reach(?:ed)?|text(?:ed)? me"
    r"|(?:my|mijn|mon|mi|mio|meu|meine?|min|mitt|m[óo]j) (?:numm?er|num[ée]ro|n[úu]mero|number|numer)|komórk\w*"
    r"|komorka|tlf|telefonnummer|mobilnummer|cep|viber|signal|telegram|erreich\w+)"
    r"\b|[\u260e\u260f\u2706\U0001f4de]|\u7535\u8bdd|\u624b\u673a|\u96fb\u8a71|\u624b\u6a5f|\u643a\u5e2f"
    r"|\u8054\u7cfb\u65b9\u5f0f|\u5fae\u4fe1|\u53f7\u7801|\uc804\ud654)[^\n\d\ue000]{0,20}$",
    re.IGNORECASE,
)
_CUE_BEHIND = re.compile(
    r"[ ,]{1,2}(?:is |ist |on |per |via )?(?:my |mein |meine )?(?:whats ?app|mobile|cell|phone|tel|telefon"
    r"|handy|cellulare|m[\u00f3o]vil|celular|portable|call me)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r" ?(?:[mµnμ]?s|secs?|min|[kmgt]?b(?:ytes?)?|[kmgt]ib|px|pt|dpi|rpm|fps|bpm|[mckµμ]?m|[mcd]?l|[mkµμ]?g|lbs?|oz"
    r"|[kmg]?hz|[mk]?w(?:h|att)?|[mk]?v(?:olts?)?|mah?|[km]?pa|bar|psi|°[cf]?|%|k?cal|lux|dba?|ppm|pixels?"
    r"|(?:milli|micro|nano)?seconds?"
    r"|(?:milli|centi|kilo)?met(?:er|re)s?|(?:kilo)?grams?|lit(?:er|re)s?|milli(?:liter|litre)s?|pieces|items|units"
    r"|(?:milli)?sekunden|stück|pixel|毫秒|秒|毫米|厘米|米|千米|公里|克|千克|公斤|毫升|升|像素|赫兹|伏|瓦|件|个)"
    rf"(?![{LETTERS}\d])",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"\b(?:ports|latenc(?:y|ies)|timings|errors|values|sizes|weights|lengths|widths|dimensions|measurements|readings|steps|levels"
    r"|intervals|thresholds|werte|größen|maße|gewichte|längen|stufen|tailles|valeurs|valores|tamaños|valori|misure)"
    r"(?: (?:of|are|were|from|in|von|sind|de|di) ?\w{0,12})?\s?(?:\([^()\n]{1,12}\))?\s?[:=]? ?$",
    re.IGNORECASE,
)
_ROUND = 10
_CUE_SPAN = 40
_LENGTHS = range(7, 16)
_DIFFERENT_DIGITS = 3
"""Fewer are 000-0000 and the like."""
_BARE_LENGTHS = range(9, 14)
_MOBILE = re.compile(
    # Mobile forms of China, Japan, Britain and France, which are telephone numbers wherever they stand alone.
    r"(?:\+?86)?1[3-9]\d{9}|0[789]0\d{8}|07\d{9}|0[67]\d{8}"
)
_FICTION = re.compile(
    r"(?:\+?1)?[2-9]\d\d5550[01]\d\d|(?:\+?44|0)(?:7700900\d{3}|1632960\d{3}|1\d{2,3}496\d{4}|2079460\d{3})"
)
"""Ranges that regulators keep for fiction: written as a number, meant as one."""
LANGUAGE_COUNTRIES = {
    "zh": ("CN", "TW", "HK"), "ja": ("JP",), "fr": ("FR", "BE", "CH"), "de": ("DE", "AT", "CH"), "nl": ("NL", "BE"),
    "it": ("IT",), "es": ("ES", "MX"), "pl": ("PL",), "pt": ("PT", "BR"), "sv": ("SE",), "da": ("DK",),
    "nb": ("NO",), "no": ("NO",), "fi": ("FI",), "cs": ("CZ",), "tr": ("TR",), "ko": ("KR",),
    "ro": ("RO",), "hu": ("HU",), "el": ("GR",),
}  # fmt: skip
"""Where a conversation in a language is likely held: numbers of these countries count without separators too."""
_TRUNK_ZERO = frozenset(
    [
        "GB",
        "DE",
        "FR",
        "NL",
        "AT",
        "CH",
        "BE",
        "SE",
        "FI",
        "JP",
        "AU",
        "NZ",
        "IE",
        "TR",
        "RO",
        "UA",
        "HR",
        "SI",
        "SK",
        "BG",
        "RS",
        "ZA",
        "TH",
        "KR",
        "TW",
        "IL",
        "EG",
        "AR",
    ]
)
"""Countries where a number at home begins with 0."""
_HOME_REGIONS = ("GB", "DE", "FR", "IT", "NL", "ES", "AT", "CH", "BE", "AU", "IN", "CZ", "PL")


def find_phones(text: str, countries: Collection[str] = ()) -> Iterator[tuple[int, int, str]]:
    """Each number as (start, end, key); numbers written differently that are the same have the same key.

    ``countries`` (ISO codes) are where customers likely are: their numbers need no separators and no word before them.
    """
    for match in _CANDIDATE.finditer(text):
        raw = match.group().replace("\uff0b", "+")
        if raw.count(")") > raw.count("("):
            raw = raw[: raw.index(")")].rstrip(" ()./-")
        start = match.start()
        cued = _CUE.search(text[max(0, start - _CUE_SPAN) : start]) or _CUE_BEHIND.match(text, start + len(raw))
        if cued is None and _is_measure(text, start, raw):
            continue
        key = _key(raw, countries, cued=cued is not None)
        if key is not None:
            yield start, start + len(raw), key


def _is_measure(text: str, start: int, raw: str) -> bool:
    """Whether groups of figures are a list: a unit behind them, a word for lists before, or round steps upwards."""
    groups = _NOT_DIGIT.split(raw)
    if raw.startswith(("+", "(", "0")) or len(groups) < 2 or not all(groups):  # noqa: PLR2004
        return False
    if _UNIT.match(text, start + len(raw)) or _LISTED.search(text[max(0, start - _CUE_SPAN) : start]):
        return True
    numbers = [int(group) for group in groups]
    rising = all(one < other for one, other in pairwise(numbers))
    return rising and "-" not in raw and all(number % _ROUND == 0 for number in numbers)


def _key(raw: str, countries: Collection[str], *, cued: bool) -> str | None:
    digits = _NOT_DIGIT.sub("", raw)
    if len(digits) not in _LENGTHS or len(set(digits)) < _DIFFERENT_DIGITS:
        return None
    if raw.lstrip("(").startswith("+"):
        return _valid("+" + digits, None, possible=True)
    if digits.startswith("00"):
        return _valid("+" + digits[2:], None)
    if _ADDRESS_OR_VERSION.fullmatch(raw) or _DATE.search(raw):
        return None
    if "." not in raw and (_MOBILE.fullmatch(digits) or _FICTION.fullmatch(digits)):
        return digits.removeprefix("86") if digits.startswith("861") else digits
    return _national_key(raw, digits, cued=cued) or _likely_key(raw, digits, countries, cued=cued)


def _likely_key(raw: str, digits: str, countries: Collection[str], *, cued: bool) -> str | None:
    """A number that is valid in one of the likely countries; a mobile one where nothing sets it off from a count."""
    if "." in raw and _GROUPED.fullmatch(raw):
        return None
    for country in countries:
        key = _valid(raw, country)
        bare = country not in _TRUNK_ZERO and len(digits) in _BARE_LENGTHS and _is_mobile(key) if key else False
        if key and (cued or digits.startswith("0") or bare):
            return key
    return None


def _national_key(raw: str, digits: str, *, cued: bool) -> str | None:
    """A number as written at home: in a known country's way, or anyhow after a word that announces it."""
    if _NORTH_AMERICAN.fullmatch(raw):
        return _valid(raw, "US") or ("+1" + digits[-10:] if cued or raw.startswith("(") else None)
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


def _valid(raw: str, region: str | None, *, possible: bool = False) -> str | None:
    """E.164 of a number that is valid in the region (or, where that is enough, possible), else None."""
    import phonenumbers

    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not (phonenumbers.is_valid_number(number) or (possible and phonenumbers.is_possible_number(number))):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_mobile(key: str) -> bool:
    import phonenumbers

    kinds = phonenumbers.PhoneNumberType
    return phonenumbers.number_type(phonenumbers.parse(key)) in {kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE}
