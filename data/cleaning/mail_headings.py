"""The headings mail programs put over the mail that is answered, in seven languages and more.

"On 3 March … wrote:", in one line or wrapped over three; "-----Original Message-----"; a block of From, Date and To.
"""

from __future__ import annotations

import re

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
_DATED_FIRST = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T,]+\d{1,2}:\d{2}[^\n]{0,80}<[^<>\n@]{1,80}@[^<>\n]{3,80}>\s{0,3}"
    r"(?:[:\uff1a]|写道[:\uff1a]?)"
)
_ADDRESSED = re.compile(
    rf"(?:[^\s:<>][^\n:<>]{{0,59}})?<[^<>\n@ ]{{1,64}}@[^<>\n ]{{3,80}}>\s{{0,3}}"
    rf"(?:{_WROTE})\s{{0,3}}[:\uff1a]",
    re.IGNORECASE,
)
_WRAPPED = 3
"""Lines an attribution may be wrapped over."""
_ATTRIBUTIONS = (_ATTRIBUTION, _NAMED_FIRST, _DATED_FIRST, _ADDRESSED)
_ENDS = (":", "\uff1a", "--")

_ORIGINAL = re.compile(
    r"[-_*=]{3,60}+\s{0,9}+"
    r"(?:reply message|message initial|courriel (?:original|d['\u2019]origine)|correo original|mail originale"
    r"|origineel bericht|original-?mail|ursprüngliche (?:e-?)?mail|weitergeleitete (?:e-?)?mail"
    r"|original message|original appointment|original mail|forwarded message|replied message"
    r"|ursprüngliche nachricht|original-?nachricht|weitergeleitete nachricht|message d['\u2019]origine|message original"
    r"|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato"
    r"|oorspronkelijk bericht|doorgestuurd bericht|原始邮件|邮件原件|原邮件"
    r"|转发的?邮件|回复的?(?:原)?邮件)[^\n]{0,200}",
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

_KINDS = {
    "from": "from|von|de|da|van|发件人|寄件者|寄件人",
    "sent": "sent|gesendet(?: am)?|envoyé(?: le)?|enviado(?: el)?|inviato|verzonden|发送时间|发送日期",
    "date": "date|datum|fecha|data|日期|时间",
    "to": "to|an|à|para|a|aan|收件人",
    "cc": "cc|kopie|copie|copia|抄送",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|主题|主旨",
}
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
    if "sent" in found:
        return True
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
