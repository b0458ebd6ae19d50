"""How a question is read where the desk writes in another language than the customer: in theirs, and glossed.

The encoder knows English, and most of what a desk wrote is in one language. So a question in another is looked up
twice: as it stands, in what the desk has in the customer's language, and glossed word by word, in everything. What is
in the customer's language comes first, where it is about the question as well as anything: both are compared in
glosses, since otherwise a language alone makes texts alike. Decides nothing: a reading says what may be found and how
it is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.text.gloss import gloss, glossed_languages
from chatbot.dialogue.text.language import DEFAULT, language_of
from chatbot.dialogue.timing import step
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.window import Window
    from retrieval.index.filters import Filters
    from retrieval.index.view import View
    from retrieval.passages import Passage
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

MIN_KNOWN = 0.5
"""Share of a question's words that have to be in the table: below, its gloss says too little of what it asks."""
MIN_ALIKE = 0.4
"""Cosine of the glosses from which a text in the customer's language may be about the question."""
MIN_ALIKE_ARTICLE = 0.35
"""The same for the best line of an article that fits as well as any in the desk's language: of 21 questions in four
languages that of the two that fits better was the right one each time."""
REACH = 0.1
"""How much less like the question than the nearest in the desk's language it may be, and still comes first."""
_READ = 64
"""Passages of which the language is guessed, where a desk does not tell it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a question.

    ``window`` holds the words that it is looked up and checked with, ``asked`` the customer's own. ``known`` limits
    what may be found. ``language`` is the customer's where it is not the desk's; ``told_in`` the desk's where the
    answer would be in that. ``compared_in`` is the desk's where both are compared in its glosses, and ``glossed`` the
    window in these.
    """

    window: Window
    asked: Window
    known: Filters
    language: str | None = None
    told_in: str | None = None
    compared_in: str | None = None
    glossed: Window | None = None

    def told(self, text: str) -> str:
        """A text of the customer's language in the words in which it is compared."""
        if self.language is None or self.compared_in is None:
            return text
        return gloss(text, self.language, self.compared_in).text


@step("read")
def readings(window: Window, view: View, known: Filters) -> list[Reading]:
    """The ways to read a question, the one to prefer first; the window as it is where the desk speaks its language."""
    plain = Reading(window, window, known)
    home = desk_language(view)
    language = language_of(*window.spoken, home=home)
    if language == home or not {language, home} <= glossed_languages():
        return [plain]
    read = gloss(window.question, language, home)
    if read.known < MIN_KNOWN:
        return [plain]
    glossed = replace(
        window,
        question=read.text,
        asked=read.text if window.asked == window.question else gloss(window.asked, language, home).text,
        latest=gloss(window.latest, language, home).text,
        customer=gloss(window.customer, language, home).text,
    )
    theirs = replace(known, languages=frozenset([language]))
    in_theirs = replace(plain, known=theirs, language=language, compared_in=home, glossed=glossed)
    return [in_theirs, Reading(glossed, window, known, language, told_in=home)]


@step("check")
def fitting(
    reading: Reading, candidates: Sequence[Candidate], hits: Mapping[str, Hit], retriever: Retriever
) -> list[Candidate]:
    """The candidates of a reading with one check more: whether more than their language fits.

    Of those in the customer's language the likeness to the question becomes that of the glosses: of the question that
    was answered, of an article the best of its title and its lines, for a page on delivery tells of customs, too.
    """
    if reading.language is None:
        return list(candidates)
    passages = [hits[candidate.evidence_ids[0]].passage for candidate in candidates]
    if reading.told_in is not None:
        return [_told(each, passage) for each, passage in zip(candidates, passages, strict=True)]
    home = desk_language(retriever.live.view)
    said = [_said(each, passage) for each, passage in zip(candidates, passages, strict=True)]
    texts = [gloss(text, reading.language, home).text for text in (reading.window.question, *chain.from_iterable(said))]
    vectors = retriever.encoder.encode(texts)
    nearest = retriever.live.view.nearest(vectors[:1], 1, kind=PassageKind.ARTICLE)[0]
    bar = max(MIN_ALIKE, float(nearest.max(initial=0.0)) - REACH)
    rival = _best_elsewhere(reading, retriever)
    each_alike = iter((vectors[1:] @ vectors[0]).tolist())
    alike = [max(islice(each_alike, len(lines))) for lines in said]
    return [
        replace(
            each,
            features={**each.features, "similarity": likeness},
            checks=(*each.checks, _about(each, likeness, bar, rival), _spoken(passage, reading.language)),
        )
        for each, likeness, passage in zip(candidates, alike, passages, strict=True)
    ]


def _said(candidate: Candidate, passage: Passage) -> list[str]:
    """What tells whether a text is about the question: the question it answered; of an article each line as well."""
    if candidate.origin != "excerpt":
        return [passage.question]
    return [passage.question, candidate.text, *candidate.text.splitlines()]


def _best_elsewhere(reading: Reading, retriever: Retriever) -> float:
    """How well the best part of an article of the desk's language fits; 0 where there is none."""
    if reading.glossed is None:
        return 0.0
    parts = retrieve(reading.glossed, retriever, replace(reading.known, languages=None)).parts
    return parts[0].score if parts else 0.0


def _about(candidate: Candidate, likeness: float, bar: float, rival: float) -> CheckResult:
    """Past answers by the likeness of their questions; articles where none of the desk's language fits better."""
    if candidate.origin != "excerpt":
        passed = likeness >= bar
        return CheckResult("about", passed, "" if passed else f"glossed {likeness:.2f}, needed {bar:.2f}")
    fits = candidate.features.get("part_score", 0.0)
    passed = likeness >= MIN_ALIKE_ARTICLE and fits >= rival
    detail = f"glossed {likeness:.2f}, needed {MIN_ALIKE_ARTICLE:.2f}; fits {fits:.2f}, another language's {rival:.2f}"
    return CheckResult("about", passed, "" if passed else detail)


def _spoken(passage: Passage, language: str) -> CheckResult:
    spoken = _primary(passage.language) or language_of(passage.answer)
    return CheckResult("language told", spoken == language, "" if spoken == language else f"it is in {spoken}")


def _told(candidate: Candidate, passage: Passage) -> Candidate:
    """Of what is not in the customer's language only an article's own words may be shown to them."""
    passed = passage.kind is PassageKind.ARTICLE and candidate.origin == "excerpt"
    result = CheckResult("about", passed, "" if passed else "a past answer in another language than the customer's")
    return replace(candidate, checks=(*candidate.checks, result))


@lru_cache(maxsize=1)
def desk_language(view: View) -> str:
    """The language of most passages; where most tell none, that of most of some of them."""
    counts = view.languages
    if 2 * sum(counts.values()) >= view.alive_count and counts:
        primary: dict[str, int] = {}
        for tag, count in counts.items():
            primary[_primary(tag)] = primary.get(_primary(tag), 0) + count
        return max(primary, key=primary.__getitem__)
    places = range(0, len(view), max(1, len(view) // _READ))
    guesses = [language_of(view.passage(place).answer) for place in places if view.alive[place]]
    return max(guesses, key=guesses.count, default=DEFAULT)


def _primary(tag: str | None) -> str:
    """The language of a tag: "en" of "en-GB"."""
    return (tag or "").casefold().replace("_", "-").partition("-")[0]
