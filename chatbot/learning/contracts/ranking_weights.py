"""Fits the weights of the ranking on a desk's own answers: the one that was given among ninety-nine that were not.

The questions are the oldest of those that are replayed, so that nothing that a contract is measured on is seen here.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.rank.ranker import fit_ranking
from chatbot.learning.backtest.replay_questions import before_of
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind, question_text
from retrieval.search.reply_scores import NEIGHBOURS, chosen, parts, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.learning.backtest.backtest import Backtest
    from data.moments import Moment
    from data.progress import Report
    from retrieval.search.reply_scores import ReplyWeights

AMONG = 100
MOST = 400
"""Questions the weights are fitted on, at most."""
JUDGING = 0.25
"""Share of the questions, the newest, on which the weights have to prove themselves."""
FEWEST = 100
"""Below it the weights that ship are better than what so few would give."""


def fitted_ranking(
    backtest: Backtest, questions: Sequence[Moment], report: Report, *, seed: int = 0
) -> dict[str, float] | None:
    """The weights as JSON; None where those that ship do as well, or where there are too few questions to learn from.

    Which of them does better is seen on the newest of the questions, before the weights are fitted on all of them.
    Reports step "fit the ranking".
    """
    if len(questions) < FEWEST:
        return None
    draw = np.random.default_rng(seed)
    sample = [questions[place] for place in sorted(draw.permutation(len(questions))[:MOST].tolist())]
    rows = among_others(backtest, sample, questions, report, draw)
    if len(rows) < FEWEST:
        return None
    learnt, judging = rows[: -round(len(rows) * JUDGING)], rows[-round(len(rows) * JUDGING) :]
    better = _reciprocal_rank(judging, fit_ranking(learnt)) > _reciprocal_rank(judging, chosen(backtest.retriever))
    return asdict(fit_ranking(rows)) if better else None


def among_others(
    backtest: Backtest,
    sample: Sequence[Moment],
    pool: Sequence[Moment],
    report: Report,
    draw: np.random.Generator,
) -> list[Mapping[str, NDArray[np.float32]]]:
    """The parts of the true reply to each question, first, and of 99 replies to other questions of ``pool``.

    Questions without words are left out. Reports step "fit the ranking".
    """
    others = [moment for moment in pool if moment.answer.strip()]
    asked = [question_text(moment.context) for moment in sample]
    backtest.cache.fill([*asked, *(moment.answer for moment in (*sample, *others))], report)
    rows = []
    for number, (moment, question) in enumerate(zip(sample, asked, strict=True), start=1):
        wrong = _others(moment, others, draw)
        if question and moment.answer.strip() and wrong:
            rows.append(_parts(backtest, moment, question, [moment.answer, *wrong]))
        report("fit the ranking", number, len(sample))
    return rows


def _reciprocal_rank(rows: Sequence[Mapping[str, NDArray[np.float32]]], weights: ReplyWeights) -> float:
    """Mean reciprocal rank of the true replies; equals count as better."""
    scores = [summed(row, weights) for row in rows]
    return float(np.mean([1 / np.count_nonzero(each >= each[0]) for each in scores]))


def _others(moment: Moment, others: Sequence[Moment], draw: np.random.Generator) -> list[str]:
    """Answers of other conversations, each with other words than the true one."""
    texts: list[str] = []
    for place in draw.permutation(len(others)).tolist():
        other = others[place]
        if other.conversation_id != moment.conversation_id and other.answer != moment.answer:
            texts.append(other.answer)
        if len(texts) == AMONG - 1:
            break
    return texts


def _parts(
    backtest: Backtest, moment: Moment, question: str, candidates: Sequence[str]
) -> Mapping[str, NDArray[np.float32]]:
    """The parts of each candidate's score, the true one first."""
    vector, vectors = backtest.cache.read([question]), backtest.cache.read(candidates)
    filters = Filters(
        kinds=frozenset([PassageKind.MOMENT]),
        exclude_sources=frozenset({moment.conversation_id}),
        before=before_of(moment),
    )
    hits = backtest.retriever.search_each([question], vector, NEIGHBOURS, [filters])[0]
    return parts(backtest.retriever, question, vector[0], candidates, vectors, hits)
