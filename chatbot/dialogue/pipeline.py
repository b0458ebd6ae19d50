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
from chatbot.dialogue.found import Found, backing_of, checked_past, drafted, read_for_typing, suggested
from chatbot.dialogue.parts import joined, parts_of
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.dialogue.rank.ranker import GAIN_WEIGHT, Ranker
from chatbot.dialogue.readings import fitting, readings
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.trace import Considered, answer_of
from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import composed
from chatbot.engine.protocol import never
from chatbot.errors import NoModelError
from retrieval.index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Answer, Candidate
    from chatbot.dialogue.check.drafted import Doubt
    from chatbot.dialogue.complete.completer import Completer, Completion
    from chatbot.dialogue.decide.policy import PolicyVerdict
    from chatbot.dialogue.rank.scope import Scope
    from chatbot.dialogue.readings import Reading
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.language_model import ReplyModel
    from data.transcripts import Turn
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
        writes: bool = False,
        corroborated: int = CORROBORATED,
    ) -> None:
        """Join what is loaded; ``probability_model``, ``scope``, ``ranking`` and the thresholds are the contract's.

        ``composes``: whether what agents agree on is preferred to what is nearest, and a reply composed of several past
        answers stands beside each as it is. None: where the probability was fitted, for nothing else says how often
        such replies are right. ``writes``: where nothing is sure enough to be sent, the model writes of what was found.
        ``corroborated``: the conversations with different customers that have to say what is specific in an answer.
        """
        self._retriever = retriever
        self._policy = policy or Policy()
        model = probability_model or ProbabilityModel.default()
        self._topics = topics
        self._composes = model.fitted if composes is None else composes
        self._writer = reply_model if writes else None
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
            partial(read_for_typing, retriever, self._ranker, self._backing)
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
        order, candidates = checked_past(window, retrieved, self._ranker, backing)
        candidates = fitting(reading, candidates, retrieved.by_id, self._retriever)
        if self._composes and reading.language is None and not should_stop():
            drafts = composed(window, order.best(candidates), retrieved.near)
            candidates += checked(drafts, window, order.hits, backing)

        ranked, best, sure = self._ranked(window, candidates, retrieved, topic)
        if self._writer is not None and not sure and reading.language is None and not should_stop():
            found = Found(self._retriever, retrieved, order, backing)
            drafts = drafted(self._writer, window, found, ranked, should_stop)
            texts = {each.text for each in drafts}
            candidates = [*(each for each in candidates if each.text not in texts), *drafts]
            ranked, best, sure = self._ranked(window, candidates, retrieved, topic)
        probability = best.probability if best else 0.0

        settled = reading.told_in is not None or sure
        question = None if settled else usual_question(window, retrieved, backing)

        unknown = self._topics is not None and best is not None and is_out_of_scope(topic, best.features)
        verdict = self._policy.decide(ranked, best, probability, topic=topic, out_of_scope=unknown, question=question)
        hits = (*retrieved.hits, *retrieved.beside)
        return Considered(reading.asked, ranked, best, topic, question, hits, reading.told_in), verdict

    def _ranked(
        self, window: Window, candidates: Sequence[Candidate], retrieved: Retrieved, topic: str | None
    ) -> tuple[tuple[Candidate, ...], Candidate | None, bool]:
        """The candidates in their order, the best that passed its checks, and whether it may be sent."""
        ranked = tuple(self._ranker.ranked(window, candidates, retrieved))
        best = next((candidate for candidate in ranked if candidate.passed), None)
        return ranked, best, best is not None and self._policy.may_answer(best, best.probability, topic)

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
        return suggested(read(turns), self._retriever, self._ranker, self._backing)[0][:k]

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
