"""Finds street addresses as ten countries write them, and postcodes that show themselves.

An address that is called the desk's own in the same sentence ("our shop at 9 Ferry Lane") stays: it is an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_UP = "A-Z\u00c0-\u00de\u0100-\u017d\u0130"
_LOW = "a-z\u00df-\u00ff\u0100-\u017e\u0131"
_WORD = rf"[{_UP}][\w'\u2019.-]{{0,24}}"
_HOUSE = r"\d{1,5}(?: ?[A-Za-z](?![\w'\u2019])| ?(?:bis|ter)(?!\w))?(?:[/-]\d{1,4}[A-Za-z]?)?"
_ENGLISH = (
    rf"(?:(?:Flat|Apt|Apartment|Unit|Suite|Room|Floor) \w{{1,5}},? )?{_HOUSE},? (?:[NSEW]{{1,2}}\.? )?(?:(?:The"
    rf"|St\.?|Old|New|Upper|Lower|\d{{1,3}}(?:st|nd|rd|th)|{_WORD}) ){{1,4}}"
    r"(?:Streets?|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Way|Place|Pl|Terrace|Crescent|Square|Sq"
    r"|Gardens?|Grove|Boulevard|Blvd|Highway|Hwy|Parkway|Pkwy|Row|Mews|Hill|Walk"
    r"|Approach|Circle|Trail|Park|Green|Quay|Broadway|Parade|Wharf|Yard|Plaza|Turnpike"
    r"|Crossing|STREET|ROAD|AVENUE|LANE|DRIVE|CLOSE|COURT|Marg|Nagar|Colony)(?![\w-])\.?"
    r"(?:,? (?:Apt|Apartment|Unit|Suite|Ste|Flat|Floor|#)\.? ?\w{1,5})?|(?:Flat \w{1,4},? )?\d{1,4}[A-Za-z]?,?"
    r" The [A-Z][a-z]{2,14}(?=[,.\n]| and|$)|(?:P\.?O\.? ?Box|Postfach|BP|Bo\u00eete postale|Apartado) \d{2,7}"
)
_JOINED = (
    rf"(?:Am|An der|An den|Auf der|Auf dem|Im|In der|In den|Zum|Zur|Unter den|Hinter der|Vor dem) "
    r"(?:Markt|Bahnhof|Rathaus|Kirche|Schloss|Dom|Hang|Berg|Wald|Bach|Teich|See|Anger|Wall|Tor|Ufer|Brunnen"
    r"|Linden|Eichen"
    rf"|[{_UP}][{_LOW}]{{2,16}}(?:berg|bach|hof|park|feld|wald|garten|tal|see|brunnen|m\u00fchle|kirche|schule"
    rf"|platz|markt|tor"
    rf"|graben|anger|hang|grund|winkel|acker|wiesen?|busch|burg)) {_HOUSE}"
    rf"|(?:Laan van|Norra|S\u00f6dra|\u00d6stra|V\u00e4stra) [{_UP}][\w-]{{2,25}} {_HOUSE}"
    rf"|[{_UP}][\w.\u2019'-]{{0,25}}(?:stra(?:\u00dfe|sse)|[sS]tr\.|weg|gasse|platz|allee"
    rf"|(?<=[a-z]{{3}}[dghklmnrst])ring|ufer|damm"
    rf"|steig|chaussee|graben|markt|straat|laan|plein|gracht|dijk|singel|hof|gatan?|v\u00e4gen"
    rf"|stigen|torget|vej|veien|plads|steenweg|stieg) {_HOUSE}"
    rf"|(?:[{_UP}][\w-]{{1,25}} ){{1,2}}(?:Stra(?:\u00dfe|sse)|Str\.|Weg|Gasse|Platz|Allee|Ring|Ufer|Damm"
    rf"|Chaussee|Landstra\u00dfe|Gracht|Plein) {_HOUSE}"
)
_FRENCH_LINK = r"(?:(?:de la|de l['\u2019]|de|des|du|d['\u2019]|la|le|les|Saint|Sainte|l['\u2019])\s?)?"
_FRENCH_NAME = rf"(?:{_WORD}|\d{{1,2}} [a-z\u00e9]{{3,9}})(?:[ -](?:de |du |des |d['\u2019])?{_WORD}){{0,3}}"
_FRENCH = (
    rf"{_HOUSE},? (?:(?:rue|avenue|av\.|boulevard|bd|blvd|chemin|impasse|all\u00e9e|quai) {_FRENCH_LINK}"
    rf"(?:{_FRENCH_NAME}|[a-z\u00e9\u00e8]{{3,14}})|(?:place|cours|route|square|passage|faubourg|villa"
    rf"|cit\u00e9|r\u00e9sidence"
    rf"|mont\u00e9e|sentier) {_FRENCH_LINK}{_FRENCH_NAME})"
)
_ROMANCE = (
    rf"(?i:calle|c/|avenida|avda\.?|av\.|plaza|pza\.?|paseo|p\u00ba|camino|carrer|carretera|ronda|traves\u00eda"
    rf"|viale|v\.le|piazza|piazzale|p\.za|corso|c\.so|largo|vicolo|strada|lungomare|rua|r\."
    rf"|travessa|pra\u00e7a|alameda|al\.|rodovia|estrada|ul\.|ulica|ulicy|aleja|alei|os\.|osiedle|pl\.|plac"
    rf"|bulevardul|strada|str\.|sokak|cadde|(?<=\bin )via|(?<=\ba )via|(?-i:Via)) ?"
    rf"(?:(?:de la|de los|de las|del|de|della|delle|dei|degli|dell['\u2019]|di|da|do|das|dos|la|el|las|los"
    rf"|d['\u2019]|\d{{1,2}}) ?){{0,2}}{_WORD}"
    rf"(?: (?:de la|de|del|di|da|do|dos|das|e|y|i|\d{{1,2}})? ?{_WORD}){{0,4}},? (?i:n[\u00ba\u00b0.]? ?|nr\.? "
    rf"|num\.? |s/n )?{_HOUSE}(?:/[A-Z])?"
    rf"|[{_UP}][\w-]{{2,20}} (?:[{_UP}][\w-]{{2,20}} )?(?:Sok(?:ak|a\u011f\u0131)?|Cad(?:desi|de)?"
    rf"|Mah(?:allesi)?|Bulvar\u0131)\.? ?(?i:no[:.]? ?)?{_HOUSE}"
)
_EASTERN = (
    r"(?:[\u4e00-\u9fff]{2,4}(?:\u7701|\u5e02|\u81ea\u6cbb\u533a))?(?:[\u4e00-\u9fff]{1,6}(?:\u5e02"
    r"|\u5e02?\u533a|\u53bf|\u65b0\u533a|\u9547))?[\u4e00-\u9fff]{2,12}(?:\u8def|\u8857|\u5927\u9053|\u5df7"
    r"|\u5f04|\u80e1\u540c|\u56db\u6bb5|\u6bb5|\u9053)\d{1,5}(?:\u53f7|\u5f04|\u865f)"
    r"(?:[\d\u4e00-\u9fffA-Z-]{0,10}(?:\u5ba4|\u680b|\u697c|\u5355\u5143|\u5e62|\u5c42|\u53f7))?"
    r"|(?:\u6771\u4eac\u90fd|\u5317\u6d77\u9053|(?:\u4eac\u90fd|\u5927\u962a)\u5e9c"
    r"|[\u4e00-\u9fff]{2,3}\u770c)[\u4e00-\u9fff\u3040-\u30ff]{1,20}?\d{1,4}(?:(?:\u4e01\u76ee|\u756a\u5730?"
    r"|\u53f7"
    r"|[-\u2212\uff0d\u2010\u30fc])\d{0,4}){0,4}(?:[\u4e00-\u9fff\u30a0-\u30ff]{0,14}\d{1,4}\u53f7?\u5ba4?)?"
)
_NUMBER_FIRST = re.compile(rf"(?:{_ENGLISH}|{_FRENCH})")
_BEGINS = re.compile(
    r"(?<![\w/.-])(?:\d{1,5}(?!\d)|Flat|Apt|Apartment|Unit|Suite|Room|Floor|P\.?O\.? ?Box|Postfach|BP"
    r"|Bo\u00eete|Apartado)"
)
_NUMBER_LAST = re.compile(rf"(?<![\w/.-])(?:{_JOINED}|{_ROMANCE})")
_EAST = re.compile(_EASTERN)
_BRITISH = re.compile(r"(?<![\w-])(?:[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]? \d[ABD-HJLNP-UW-Z]{2}|GIR 0AA)(?![\w-])")
_TOWN = re.compile(
    rf"(?<![\w.,/\u20ac$\u00a3-])(?:(?:D|A|CH|F|I|E|NL|PL|CZ|L|B)-)?(?:\d{{5}}|\d{{2}}-\d{{3}}|\d{{3}} \d{{2}}"
    rf"|\d{{4}} [A-Z]{{2}})(?= (?:{_WORD}))"
)
_ADDRESSED = re.compile(
    r"(?:adres\w{0,12}|anschrift|adresse|address|direcci[o\u00f3]n|indirizzo|endere\u00e7o|wohnhaft in|live in"
    r"|\ue000),? ?:? ?$",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    r"(?<![\w-])(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
    r"|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?(?![\w-])"
)
_JAPANESE_POST = re.compile(r"\u3012 ?\d{3}-?\d{4}")
_OURS = re.compile(
    r"(?<!\w)(?:our|us at|we are|we're|unser\w*|wir sind|notre|nos|nous sommes|nuestr[ao]s?|estamos|nostr[aoi]"
    r"|siamo|ons|onze|nasz\w*|noss[ao]|v\u00e5r\w*|shop|store|showroom|warehouse|returns? (?:centre|center"
    r"|department)"
    r"|laden|gesch\u00e4ft|lager|magasin|entrep\u00f4t|tienda|almac\u00e9n|negozio|winkel|magazijn|office|hotel"
    r"|museum|restaurant)(?!\w)|\u6211\u4eec|\u672c\u5e97|\u5f53\u5e97|\u5f0a\u793e",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[\n.!?\ue000\u3002\uff01\uff1f](?!\S)|[\n\ue000\u3002\uff01\uff1f]")
_DEVICE = re.compile(
    r"(?:GB|TB|MB|Google|Hard|USB|Flash|External|Thumb|Disk|SSD|One|Test|Backup) Drive|(?:Two|Day|Hour|Pack)"
    r" (?:Way|Walk|Trail)"
)
_BACK = 70


def find_addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """Streets with a house number, British postcodes, and a town's number behind a street or the word for address."""
    patterns = (
        (_NUMBER_LAST, _BRITISH, _AMERICAN)
        if text.isascii()
        else (_NUMBER_LAST, _BRITISH, _AMERICAN, _EAST, _JAPANESE_POST)
    )
    begun = (match for begin in _BEGINS.finditer(text) if (match := _NUMBER_FIRST.match(text, begin.start())))
    for found in (begun, *(pattern.finditer(text) for pattern in patterns)):
        for match in found:
            if not _is_device(match.group()) and not _is_ours(text, match.start()):
                yield *match.span(), " ".join(match.group().upper().split())
    for match in _TOWN.finditer(text):
        if _ADDRESSED.search(text, max(0, match.start() - 16), match.start()):
            yield *match.span(), match.group()


def _is_device(found: str) -> bool:
    """Whether what looks like a drive is one of a computer: "2 TB Google Drive"."""
    return _DEVICE.search(found) is not None


def _is_ours(text: str, start: int) -> bool:
    before = text[max(0, start - _BACK) : start]
    return _OURS.search(_BREAK.split(before)[-1]) is not None
