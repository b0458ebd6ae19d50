"""Cuts what mail programs add to a reply, the mail it answers and a signature, so that only what was said stays."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.cleaning.mail_headings import attribution, is_header_block, is_heading

_QUOTE = re.compile(r"\s{0,3}>{1,8}(?:\s|$)|\s{0,3}>+\S")
_MARKS = re.compile(r"^\s{0,3}>+\s?")
_SAID = re.compile(
    r"\b(?:wrote|writes|said|schrieb|sagte|écrit|a dit|escribió|dijo|ha scritto|ha detto|scrive|schreef|zei|geschreven"
    r"|napsal|povedal|pisze|napisała?|escreveu|skrev|сказав|сказал|написал|пише)(?:\(-?\w{1,3}\))?[^\n]{0,60}?:?\s*$"
    r"|写道\s?[:\uff1a]?\s*$",
    re.IGNORECASE,
)
_SAID_CHARACTERS = 120
_SIGNATURE = re.compile(r"\s*-- ?")
_RULED = re.compile(r"\s*(?:\u2014{1,3}|\u2013{2,3}|_{2,40}|-{3,40}|\*{3,40})\s*")
_RULED_LINES = 6
_CARD_LINE = re.compile(
    r"(?![-*\d>#(]\s?)[^\n.?!:]{0,60}|[^\n]{0,60}(?:@|www\.|https?://|\+\d|tel|fon|phone)[^\n]{0,60}", re.IGNORECASE
)
_CARD_SIGN = re.compile(
    r"@|www\.|\+\d|\btel|phone|fon\b|\b(?:GmbH|Ltd|Inc|LLC|S\.?A\.?|B\.?V\.?|support|service|team)\b", re.IGNORECASE
)
_RULE = re.compile(r"\s*[-_=*]{5,}\s*")
_SIGNATURE_LINES = 12
_SIGNATURE_CHARACTERS = 800
_DEVICE = re.compile(
    r"\s*(?:sent (?:from|via|with) my [\w ./+-]{2,40}|get outlook for \w+"
    r"|sent (?:from|via|with) (?:the )?(?:mail|outlook|yahoo|gmail|proton|samsung|aol|thunderbird)\b[\w ./+-]{0,40}"
    r"|(?:von meinem|gesendet (?:mit|von) (?:mein|der|mail|outlook))[^\n]{2,60}|envoyé depuis mon [^\n]{2,60}"
    r"|envoyé de mon [^\n]{2,60}|envoyé à partir d[eu] [^\n]{2,60}|enviado (?:desde mi|do meu) [^\n]{2,60}"
    r"|inviato da(?:l mio)? (?:iphone|ipad|smartphone|cellulare|telefono|samsung|mail|outlook)[^\n]{0,60}"
    r"|verzonden vanaf mijn [^\n]{2,60}|verstuurd vanaf mijn [^\n]{2,60}|(?:发自|来自)我的\s?[^\n]{2,30})\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the writer said, and whether quoted mail or a signature was cut from it."""

    text: str
    quoted: bool
    signature: bool


def what_was_said(text: str, *, opening: bool = False) -> OwnWords:
    """Cut quoted mail and signatures; a text of quotes alone comes back empty.

    An ``opening`` message answers no mail: what it quotes, unless it says of whom, is its own matter and stays.
    """
    lines = text.split("\n")
    kept = _without_old_mail(lines)
    answered = len(kept) < len(lines)
    quotes = False
    if not (opening and _quotes_among_own_words(kept)):
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
            is_heading(line)
            or is_header_block(lines, number)
            or ((length := attribution(lines, number)) and not _quote_follows(lines, number + length - 1))
        ):
            return _without_rule(lines[:number])
        own = own or bool(line.strip())
    return lines


def _without_rule(lines: list[str]) -> list[str]:
    """Without the line that some programs draw over the mail answered."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _RULE.fullmatch(lines[end - 1])):
        end -= 1
    return lines[:end]


def _quote_follows(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number + 1 : number + 4] if line.strip()), "")
    return _QUOTE.match(following) is not None


def _quotes_among_own_words(lines: list[str]) -> bool:
    """Whether quotes stand among words of the writer's own, and none says whose words it is."""
    own = any(line.strip() and not _QUOTE.match(line) for line in lines)
    return own and not any(_attributed(lines, number) for number in range(len(lines)))


def _attributed(lines: list[str], number: int) -> int:
    """How many lines from here say whose words the quote below is; 0 where they do not."""
    line = lines[number]
    length = attribution(lines, number) or int(len(line) <= _SAID_CHARACTERS and _SAID.search(line) is not None)
    return length if length and _quote_follows(lines, number + length - 1) else 0


def _without_quotes(lines: list[str]) -> tuple[list[str], bool]:
    """Without ``>`` lines and the lines that say whose words they are; and whether there were any."""
    if not any(_QUOTE.match(line) for line in lines):
        return lines, False
    kept: list[str] = []
    skip = 0
    for number, line in enumerate(lines):
        if skip or _QUOTE.match(line):
            skip = max(0, skip - 1)
            continue
        skip = max(0, _attributed(lines, number) - 1)
        if not skip and not _attributed(lines, number):
            kept.append(line)
    return kept, True


def _is_card(lines: list[str]) -> bool:
    """Whether lines below a rule are a name and how to reach it, rather than more of what was said."""
    said = [line for line in lines if line.strip()]
    return (
        0 < len(said) <= _RULED_LINES
        and all(_CARD_LINE.fullmatch(line.strip()) for line in said)
        and any(_CARD_SIGN.search(line) for line in said)
    )


def _without_signature(lines: list[str]) -> list[str]:
    for number in range(max(1, len(lines) - 1 - _SIGNATURE_LINES), len(lines)):
        line, rest = lines[number], lines[number + 1 :]
        if sum(map(len, rest)) > _SIGNATURE_CHARACTERS:
            continue
        if _SIGNATURE.fullmatch(line) or (_RULED.fullmatch(line) and _is_card(rest)):
            lines = lines[:number]
            break
    end = len(lines)
    while end and (not lines[end - 1].strip() or (end > 1 and _DEVICE.fullmatch(lines[end - 1]))):
        end -= 1
    return lines[:end]
