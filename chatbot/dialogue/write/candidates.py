"""Writes candidate replies: past answers as they stand, and one composed of sentences of them and of articles.

They are unchecked (``check/candidate.py`` checks them), and in the order of the hits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate, joined
from chatbot.dialogue.timing import step
from chatbot.dialogue.write.compose import answer_for, compose
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.window import Window
    from retrieval.search.hits import Hit

MOMENTS = 6
"""How many become verbatim candidates."""
EVIDENCE_FOR_DRAFT = 3
EVIDENCE_REACH = 0.25
"""Evidence for a composed reply is at most this much less similar than the best."""


@step("write")
def past_answers(window: Window, hits: Sequence[Hit]) -> list[Candidate]:
    """The best distinct past answers, in the order of the hits."""
    candidates: dict[str, Candidate] = {}
    for hit in hits:
        if len(candidates) == MOMENTS:
            break
        if hit.passage.kind is PassageKind.MOMENT:
            text = answer_for(hit.passage, window).strip()
            found = Candidate(text, "verbatim", (hit.passage.id,), {"similarity": hit.similarity})
            candidates.setdefault(text.casefold(), found)
    return list(candidates.values())


@step("write")
def composed(window: Window, hits: Sequence[Hit], neighbours: Sequence[Hit]) -> list[Candidate]:
    """A reply of sentences of the best of ``hits`` that the answers of ``neighbours`` agree on; none where nothing is.

    ``evidence_ids`` are all passages that it could draw on, best first.
    """
    near = max((hit.similarity for hit in hits), default=0.0) - EVIDENCE_REACH
    drawn = [hit for hit in hits if hit.similarity >= near][:EVIDENCE_FOR_DRAFT]
    sentences = tuple(compose(window, drawn, neighbours))
    if not sentences:
        return []
    return [Candidate(joined(sentences), "refined", tuple(hit.passage.id for hit in drawn), sentences=sentences)]
