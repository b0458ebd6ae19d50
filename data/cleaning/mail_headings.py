"""The headings mail programs put over the mail that is answered, in the languages that mail programs speak.

"On 3 March … wrote:", in one line or wrapped over three; "-----Original Message-----"; a block of From, Date and To.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

_WORDS: dict[str, dict[str, str]] = tomllib.loads(
    files(__package__).joinpath("mail_headings.toml").read_text(encoding="utf-8")
)
_WROTE = (
    r"wrote|writes|schrieb|a écrit|escribió|ha scritto|scrive|schreef|het volgende geschreven|escreveu|skrev"
    r"|napsal(?:\(a\))?|写道|寫道"
)
_ATTRIBUTION = re.compile(
    rf"(?:-{{2,8}}\s{{0,9}}+)?(?:on|am|le|el|il|op|em|den|dne|w dniu|pe|в|在|于)\s?"
    rf"[^\n]{{0,24}}\d[^\n]{{0,180}}"
    rf"(?:\b(?:{_WROTE})|[写寫]道)[^\n]{{0,80}}(?:[:\uff1a]|-{{2,8}})",
    re.IGNORECASE,
)
_NAMED_FIRST = re.compile(
    rf"[^\s:<>][^\n:<>]{{1,59}}(?:<[^<>\n]{{3,80}}>|\([^()\n]{{3,80}}\))?\s{{0,3}}(?:{_WROTE})\s{{0,3}}"
    r"(?:on|am|le|el|il|op|um|at|,)?[^\n:]{0,20}\d[^\n]{0,60}[:\uff1a]"
    r"|(?:[^\s:<>][^\n:<>]{0,59})?<[^<>\n]{3,80}>\s{0,3}[于於][^\n]{0,60}[写寫]道\s?[:\uff1a]",
    re.IGNORECASE,
)
_ADDRESS = r"[<(](?:mailto:)?[^\s<>()@]{1,64}@[^\s<>()]{3,80}[>)]"
_DATED_FIRST = re.compile(
    # A date with its hour, then a name with its address: whatever the language, no sentence of one's own ends so.
    rf"(?:[^\s\d<>@]{{1,12}}\s{{1,3}}){{0,2}}(?=[^\n]{{0,40}}(?:\d{{4}}|\d[./]\d\d))"
    rf"\d[^\n<>@]{{0,60}}\d[:.h時时点][ ]?\d\d[^\n<>@]{{0,90}}{_ADDRESS}[^\n<>@\d]{{0,45}}[:\uff1a]"
)
_WRITES = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s{0,2}(?:[^\W\d_] )?\s{0,2}\d{1,2}[:.]\d\d[^\n]{0,90}\s"
    rf"(?:{_WORDS['writes']['after_name']})\s?:"
    rf"|(?:[^\n<>@]{{0,60}}){_ADDRESS}[^\n<>@]{{0,40}}(?:{_WORDS['writes']['after_address']})[^\n<>@]{{0,60}}:",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    rf"(?:[^\s:<>][^\n:<>]{{0,59}})?<[^<>\n@ ]{{1,64}}@[^<>\n ]{{3,80}}>\s{{0,3}}"
    rf"(?:{_WROTE})\s{{0,3}}[:\uff1a]",
    re.IGNORECASE,
)
_WRAPPED = 4
"""Lines an attribution may be wrapped over."""
_ATTRIBUTIONS = (_ATTRIBUTION, _NAMED_FIRST, _DATED_FIRST, _WRITES, _ADDRESSED)
_ENDS = (":", "\uff1a", "--")

_ORIGINAL = re.compile(
    rf"(?:{_WORDS['original']['bare']})|[-_*=]{{3,60}}+\s{{0,9}}(?:&nbsp;)?(?:{_WORDS['original']['ruled']})[^\n]{{0,200}}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"(?:begin forwarded message|anfang der weitergeleiteten nachricht"
    r"|début du message (?:transféré|réexpédié)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht"
    r"|开始转发的邮件|以下是转发的邮件)"
    r"\s?[:\uff1a]",
    re.IGNORECASE,
)
_REPLY_LINE = re.compile(
    r"(?:##?-{0,9} ?)?(?:please (?:type|write) your reply above this line"
    r"|bitte (?:geben|schreiben) sie ihre antwort über"
    r"|(?:veuillez )?(?:répond(?:re|ez)|saisi(?:r|ssez))[^\n]{0,40} au-dessus de cette ligne"
    r"|(?:por favor,? )?escriba su respuesta (?:encima|por encima) de esta línea"
    r"|scrivi la (?:tua )?risposta sopra questa riga"
    r"|typ uw antwoord boven deze (?:regel|lijn)|请在此行上方回复)[^\n]{0,200}",
    re.IGNORECASE,
)

_KINDS = _WORDS["header"]
_HEADER = re.compile(
    r"\s{0,3}[*>]{0,2}(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _KINDS.items())
    + r")\*{0,2}\s?[:\uff1a]\*{0,2}\s*(?P<value>.*)",
    re.IGNORECASE,
)
_HEADERS_NEEDED = 3
_BLOCK = 9
"""Lines a block may have, wrapped ones among them."""
_DATED = re.compile(r"\d")
_RULE = re.compile(r"\s*[-_*=]{3,}\s*")
_HEADER_RULE = re.compile(r"\s*_{20,}\s*")


def is_heading(line: str) -> bool:
    """Whether everything from this line on is another mail: original message, forwarded message, reply above."""
    bare = line.strip()
    return any(pattern.fullmatch(bare) for pattern in (_ORIGINAL, _FORWARDED, _REPLY_LINE))


def attribution(lines: list[str], number: int) -> int:
    """How many lines from ``number`` on say who wrote what follows, and when; 0 where they do not."""
    joined = ""
    for length, line in enumerate(lines[number : number + _WRAPPED], start=1):
        if not line.strip():
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if joined.endswith(_ENDS) and any(pattern.fullmatch(joined) for pattern in _ATTRIBUTIONS):
            return length
    return 0


def is_header_block(lines: list[str], number: int) -> bool:
    """Whether a mail's header begins here: three of its lines at least, when it was sent among them.

    Two are enough where Outlook's own marks are there. A header that says "Date" rather than "Sent" could be a writer's
    own list: it has to stand apart, name who sent it, and have figures in its date.
    """
    found: dict[str, str] = {}
    block = lines[number : number + _BLOCK]
    for place, line in enumerate(block):
        header = _HEADER.match(line)
        if header is None:
            if place == 0 or (not line.strip() and not any(map(_HEADER.match, block[place + 1 : place + 2]))):
                break
            continue  # a list of addresses, wrapped
        found.setdefault(str(header.lastgroup and next(kind for kind in _KINDS if header[kind])), header["value"])
    above = _above(lines, number)
    if "from" in found and _is_outlooks(lines[number], above, found):
        return True
    if len(found) < _HEADERS_NEEDED:
        return False
    if "sent" in found:  # a parcel has that as well, but a mail names first who wrote it
        addressed = any("@" in found.get(kind, "") for kind in ("from", "to", "cc"))
        return addressed or "subject" in found or next(iter(found)) == "from"
    before = lines[number - 1] if number else ""
    apart = not before.strip() or _RULE.fullmatch(above) is not None
    return (
        apart
        and "from" in found
        and bool(_DATED.search(found.get("date", "")))
        and ("to" in found or "subject" in found)
    )


def _is_outlooks(line: str, above: str, found: dict[str, str]) -> bool:
    """Whether a block that names who sent it is Outlook's: under its rule, or in bold or with an address, and dated."""
    dated = "sent" in found or bool(_DATED.search(found.get("date", "")))
    if _HEADER_RULE.fullmatch(above):
        return bool(found["from"].strip()) and next(iter(found)) == "from"
    return dated and (line.lstrip().startswith("*") or "@" in found["from"] or _RULE.fullmatch(above) is not None)


def _above(lines: list[str], number: int) -> str:
    """The line above, or above an empty one."""
    return next((line for line in reversed(lines[max(0, number - 2) : number]) if line.strip()), "")
