"""Answers one message: read, retrieve, write, check, rank, ask, decide. The steps are beside; here is their order.

A message that asks several things goes through them once for each.

Works without a language model (retrieval only) and keeps a trace of everything it considered. Synchronous; called from
the one thread that owns the models.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.ask import usual_question
from chatbot.dialogue.check.backing import CORROBORATED, Backing
from chatbot.dialogue.check.candidate import checked
from chatbot.dialogue.check.drafted import doubts
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.decide.policy import Policy, is_out_of_scope
from chatbot.dialogue.parts import joined, parts_of
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.dialogue.rank.ranker import GAIN_WEIGHT, Ranker
from chatbot.dialogue.readings import fitting, readings
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.trace import Considered, answer_of
from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import EVIDENCE_FOR_DRAFT, EVIDENCE_REACH, composed, past_answers
from chatbot.dialogue.write.excerpt import excerpts
from chatbot.engine.protocol import never
from chatbot.errors import NoModelError
from data.transcripts import Role, Turn
from retrieval.index.filters import Filters
from retrieval.search.sayings import Sayings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Answer, Candidate
    from chatbot.dialogue.check.drafted import Doubt
    from chatbot.dialogue.complete.completer import Completer, Completion
    from chatbot.dialogue.decide.policy import PolicyVerdict
    from chatbot.dialogue.rank.consensus import Order
    from chatbot.dialogue.rank.scope import Scope
    from chatbot.dialogue.readings import Reading
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.language_model import ReplyModel
    from retrieval.search.reply_scores import ReplyWeights
    from retrieval.search.retriever import Retriever

_TYPED_AT_ONCE = 16
"""Conversations whose evidence is kept while somebody types an answer."""


class TopicOf(Protocol):
    """Assigns questions to topics."""

    def topic_of(self, vector: NDArray[np.float32]) -> str | None:
        """The id of the topic that a question's vector (d) belongs to."""


