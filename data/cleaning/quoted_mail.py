"""Cuts what mail programs add to a reply, the mail it answers and a signature, so that only what was said stays."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTE = re.compile(r"\s{0,3}>{1,8}(?:\s|$)|\s{0,3}>+\S")
_MARKS = re.compile(r"^\s{0,3}>+\s?")
_SAID = re.compile(
    r"\b(?:wrote|writes|said|schrieb|sagte|écrit|a dit|escribió|dijo|ha scritto|ha detto|scrive|schreef|zei|geschreven"
    r"|napsal|povedal|pisze|napisała?|escreveu|skrev|сказав|сказал|написал|пише)(?:\(-?\w{1,3}\))?[^\n]{0,60}?:?\s*$",
    re.IGNORECASE,
)
_SAID_CHARACTERS = 120
_ATTRIBUTION = re.compile(
    r"\s*(?:on|am|le|el|il|op|em|den|dne|w dniu|pe|в)\s[^\n]{0,20}\d[^\n]{0,160}"
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|het volgende geschreven|escreveu|skrev|napsal(?:\(a\))?)"
    r"[^\n]{0,80}:\s*",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\s*[-_]{3,}\s*(?:original message|original appointment|forwarded message|ursprüngliche nachricht"
    r"|original-nachricht|originalnachricht|weitergeleitete nachricht|message d'origine|message original"
    r"|message transféré|mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato"
    r"|oorspronkelijk bericht|doorgestuurd bericht)\b[^\n]{0,200}",
    re.IGNORECASE,
)
_REPLY_LINE = re.compile(r"\s*(?:##?-+ ?)?please (?:type|write) your reply above this line.*", re.IGNORECASE)
_HEADER = re.compile(
    r"\s*\**(?P<key>from|sent|to|cc|subject|von|gesendet|an|betreff|de|envoyé|à|objet|enviado(?: el)?|para|asunto|da"
    r"|inviato|a|oggetto|van|verzonden|aan|onderwerp)\**\s?:\**\s",
    re.IGNORECASE,
)
_SENT_KEYS = frozenset({"sent", "gesendet", "envoyé", "enviado", "enviado el", "inviato", "verzonden"})
_HEADERS_NEEDED = 3
_SIGNATURE = re.compile(r"\s*-- ?")
_SIGNATURE_LINES = 12
_SIGNATURE_CHARACTERS = 800
_DEVICE = re.compile(
    r"\s*(?:sent (?:from|via|with) my [\w ./+-]{2,40}|get outlook for \w+"
    r"|sent (?:from|via|with) (?:the )?(?:mail|outlook|yahoo|gmail|proton|samsung|aol|thunderbird)\b[\w ./+-]{0,40}"
    r"|(?:von meinem|gesendet (?:mit|von) (?:mein|der|mail|outlook))[^\n]{2,60}|envoyé depuis mon [^\n]{2,60}"
    r"|envoyé de mon [^\n]{2,60}|envoyé à partir d[eu] [^\n]{2,60}|enviado (?:desde mi|do meu) [^\n]{2,60}"
    r"|inviato da(?:l mio)? (?:iphone|ipad|smartphone|cellulare|telefono|samsung|mail|outlook)[^\n]{0,60}"
    r"|verzonden vanaf mijn [^\n]{2,60}|verstuurd vanaf mijn [^\n]{2,60})\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the writer said, and whether quoted mail or a signature was cut from it."""

    text: str
    quoted: bool
    signature: bool


def what_was_said(text: str) -> OwnWords:
    """Cut quoted mail and signatures; a text of quotes alone comes back empty."""
    lines = text.split("\n")
    kept = _without_old_mail(lines)
    answered = len(kept) < len(lines)
    kept, quotes = _without_quotes(kept)
    signed = _without_signature(kept)
    signature = any(line.strip() for line in kept[len(signed) :])
    if not answered and not quotes and not signature:
        return OwnWords(text, quoted=False, signature=False)
    return OwnWords("\n".join(signed).strip(), quoted=answered or quotes, signature=signature)


def unquoted(text: str) -> str:
    """The text with the ``>`` in front of its lines taken away."""
    return "\n".join(_MARKS.sub("", line) for line in text.split("\n")).strip()


def _without_old_mail(lines: list[str]) -> list[str]:
    """Up to the line that opens the mail answered, if words of the writer's own stand before it.

    A line like "On ... wrote:" counts only where no ``>`` follows; where one does, the writer may go on below.
    """
    own = False
    for number, line in enumerate(lines):
        if own and (
            _ORIGINAL.fullmatch(line)
            or _REPLY_LINE.fullmatch(line)
            or _is_outlook_header(lines[number : number + 6])
            or (_ATTRIBUTION.fullmatch(line) and not _quote_follows(lines, number))
        ):
            return lines[:number]
        own = own or bool(line.strip())
    return lines


def _is_outlook_header(lines: list[str]) -> bool:
    if not _HEADER.match(lines[0]):
        return False
    keys = [match["key"].lower() for line in lines if (match := _HEADER.match(line))]
    return len(keys) >= _HEADERS_NEEDED and not _SENT_KEYS.isdisjoint(keys)


def _quote_follows(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number + 1 : number + 4] if line.strip()), "")
    return _QUOTE.match(following) is not None


def _without_quotes(lines: list[str]) -> tuple[list[str], bool]:
    """Without ``>`` lines and the line that says whose words they are; and whether there were any."""
    if not any(_QUOTE.match(line) for line in lines):
        return lines, False
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _QUOTE.match(line):
            continue
        if len(line) <= _SAID_CHARACTERS and _SAID.search(line) and _quote_follows(lines, number):
            continue
        kept.append(line)
    return kept, True


def _without_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if number and _SIGNATURE.fullmatch(line):
            rest = lines[number + 1 :]
            if len(rest) <= _SIGNATURE_LINES and sum(map(len, rest)) <= _SIGNATURE_CHARACTERS:
                lines = lines[:number]
                break
    while lines and (not lines[-1].strip() or (len(lines) > 1 and _DEVICE.fullmatch(lines[-1]))):
        lines = lines[:-1]
    return lines
