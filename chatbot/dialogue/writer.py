"""Writes the candidates: past answers and article passages as they stand, and GPT-2's rewording of them.

A draft is shown while it grows, but only sentences that passed the checks: unchecked text never leaves here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.checks import (
    CheckResult,
    Sources,
    check_codes,
    check_growing,
    check_new,
    check_past,
    check_refined,
    check_repetition,
    check_verbatim,
    failures,
)
from chatbot.dialogue.courtesy import without_greeting, without_signature
from chatbot.dialogue.sentences import finished, sentences
from chatbot.dialogue.window import refilled
from data.transcripts import Role
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.voice import Voice
    from chatbot.dialogue.window import Window
    from retrieval.passages import Passage
    from retrieval.retriever import Hit

MOMENTS = 4
ARTICLES = 2
"""How many of each become verbatim candidates."""
EVIDENCE_FOR_DRAFT = 3
_LOOP_LOOK = 60
"""Characters of a draft between two looks for a loop in its unfinished sentence."""


def verbatim(window: Window, hits: Sequence[Hit]) -> list[Candidate]:
    """The best distinct past answers and article passages, in the order of the hits, checked."""
    candidates: list[Candidate] = []
    room = {PassageKind.MOMENT: MOMENTS, PassageKind.ARTICLE: ARTICLES}
    seen: set[str] = set()
    for hit in hits:
        passage = hit.passage
        text = _as_reply(passage, window)
        if room[passage.kind] == 0 or text.casefold() in seen:
            continue
        seen.add(text.casefold())
        room[passage.kind] -= 1
        sources = sources_of([passage], window)
        past = passage.kind is PassageKind.MOMENT
        checks = check_past(text, passage.answer, sources) if past else check_verbatim(text, sources)
        checks = (*checks, *_in_place(text, window))
        candidates.append(Candidate(text, "verbatim", (passage.id,), {"similarity": hit.similarity}, checks))
    return candidates


def refined(
    voice: Voice,
    window: Window,
    hits: Sequence[Hit],
    *,
    on_delta: Callable[[str], None] | None,
    should_stop: Callable[[], bool],
) -> Candidate | None:
    """GPT-2's reply from the evidence of ``hits`` (best first), checked sentence by sentence.

    The first sentence that fails ends the draft, which then has failed as a whole. An unfinished last
    sentence is left off. ``on_delta`` gets each passed sentence once. None where the model wrote nothing.
    """
    passages = [hit.passage for hit in hits]
    sources = sources_of(passages, window)
    asked = "\n".join(passage.question for passage in passages)
    answered = "\n".join(passage.answer for passage in passages)

    def ready(parts: Sequence[str]) -> str:
        return without_greeting(refilled("".join(parts), window, asked=asked, answered=answered))

    shown, whole, looked = "", "", 0
    for whole in voice.write(window.turns, [passage.answer for passage in passages], should_stop):
        if len(whole) >= looked + _LOOP_LOOK:
            looked = len(whole)
            if not check_repetition(whole).passed:
                break  # it will not come out of its loop
        text = ready(finished(whole))
        if len(text) > len(shown) and text.startswith(shown):
            checks = check_growing(text, sources)
            if failures(checks):
                return _candidate(text, hits, checks)
            _emit(on_delta, text[len(shown) :])
            shown = text
    text = _closed(ready, whole, sources) or shown
    if not text.strip():
        return None
    checks = (*check_refined(text, sources), *_in_place(text, window))
    if not failures(checks) and text.startswith(shown):
        _emit(on_delta, text[len(shown) :])
    return _candidate(text.strip(), hits, checks)


def sources_of(passages: Sequence[Passage], window: Window) -> Sources:
    """What may vouch for a text made from these passages. A past customer's question may not."""
    evidence = tuple(
        part for passage in passages for part in (passage.answer, passage.title or "", passage.url or "") if part
    )
    return Sources(evidence, window.customer)


def _as_reply(passage: Passage, window: Window) -> str:
    text = refilled(passage.answer, window, asked=passage.question, answered=passage.answer)
    if passage.kind is PassageKind.MOMENT:
        return without_signature(without_greeting(text)).strip()
    titled = not passage.title or text.startswith(passage.title)
    return text.strip() if titled else f"{passage.title}\n\n{text.strip()}"


def _closed(ready: Callable[[Sequence[str]], str], whole: str, sources: Sources) -> str:
    """The whole draft where its last sentence is complete and sound, else nothing."""
    text = ready(sentences(whole))
    return "" if failures(check_refined(text, sources)) else text


def _in_place(text: str, window: Window) -> tuple[CheckResult, ...]:
    """Checks of a text against this conversation: not said before, and not about another code."""
    said = [turn.text for turn in window.turns if turn.role in {Role.BOT, Role.AGENT}]
    return check_new(text, said), check_codes(text, window.question)


def _candidate(text: str, hits: Sequence[Hit], checks: tuple[CheckResult, ...]) -> Candidate:
    return Candidate(
        text,
        "refined",
        tuple(hit.passage.id for hit in hits),
        {"similarity": max((hit.similarity for hit in hits), default=0.0)},
        checks,
    )


def _emit(on_delta: Callable[[str], None] | None, text: str) -> None:
    if on_delta is not None and text:
        on_delta(text)
