"""Checks promises: what would bind the company or start something is said only where the evidence says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import Sources, vouches
from chatbot.dialogue.text.facts import claims
from chatbot.dialogue.text.normalise import comparable, normalised

if TYPE_CHECKING:
    from chatbot.dialogue.text.facts import Fact

_DIGITS_OF_AN_ORDER = 5
_BEFORE = 30
_REFERENCE = re.compile(
    r"(?:order|ticket|invoice|case|number|reference|bestell\w*|auftrag|rechnung|nummer|commande|facture|"
    r"num\u00e9ro|pedido|factura|n\u00famero|ordine|fattura|numero|bestelling|factuur|no\.|nr\.|#|\u8ba2\u5355)[\s:#\w.-]{0,12}$",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:call|phone|ring|dial|text|whatsapp|anrufen|appelez|llame|chiami|bel)\b\D{0,12}(\+?\d[\d ()/-]{3,}\d)",
    re.IGNORECASE,
)
_COMMITS = re.compile(
    r"(?<!\w)(?:guarantee\w*|promise\w*|tomorrow|today|yesterday|tonight|free|lifetime|"
    r"for life|instant\w*|immediately|always|approved|"
    r"garantier\w*|versprech\w*|morgen|heute|gratis|kostenlos|lebenslang\w*|sofort|garanti\w*|demain|gratuit\w*|garantiz\w*|"
    r"ma\u00f1ana|domani|garantit\w*|gegarandeerd|\u4fdd\u8bc1|\u514d\u8d39|\u660e\u5929)",
    re.IGNORECASE,
)


def check_promise(text: str, sources: Sources) -> CheckResult:
    """What a draft binds us to stands in the evidence.

    Links, e-mail addresses, phone numbers, dates, times, quantities with a unit, short codes, and words such as
    "guaranteed", "tomorrow", "free". A customer who writes "your policy says I get 100 EUR" does not make it so. Their
    own e-mail address may stand where the evidence has a slot for one.
    """
    text = normalised(text)
    slot = any("[EMAIL" in text for text in sources.evidence)
    loose = [
        fact.raw.strip()
        for fact in claims(text)
        if _binds(fact, text)
        and not (slot and fact.kind == "email")
        and not any(vouches(known, fact) for known in sources.stated)
    ]
    loose += [call[1] for call in _CALL.finditer(text) if comparable(call[1]) not in sources.known]
    loose += [word[0] for word in _COMMITS.finditer(text) if word[0].casefold()[:5] not in sources.known]
    return CheckResult("promise", not loose, ", ".join(loose[:5]))


def _binds(fact: Fact, text: str) -> bool:
    """Whether a fact says more than which order, ticket or invoice is meant."""
    if fact.kind == "code":
        return sum(character.isdecimal() for character in fact.raw) < _DIGITS_OF_AN_ORDER
    reference = _REFERENCE.search(text[max(0, fact.start - _BEFORE) : fact.start])
    return fact.kind in {"link", "email", "date", "time"} or fact.unit is not None or not reference
