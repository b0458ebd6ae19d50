"""How like the situations of past answers are to this one: what the customer said last, and what we had said before.

Retrieval compares questions, whose opening says what the matter is; where the dialogue stands the last exchange says:
after "For how many people?" and "four" an agent asks for something else than after "At what time?" and "at four".
Knows vectors, not what is said of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.transcripts import Role
from retrieval.passages import latest_words, question_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.window import Window
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

CUSTOMER, OURS, PLACE = 2.0, 1.0, 0.03
"""Nats that a cosine of 1 counts, of what the customer said last and of what we said before, and those that a place
further down costs. Chosen on 300 questions of SGD and 164 of STAR that measure nothing (docs/results/voice.md)."""


def situations(window: Window, hits: Sequence[Hit], retriever: Retriever) -> NDArray[np.float64]:
    """How much the past answers of ``hits`` (best first) count by their situation, 1 in all; shape (hits).

    Where neither side had said anything before, that is alike; where only one had, it is not.
    """
    if not hits:
        return np.zeros(0)
    ours = next((turn.text for turn in reversed(window.turns) if turn.role in {Role.AGENT, Role.BOT}), "")
    vectors = retriever.encoder.encode([latest_words(question_text(window.turns)), *([ours] if ours else [])])
    customer = retriever.latest_vectors(hits) @ vectors[0]
    before, known = retriever.answers_before(hits)
    alike = before @ vectors[-1] * known if ours else 1.0 - known
    worth = CUSTOMER * customer + OURS * alike - PLACE * np.arange(len(hits))
    shares = np.exp(worth - worth.max())
    return np.asarray(shares / shares.sum(), dtype=np.float64)
