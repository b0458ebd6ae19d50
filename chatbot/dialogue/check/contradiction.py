"""Where a past reply says otherwise than an article of the same thing: another number, amount or term, or a "not".

The one place that tells it: for the check, by which the article wins, and for the list that a lead reads. Sentences are
compared whose words for what they are about agree; precise rather than complete. Knows no index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.evidence import grounds_of, vouches
from chatbot.dialogue.check.negation import meaning_words
from chatbot.dialogue.text.facts import Fact, blanked
from chatbot.dialogue.text.normalise import REMEMBERED, normalised
from chatbot.dialogue.text.sentences import sentences
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chatbot.dialogue.check.backing import Backing
    from retrieval.passages import Passage

ARTICLES = 8
"""Passages of articles, the nearest, that an answer is held against."""
ABOUT = 0.5
"""Share of the words of the shorter of two sentences, their facts left out, that the other has to share."""
BESIDE = 1
"""Words near the two facts that have to be the same."""
GIVEN = 1
"""Words near the same number in both from which on it may be a number of one thing."""
ALONE = 3
"""The same where the sentences agree in little else."""
DENIED = 0.7
"""Share of all their words (Jaccard) that an affirmation and a denial of it have in common."""
_NEAR = 45
"""Characters on either side of a fact that say what it is a fact of."""
_FEWEST = 2
_FEWEST_DENIED = 3
_SHORT = 3
"""Words below which a sentence of an article ("Done after 3 minutes.") does not say what it is about."""
_DENIES = re.compile(
    r"\b(?:not|never|cannot|\w+n['\u2019]t|nicht|nie|kein\w*|pas|jamais|nunca|non|mai|niet|nooit|geen|n\u00e3o)\b|[\u4e0d\u6ca1\u65e0]",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:(can)not|(\w+)n['\u2019]t|not|never|nicht|nie|ne|pas|jamais|nunca|non|mai|niet|nooit)\b", re.IGNORECASE
)
_ANY = frozenset({"new", "one", "each", "all", "any", "more", "most", "about", "only"})
"""Words beside a number that say nothing of what it is a number of."""
_ASKS = ("?", "\uff1f")
_VERBS = frozenset({"take", "takes", "cost", "costs", "price", "need", "needs", "get", "gets", "come", "comes", "goes"})
"""Words that say nothing of what a sentence is about."""
_BOUND = re.compile(
    r"\b(?:if|from|above|below|over|under|than|at least|wenn|ab|\u00fcber|unter|d\u00e8s|si|desde|da|vanaf|als)\b"
    r"[^.;,]*\Z",
    re.IGNORECASE,
)
_BOUND_CHARACTERS = 20
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_UNDER_A_CONDITION = re.compile(
    r"\b(?:only|unless|except|without|outside|if|before|until|otherwise|nur|au\u00dfer|ohne|wenn|bis|sauf|sans|si|seulement|"
    r"s\u00f3lo|solo|sin|salvo|se|senza|alleen|zonder|als|behalve|apenas|sem)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:,()\u2013\u2014|\uff0c\uff1b\uff1a]\s*|\s(?:but|and|aber|und|mais|et|pero|y|ma|e|maar|en)\s")
_NAME = re.compile(r"(?<=[^\s.!?:\u2022*\"\u201c|] )[A-Z][a-z\u00df-\u00ff]{2,}\b")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence of an article, and one of a past reply, which says ``said`` where the article has ``instead``."""

    article: Passage
    sentence: str
    reply: str
    said: str
    instead: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence, the words for what it is about, its numbers of something, and whether it denies without condition."""

    text: str
    about: frozenset[str]
    facts: tuple[Fact, ...]
    denies: bool | None


def contradictions(text: str, question: str, articles: Sequence[Passage]) -> Iterator[Contradiction]:
    """Where an answer to a question says otherwise than these articles; at most one for each of its sentences.

    A number that any of the articles gives of what may be the same contradicts none: there are two cases, and nobody
    knows which is meant.
    """
    given = [(other, fact) for article in articles for other in _sentences(_whole(article)) for fact in other.facts]
    for said in _sentences(text):
        if not said.text.endswith(_ASKS):
            fresh = [fact for fact in said.facts if not any(_gives(*each, said, fact) for each in given)]
            if fresh or said.denies is not None:
                yield from _most_alike(said, fresh, f"{question}\n{text}".casefold(), articles)


def check_article(text: str, question: str, backing: Backing) -> CheckResult:
    """A past answer to a question says nothing that the nearest articles say otherwise: they are the desk's word."""
    articles = [passage for passage in backing.near if passage.kind is PassageKind.ARTICLE][:ARTICLES]
    found = next(contradictions(text, question, articles), None)
    return CheckResult(
        "article", found is None, f"{found.said}, but {found.instead}: {found.sentence}" if found else ""
    )


