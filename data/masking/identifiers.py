"""Finds identifiers in running text: e-mail addresses, card and bank account numbers, order-like numbers.

Each ``find_*`` gives (start, end, key); the key is the same for the same thing written differently. U+E000
stands for text already masked: it is part of no identifier and breaks every context.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from stdnum import iban, luhn, numdb

if TYPE_CHECKING:
    from collections.abc import Iterator

# Letters of Latin, Greek and Cyrillic: scripts without spaces would run into the address.
_LETTERS = "A-Za-z\u00c0-\u052f"
_LOCAL = rf"(?<![{_LETTERS}\d.+'~_-])[{_LETTERS}\d.+'~_-]++"
_LABEL = rf"[{_LETTERS}\d](?:[{_LETTERS}\d_-]{{0,61}}[{_LETTERS}\d])?"
_TOP = rf"[{_LETTERS}]{{2,24}}(?![{_LETTERS}\d_])"
_AT = re.compile(r"\s?[\[({]\s?(?:at|@)\s?[\])}]\s?", re.IGNORECASE)
_BRACKETED_AT = re.compile(r"[\[({]\s?at\s?[\])}]", re.IGNORECASE)
_DOT = re.compile(r"\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?", re.IGNORECASE)
_EMAIL = re.compile(
    rf"{_LOCAL}(?:@|%40|{_AT.pattern})(?:{_LABEL}(?:\.|{_DOT.pattern}))+{_TOP}",
    re.IGNORECASE,
)
_EDGES = ".+'~-"

_CARD = re.compile(r"\d(?<![\w.,+#/=\ue000-].)(?<!\d[ ].)(?:[ -]?\d){12,18}(?![\w@=]|[ .,-]\d)")
_CARD_ISSUERS = (
    (re.compile(r"4"), frozenset({13, 16, 19})),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|35(?:2[89]|[3-8])"), frozenset({16})),
    (re.compile(r"3[47]"), frozenset({15})),
    (re.compile(r"30[0-5]|36|38|39"), frozenset({14})),
    (re.compile(r"6011|65|64[4-9]|62|50|5[6-8]|6[37]"), frozenset({16, 17, 18, 19})),
)

_IBAN = re.compile(r"[A-Za-z]{2}(?<![\w.+\ue000-]..)\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}")
_ACCOUNT_LENGTH = re.compile(r"(\d+)!")

_DIGIT_RUN = re.compile(r"\d{4,}")
_TOKEN_LEFT = re.compile(r"(?:(?<![A-Za-z0-9])[A-Z0-9]{1,8}-){0,3}[A-Za-z0-9]{0,12}$")
_TOKEN_RIGHT = re.compile(r"(?:[A-Za-z0-9]|-(?=[A-Z]{0,4}\d)){0,24}")
_LONGEST_ORDER = 30
_NOT_BEFORE = frozenset("./\\@&+~,$€£_\ue000")
_NOT_AFTER = re.compile(r"[@%°_\w$€£]|[.,:]\w|-\w|\ue000")
_YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d(?:-\d\d?){0,2}|0[xX].*|\d\d?-\d\d?-\d{4}")
_STRONG = (
    r"order|ticket|invoice|tracking|shipment|parcel|rma|booking|reservation|consignment|customer|bestellung|bestell"
    r"|auftrags?|rechnungs?|sendungs?|vorgangs?|buchungs?|paket|kunden|pedido|factura|reserva|commande|facture|colis"
    r"|suivi|ordine|fattura|spedizione|prenotazione|bestelling|bestel|factuur|zending|klant|pakket|objedn[áa]vk[ay]"
    r"|faktur[ay]|zam[óo]wieni[ae]|sipari[şs]"
)
_WEAK = (
    r"account|case|ref(?:erence)?|client|cliente|confirmation|package|delivery|contract|policy|member(?:ship)?"
    r"|subscription|claim|receipt|transaction|serial|licen[cs]e|vertrags?|fall|lieferungs?|seguimiento|env[íi]o"
    r"|contrato|dossier|contrat|pratica|purchase|payment"
)
_NUMBER = r"number|nummer|numero|número|numéro|nr|no|num|id"
_NAMED = rf"(?:[ -]?(?:(?:{_NUMBER})\b\.?|n[°º])){{1,2}}(?: (?:is|was|ist|lautet|es|est|è))?(?: ?[:=])? ?#? ?"
_CUE = re.compile(
    rf"(?<![^\W_])(?:(?:{_STRONG})(?:_?{_NAMED}| (?:is|was) |s? ?[:=] ?| ?\(?#| )"
    rf"|(?:{_WEAK})(?:{_NAMED}| ?\(?#| ?: ?#?))$",
    re.IGNORECASE,
)
_CUE_SPAN = 48
_NUMBER_WORD = re.compile(rf"(?:{_NUMBER}|is|was) $", re.IGNORECASE)
_BARE_CUE = re.compile(r"[a-z] $", re.IGNORECASE)
_SHAPE = re.compile(
    r"(?!CVE|CWE|RFC|ISO|BUG|KB|MS|UTF|SHA|USN|DSA|GH|PR|CP|ID|WIN)[A-Z]{2,5}-(?:\d{5,12}|\d{2,4}-\d{4,12})"
)
_HASH_DIGITS = re.compile(r"\d{5,12}")
_NOT_AN_ORDER = re.compile(
    r"(?:bugs?|bugzilla|issues?|pr|pull|patch|post|question|answer|comment|colou?r|background)\W{0,3}#$", re.IGNORECASE
)
_HASH = re.compile(r"(?:^|[\s(\[\"'])#$")
_COLOUR_LENGTHS = frozenset({6, 8})
_STYLES = re.compile(r"colou?r|css|farbe|couleur|[{}]|#(?=\w{0,5}[a-f])[0-9a-f]{6}\b", re.IGNORECASE)
"""A text with these speaks of colours: #123456 in it is one."""


