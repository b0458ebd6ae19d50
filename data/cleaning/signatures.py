"""Where a signature begins: a closing formula and a card under it, a rule and a card, a device's line, a legal notice.

Reads the end of a mail from below, line by line, in seven languages (``signatures.toml``). Knows no quotes.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from data.closings import CLOSINGS, WIDE_CLOSINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLE = tomllib.loads(Path(__file__).with_name("signatures.toml").read_text(encoding="utf-8"))


def _any(name: str) -> str:
    """A pattern for any of a list's; ``{app}`` stands for what mails are sent with."""
    return "|".join(pattern.replace("{app}", _TABLE["app"]["patterns"][0]) for pattern in _TABLE[name]["patterns"])


_SIGNATURE = re.compile(r"\s*-- ?")
_RULED = re.compile(r"\s*(?:\u2014{1,3}|\u2013{2,3}|_{2,40}|-{3,40}|\*{3,40})\s*")
_RULED_LINES = 6
_CARD_LINE = re.compile(
    r"(?![-*\d>#(]\s?)[^\n.?!:]{0,60}|[^\n]{0,60}(?:@|www\.|https?://|\+\d|tel|fon|phone)[^\n]{0,60}", re.IGNORECASE
)
_CARD_SIGN = re.compile(
    r"@|www\.|\+\d|\btel|phone|fon\b|\b(?:GmbH|Ltd|Inc|LLC|S\.?A\.?|B\.?V\.?|support|service|team)\b", re.IGNORECASE
)
_SIGNATURE_LINES = 12
_SIGNATURE_CHARACTERS = 800

_DEVICE = re.compile(
    rf"\s{{0,9}}(?:{_any('device')})[.!]?(?:\s?[<(\[]https?://[^\s<>()]{{1,200}}[>)\]])?\s*", re.IGNORECASE
)
_NOTICE = re.compile(rf"[\s*_]{{0,9}}(?:{_any('notice')})", re.IGNORECASE)
_DRAWN = re.compile(r"\s{0,9}[-_=*]{5,200}\s{0,9}")
_NOTICE_BYTES = 50
"""A shorter paragraph may be what somebody asks about such notices."""
_NOTICE_LINES = 6
"""Lines of a paragraph that are looked at."""

_CLOSINGS = "|".join(map(re.escape, (*CLOSINGS, *WIDE_CLOSINGS)))
_CLOSING = re.compile(
    rf"\s{{0,9}}(?:{_CLOSINGS})"
    r"[ ,!.;\u2013\u2014\u2026\uff0c\u3002\uff01-]{0,4}\s*",
    re.IGNORECASE,
)
_LINKS = frozenset(_TABLE["links"]["words"])
_LINK = rf"(?:{'|'.join(sorted(_LINKS))}|&)"
_PART = re.compile(r"[^\W\d_]+")
_NAME_WORD = r"(?:\[NAME(?:_\d{1,4})?\]|(?![\u3040-\u9fff])[^\W\d_a-z\u00df-\u00f6\u00f8-\u00ff][\w'\u2019.-]{0,24})"
_SIGNED_BY = re.compile(
    rf"\s{{0,9}}[~*_-]{{0,2}}\s?{_NAME_WORD}(?:\s{_LINK}){{0,2}}(?:\s{_NAME_WORD}(?:\s{_LINK}){{0,2}}){{0,4}}(?:\s?[,|\u2013-]\s[^\n.?!]{{2,60}}"
    r"|\s?\([^()\n]{2,40}\))?[*_.,]{0,3}\s*|[\u4e00-\u9fff]{2,3}|[\u4e00-\u9fff]{1,10}(?:\u90e8|\u516c\u53f8|\u56e2\u961f|\u5ba2\u670d|\u4e2d\u5fc3)"
)
_SIGNED_BESIDE = re.compile(
    rf"\s{{0,9}}(?!(?i:than|thx|vielen|danke|merci|gracias|muchas|grazie|bedankt|love))"
    rf"(?i:{_CLOSINGS})[,\u2013\u2014-]{{1,2}} ?"
    rf"{_NAME_WORD}(?: {_NAME_WORD}){{0,3}}[.]?\s*"
)
"""In one line; thanks may go to the one who is named."""
_ROLE = re.compile(rf"(?<![^\W_])(?:{_any('role')})(?![a-z])|{_any('wide_role')}", re.IGNORECASE)
_TEAM = re.compile(rf"(?:{_any('team')})[.,]?", re.IGNORECASE)
_FIRM = re.compile(
    r"(?<!\w)(?:GmbH|AG|KG|Ltd\.?|Limited|Inc\.?|LLC|S\.?A\.?S?|S\.?r\.?l|S\.?L|B\.?V)\.?(?!\w)|[^\W\d_]\u516c\u53f8$"
)
_REACHED = re.compile(
    r"(?:\w{1,12}\s?\.?\s?[:\uff1a|]?\s?)?\+?[\d(][\d\s()/.-]{5,24}\s*|[^\n]{0,60}(?:@\w|www\.|https?://)[^\n]{0,80}"
    r"|(?:t|m|f|e|tel|phone|mobile|mob|fax|cell|telefon|mobil|t\u00e9l|tel\u00e9fono|m\u00f3vil|telefono|cellulare|telefoon|mobiel"
    r"|e-?mail|web|\u7535\u8bdd|\u624b\u673a|\u90ae\u7bb1)\.?\s?[:\uff1a|]\s?[^\n]{3,60}",
    re.IGNORECASE,
)
_SPOKEN = re.compile(rf"\W{{0,3}}(?:{_any('spoken')})(?!\w)", re.IGNORECASE)
_CARD_WORDS = 8
_CARD_LINES = 6
_LAYERS = 6
"""A line of a device under a card under another ..."""