def _most_alike(
    said: _Said, fresh: Sequence[Fact], context: str, articles: Iterable[Passage]
) -> Iterator[Contradiction]:
    """The contradiction of the article sentence that is most like this one, if there is one."""
    best, found = 0.0, None
    for article in articles:
        for other in _sentences(article.answer):
            shared = said.about & other.about
            alike = len(shared) / max(len(said.about | other.about), 1)
            if alike <= best or other.text.endswith(_ASKS) or not _named_in(other.text, context):
                continue
            few = (
                shared <= _VERBS
                or len(other.about) < _SHORT
                or len(shared) < max(_FEWEST, ABOUT * min(len(said.about), len(other.about)))
            )
            pair = _other_number(said, fresh, other, least=ALONE if few else BESIDE) or _denied(said, other)
            if pair:
                best, found = alike, Contradiction(article, other.text, said.text, *pair)
    if found is not None:
        yield found


def _other_number(said: _Said, fresh: Sequence[Fact], other: _Said, *, least: int) -> tuple[str, str] | None:
    """A number of the sentence, and one of the same unit and of the same thing that the article gives instead."""
    for fact in fresh:
        here = _beside(said.text, fact)
        others = [
            (len(here & _beside(other.text, ground)), not ground.raw.strip().isdecimal(), ground.raw.strip())
            for ground in other.facts
            if ground.unit == fact.unit
            and _is_bound(said.text, fact) is _is_bound(other.text, ground)
            and not any(vouches(each, ground) for each in said.facts)
        ]
        if others and max(others)[0] >= least:
            return fact.raw.strip(), max(others)[2]
    return None


def _denied(said: _Said, other: _Said) -> tuple[str, str] | None:
    """Two clauses of the same words, of which one denies what the other affirms."""
    if said.denies is None or other.denies is None or said.denies is other.denies:
        return None
    for ours in _CLAUSE.split(said.text):
        for theirs in _CLAUSE.split(other.text):
            words, others = _affirmed(ours), _affirmed(theirs)
            alike = len(words & others) >= max(_FEWEST_DENIED, DENIED * len(words | others))
            if alike and bool(_DENIES.search(ours)) is not bool(_DENIES.search(theirs)):
                return ours.strip(), theirs.strip()
    return None


@lru_cache(maxsize=REMEMBERED)
def _sentences(text: str) -> tuple[_Said, ...]:
    found = []
    for sentence in map(str.strip, sentences(normalised(text))):
        grounds = grounds_of(sentence)
        facts = tuple(fact for fact in grounds if fact.unit is not None and _is_counted(fact))
        denies = None if _UNDER_A_CONDITION.search(sentence) else bool(_DENIES.search(sentence))
        found.append(_Said(sentence, _near(sentence), facts, denies))
    return tuple(found)


def _gives(other: _Said, ground: Fact, said: _Said, fact: Fact) -> bool:
    """Whether a sentence gives a number of what may be the same thing."""
    return vouches(ground, fact) and len(_beside(other.text, ground) & _beside(said.text, fact)) >= GIVEN


def _is_counted(fact: Fact) -> bool:
    """Whether a fact is a number of something: "a second order" is none."""
    return fact.values != {"1"} or fact.raw.strip()[:1].isdecimal()


def _named_in(sentence: str, context: str) -> bool:
    """Whether the products and places that an article's sentence names are those of the question and its answer."""
    return all(name.casefold() in context for name in _names(sentence))


def _is_bound(text: str, fact: Fact) -> bool:
    """Whether a number is where something begins or ends: "if it cost £30", "free from £40"."""
    return _BOUND.search(text, max(0, fact.start - _BOUND_CHARACTERS), fact.start) is not None


def _beside(text: str, fact: Fact) -> frozenset[str]:
    """What a number is a number of: the words around it."""
    return _near(text[max(0, fact.start - _NEAR) : fact.start]) | _near(text[fact.end : fact.end + _NEAR])


@lru_cache(maxsize=REMEMBERED)
def _near(text: str) -> frozenset[str]:
    return meaning_words(blanked(text, grounds_of(text))) - _ANY


@lru_cache(maxsize=REMEMBERED)
def _affirmed(text: str) -> frozenset[str]:
    """All words of a clause, as if it did not deny."""
    return frozenset(_WORD.findall(_DENIAL.sub(lambda match: match[1] or match[2] or "", text).casefold()))


@lru_cache(maxsize=REMEMBERED)
def _names(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text))


def _whole(article: Passage) -> str:
    return f"{article.title or ''}\n{article.answer}"