def find_emails(text: str) -> Iterator[tuple[int, int, str]]:
    """E-mail addresses, also those written with [at] and [dot], or with %40 inside another address."""
    if "@" not in text and "%40" not in text and not _BRACKETED_AT.search(text):
        return
    for match in _EMAIL.finditer(text):
        raw = match.group()
        left = len(raw) - len(raw.lstrip(_EDGES))
        key = _DOT.sub(".", _AT.sub("@", raw[left:].replace("%40", "@"))).lower()
        if not key.startswith("@"):
            yield match.start() + left, match.end(), key


def find_cards(text: str) -> Iterator[tuple[int, int, str]]:
    """Payment card numbers: an issuer's prefix and length, and the check digit of ISO/IEC 7812 (Luhn)."""
    for match in _CARD.finditer(text):
        digits = "".join(character for character in match.group() if character.isdigit())
        issued = any(prefix.match(digits) and len(digits) in lengths for prefix, lengths in _CARD_ISSUERS)
        if issued and len(set(digits)) > 1 and luhn.is_valid(digits):
            yield match.start(), match.end(), digits


def find_ibans(text: str) -> Iterator[tuple[int, int, str]]:
    """International bank account numbers (ISO 13616), check digits and country format verified."""
    for match in _IBAN.finditer(text):
        raw = match.group()
        length = _iban_length(raw[:2].upper())
        places = [place for place, character in enumerate(raw) if character.isalnum()]
        if not length or len(places) < length:
            continue
        raw = raw[: places[length - 1] + 1]
        end = match.start() + len(raw)
        if not text[end : end + 1].isalnum() and iban.is_valid(raw.replace("\u00a0", ""), check_country=False):
            yield match.start(), end, iban.compact(raw.replace("\u00a0", ""))


def find_orders(text: str) -> Iterator[tuple[int, int, str]]:
    """Order, ticket, invoice, tracking and customer numbers; not versions, years, ports or bug numbers."""
    done = 0
    for run in _DIGIT_RUN.finditer(text):
        if run.start() < done:
            continue
        start, end = _token(text, run, done)
        done = end
        token = text[start:end]
        if len(token) > _LONGEST_ORDER or _YEAR_OR_DATE.fullmatch(token) or _NOT_AFTER.match(text, end):
            continue
        before = text[max(0, start - _CUE_SPAN) : start]
        if before[-1:] not in _NOT_BEFORE and (_is_cued(token, before) or _is_shaped(token, before, text)):
            yield start, end, token.upper()


def _token(text: str, run: re.Match[str], floor: int) -> tuple[int, int]:
    """The word around a run of digits, without dashes at its ends."""
    left = _TOKEN_LEFT.search(text, max(floor, run.start() - 20), run.start())
    right = _TOKEN_RIGHT.match(text, run.end())
    start = left.start() if left else run.start()
    end = right.end() if right else run.end()
    while text[start] == "-":
        start += 1
    while text[end - 1] == "-":
        end -= 1
    return start, end


def _is_cued(token: str, before: str) -> bool:
    cue = _CUE.search(before)
    if cue is None:
        return False
    bare = _BARE_CUE.search(cue.group()) and not _NUMBER_WORD.search(cue.group())
    return not bare or sum(character.isdigit() for character in token) > 4  # noqa: PLR2004  # "order 1000 of these"


def _is_shaped(token: str, before: str, text: str) -> bool:
    """Whether a number looks like an order's by itself: AB-12345, or # and five or more digits."""
    if _SHAPE.fullmatch(token):
        return True
    if not _HASH.search(before) or not _HASH_DIGITS.fullmatch(token) or _NOT_AN_ORDER.search(before):
        return False
    return len(token) not in _COLOUR_LENGTHS or (len(set(token)) > 1 and not _STYLES.search(text))


@cache
def _iban_length(country: str) -> int:
    """Characters of a country's IBAN by python-stdnum's registry, 0 where it has none."""
    info = numdb.get("iban").info(country)[0][1]
    return 4 + sum(int(size) for size in _ACCOUNT_LENGTH.findall(info["bban"])) if info.get("bban") else 0
