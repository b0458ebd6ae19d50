"""Writes the candidates: past answers and article passages as they stand, and a reply composed of their sentences.

Each sentence of a composed reply has its passage, and none is shown before all have passed the checks: unchecked text
never leaves here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.result import CheckResult, failures
from chatbot.dialogue.check.shape import check_complete, check_new, check_repetition
from chatbot.dialogue.check.suites import check_codes, check_partial, check_past_answer, check_refined, check_verbatim
from chatbot.dialogue.text.greetings import without_greeting, without_signature
from chatbot.dialogue.timing import step
from chatbot.dialogue.window import refilled
from chatbot.dialogue.write.compose import compose
from data.transcripts import Role
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.compose import Sentence
    from retrieval.passages import Passage
    from retrieval.search.hits import Hit

MOMENTS = 6
ARTICLES = 2
"""How many of each become verbatim candidates."""
EVIDENCE_FOR_DRAFT = 3


@step("write")
def verbatim(window: Window, hits: Sequence[Hit]) -> list[Candidate]:
    """The best distinct past answers and article passages, in the order of the hits, checked."""
    candidates: list[Candidate] = []
    room = {PassageKind.MOMENT: MOMENTS, PassageKind.ARTICLE: ARTICLES}
    seen: set[str] = set()
    for hit in hits:
        passage = hit.passage
        if room[passage.kind] == 0:
            continue
        text = _as_reply(passage, window)
        if text.casefold() in seen:
            continue
        seen.add(text.casefold())
        room[passage.kind] -= 1
        sources = sources_of([passage], window, beside=_others(passage, hits))
        past = passage.kind is PassageKind.MOMENT
        checks = check_past_answer(text, passage.answer, sources) if past else check_verbatim(text, sources)
        checks = (*checks, *in_place(text, window))
        candidates.append(Candidate(text, "verbatim", (passage.id,), {"similarity": hit.similarity}, checks))
    return candidates


@step("write")
def refined(
    window: Window,
    hits: Sequence[Hit],
    *,
    on_delta: Callable[[str], None] | None,
    should_stop: Callable[[], bool],
    neighbours: Sequence[Hit] = (),
) -> Candidate | None:
    """A reply composed of sentences of ``hits`` (best first) that the answers of ``neighbours`` agree on.

    A sentence that fails its checks or was said already is left out, and so is an end that breaks off. What is left
    is checked as a whole before ``on_delta`` gets it, sentence by sentence. ``evidence_ids`` of the candidate are the
    passages that it was made of. None where nothing was agreed on, or ``should_stop`` ended it.
    """
    sources = sources_of([hit.passage for hit in hits], window)
    kept: list[Sentence] = []
    for sentence in compose(window, hits, neighbours):
        if should_stop():
            return None
        whole = check_repetition(_joined([*kept, sentence]))
        if not failures((*check_partial(sentence.text, sources), whole)):
            kept.append(sentence)
    while kept and not check_complete(_joined(kept)).passed:
        kept.pop()
    text = _joined(kept)
    if not text:
        return None
    checks = (*check_refined(text, sources), *in_place(text, window))
    if not failures(checks):
        for place, sentence in enumerate(kept, 1):
            _emit(on_delta, sentence.text if place < len(kept) else sentence.text.rstrip())
    return _candidate(text, kept, hits, checks)


def sources_of(passages: Sequence[Passage], window: Window, *, beside: Sequence[str] = ()) -> Sources:
    """What may vouch for a text made from these passages. A past customer's question only tells what it is about."""
    evidence = tuple(
        part for passage in passages for part in (passage.answer, passage.title or "", passage.url or "") if part
    )
    about = tuple(passage.question for passage in passages)
    return Sources(evidence, window.customer, window.latest, about, tuple(beside))


def _others(passage: Passage, hits: Sequence[Hit]) -> list[str]:
    """What else was recalled, of other conversations and articles; an answer given more than once backs itself."""
    others = [hit.passage for hit in hits if hit.passage.source_id != passage.source_id or passage.count > 1]
    return [part for other in others for part in (other.answer, other.url or "") if part]


def _as_reply(passage: Passage, window: Window) -> str:
    text = refilled(passage.answer, window, asked=passage.question, answered=passage.answer)
    if passage.kind is PassageKind.MOMENT:
        return without_signature(without_greeting(text)).strip()
    titled = not passage.title or text.startswith(passage.title)
    return text.strip() if titled else f"{passage.title}\n\n{text.strip()}"


def _joined(sentences: Sequence[Sentence]) -> str:
    return "".join(sentence.text for sentence in sentences).strip()


def in_place(text: str, window: Window) -> tuple[CheckResult, ...]:
    """Checks of a text against this conversation: not said before, and not about another code."""
    said = [turn.text for turn in window.turns if turn.role in {Role.BOT, Role.AGENT}]
    return check_new(text, said), check_codes(text, window.question)


def _candidate(
    text: str, sentences: Sequence[Sentence], hits: Sequence[Hit], checks: tuple[CheckResult, ...]
) -> Candidate:
    used = tuple(dict.fromkeys(sentence.evidence_id for sentence in sentences))
    similarity = max(hit.similarity for hit in hits if hit.passage.id in used)
    by_sentence = tuple((sentence.text.strip(), sentence.evidence_id) for sentence in sentences)
    return Candidate(text, "refined", used, {"similarity": similarity}, checks, sentences=by_sentence)


def _emit(on_delta: Callable[[str], None] | None, text: str) -> None:
    if on_delta is not None and text:
        on_delta(text)
