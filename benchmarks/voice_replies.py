"""Stage "replies": the true reply among 100, by retrieval, by GPT-2's likelihood, and by both.

GPT-2's score of a reply r with n judged tokens is (log p(r | given) - alpha x log p(r | no dialogue)) / n^beta, in
nats, where what is given is the dialogue, or the dialogue and its evidence. alpha = 0 is the likelihood, beta = 1 that
of a token; alpha = beta = 1 is ``ReplyModel.pmi``. Both together: retrieval + weight x GPT-2's score. What is
given, alpha, beta and weight are chosen by MRR on the end of the past, which neither model nor adapter learnt from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from replies_among_100 import reply_ranking
from voice_desk import latest, reply_question
from voice_models import SERVED
from voice_rows import Rows

from chatbot.dialogue.rank.ranker import GAIN_LIMIT
from chatbot.dialogue.window import read
from chatbot.dialogue.write.language_model import ANSWER_TOKENS
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from finetune.model.weights import Weights
from finetune.prompt import JUDGED_TOKENS, encode_answer, encode_judged, encode_prompt
from retrieval.adapter.pairs import rank_figures
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind
from retrieval.search.reply_scores import NEIGHBOURS, score_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from replies_among_100 import ReplyQuestion
    from voice_desk import Desk
    from voice_models import Models

    from data.moments import Moment
    from retrieval.search.retriever import Retriever

GIVEN = ("dialogue", "dialogue and evidence")
ALPHAS = (0.0, 0.25, 0.5, 0.75, 1.0)
BETAS = (0.0, 0.5, 1.0)
WEIGHTS = (0.0, *(2.0**power for power in range(-11, 3)))


@dataclass(frozen=True, slots=True)
class Correction:
    """What is taken into account of GPT-2's likelihoods; see above."""

    given: str
    alpha: float
    beta: float


