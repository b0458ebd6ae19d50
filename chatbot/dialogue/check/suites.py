"""Checks a text before a customer may see it; each gives a name, a verdict and what was found.

Code, not a prompt: what a check refuses is never sent, however likely it is. Here are the lists of checks for each
kind of text and the checks of facts; the other modules named ``check_`` hold one subject each.

    text that a model wrote      numbers links promise hidden placeholders repetition support negation names harm,
                                 and as a whole language subject sensitive length complete
    a past answer as it stands   numbers links hidden placeholders length harm language subject sensitive case lone
                                 courtesy
    an article passage           the same without case, lone and courtesy
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chatbot.dialogue.check.case_specific import addresses_in, marks_of_a_case
from chatbot.dialogue.check.evidence import (
    CheckResult,
    Sources,
    content_stems,
    grounds_of,
    is_known,
    unknown_facts,
    vouches,
)
from chatbot.dialogue.check.harm import check_harm, check_sensitive
from chatbot.dialogue.check.language import check_language
from chatbot.dialogue.check.names import check_names
from chatbot.dialogue.check.negation import check_negation
from chatbot.dialogue.check.shape import (
    check_complete,
    check_courtesy,
    check_hidden,
    check_length,
    check_new,
    check_placeholders,
    check_repetition,
)
from chatbot.dialogue.check.subject import check_subject
from chatbot.dialogue.text.facts import claims
from chatbot.dialogue.text.normalise import plain, visible
from chatbot.dialogue.timing import step
from data.masking.mask import Masker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatbot.dialogue.text.facts import Fact

__all__ = [
    "CheckResult",
    "Sources",
    "check_case",
    "check_codes",
    "check_complete",
    "check_growing",
    "check_hidden",
    "check_length",
    "check_lone",
    "check_new",
    "check_past",
    "check_placeholders",
    "check_refined",
    "check_repetition",
    "check_support",
    "check_verbatim",
    "failures",
    "unknown_facts",
]

MAX_UNSUPPORTED_SHARE = 0.4
"""Largest share of a refined text's content words that neither evidence nor customer used."""
FREE_WORDS = 3
"""Content words that need no support whatever the share is: courtesy."""
MIN_GROUNDED_SHARE = 0.25
"""Smallest share of them that the evidence itself uses: repeating the customer is no answer."""
_DIGITS_OF_AN_ORDER = 5
_REFERENCE = re.compile(
    r"(?:order|ticket|invoice|case|number|reference|bestell\w*|auftrag|rechnung|nummer|commande|facture|"
    r"num\u00e9ro|pedido|factura|n\u00famero|ordine|fattura|numero|bestelling|factuur|no\.|nr\.|#|\u8ba2\u5355)[\s:#\w.-]{0,12}$",
    re.IGNORECASE,
)
_BEFORE = 30
_RISKY = re.compile(
    r"(?<!\w)(?:sign(?:ing)? in|log(?:ging)? ?in|password|pay|paying|payment|card|bank|verify|"
    r"anmelden|einloggen|passwort|"
    r"zahlen|connecter|mot de passe|payer|contrase\u00f1a|pagar|accedere|pagare|inloggen|wachtwoord|betalen)(?!\w)"
    r"|\u5bc6\u7801|\u652f\u4ed8",
    re.IGNORECASE,
)
_PRIVATE = re.compile(r"\[(?:CARD|IBAN)_")
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