class Pipeline:
    """Answers, ranks, suggests and completes with one index and, where there is one, one model version."""

    def __init__(
        self,
        retriever: Retriever,
        reply_model: ReplyModel | None = None,
        policy: Policy | None = None,
        *,
        probability_model: ProbabilityModel | None = None,
        scope: Scope | None = None,
        ranking: ReplyWeights | None = None,
        topics: TopicOf | None = None,
        versions: Mapping[str, str | None] | None = None,
        gain_weight: float = GAIN_WEIGHT,
        completer: Completer | None = None,
        composes: bool | None = None,
        corroborated: int = CORROBORATED,
    ) -> None:
        """Join what is loaded; ``probability_model``, ``scope``, ``ranking`` and the thresholds are the contract's.

        ``composes``: whether what agents agree on is preferred to what is nearest, and a reply composed of several past
        answers stands beside each as it is. None: where the probability was fitted, for nothing else says how often
        such replies are right. ``corroborated``: the conversations with different customers that have to say what is
        specific in an answer.
        """
        self._retriever = retriever
        self._policy = policy or Policy()
        model = probability_model or ProbabilityModel.default()
        self._topics = topics
        self._composes = model.fitted if composes is None else composes
        self._backing = partial(backing_of, retriever, corroborated)
        self._ranker = Ranker(
            retriever,
            reply_model,
            gain_weight=gain_weight,
            weights=ranking,
            probability_model=model,
            scope=scope,
            usual=self._composes,
        )
        named = {"model": reply_model.name if reply_model else None, **(versions or {})}
        self._outcome = partial(answer_of, self._policy, model, named)
        self._completer = completer
        self._while_typing = lru_cache(maxsize=_TYPED_AT_ONCE)(
            partial(_read_for_typing, retriever, self._ranker, self._backing)
        )

    def answer(
        self,
        turns: Sequence[Turn],
        *,
        on_delta: Callable[[str], None] | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Answer:
        """Answer the conversation or hand it over.

        ``on_delta`` gets the sentences of a composed reply once it is decided that it is sent; ``should_stop`` keeps it
        from being composed.
        """
        window = read(turns)
        return self._in_parts(window, turns, should_stop) or self._answer(window, Filters(), on_delta, should_stop)

    def backtest(self, turns: Sequence[Turn], *, before: str | None, exclude_source: str) -> Answer:
        """``answer`` as it would have been then: from replies given before a date, none of this conversation.

        Articles are as they are now, for the date of one is that of its last change.

        A message that asks several things is taken whole, as its agent answered it.

        Raises:
            ValueError: ``before`` is no date.

        """
        known = Filters(before=before, exclude_sources=frozenset([exclude_source]))
        return self._answer(read(turns), known, None, never)

    def _in_parts(self, window: Window, turns: Sequence[Turn], should_stop: Callable[[], bool]) -> Answer | None:
        """The answers to the questions of a message, joined; None where it is to be answered whole."""
        parts = parts_of(turns)
        if not parts or self._policy.decide_at_once(window) is not None:
            return None
        return joined(window, parts, [self._answer(read(each.turns), Filters(), None, should_stop) for each in parts])

    def _answer(
        self,
        window: Window,
        known: Filters,
        on_delta: Callable[[str], None] | None,
        should_stop: Callable[[], bool],
    ) -> Answer:
        at_once = self._policy.decide_at_once(window)
        if at_once is not None:
            return self._outcome(Considered(window), at_once)

        window = window.respelt(self._retriever.respelt)
        tried = []
        for reading in readings(window, self._retriever.live.view, known):
            considered, verdict = self._considered(reading, should_stop)
            tried.append((considered, verdict))
            if verdict.decision is Decision.ANSWER:
                break
        else:
            considered, verdict = next((each for each in tried if each[0].best), tried[-1])
        sent = considered.sent(verdict.decision)
        if on_delta is not None and sent is not None:
            for text in sent.pieces:
                on_delta(text)
        return self._outcome(considered, verdict)

    def _considered(self, reading: Reading, should_stop: Callable[[], bool]) -> tuple[Considered, PolicyVerdict]:
        """What is found and made for one reading of a question, and what is decided of it."""
        window = reading.window
        retrieved = retrieve(window, self._retriever, reading.known, reading.told)
        topic = self._topic(reading, retrieved)

        backing = self._backing(retrieved)
        order, candidates = _checked_past(window, retrieved, self._ranker, backing)
        candidates = fitting(reading, candidates, retrieved.by_id, self._retriever)
        if self._composes and reading.language is None and not should_stop():
            drafts = composed(window, order.best(candidates), retrieved.near)
            candidates += checked(drafts, window, order.hits, backing)

        ranked = tuple(self._ranker.ranked(window, candidates, retrieved))
        best = next((candidate for candidate in ranked if candidate.passed), None)
        probability = best.probability if best else 0.0

        sure = best is not None and self._policy.may_answer(best, probability, topic)
        settled = reading.told_in is not None or sure
        question = None if settled else usual_question(window, retrieved, backing)

        unknown = self._topics is not None and best is not None and is_out_of_scope(topic, best.features)
        verdict = self._policy.decide(ranked, best, probability, topic=topic, out_of_scope=unknown, question=question)
        hits = (*retrieved.hits, *retrieved.beside)
        return Considered(reading.asked, ranked, best, topic, question, hits, reading.told_in), verdict

    def _topic(self, reading: Reading, retrieved: Retrieved) -> str | None:
        """What the question is about, in the desk's own words where it was asked in another language."""
        if self._topics is None:
            return None
        glossed = reading.glossed
        asked = retrieved.question if glossed is None else self._retriever.encoder.encode([glossed.question])[0]
        return self._topics.topic_of(asked)

    def rank(self, turns: Sequence[Turn], candidates: Sequence[str]) -> list[float]:
        """Score candidate replies, in their order; higher is more likely ours."""
        return self._ranker.scores(read(turns), candidates)

    def suggest(self, turns: Sequence[Turn], k: int = 3) -> list[Candidate]:
        """Up to k replies for an agent to choose from, best first.

        Whatever the confidence is; replies that failed a check (a slot to fill in, say) come last, with the
        failure in their checks.
        """
        return _suggested(read(turns), self._retriever, self._ranker, self._backing)[0][:k]

    def complete(self, turns: Sequence[Turn], draft: str) -> Completion:
        """The likely rest of the sentence in which an agent's ``draft`` of a reply breaks off, or nothing.

        What the desk knows of the question is looked up once while the dialogue and the index stay as they are.

        Raises:
            NoModelError: it was built without anything that can complete.

        """
        if self._completer is None:
            raise NoModelError("No model serves that can complete a draft: `understudy train` makes one.")
        window, evidence, backing = self._typed_into(turns)
        return self._completer.complete(window.turns, draft, evidence, backing)

    def doubts(self, turns: Sequence[Turn], draft: str) -> list[Doubt]:
        """Facts of an agent's draft that contradict what the desk knows of the question."""
        window, evidence, _ = self._typed_into(turns)
        return doubts(draft, Sources(evidence, "\n".join(turn.text for turn in window.turns)))

    def _typed_into(self, turns: Sequence[Turn]) -> tuple[Window, tuple[str, ...], Backing]:
        """What is known of a conversation while its agent types; looked up once while it stays as it is."""
        said = tuple((turn.role, turn.text) for turn in turns)
        return self._while_typing(said, self._retriever.live.view.change)


def backing_of(retriever: Retriever, corroborated: int, retrieved: Retrieved) -> Backing:
    """Who says what, near a question and in the whole desk."""
    view = retriever.live.view
    near = [hit.passage for hit in (*retrieved.moments, *retrieved.articles, *retrieved.beside)]
    sayings = Sayings(view, retrieved.known)
    return Backing(near, sayings.using, sayings.is_common, corroborated, named=view.agents > 0)


def _checked_past(
    window: Window, retrieved: Retrieved, ranker: Ranker, backing: Backing
) -> tuple[Order, list[Candidate]]:
    """In which order what was found is considered; what articles say, and the past answers in it, checked."""
    order = ranker.order(retrieved)
    drafts = [*excerpts(window, retrieved.parts), *past_answers(window, order.hits)]
    cited = [retrieved.by_id[name] for draft in drafts for name in draft.evidence_ids]
    hits = {hit.passage.id: hit for hit in (*order.hits, *cited)}
    return order, [*checked(drafts, window, [*hits.values()], backing)]


def _suggested(
    window: Window, retriever: Retriever, ranker: Ranker, backs: Callable[[Retrieved], Backing]
) -> tuple[list[Candidate], Backing]:
    """Past answers and article passages, best first, and what backs them.

    Those come last that failed a check beyond that others say the same: what waits is for people to judge.
    """
    window = window.respelt(retriever.respelt)
    found: list[Candidate] = []
    for reading in readings(window, retriever.live.view, Filters()):
        retrieved = retrieve(reading.window, retriever, reading.known, reading.told)
        backing = backs(retrieved)
        if window.has_words:
            _, candidates = _checked_past(reading.window, retrieved, ranker, backing)
            candidates = fitting(reading, candidates, retrieved.by_id, retriever)
            found += ranker.ranked(reading.window, candidates, retrieved)
    return sorted(found, key=lambda candidate: not candidate.passed_for_people), backing


def _read_for_typing(
    retriever: Retriever,
    ranker: Ranker,
    backs: Callable[[Retrieved], Backing],
    said: tuple[tuple[Role, str], ...],
    change: int,
) -> tuple[Window, tuple[str, ...], Backing]:
    """The window of a conversation and what its agent is likely to draw on, as the index is after ``change``."""
    del change  # it stands in the key of what is kept: what was deleted since must not be completed
    window = read([Turn(role, text) for role, text in said])
    found, backing = _suggested(window, retriever, ranker, backs)
    near = max((candidate.features["similarity"] for candidate in found), default=0.0) - EVIDENCE_REACH
    texts = [candidate.text for candidate in found if candidate.features["similarity"] >= near]
    return window, tuple(texts[:EVIDENCE_FOR_DRAFT]), backing
