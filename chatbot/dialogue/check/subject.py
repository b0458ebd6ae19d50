"""Checks that a reply is about what was asked: the country, the product, the model of the latest question.

"How long does delivery to Norway take?" is not answered with delivery times of somewhere else. General answers hold
for every product and pass; for a country, or where the answer names another product, its own has to be named.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import CJK, Sources
from chatbot.dialogue.text.facts import codes_in, shape_of
from chatbot.dialogue.text.gloss import words_by_language
from chatbot.dialogue.text.language import language_of
from chatbot.dialogue.text.normalise import REMEMBERED, normalised, words
from chatbot.dialogue.text.places import covered, places_in
from chatbot.dialogue.text.sentences import sentences
from retrieval.search.general_words import general_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHORT_MESSAGE = 200
"""Characters up to which every sentence counts: "I am in Canada. Which cord do I need?"."""
SHORT_QUESTION = 60
"""Characters below which a question leans on what the customer wrote before ("and how long does it take?")."""
MIN_QUESTION_WORDS = 3
"""Content words of a question of which the evidence has to share at least one."""
CODE_DIGITS = 4
"""Digits up to which a code says what a thing is, or has."""
_LOOK_BACK = 400
_ASKS = re.compile(
    r"[?\uff1f]|^\W*(?:how|what|when|where|which|who|can|could|do|does|is|are|will|would|may|"
    r"wie|wann|wo|was|welche\w*|kann|k\u00f6nnen|liefern|gibt|comment|quand|o\u00f9|combien|est-ce|peut|puis|quel\w*|"
    r"c\u00f3mo|cu\u00e1nto|cu\u00e1ndo|d\u00f3nde|puedo|come|quando|quanto|dove|posso|hoe|wanneer|waar|kan)\b",
    re.IGNORECASE,
)
_LONG = re.compile(rf"[^\W\d_{CJK}]{{4,}}")
_PAIR = re.compile(rf"([{CJK}])(?=([{CJK}]))")
_STEM = 4
_NAME = re.compile(r"(?<=[^\s.!?:>\u2022*\"\u201c] )[A-Z][a-z\u00df-\u00ff]{2,}\b")


def check_subject(text: str, sources: Sources) -> CheckResult:
    """The evidence is about the country, or the product of this desk, that the customer asks about.

    A country that the text alone names counts for nothing: the question has put it there.
    """
    if not sources.question:
        return CheckResult("subject", passed=True)
    told = (*sources.evidence, *sources.about)
    said = question_words(sources.question)
    if len(said) >= MIN_QUESTION_WORDS and all(said.isdisjoint(question_words(part)) for part in told):
        return CheckResult("subject", passed=False, detail="none of the words of the question")
    missed = _missed_places(sources)
    texts = (*told, *sources.beside)
    asked = names_in(texts, within=words(sources.question))
    if asked and language_of(sources.question) == "de":
        asked -= words_by_language()["de"]  # German writes every noun with a capital
    about = names_in(texts, within=words(text).union(*map(words, sources.about))) if asked else frozenset()
    if about and not asked & about:
        missed += sorted(asked)
    missed += _other_codes(text, sources)
    missed = list({word.casefold(): word for word in reversed(missed)}.values())[::-1]
    return CheckResult("subject", not missed, "" if not missed else f"asked about {', '.join(missed[:3])}")


def _other_codes(text: str, sources: Sources) -> list[str]:
    """The codes of the question where a text without any was the answer to others of their kind: "Stop using it".

    Long ones are numbers of orders, each customer's own.
    """
    asked, about = codes_in(sources.question), codes_in("\n".join(sources.about))
    if not asked or asked & about or codes_in(text):
        return []
    kinds = {shape_of(code) for code in about}
    return [code for code in sorted(asked) if shape_of(code) in kinds and shape_of(code).count("0") <= CODE_DIGITS]


def check_places(sources: Sources) -> CheckResult:
    """The evidence is about the country that the customer asks about, where they name one."""
    missed = _missed_places(sources) if sources.question else []
    return CheckResult("subject", not missed, "" if not missed else f"asked about {', '.join(missed[:3])}")


def _missed_places(sources: Sources) -> list[str]:
    told = "\n".join((*sources.evidence, *sources.about))
    return [word for place, word in _asked_places(sources).items() if not covered(place, told)]


@lru_cache(maxsize=REMEMBERED)
def question_words(text: str) -> frozenset[str]:
    """First letters of the words of four letters and more, and each pair of Chinese or Japanese characters."""
    shown = normalised(text).casefold()
    return frozenset([word[:_STEM] for word in _LONG.findall(shown)] + [a + b for a, b in _PAIR.findall(shown)])


def _asked_places(sources: Sources) -> Mapping[str, str]:
    """The countries of the latest question; of a long one, those of the sentences that ask."""
    question = normalised(sources.question)
    if len(question) < SHORT_QUESTION and not places_in(question):
        question = normalised(sources.customer)[-_LOOK_BACK:]
    said = sentences(question)
    asking = [sentence for sentence in said if _ASKS.search(sentence)]
    return places_in(" ".join(asking if asking and len(question) > SHORT_MESSAGE else said))


def names_in(texts: Sequence[str], *, within: frozenset[str]) -> frozenset[str]:
    """Of the words ``within``, those that these texts write with a capital inside sentences, and never without one.

    Names, in all likelihood. A plural counts as its name; a word that any desk uses ("Received") and a country,
    which is covered by a region as well, count as none.
    """
    cased = [_cased(text) for text in texts]
    names = {name for capital, _ in cased for name in capital if name in within or f"{name}s" in within}
    forms = {name: {name, f"{name}s", name.removesuffix("s")} for name in names}
    rare = {name for name in names if all(forms[name].isdisjoint(small) for _, small in cased)} - general_words()
    return frozenset(name for name in rare if not places_in(name.title()))


@lru_cache(maxsize=REMEMBERED)
def _cased(text: str) -> tuple[frozenset[str], frozenset[str]]:
    shown = normalised(text)
    lower = frozenset(re.findall(r"(?<!\w)[a-z\u00df-\u00ff]{3,}(?!\w)", shown))
    return frozenset(match.group().casefold() for match in _NAME.finditer(shown)), lower