@step("check")
def check_past(text: str, answer: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Checks of a past agent's ``answer`` that is to be sent as ``text``: it must not be about one case."""
    own = [*_check_whole(text, sources), check_case(answer, sources), check_lone(text, sources), check_courtesy(text)]
    # One agent's advice on health, money or law is not yet the desk's: something else has to say the same.
    return (*own, check_harm(text, Sources(sources.beside)))


@step("check")
def check_verbatim(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Checks of a past answer or an article passage: its words are its evidence, but they were another customer's."""
    return (*_check_whole(text, sources), check_harm(text, sources))


@step("check")
def check_refined(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """All checks, for a whole text that a model wrote."""
    return (*check_growing(text, sources), *_check_fit(text, sources), check_length(text), check_complete(text))


@step("check")
def check_growing(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """The checks that hold for the beginning of a text as well: what is shown while it is written."""
    return (
        *_check_facts(text, sources),
        check_promise(text, sources),
        check_hidden(text),
        check_placeholders(text),
        check_private(text),
        check_repetition(text),
        check_support(text, sources),
        check_negation(text, sources),
        check_names(text, sources),
        check_harm(text, sources),
        check_deeds(text),
    )


def failures(results: Iterable[CheckResult]) -> list[str]:
    """Names of the checks that failed."""
    return [result.name for result in results if not result.passed]


def check_support(text: str, sources: Sources) -> CheckResult:
    """Most content words come from the evidence or the customer, compared by their first five letters.

    Catches fluent nonsense and talk of other things; a wrong word among right ones, or a lost "not", is for
    the checks of names and negation.
    """
    stems = content_stems(text)
    loose = [stem for stem in stems if stem not in sources.grounded]
    if len(stems) >= FREE_WORDS and len(loose) > (1 - MIN_GROUNDED_SHARE) * len(stems):
        return CheckResult("support", passed=False, detail=f"not in the evidence: {' '.join(loose[:6])}")
    missing = [stem for stem in stems if stem not in sources.stems]
    allowed = max(FREE_WORDS, MAX_UNSUPPORTED_SHARE * len(stems))
    passed = len(missing) <= allowed
    return CheckResult("support", passed, "" if passed else f"{len(missing)} of {len(stems)}: {' '.join(missing[:6])}")


def check_promise(text: str, sources: Sources) -> CheckResult:
    """What a draft binds us to stands in the evidence.

    Links, e-mail addresses, phone numbers, dates, times, quantities with a unit, short codes, and words such as
    "guaranteed", "tomorrow", "free". A customer who writes "your policy says I get 100 EUR" does not make it so. Their
    own e-mail address may stand where the evidence has a slot for one.
    """
    text = visible(text)
    slot = any("[EMAIL" in text for text in sources.evidence)
    loose = [
        fact.raw.strip()
        for fact in claims(text)
        if _binds(fact, text)
        and not (slot and fact.kind == "email")
        and not any(vouches(known, fact) for known in sources.stated)
    ]
    loose += [call[1] for call in _CALL.finditer(text) if plain(call[1]) not in sources.known]
    loose += [word[0] for word in _COMMITS.finditer(text) if word[0].casefold()[:5] not in sources.known]
    return CheckResult("promise", not loose, ", ".join(loose[:5]))


def check_case(answer: str, sources: Sources) -> CheckResult:
    """A past answer must hold for everyone, not for one case.

    It names no order or card, no day that this customer has not named, no address that is not the desk's own, and tells
    of no deed ("I've refunded it") that was done for that customer and that nobody has done for this one.
    """
    found = list(marks_of_a_case(answer))
    own = Sources((), sources.customer)
    found += [fact.raw for fact in claims(answer) if fact.kind == "date" and not is_known(fact, own)]
    elsewhere = (*sources.beside, sources.customer)
    found += [place for place in addresses_in(answer) if not any(plain(place) in plain(text) for text in elsewhere)]
    return CheckResult("case", not found, ", ".join(found[:5]))


def check_lone(text: str, sources: Sources) -> CheckResult:
    """A discount, an e-mail address, or a site to sign in or pay at, is known to something else recalled.

    One agent's kindness to one customer, or one poisoned transcript, is no policy. Judged by what else was recalled;
    where nothing was, nothing can be lone.
    """
    if not sources.beside:
        return CheckResult("lone", passed=True)
    risky = _RISKY.search(text) is not None
    claimed = [f for f in claims(text) if f.unit == "%" or f.kind == "email" or (risky and f.kind == "link")]
    if not claimed:
        return CheckResult("lone", passed=True)
    known = [fact for other in sources.beside for fact in grounds_of(other)]
    sites = {_site(value) for fact in known if fact.kind in {"link", "email"} for value in fact.values}
    lone = []
    own = Sources((), sources.customer)
    for fact in claimed:
        if is_known(fact, own):
            continue
        if fact.kind in {"link", "email"}:
            lone += [fact.raw] if not sites & {_site(value) for value in fact.values} else []
        elif not any(vouches(other, fact) for other in known):
            lone.append(fact.raw.strip())
    return CheckResult("lone", not lone, ", ".join(lone[:3]))


def check_private(text: str) -> CheckResult:
    """No card or account number, whosever it is: a chat is not the place for it."""
    masker = Masker()
    masker.mask_all([text])
    found = sorted({slot[1:-1].partition("_")[0] for slot in masker.values if _PRIVATE.match(slot)})
    return CheckResult("private", not found, ", ".join(found))


def check_deeds(text: str) -> CheckResult:
    """A draft tells of nothing that somebody has done: nobody has."""
    found = marks_of_a_case(text)
    return CheckResult("case", not found, ", ".join(found[:5]))


def check_codes(text: str, question: str) -> CheckResult:
    """A question about E3 is not answered with E1: codes on both sides must share one."""
    asked, told = _codes(question), _codes(text)
    passed = not (asked and told) or bool(asked & told)
    return CheckResult("codes", passed, "" if passed else f"asked {sorted(asked)}, told {sorted(told)}")


def _check_facts(text: str, sources: Sources) -> tuple[CheckResult, CheckResult]:
    """Numbers (with dates, amounts, times, codes) and links (with e-mail addresses): each is in the sources."""
    unknown: dict[bool, list[str]] = {True: [], False: []}
    for fact in unknown_facts(visible(text), sources):
        unknown[fact.kind in {"link", "email"}].append(fact.raw.strip())
    return (
        CheckResult("numbers", not unknown[False], ", ".join(unknown[False][:5])),
        CheckResult("links", not unknown[True], ", ".join(unknown[True][:5])),
    )


def _check_whole(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    return (
        *_check_facts(text, sources),
        check_hidden(text),
        check_placeholders(text),
        check_private(text),
        check_length(text),
        *_check_fit(text, sources),
    )


def _check_fit(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Whether a whole text fits the question: its language, its subject, and what only evidence may answer."""
    return check_language(text, sources), check_subject(text, sources), check_sensitive(text, sources)


def _binds(fact: Fact, text: str) -> bool:
    """Whether a fact says more than which order, ticket or invoice is meant."""
    if fact.kind == "code":
        return sum(character.isdecimal() for character in fact.raw) < _DIGITS_OF_AN_ORDER
    reference = _REFERENCE.search(text[max(0, fact.start - _BEFORE) : fact.start])
    return fact.kind in {"link", "email", "date", "time"} or fact.unit is not None or not reference


def _site(address: str) -> str:
    """The last two labels of a host, of an e-mail address as of a link."""
    return ".".join(address.partition("/")[0].rpartition("@")[2].split(".")[-2:])


def _codes(text: str) -> set[str]:
    return {value for fact in claims(text) if fact.kind == "code" for value in fact.values}
