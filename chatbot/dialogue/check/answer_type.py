"""Checks that an answer is of the type that was asked for: "how long is the warranty?" asks for a time.

The expected answer type of a question (Li & Roth 2002, "Learning Question Classifiers"), where its first words tell it,
in seven languages. An answer with nothing of that type tells the exception for the rule ("falls are not covered").
"""

from __future__ import annotations

import re

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.text.facts import claims

_SPANS = frozenset({"day", "week", "month", "year", "hour", "minute", "second"})
_DURATION = re.compile(
    r"\bhow long (?:is|are|was|does|do|will|would|can|may|until|till|after)\b"
    r"(?! (?:the |my |your )?(?:\w+ )?(?:cord|cable|hose))|\bwie lange\b|\bcombien de temps\b|"
    r"\bcu\u00e1nto (?:tiempo|tarda|dura)\b|\bquanto tempo\b|"
    r"\bhoe lang\b|\u591a\u4e45|\u591a\u957f\u65f6\u95f4",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\b(?:forever|for ever|lifetime|life ?long|always|never|at once|immediately|instantly|straight ?away|right away|"
    r"overnight|until|till|as long as|as soon as|no (?:time )?limit|any ?time|indefinitely|depends?|the same day|"
    r"next (?:working |business )?day|today|tomorrow|days|weeks|months|years|hours|minutes|"
    r"sofort|gleich|immer|nie(?:mals)?|solange|sobald|bis|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|"
    r"toujours|jamais|jusqu\w*|imm\u00e9diatement|d\u00e8s|jours?|semaines?|mois|ans?|heures?|"
    r"siempre|nunca|hasta|d\u00edas?|semanas?|mes(?:es)?|a\u00f1os?|horas?|sempre|mai|fino|subito|giorni|settimane|mesi|anni|ore|altijd|nooit|tot|dagen|weken|maanden|jaar|uur|dias|anos)\b"
    r"|[\u5929\u5468\u6708\u5e74]|\u5c0f\u65f6|\u5206\u949f|\u9a6c\u4e0a|\u7acb\u5373",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"\bhow much (?:is|are|does|do|would|will|for)\b(?!.{0,40}\b(?:coffee|water|weigh|acid|grams?)\b)|"
    r"\bwhat (?:does|do|would|will) .{1,40}\bcost\b|\bwhat(?:'s| is) the price\b|"
    r"\bwas kostet\b|\bwie (?:viel|teuer) (?:kostet|ist|sind)\b|"
    r"\bcombien (?:co\u00fbte|\u00e7a co\u00fbte)\b|\bcu\u00e1nto (?:cuesta|vale)\b|"
    r"\bquanto costa\b|\bhoeveel kost\b|\bquanto custa\b|\u591a\u5c11\u94b1",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"\b(?:free|no (?:charge|cost|fee)|nothing|included|same price|price|depends?|discount|costs?|fee|quote|"
    r"kostenlos|gratis|umsonst|nichts|inbegriffen|kostet|gratuite?s?|rien|compris|"
    r"gratuito|nada|incluido|nulla|incluso|kosteloos|niets)\b|%|\u514d\u8d39",
    re.IGNORECASE,
)


def check_answer_type(text: str, question: str) -> CheckResult:
    """Asked how long, a text tells a time or that there is none; asked for a price, an amount or that it is free.

    Or it asks back.
    """
    if text.rstrip().endswith(("?", "\uff1f")):
        return CheckResult("answer type", passed=True)
    facts = [fact for fact in claims(text) if fact.kind in {"quantity", "date", "time"}]
    times = any(fact.kind != "quantity" or fact.unit in _SPANS for fact in facts)
    if _DURATION.search(question) and not times and not _LASTING.search(text):
        return CheckResult("answer type", passed=False, detail="asked how long, tells no time")
    amounts = any(fact.kind == "quantity" for fact in facts)
    if _PRICE.search(question) and not amounts and not _PRICED.search(text):
        return CheckResult("answer type", passed=False, detail="asked for a price, tells no amount")
    return CheckResult("answer type", passed=True)
