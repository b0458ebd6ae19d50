"""Checks each candidate against its evidence and this conversation; what a composed one may not say is left out.

The one place where candidates are checked: unchecked text goes no further.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import failures, joined
from chatbot.dialogue.check.answer_type import check_answer_type
from chatbot.dialogue.check.contradiction import check_article
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.reversal import check_reversal
from chatbot.dialogue.check.said_before import check_new, check_not_repeated
from chatbot.dialogue.check.shape import check_complete, check_repetition
from chatbot.dialogue.check.specific import check_claimed, check_specific
from chatbot.dialogue.check.subject import check_subject
from chatbot.dialogue.check.suites import check_codes, check_excerpt, check_partial, check_past_answer, check_refined
from chatbot.dialogue.check.unknown import check_known, check_rows
from chatbot.dialogue.timing import step
from chatbot.dialogue.understand.cues import asks
from chatbot.dialogue.understand.follow_up import goes_on
from data.transcripts import Role
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from chatbot.dialogue.answer import Candidate, CheckResult, Sentence
    from chatbot.dialogue.check.backing import Backing
    from chatbot.dialogue.window import Window
    from retrieval.passages import Passage
    from retrieval.search.hits import Hit


def checked(
    candidates: Iterable[Candidate], window: Window, hits: Sequence[Hit], backing: Backing
) -> Iterator[Candidate]:
    """The candidates with their checks, in order, each when it is asked for.

    ``hits`` are what was found: the passages behind the candidates; ``backing`` is who else says what is specific in
    them. A composed reply of which no sentence is left is left out itself, and a written one that no passage is like.
    """
    by_id = {hit.passage.id: hit for hit in hits}
    for candidate in candidates:
        found = _checked(candidate, window, hits, [by_id[name] for name in candidate.evidence_ids], backing)
        if found.origin == "verbatim" or (found.text and found.evidence_ids):
            yield found


@step("check")
def _checked(
    candidate: Candidate, window: Window, hits: Sequence[Hit], cited: Sequence[Hit], backing: Backing
) -> Candidate:
    if candidate.origin == "written":
        sources = sources_of([hit.passage for hit in cited], window, ours=True)
        ids = tuple(dict.fromkeys(sentence.evidence_id for sentence in candidate.sentences if sentence.evidence_id))
        used = [hit.passage for hit in cited if hit.passage.id in ids]
        checks = (*check_refined(candidate.text, sources), *_of_others(candidate.text, used, window, backing))
        return replace(candidate, evidence_ids=ids, checks=(*checks, *in_place(candidate.text, window)))
    if candidate.origin == "refined":
        sources = sources_of([hit.passage for hit in cited], window)
        sound = _sound(candidate, cited, sources, window, backing)
        used = [hit.passage for hit in cited if hit.passage.id in sound.evidence_ids]
        checks = (*check_refined(sound.text, sources), *_of_others(sound.text, used, window, backing))
        return replace(sound, checks=(*checks, *in_place(sound.text, window)))
    text, passage = candidate.text, cited[0].passage
    sources = sources_of([hit.passage for hit in cited], window, beside=_others(passage, hits))
    if candidate.origin == "excerpt":
        subject = check_subject(text, sources)
        features = {**candidate.features, "subject": float(subject.passed)}
        asked = (check_known(candidate.far, backing), check_rows(candidate, subject))
        checks = (*check_excerpt(text, sources), *asked, *in_place(text, window, of_article=True))
        return replace(candidate, features=features, checks=checks)
    checks = (*check_past_answer(text, passage.answer, sources), *_of_others(text, [passage], window, backing))
    return replace(candidate, checks=(*checks, *in_place(text, window)))


def _of_others(text: str, passages: Sequence[Passage], window: Window, backing: Backing) -> tuple[CheckResult, ...]:
    """Whether a text of these passages holds what is one past customer's, only claimed, or not what articles say."""
    moments = [passage for passage in passages if passage.kind is PassageKind.MOMENT]
    own, waits = tuple(window.values.values()), any(passage.waits for passage in moments)
    asked = [passage.question for passage in moments]
    return (
        check_specific(text, backing, customer=window.customer, own=own, waits=waits),
        check_claimed(text, asked, window.latest, backing),
        check_article(text, "\n".join(asked), backing),
    )


def sources_of(
    passages: Sequence[Passage], window: Window, *, beside: Sequence[str] = (), ours: bool = False
) -> Sources:
    """What may vouch for a text made from these passages. A past customer's question only tells what it is about.

    ``ours``: what we said before in this conversation does too.
    """
    evidence = tuple(
        part for passage in passages for part in (passage.answer, passage.title or "", passage.url or "") if part
    )
    if ours:
        evidence += tuple(turn.text for turn in window.turns if turn.role in {Role.BOT, Role.AGENT})
    about = tuple(passage.question for passage in passages)
    return Sources(evidence, window.customer, window.latest, about, tuple(beside))


def in_place(text: str, window: Window, *, of_article: bool = False) -> tuple[CheckResult, ...]:
    """Checks of a text against this conversation: not said before, no other code, what was asked for, not reversed.

    Parts of an article may answer what is asked next, and the very same ones too where that is something else. What
    only tells how it went ("still doesn't work", "works again!") is answered by nothing that was said.
    """
    said = [turn.text for turn in window.turns if turn.role in {Role.BOT, Role.AGENT}]
    if of_article and asks(*window.spoken):
        new = check_not_repeated(text, () if _asks_another(window) else said)
    else:
        new = check_new(text, said)
    return (
        new,
        check_codes(text, window.question),
        check_answer_type(text, window.latest),
        check_reversal(text, window.latest_masked),
    )


def _asks_another(window: Window) -> bool:
    """Whether the customer asks something else than before our last reply."""
    place = max((place for place, turn in enumerate(window.turns) if turn.role is not Role.CUSTOMER), default=0)
    asked = [turn.text for turn in window.turns[:place] if turn.role is Role.CUSTOMER]
    return goes_on(window.latest_masked, asked, window.turns[place].text)


def _sound(candidate: Candidate, cited: Sequence[Hit], sources: Sources, window: Window, backing: Backing) -> Candidate:
    """A composed reply without the sentences that fail or repeat what stands before them, and without a broken end.

    Its evidence is then what is left of it rests on.
    """
    kept: list[Sentence] = []
    by_id = {hit.passage.id: hit.passage for hit in cited}
    for sentence in candidate.sentences:
        whole = check_repetition(joined([*kept, sentence]))
        theirs = _of_others(sentence.text, [by_id[sentence.evidence_id]], window, backing)
        if not failures((*check_partial(sentence.text, sources), whole, *theirs)):
            kept.append(sentence)
    while kept and not check_complete(joined(kept)).passed:
        kept.pop()
    used = tuple(dict.fromkeys(sentence.evidence_id for sentence in kept))
    near = max((hit.similarity for hit in cited if hit.passage.id in used), default=0.0)
    text, features = joined(kept), {"similarity": near}
    return replace(candidate, text=text, evidence_ids=used, features=features, sentences=tuple(kept))


def _others(passage: Passage, hits: Sequence[Hit]) -> list[str]:
    """What else was found, of other conversations and articles; an answer given more than once backs itself.

    What waits backs nothing here: one such answer may be anybody's.
    """
    others = [hit.passage for hit in hits if hit.passage.source_id != passage.source_id or passage.count > 1]
    return [part for other in others if not other.waits for part in (other.answer, other.url or "") if part]
