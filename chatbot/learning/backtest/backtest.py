"""A desk opened for backtesting: its history, its index as it is now, and any version to replay past questions with.

Brings together what ``replay_questions.py`` asks and what a contract holds. Whoever wants to fit a contract, to report
a replay or to compare two versions opens one and asks it for cases.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from chatbot.dialogue.decide.error_budget import Promise, Threshold, Thresholds
from chatbot.dialogue.decide.policy import Policy, is_out_of_scope
from chatbot.dialogue.pipeline import Pipeline
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.dialogue.rank.scope import FEATURE
from chatbot.dialogue.text.greetings import is_only_greeting
from chatbot.errors import InputError, NotReadyError
from chatbot.learning import encoder_tuning
from chatbot.learning.backtest.decide import decided, decided_by, likelier, with_log_odds
from chatbot.learning.backtest.replay_questions import (
    Replayed,
    Setup,
    VectorCacheEncoder,
    forget_other_indexes,
    replay,
)
from chatbot.learning.backtest.verdicts import overruled, verdicts
from chatbot.service.corpus.history import by_time, known_moments, unlearnt
from chatbot.service.serving import index_follower
from chatbot.service.serving.contract_in_use import served_topics
from chatbot.service.serving.loader import load_retriever
from chatbot.service.serving.model_in_use import load_model
from chatbot.service.serving.promise import promise_of
from data.progress import silent
from data.times import parse_time
from retrieval.adapter.adapter import AdapterError, DeskAdapter
from retrieval.encoder.vector_cache import VectorCache
from retrieval.search.reply_scores import ReplyWeights
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from chatbot.dialogue.rank.scope import Scope
    from chatbot.dialogue.write.language_model import ReplyModel
    from chatbot.home import Home
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.backtest.verdicts import Verdicts
    from chatbot.service.serving.contract import Contract
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.moments import Moment
    from data.progress import Report
    from retrieval.topics.topics import Topics


@dataclass(frozen=True, slots=True)
class Backtest:
    """One desk. ``retriever`` looks texts up in ``cache`` before it embeds them; ``moments`` are all, oldest first.

    ``adapter`` is the version that the encoder learnt last, used where no other is named; ``corroborated`` the setting.
    """

    home: Home
    adapter: str | None
    retriever: Retriever
    cache: VectorCache
    moments: tuple[Moment, ...]
    topics: Topics | None
    verdicts: Verdicts
    corroborated: int

    def questions(self, most: int, *, since: str | None = None) -> list[Moment]:
        """The newest questions, at most so many, oldest first: those that nothing which is asked has learnt from.

        Raises:
            InputError: ``since`` is no date.

        """
        start = parse_time(since)
        if since is not None and start is None:
            raise InputError(f"Expected an ISO date such as 2024-12-31, found {since!r}.")
        fitting = [
            moment
            for moment in unlearnt(self.moments, self.held_out)
            if not is_only_greeting(moment.answer)  # then nothing was asked
            and (start is None or ((made := parse_time(moment.created)) is not None and made >= start))
        ]
        return fitting[-most:]

    @property
    def held_out(self) -> float:
        """The share of the conversations that may be replayed: where an adapter serves, what tuning held out."""
        return encoder_tuning.STOPPING + encoder_tuning.JUDGING if self.adapter else 1.0

    def without_adapter(self) -> Backtest:
        """The same with the encoder as it is, so that every question may be replayed."""
        return replace(self, adapter=None, retriever=Retriever(self.retriever.live, self.retriever.encoder, None))

    def replay(
        self,
        questions: Sequence[Moment],
        report: Report = silent,
        *,
        ranking: Mapping[str, float] | None = None,
        adapter: str | None = "",
        composes: bool = True,
        replies_by: str | None = None,
    ) -> Replayed:
        """Replay questions with a ranking (None: as shipped) and an adapter ("": the one learnt last; None: none).

        With a contract replies are composed as well, so a contract is made of such cases; without one they are not.
        A verdict that a person gave on a reply stands above what was found. ``replies_by`` is a model's version: the
        cases are of the best that it wrote on each question, and of nothing else.

        Raises:
            NotReadyError: the adapter or the model cannot be used.

        """
        setup = self._setup(
            ranking, self.adapter if adapter == "" else adapter, composes=composes, replies_by=replies_by
        )
        replayed = replay(self.home, setup, questions, self.moments, self.cache, report)
        cases = tuple(overruled(case, self.verdicts) for case in self._in_topics(replayed.cases))
        return replace(replayed, cases=cases)

    def _in_topics(self, cases: Sequence[Case]) -> Sequence[Case]:
        """The cases with the topics as they are now: those on disk may be older."""
        if self.topics is None or not cases:
            return cases
        names = self.topics.assign(self.retriever.encoder.encode([case.question for case in cases]))
        return [
            replace(case, topic=name, out_of_scope=is_out_of_scope(name, case.features))
            for case, name in zip(cases, names, strict=True)
        ]

    def in_scope(self, cases: Sequence[Case], scope: Scope | None) -> list[Case]:
        """The cases with what a contract's scope makes of their questions; those that know it keep what they know."""
        if scope is None or not cases:
            return list(cases)
        values = scope.log_odds(self.retriever.encoder.encode([case.question for case in cases])).tolist()
        return [
            case if FEATURE in case.features else with_log_odds(case, value)
            for case, value in zip(cases, values, strict=True)
        ]

    def replayed_for(self, contract: Contract, questions: Sequence[Moment], report: Report = silent) -> Replayed:
        """Replay questions with what a contract was made with; nothing is decided yet.

        Raises:
            NotReadyError: its adapter or the model that it lets write cannot be used.

        """
        replayed = self.replay(questions, report, ranking=contract.ranking, adapter=contract.fitted_with.get("adapter"))
        cases = self.in_scope(replayed.cases, contract.scope)
        if contract.replies_by is not None:
            wrote = self.written_by(contract.replies_by, contract, questions, report)
            cases = likelier(cases, {case.id: case for case in wrote}, contract.probability_model)
        return replace(replayed, cases=tuple(cases))

    def written_by(
        self, model: str, contract: Contract | None, questions: Sequence[Moment], report: Report = silent
    ) -> list[Case]:
        """What a model writes of what is found with a contract's ranking and adapter, or as without a contract.

        Raises:
            NotReadyError: the adapter or the model cannot be used.

        """
        if contract is None:
            return list(self.replay(questions, report, replies_by=model).cases)
        adapter = contract.fitted_with.get("adapter")
        wrote = self.replay(questions, report, ranking=contract.ranking, adapter=adapter, replies_by=model)
        return self.in_scope(wrote.cases, contract.scope)

    def model_to_try(self) -> str:
        """The model that serves.

        Raises:
            NotReadyError: there is none that could write.

        """
        version = self.home.current().model
        if version is None:
            raise NotReadyError("No model serves that could write: understudy train makes one.")
        return version

    def decided(
        self, questions: Sequence[Moment], contract: Contract | None, settings: Settings, report: Report = silent
    ) -> list[Case]:
        """What a desk with this contract, or with none, makes of the questions."""
        if contract is None:
            policy = Policy(answer_threshold=settings.answer_threshold)
            return decided(self.replay(questions, report, composes=False).cases, ProbabilityModel.default(), policy)
        thresholds = contract.thresholds_for(promise_of(settings))
        return decided_by(contract, self.replayed_for(contract, questions, report).cases, thresholds)

    def _setup(
        self, ranking: Mapping[str, float] | None, adapter: str | None, *, composes: bool, replies_by: str | None
    ) -> Setup:
        retriever = self.retriever
        if adapter != self.adapter:
            encoder = retriever.encoder
            retriever = Retriever(retriever.live, encoder, _adapter(self.home, adapter, encoder.fingerprint))
        silenced = Policy(thresholds=Thresholds(Promise(), Threshold(None, suggest=1.0)))
        weights = None if ranking is None else ReplyWeights(**ranking)
        pipeline = Pipeline(
            retriever,
            None if replies_by is None else _reply_model(self.home.models / replies_by),
            silenced,
            ranking=weights,
            composes=composes,
            writes=replies_by is not None,
            corroborated=self.corroborated,
        )
        named = {
            "index": self.home.current().index,
            "adapter": adapter,
            "ranking": None if ranking is None else repr(sorted(ranking.items())),
            "composes": str(composes),
            "corroborated": str(self.corroborated),
            **({} if replies_by is None else {"replies_by": replies_by}),
        }
        return Setup(retriever, pipeline, named, writes=replies_by is not None)


