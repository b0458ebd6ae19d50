"""Finds countries, territories and large cities in a text, by their names in seven languages.

Names come from CLDR through Babel, cities from its time zones; here stand only short forms, and which countries a
region covers.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from chatbot.dialogue.text.normalise import REMEMBERED, normalised

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "zh")
_EU_CODES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_EU = frozenset(_EU_CODES.split())
_MORE_FORMS = {
    "USA": "US", "U.S.A.": "US", "U.S.": "US", "US": "US", "America": "US", "United States of America": "US",
    "UK": "GB", "U.K.": "GB", "Britain": "GB", "Great Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB",
    "Northern Ireland": "GB", "Großbritannien": "GB", "Grande-Bretagne": "GB", "Gran Bretaña": "GB",
    "EU": "EU", "UE": "EU", "Holland": "NL", "Czech Republic": "CZ", "Turkey": "TR", "Ivory Coast": "CI",
    "Hong Kong": "HK", "Macau": "MO", "UAE": "AE", "Emirates": "AE", "Dubai": "AE", "South Korea": "KR", "Korea": "KR",
    "Bosnia": "BA", "Macedonia": "MK", "Channel Islands": "JE", "Scandinavia": "SE",
}  # fmt: skip
_EVERYWHERE = re.compile(
    r"(?<!\w)(?:world\s?wide|international(?:ly)?|abroad|overseas|every country|all countries|anywhere|outside|"
    r"weltweit|ausland|alle l\u00e4nder(?! der)|\u00e0 l'\u00e9tranger|monde entier|international\w*|"
    r"extranjero|todo el mundo|all'estero|in tutto il mondo|buitenland|wereldwijd)(?!\w)"
    r"|\u5168\u7403|\u56fd\u5916|\u6d77\u5916",
    re.IGNORECASE,
)
# Names that are words as well: they count with a capital only, and these not at all at the head of a sentence.
_CAPITAL_ONLY = "china turkey georgia jordan chad guinea jersey mali niger cuba reunion oman togo man nice"
_WORDS_TOO = frozenset(_CAPITAL_ONLY.split())
_NO_PLACES = frozenset({"QO", "ZZ", "XA", "XB", "UN", "EZ"})
_CITY_ZONES = frozenset({"Europe", "America", "Asia", "Australia", "Africa", "Pacific"})
_EUROPE = "150"
_NEAR_EU = frozenset({"GB", "CH", "NO", "IS", "UA"})
_MIN_LETTERS = 4


@lru_cache(maxsize=REMEMBERED)
def places_in(text: str) -> Mapping[str, str]:
    """ISO code of each country named in a text (cities count for theirs), with the words that name it."""
    text = normalised(text)
    found: dict[str, str] = {}
    for match in _pattern().finditer(text):
        word = match.group()
        short = word.isascii() and len(word.replace(".", "")) < _MIN_LETTERS
        if (word.casefold() in _WORDS_TOO and not word[0].isupper()) or (short and not word.isupper()):
            continue
        found.setdefault(_names()[word.casefold()], word)
    return MappingProxyType(found)


def covered(place: str, text: str) -> bool:
    """Whether a text names a country, or a region or the world it lies in."""
    named = places_in(text)
    if place in named or (place in _EU and "EU" in named) or _EVERYWHERE.search(text):
        return True
    return _EUROPE in named and place in _EU | _NEAR_EU


@cache
def _names() -> Mapping[str, str]:
    from babel import Locale
    from babel.core import get_global

    names = {form.casefold(): code for form, code in _MORE_FORMS.items()}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            country = (code.isalpha() or code == _EUROPE) and code not in _NO_PLACES
            if country and (len(name) >= _MIN_LETTERS or language == "zh"):
                names.setdefault(name.casefold(), code)
    for zone, code in get_global("zone_territories").items():
        region, _, city = zone.rpartition("/")
        if region.split("/")[0] in _CITY_ZONES and code.isalpha():
            names.setdefault(city.replace("_", " ").casefold(), code)
    return names


@cache
def _pattern() -> re.Pattern[str]:
    forms = sorted(map(re.escape, _names()), key=len, reverse=True)
    latin = "|".join(form for form in forms if form[0] < "\u3000")
    cjk = "|".join(form for form in forms if form[0] >= "\u3000")
    return re.compile(rf"(?<![\w-])(?:{latin})(?![\w-])|{cjk}", re.IGNORECASE)
