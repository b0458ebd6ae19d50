"""Cuts what mail programs add to a reply, the mail it answers and a signature, so that only what was said stays."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.cleaning.mail_headings import attribution, is_header_block, is_heading
from data.cleaning.signatures import without_signature

_QUOTE = re.compile(r"\s{0,3}>{1,8}(?:\s|$)|\s{0,3}>+\S")
_MARKS = re.compile(r"^\s{0,3}>+\s?")
_SAID = re.compile(
    r"\b(?:wrote|writes|said|schrieb|sagte|écrit|a dit|escribió|dijo|ha scritto|ha detto|scrive|schreef|zei|geschreven"
    r"|napsal|povedal|pisze|napisała?|escreveu|skrev|сказав|сказал|написал|пише)(?:\(-?\w{1,3}\))?[^\n]{0,60}?:?\s*$"
    r"|写道\s?[:\uff1a]?\s*$",
    re.IGNORECASE,
)
_SAID_CHARACTERS = 120
_RULE = re.compile(r"\s*[-_=*]{5,}\s*")


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
    signed = without_signature(kept)
    signature = sum(map(bool, map(str.strip, signed))) < sum(map(bool, map(str.strip, kept)))
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