async def opened(database: Database, settings: Settings, *, without_past: bool = False) -> Backtest:
    """The desk that serves, ready to be backtested; its index is brought up to date, so that nothing deleted is shown.

    ``without_past``: there is something to ask beside past questions, so a desk of articles alone will do.

    Raises:
        NotReadyError: there is no index, or it or its adapter cannot be used.
        InputError: nothing is imported that could be asked again.

    """
    home = settings.desk().create()
    retriever = await asyncio.to_thread(load_retriever, home)
    await index_follower.bring_up_to_date(database, home, retriever)
    moments = by_time(await known_moments(database))
    if not moments and not without_past:
        raise InputError("No past question to ask again: import transcripts first (understudy import PATH).")
    return await asyncio.to_thread(_opened, home, retriever, moments, settings.corroborated)


def _opened(home: Home, retriever: Retriever, moments: Sequence[Moment], corroborated: int) -> Backtest:
    forget_other_indexes(home, home.current().index)
    encoder = retriever.encoder
    cache = VectorCache(home.embeddings, encoder)
    adapter = home.current().adapter
    loaded = _adapter(home, adapter, encoder.fingerprint)
    return Backtest(
        home=home,
        adapter=adapter,
        retriever=Retriever(retriever.live, VectorCacheEncoder(encoder, cache), loaded),
        cache=cache,
        moments=tuple(moments),
        topics=served_topics(home, encoder.fingerprint)[0],
        verdicts=verdicts(home),
        corroborated=corroborated,
    )


@lru_cache(maxsize=1)
def _reply_model(folder: Path) -> ReplyModel:
    """The model of a version, kept for the questions of one backtest after another."""
    found = load_model(folder)
    if found.reply_model is None:
        raise NotReadyError(" ".join(found.notes))
    return found.reply_model


def _adapter(home: Home, version: str | None, encoder: str) -> DeskAdapter | None:
    if version is None:
        return None
    try:
        return DeskAdapter.load(home.adapters / version, encoder)
    except AdapterError as problem:
        raise NotReadyError(str(problem)) from problem
