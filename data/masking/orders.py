"""Finds order-like numbers: of orders, tickets, invoices, bookings and customers, by the word before or their shape.

U+E000 stands for text already masked: it is part of no number and breaks every context.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGIT_RUN = re.compile(r"\d{4,}")
_TOKEN_LEFT = re.compile(r"(?:(?<![A-Za-z0-9])[A-Z0-9]{1,8}-){0,3}[A-Za-z0-9]{0,12}$")
_TOKEN_RIGHT = re.compile(r"(?:[A-Za-z0-9]|-(?=[A-Z]{0,4}\d)){0,24}")
_LONGEST_ORDER = 30
_SHORTEST_WIDE = 5
_NOT_BEFORE = frozenset("./\\@&+~,$€£_\ue000")
_NOT_AFTER = re.compile(
    r"[@%°_A-Za-z\d\u00c0-\u052f$€£]|[.,:][A-Za-z\d\u00c0-\u052f]|-[A-Za-z\d\u00c0-\u052f]|\ue000|[个天元件年月日時时分円個名人]"
)
_YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d(?:-\d\d?){0,2}|0[xX].*|\d\d?-\d\d?-\d{4}")
_STRONG = (
    r"order|ticket|invoice|tracking|shipment|parcel|rma|booking|reservation|consignment|customer|bestellung|bestell"
    r"|auftrags?|rechnungs?|sendungs?|vorgangs?|buchungs?|paket|kunden|pedido|factura|reserva|commande|facture|colis"
    r"|suivi|ordine|fattura|spedizione|prenotazione|bestelling|bestel|factuur|zending|klant|pakket|objedn[áa]vk[ay]"
    r"|faktur[ay]|zam[óo]wieni[ae]|sipari[şs]|best[äa]llning|bestilling|ordre|encomenda|reserva[çc][ãa]o"
    r"|rezerwacj[ai]|fatura|order ?numm?er"
)
_WEAK = (
    r"account|case|ref(?:erence)?|client|cliente|confirmation|package|delivery|contract|policy|member(?:ship)?"
    r"|subscription|claim|receipt|transaction|serial|licen[cs]e|vertrags?|fall|lieferungs?|seguimiento|env[íi]o"
    r"|contrato|dossier|contrat|pratica|purchase|payment|confirma[çc][ãa]o|confirmaci[óo]n|conferma|referencia"
    r"|r[ée]f[ée]rence|referenz"
)
_NUMBER = r"number|nummer|numero|número|numéro|nr|no|num|id"
_NAMED = rf"(?:[ -]?(?:(?:{_NUMBER})\b\.?|n[°º])){{1,2}}(?: (?:is|was|ist|lautet|es|est|è))?(?: ?[:=])? ?#? ?"
_CUE = re.compile(
    rf"(?<![^\W_])(?:(?:{_STRONG})(?:_?{_NAMED}| (?:is|was) |s? ?[:=] ?| ?\(?#| )"
    rf"|(?:{_WEAK})(?:{_NAMED}| ?\(?#| ?: ?#?))$",
    re.IGNORECASE,
)
_CUE_SPAN = 48
_WIDE_CUE = re.compile(
    r"(?:\u8ba2\u5355\u7f16?\u53f7?|\u8a02\u55ae\u7de8?\u865f?|\u5355\u53f7|\u4ea4\u6613\u53f7"
    r"|\u53d1\u7968\u53f7|\u4f1a\u5458\u53f7|\u5ba2\u6237\u53f7|\u5de5\u5355\u53f7?|\u9884\u8ba2\u53f7"
    r"|\u9884\u7ea6\u53f7|\u8ba2\u5355"
    r"|\u6ce8\u6587\u756a\u53f7|\u6ce8\u6587|\u3054\u6ce8\u6587\u756a\u53f7|\u4e88\u7d04\u756a\u53f7"
    r"|\u304a\u5ba2\u69d8\u756a\u53f7|\u53d7\u4ed8\u756a\u53f7|\u4f1a\u54e1\u756a\u53f7"
    r"|\uc8fc\ubb38\ubc88\ud638)"
    r"(?:\u53f7\u7801|\u53f7|\u865f|\u662f|\u4e3a|\u306f|\u304c|[:\uff1a#\s]|No\.?){0,4}$"
)
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
        wide = _WIDE_CUE.search(before) is not None and len(token) >= _SHORTEST_WIDE
        if before[-1:] not in _NOT_BEFORE and (wide or _is_cued(token, before) or _is_shaped(token, before, text)):
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