GAIN = Correction("dialogue", 1.0, 1.0)
"""What ``ReplyModel.pmi`` is."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Every candidate of every question by every judge, each of shape (questions, candidates), the true reply first."""

    retrieval: NDArray[np.float64]
    given: dict[str, NDArray[np.float64]]
    anywhere: NDArray[np.float64]
    tokens: NDArray[np.float64]
    verdicts: NDArray[np.float64]
    """What a model trained to rank says: the logarithm of the probability that ours would send it."""

    def reply_model(self, correction: Correction) -> NDArray[np.float64]:
        """GPT-2's scores."""
        left = self.given[correction.given] - correction.alpha * self.anywhere
        return np.asarray(left / self.tokens**correction.beta)


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Choose on the end of the past, then measure."""
    judge = Judge(desk, models)
    choosing = judge.scored("choosing", desk.early_retriever, latest(desk.choosing, desk.options.choosing))
    asked = judge.scored("asked", desk.retriever, latest(desk.asked, desk.options.questions))
    corrections = [Correction(*each) for each in product(GIVEN, ALPHAS, BETAS)]
    alone = max(corrections, key=lambda each: mrr(choosing.reply_model(each)))
    mixes = [(each, weight) for each in corrections for weight in WEIGHTS]
    best, weight = max(mixes, key=lambda each: mrr(choosing.retrieval + each[1] * choosing.reply_model(each[0])))
    verdict_weight = max(WEIGHTS, key=lambda each: mrr(choosing.retrieval + each * choosing.verdicts))
    gain_weight = max(WEIGHTS, key=lambda each: mrr(_product(choosing, each)))
    rows = {
        "retrieval": lambda found: found.retrieval,
        "likelihood, sum": lambda found: found.reply_model(Correction("dialogue", 0.0, 0.0)),
        "likelihood, a token": lambda found: found.reply_model(Correction("dialogue", 0.0, 1.0)),
        "gain, a token": lambda found: found.reply_model(GAIN),
        "GPT-2, chosen": lambda found: found.reply_model(alone),
        "both, chosen": lambda found: found.retrieval + weight * found.reply_model(best),
        "verdict of the trained judge": lambda found: found.verdicts,
        "retrieval and verdict, weight chosen": lambda found: found.retrieval + verdict_weight * found.verdicts,
        "both, as the product sums": lambda found: _product(found, gain_weight),
    }
    figures = {name: rank_figures(ranks(score(asked))) for name, score in rows.items()}
    better = max(figures["retrieval"]["hit@1"], figures["GPT-2, chosen"]["hit@1"])
    return {
        "questions": len(asked.retrieval),
        "candidates": int(asked.retrieval.shape[1]),
        "chosen on": len(choosing.retrieval),
        "chosen": {
            "alone": asdict(alone),
            "both": {**asdict(best), "weight": weight},
            "GAIN_WEIGHT": gain_weight,
            "verdict": verdict_weight,
        },
        "figures": figures,
        "figures where chosen": {name: rank_figures(ranks(score(choosing))) for name, score in rows.items()},
        "both against the better": figures["both, chosen"]["hit@1"] / better if better else None,
    }


class Judge:
    """Scores candidates by retrieval and by the served model; what was scored once is kept."""

    def __init__(self, desk: Desk, models: Models) -> None:
        self.desk = desk
        self.tokenizer = models.tokenizer
        self.generator = inline(NumpyRunner(Weights.of(models.tuned(SERVED)), name=SERVED))
        self.prompt_tokens = self.generator.context_tokens - ANSWER_TOKENS

    def scored(self, name: str, retriever: Retriever, moments: Sequence[Moment]) -> Scored:
        """All candidates of the first answers of ``moments``, ranked among each other's."""
        questions = [reply_question(moment) for moment in moments]
        pools: dict[str, Sequence[str]] = {}

        def seen(question: ReplyQuestion, candidates: Sequence[str]) -> Sequence[float]:
            pools[question.id] = candidates
            return [0.0] * len(candidates)

        reply_ranking(questions, seen)
        rows = Rows(self.desk.folder / f"replies-{name}.jsonl")
        texts = sorted({question.reply for question in questions})
        anywhere = dict(zip(texts, self._likelihoods((), (), texts), strict=True))
        found = []
        for number, (moment, question) in enumerate(zip(moments, questions, strict=True)):
            pool = pools[question.id]
            found.append(
                rows.get(f"{question.id}/{len(questions)}", lambda m=moment, p=pool: self._row(retriever, m, p))
            )
            self.desk.report(f"score replies ({name})", number + 1, len(moments))
        return Scored(
            retrieval=np.array([row["retrieval"] for row in found]),
            given={name: np.array([row[name] for row in found]) for name in GIVEN},
            anywhere=np.array([[anywhere[text] for text in pools[question.id]] for question in questions]),
            tokens=np.array([[len(self._judged(text)) for text in pools[question.id]] for question in questions]),
            verdicts=np.array([row["verdicts"] for row in found]),
        )

    def _row(self, retriever: Retriever, moment: Moment, pool: Sequence[str]) -> dict[str, list[float]]:
        evidence = self.desk.evidence.get(moment.id, [])
        turns = read(moment.context).turns
        return {
            "retrieval": self._retrieval(retriever, moment, pool),
            GIVEN[0]: self._likelihoods(turns, (), pool),
            GIVEN[1]: self._likelihoods(turns, evidence, pool),
            "verdicts": self._verdicts(turns, pool),
        }

    def _retrieval(self, retriever: Retriever, moment: Moment, pool: Sequence[str]) -> list[float]:
        question = reply_question(moment).question
        vectors = self.desk.vectors([question, *pool])
        filters = Filters(
            kinds=frozenset([PassageKind.MOMENT]),
            exclude_sources=frozenset({moment.conversation_id}),
            before=moment.created,
        )
        hits = retriever.search_each([question], vectors[:1], NEIGHBOURS, [filters])
        scores = score_vectors(retriever, question, vectors[0], pool, vectors[1:], hits[0])
        return [float(score) for score in scores]

    def _likelihoods(self, turns: Any, evidence: Sequence[str], texts: Sequence[str]) -> list[float]:
        """Nats, summed over each text's judged tokens."""
        prompt = encode_prompt(self.tokenizer, turns, evidence, max_tokens=self.prompt_tokens)
        return self.generator.score(prompt, [self._judged(text) for text in texts])

    def _verdicts(self, turns: Any, texts: Sequence[str]) -> list[float]:
        prompt = encode_prompt(self.tokenizer, turns, (), max_tokens=self.prompt_tokens)
        ids = [encode_judged(self.tokenizer, text, most=JUDGED_TOKENS) for text in texts]
        return self.generator.score(prompt, ids, judged=1)

    def _judged(self, text: str) -> list[int]:
        return encode_answer(self.tokenizer, text)[:JUDGED_TOKENS]


def ranks(scores: NDArray[np.float64]) -> list[int]:
    """The place of each row's first score among its row, ties against it; scores of shape (questions, candidates)."""
    places: list[int] = (1 + (scores[:, 1:] >= scores[:, :1]).sum(axis=1)).tolist()
    return places


def mrr(scores: NDArray[np.float64]) -> float:
    """Mean reciprocal rank of each row's first score."""
    return float(np.mean(1 / np.array(ranks(scores))))


def _product(found: Scored, weight: float) -> NDArray[np.float64]:
    """``chatbot.dialogue.rank.ranker.combined``, for all at once."""
    return found.retrieval + weight * np.clip(found.reply_model(GAIN), -GAIN_LIMIT, GAIN_LIMIT)