def without_signature(lines: Sequence[str]) -> list[str]:
    """The lines without what only says who wrote them, or on what; the first words always stay."""
    kept = _without_notices(list(lines))
    for _ in range(_LAYERS):
        before = len(kept)
        kept = _bare(_without_card(_without_device(kept)))
        if len(kept) == before:
            break
    return kept


def _bare(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _without_device(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or (end > 1 and _DEVICE.fullmatch(lines[end - 1]))):
        end -= 1
    return lines[:end]


def _without_notices(lines: list[str]) -> list[str]:
    """Without the paragraphs in which a firm's mail server says that a mail is confidential."""
    kept: list[str] = []
    own = inside = False
    for number, line in enumerate(lines):
        begins = not inside and own and _is_notice(lines[number : number + _NOTICE_LINES])
        inside = bool(line.strip()) and (inside or begins)
        if begins:
            drawn = next((place for place in reversed(range(len(kept))) if kept[place].strip()), 0)
            del kept[drawn if _DRAWN.fullmatch(kept[drawn]) else len(kept) :]
        if not inside:
            kept.append(line)
            own = own or bool(line.strip())
    return kept


def _is_notice(lines: list[str]) -> bool:
    """Whether a paragraph that begins here is such a notice: long enough to be one, and no question."""
    end = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
    paragraph = " ".join(lines[:end])
    return _NOTICE.match(paragraph) is not None and len(paragraph.encode()) >= _NOTICE_BYTES and "?" not in paragraph


def _without_card(lines: list[str]) -> list[str]:
    """Up to the rule or the closing formula over a name and how to reach it."""
    for number in range(max(1, len(lines) - 1 - _SIGNATURE_LINES), len(lines)):
        line, rest = lines[number], lines[number + 1 :]
        if sum(map(len, rest)) > _SIGNATURE_CHARACTERS:
            continue
        if _SIGNATURE.fullmatch(line) or (_RULED.fullmatch(line) and _is_card(rest)):
            return lines[:number]
        if _SIGNED_BESIDE.fullmatch(line):
            return [*_bare(lines[:number]), *rest[_signed(rest, 1) :]]
        if _CLOSING.fullmatch(line) and not _announces(lines[:number]) and (signed := _signed(rest)):
            return [*_bare(lines[:number]), *rest[signed:]]
    return lines


def _is_card(lines: list[str]) -> bool:
    """Whether lines below a rule are a name and how to reach it, rather than more of what was said."""
    said = [line for line in lines if line.strip()]
    return (
        0 < len(said) <= _RULED_LINES
        and all(_CARD_LINE.fullmatch(line.strip()) for line in said)
        and any(_CARD_SIGN.search(line) for line in said)
    )


def _signed(lines: list[str], named: int = 0) -> int:
    """How many lines from here on are a name, a title, a firm and how to reach them; 0 where none is."""
    length = 0
    for number, line in enumerate(lines):
        bare = line.strip()
        if not bare or (not named and _CLOSING.fullmatch(bare)):
            continue  # "Thanks," over "Kind regards,"
        if named == _CARD_LINES or not (
            (_is_titled(bare) or _REACHED.fullmatch(bare))
            if named
            else (_TEAM.fullmatch(bare) or (_SIGNED_BY.fullmatch(bare) and not _SPOKEN.match(bare)))
        ):
            break
        named += 1
        length = number + 1
    return length


def _announces(lines: list[str]) -> bool:
    """Whether the last words before are "Choose one of these:"."""
    return next((line for line in reversed(lines[-2:]) if line.strip()), "").rstrip().endswith((":", "\uff1a"))


def _is_titled(line: str) -> bool:
    """Whether a line is a title, a team or a firm: words with capitals, words of titles, and what links them."""
    if _TEAM.fullmatch(line):
        return True
    words = _PART.findall(line)
    if len(words) > _CARD_WORDS or line.endswith(("?", "!", ":", "\u3002", "\uff1f")) or _SPOKEN.match(line):
        return False
    plain = (word for word in words if word[0].islower() and word not in _LINKS)
    return bool(_ROLE.search(line) or _FIRM.search(line)) and all(_ROLE.fullmatch(word) for word in plain)
