"""Whether a model's drafts say what the agents said: the replay of the questions that drafts were written for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chatbot.dialogue.rank.agreement import JudgedReply, judge
from chatbot.dialogue.rank.consensus import desk_bar

if TYPE_CHECKING:
    from chatbot.learning.training.evaluation import Figures, HeldOutSet
    from retrieval.search.retriever import Retriever


def with_agreement(figures: Figures, held: HeldOutSet, retriever: Retriever) -> Figures:
    """The figures with a verdict on each draft; one that failed its checks would not be sent and agrees with nobody."""
    if not figures.drafts:
        return figures
    bar = desk_bar(retriever)
    vectors = retriever.encoder.encode(
        [*(draft.text for draft in figures.drafts), *(moment.answer for moment in held.questions)]
    )
    ours, theirs = vectors[: len(figures.drafts)], vectors[len(figures.drafts) :]
    cosines = (ours * theirs).sum(axis=1).tolist()
    judged = [
        replace(
            draft,
            agrees=draft.passed and bool(judge(JudgedReply(draft.text), JudgedReply(moment.answer), cosine, bar).right),
        )
        for draft, moment, cosine in zip(figures.drafts, held.questions, cosines, strict=True)
    ]
    return replace(figures, drafts=tuple(judged))
