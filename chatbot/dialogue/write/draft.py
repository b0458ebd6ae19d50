"""Drafts a reply with GPT-2 from evidence, cut where a sentence fails its checks.

A model is judged by this after training. Customers get composed replies instead (``write/compose.py``), because a
small model's sentences pass every check and say nothing (docs/adr/0013). Sends nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate, failures
from chatbot.dialogue.check.candidate import in_place, sources_of
from chatbot.dialogue.check.shape import check_repetition
from chatbot.dialogue.check.suites import check_partial, check_refined
from chatbot.dialogue.text.sentences import finished, sentences
from chatbot.dialogue.window import refilled
from chatbot.engine.protocol import never
from data.bare_answers import bare_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.answer import CheckResult
    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.language_model import ReplyModel
    from retrieval.search.hits import Hit

_LOOP_LOOK = 60
"""Characters of a draft between two looks for a loop in its unfinished sentence."""


def drafted(
    reply_model: ReplyModel, window: Window, hits: Sequence[Hit], *, should_stop: Callable[[], bool] = never
) -> Candidate | None:
    """GPT-2's reply from the evidence of ``hits`` (best first), checked sentence by sentence.

    The first sentence that fails ends the draft, which then has failed as a whole. An unfinished last sentence is left
    off. None where the model wrote nothing.
    """
    passages = [hit.passage for hit in hits]
    sources = sources_of(passages, window)
    asked = "\n".join(passage.question for passage in passages)
    answered = "\n".join(passage.answer for passage in passages)

    def ready(parts: Sequence[str]) -> str:
        return bare_answer(refilled("".join(parts), window, asked=asked, answered=answered))

    sound, whole, looked = "", "", 0
    for whole in reply_model.write(window.turns, [passage.answer for passage in passages], should_stop):
        if len(whole) >= looked + _LOOP_LOOK:
            looked = len(whole)
            if not check_repetition(whole).passed:
                break  # it will not come out of its loop
        text = ready(finished(whole))
        if len(text) > len(sound) and text.startswith(sound):
            checks = check_partial(text, sources)
            if failures(checks):
                return _candidate(text, hits, checks)
            sound = text
    closed = ready(sentences(whole))
    text = sound if failures(check_refined(closed, sources)) else closed
    if not text.strip():
        return None
    return _candidate(text.strip(), hits, (*check_refined(text, sources), *in_place(text, window)))


def _candidate(text: str, hits: Sequence[Hit], checks: tuple[CheckResult, ...]) -> Candidate:
    similarity = max((hit.similarity for hit in hits), default=0.0)
    return Candidate(text, "refined", tuple(hit.passage.id for hit in hits), {"similarity": similarity}, checks)
