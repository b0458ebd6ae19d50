"""The checks that each kind of text has to pass before a customer sees it; what one refuses is never sent.

a composed or written text   numbers links promise hidden placeholders private repetition support negation names
                             harm case assumed, and as a whole language subject sensitive length complete; where only
                             questions fail promise or names, that is called asked back
a past answer as it stands   numbers links hidden placeholders private length language subject sensitive case assumed
                             lone courtesy harm
parts of an article          numbers links hidden placeholders private length language subject (the country) sensitive
                             harm

All of them have to pass new, codes, the type of answer and reversal, which need the conversation
(``candidate.in_place``). Past answers and what is composed of them have to pass specific and claimed (``specific.py``)
and article (``contradiction.py``) as well, which need what else the desk says; an agent's completion passes a part of
specific. Parts of an article have to pass known and row (``unknown.py``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.assumed import check_assumed
from chatbot.dialogue.check.case_specific import check_case, check_no_claimed_action
from chatbot.dialogue.check.corroboration import check_corroborated
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.grounding import check_facts, check_support
from chatbot.dialogue.check.harm import check_harm, check_sensitive
from chatbot.dialogue.check.language import check_language
from chatbot.dialogue.check.names import check_names
from chatbot.dialogue.check.negation import check_negation
from chatbot.dialogue.check.promises import check_promise
from chatbot.dialogue.check.shape import (
    check_complete,
    check_courtesy,
    check_hidden,
    check_length,
    check_placeholders,
    check_repetition,
)
from chatbot.dialogue.check.subject import check_places, check_subject
from chatbot.dialogue.text.facts import codes_in, errors_in, shape_of
from chatbot.dialogue.text.sentences import sentences
from data.masking.kinds import PRIVATE
from data.masking.mask import Masker

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_OF_ERRORS = re.compile(r"e\d{1,3}")
_ONLY = re.compile(
    r"(?:\b(?:Only|Nur|Seule?s?|Seulement|Uniquement|Solo|S\u00f3lo|Solamente|Soltanto|Alleen|S\u00f3|Apenas|Somente)\s|\u53ea\u6709|\u4ec5)"
    r"([^.!?;:\n\u3002]{0,60})"
)
"""At the beginning of a sentence, what a rule holds for and nothing else."""


def check_past_answer(text: str, answer: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Checks of a past agent's ``answer`` that is to be sent as ``text``: it must not be about one case."""
    return (
        *_check_whole(text, sources),
        check_case(answer, sources),
        check_assumed(text, sources),
        check_corroborated(text, sources),
        check_courtesy(text),
        # One agent's advice on health, money or law is not yet the desk's: something else has to say the same.
        check_harm(text, Sources(sources.beside)),
    )


def check_excerpt(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Checks of parts of an article: that they fit is for their matching to say, but for the country asked about."""
    return (
        *_check_text(text, sources),
        check_language(text, sources),
        check_places(sources),
        check_sensitive(text, sources),
        check_harm(text, sources),
    )


def check_refined(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """All checks of a whole text that was composed or that a model wrote."""
    return (*check_partial(text, sources), *_check_fit(text, sources), check_length(text), check_complete(text))


def check_partial(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """The checks that hold for the beginning of such a text, or one sentence of it, as well."""
    return (
        *check_facts(text, sources),
        _or_asked_back(check_promise, text, sources),
        check_hidden(text),
        check_placeholders(text),
        check_private(text),
        check_repetition(text),
        check_support(text, sources),
        check_negation(text, sources),
        _or_asked_back(check_names, text, sources),
        check_harm(text, sources),
        check_no_claimed_action(text),
        check_assumed(text, sources),
    )


def _or_asked_back(check: Callable[[str, Sources], CheckResult], text: str, sources: Sources) -> CheckResult:
    """A check's result, under the name ``asked back`` where only questions of the text fail it.

    What fails in an edited answer was put in from this conversation, for its own facts are the evidence. "Shall I book
    a table for 2 people at 8 pm?" gives the customer's own words back: it binds nobody, a person may well send it, and
    yet it is not sent alone, for whether it is to be asked nothing that was found says.
    """
    found = check(text, sources)
    if found.passed:
        return found
    stated = "".join(sentence for sentence in sentences(text) if not sentence.rstrip().endswith(("?", "\uff1f")))
    return replace(found, name="asked back") if check(stated, sources).passed else found


def check_private(text: str) -> CheckResult:
    """No card, account, identity number or password, whosever it is: a chat is not the place for it."""
    masker = Masker()
    masker.mask_all([text])
    found = sorted({kind for slot in masker.values if (kind := slot[1:-1].partition("_")[0]) in PRIVATE})
    return CheckResult("private", not found, ", ".join(found))


def check_codes(text: str, question: str) -> CheckResult:
    """A question about E3 is not answered with E1: codes on both sides must share one.

    "Error 3" is E3 to whoever speaks of E1. What holds for one code only ("only batch P25-07 is affected") answers the
    question about another one of its kind.
    """
    asked, told = codes_in(question), codes_in(text)
    if any(_OF_ERRORS.fullmatch(code) for code in told):
        asked |= errors_in(question)
    passed = not (asked and told) or bool(asked & told) or _is_of_one_only(text, told, asked)
    return CheckResult("codes", passed, "" if passed else f"asked {sorted(asked)}, told {sorted(told)}")


def _is_of_one_only(text: str, told: Collection[str], asked: Collection[str]) -> bool:
    """Whether a text names no codes but those for which alone it says that a rule holds, of the kind asked about."""
    kinds = {shape_of(code) for code in asked}
    only = {code for match in _ONLY.finditer(text) for code in codes_in(match[1])}
    return bool(only) and {shape_of(code) for code in told} <= kinds and only.issuperset(told)


def _check_whole(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    return (*_check_text(text, sources), *_check_fit(text, sources))


def _check_text(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    return (
        *check_facts(text, sources),
        check_hidden(text),
        check_placeholders(text),
        check_private(text),
        check_length(text),
    )


def _check_fit(text: str, sources: Sources) -> tuple[CheckResult, ...]:
    """Whether a whole text fits the question: its language, its subject, and what only evidence may answer."""
    return check_language(text, sources), check_subject(text, sources), check_sensitive(text, sources)
