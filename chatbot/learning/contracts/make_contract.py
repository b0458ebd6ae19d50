"""Makes a contract of a desk's own past and lets it serve where it does not lose: the last step of `understudy train`.

In this order: find the topics anew, fit the ranking on the oldest questions, replay all with it, fit the probability,
choose the thresholds, measure on the newest; where it is asked for, try whether GPT-2 may write (``writing.py``); then
compare on the newest with what serves (``backtest/paired_bootstrap.py``).
A version and its report are written before ``current.json`` changes.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NotReadyError
from chatbot.home import new_version_name, write_atomically
from chatbot.learning.backtest.backtest import opened
from chatbot.learning.backtest.decide import decided_by, with_log_odds
from chatbot.learning.contracts import writing_page
from chatbot.learning.contracts.fit_contract import Making, by_lot, divided, make
from chatbot.learning.contracts.out_of_scope import found_scope
from chatbot.learning.contracts.promotion import judge
from chatbot.learning.contracts.ranking_weights import fitted_ranking
from chatbot.learning.contracts.replay_in_time import fitting_in
from chatbot.learning.contracts.writing import Tried, tried
from chatbot.learning.contracts.written_questions import kept
from chatbot.service.corpus import topics
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.promise import promise_of
from data.progress import silent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatbot.dialogue.decide.error_budget import Promise
    from chatbot.home import Home
    from chatbot.learning.backtest.backtest import Backtest
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.backtest.replay_questions import Replayed
    from chatbot.learning.contracts.out_of_scope import FoundScope
    from chatbot.learning.contracts.promotion import Promotion
    from chatbot.learning.contracts.written_questions import Written
    from chatbot.service.serving.contract import Contract
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.moments import Moment
    from data.progress import Report


async def make_contract(
    database: Database,
    settings: Settings,
    *,
    seed: int = 0,
    seconds: float | None = None,
    writes: bool = False,
    report: Report = silent,
) -> dict[str, Any]:
    """Fit, measure and judge a contract; let it serve if it does not lose. Returns what also goes to ``reports/``.

    What was replayed is kept, so an interrupted run goes on. ``seconds`` bounds the replay: the newest questions that
    fit are asked. ``writes``: the model that serves writes on each of them too, and may do so where that adds.

    Raises:
        NotReadyError: there is no index, or it cannot be used, or no model is there to write.
        InputError: there are too few questions to claim anything, or too few fit; what serves goes on serving.

    """
    written = kept(settings.desk())
    backtest = await opened(database, settings, without_past=bool(written.questions))
    replies_by = backtest.model_to_try() if writes else None
    return await asyncio.to_thread(_made, backtest, written, settings, seed, seconds, replies_by, report)


async def make_contract_if_enough(
    database: Database, settings: Settings, *, seed: int = 0, seconds: float | None = None, report: Report = silent
) -> dict[str, Any]:
    """``make_contract``, but a desk that is too small or not indexed is no error: the verdict says so."""
    try:
        return await make_contract(database, settings, seed=seed, seconds=seconds, report=report)
    except (InputError, NotReadyError) as problem:
        serving = settings.desk().current().contract
        goes_on = f"The contract {serving} goes on serving." if serving else "The setting answer_threshold decides."
        return {"version": None, "promoted": False, "verdict": f"Nothing is promised: {problem} {goes_on}"}


AMPLE = 2.0
"""A contract is made with what the encoder learnt where so many times the questions that a promise needs were held out
of that learning."""


def _made(
    backtest: Backtest,
    written: Written,
    settings: Settings,
    seed: int,
    seconds: float | None,
    replies_by: str | None,
    report: Report,
) -> dict[str, Any]:
    until = None if seconds is None else time.monotonic() + seconds
    home = backtest.home
    created = datetime.now(UTC).isoformat(timespec="seconds")
    discovered = topics.discover(home, backtest.retriever, created, seed=seed, report=report)
    backtest = replace(backtest, topics=discovered if discovered.topics else None)
    promise = promise_of(settings)
    backtest, questions = replayable(backtest, settings, promise, beside=len(written.questions))
    some = questions
    if until is not None:
        some = fitting_in(backtest, written.moments, questions, until, promise, report)
    hurried, questions = len(some) < len(questions), some
    oldest, _, newest = divided(questions)
    # In a hurry the ranking that ships is kept: another one would have everything asked again.
    ranking = None if hurried else fitted_ranking(backtest, oldest, report, seed=seed)
    replayed = backtest.replay(questions, report, ranking=ranking)
    unseen = {moment.conversation_id for moment in newest}
    scope = found_scope(backtest, questions, unseen, report, most=len(questions) // 3 if hurried else None, seed=seed)
    replayed, out_of_scope = _with_scope(backtest, replayed, scope, ranking, report)
    asked = written.judged(
        backtest.in_scope(
            backtest.replay(written.moments, report, ranking=ranking).cases, scope.scope if scope is not None else None
        )
    )
    making = Making(
        version=new_version_name(),
        created=created,
        fitted_with=_versions(backtest),
        promise=promise,
        same_above=replayed.same_above,
        ranking=ranking,
        seed=seed,
        scope=scope.scope if scope is not None else None,
        out_of_scope=out_of_scope,
        written=asked,
        replies_by=replies_by,
    )
    judges = [*newest, *by_lot(written.moments)[2]]
    found = _found(backtest, written, replayed.cases, making, [*questions, *written.moments], judges, report)
    contract = found.contract
    gate = judge(backtest, contract, found.measured, judges, written, settings, report)
    contract_folder.save(home.contracts / contract.version, contract)
    contract_folder.load(home.contracts / contract.version)  # what was written can be read before anything relies on it
    outcome = _outcome(contract, gate, set_aside=gate.passed and home.current().adapter not in {None, backtest.adapter})
    outcome["writing"] = _shown(home, contract.version, found.told)
    write_atomically(home.reports / f"contract-{contract.version}.json", json.dumps(outcome, indent=2) + "\n")
    if gate.passed:
        home.promote(contract=contract.version, adapter=backtest.adapter or "")
    elif gate.adapter_back:
        home.promote(adapter=gate.adapter_back.previous_adapter or "", over=gate.adapter_back)
    return outcome


def _found(
    backtest: Backtest,
    written: Written,
    cases: Sequence[Case],
    making: Making,
    questions: Sequence[Moment],
    judges: Sequence[Moment],
    report: Report,
) -> Tried:
    """The contract of these cases; with a model to try the one that lets it write, where that adds."""
    contract = make(cases, replace(making, replies_by=None))
    names = {moment.id for moment in judges}
    measured = decided_by(contract, [case for case in (*cases, *making.written) if case.id in names])
    if making.replies_by is None:
        return Tried(contract, measured)
    wrote = backtest.replay(questions, report, ranking=making.ranking, replies_by=making.replies_by).cases
    replies = written.judged(backtest.in_scope(wrote, making.scope))
    return tried(contract, measured, cases, making, replies)


def _shown(home: Home, version: str, told: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is told of the trial, with the path of its page; customers' words stand there alone."""
    if told is None:
        return None
    path = home.reports / f"writing-{version}.html"
    write_atomically(path, writing_page.page(told))
    return {name: value for name, value in told.items() if name != "side_by_side"} | {"page": str(path)}


def _versions(backtest: Backtest) -> dict[str, str | None]:
    return {
        "index": backtest.home.current().index,
        "adapter": backtest.adapter,
        "encoder": backtest.retriever.encoder.fingerprint,
    }


def _with_scope(
    backtest: Backtest,
    replayed: Replayed,
    found: FoundScope | None,
    ranking: Mapping[str, float] | None,
    report: Report,
) -> tuple[Replayed, list[Case]]:
    """The cases with what is known of their questions' scope, and those of questions out of scope."""
    if found is None:
        return replayed, []
    asked = backtest.replay([moment for moment, _ in found.out_of_scope], report, ranking=ranking).cases
    out_of_scope = [with_log_odds(case, value) for case, (_, value) in zip(asked, found.out_of_scope, strict=True)]
    return replace(replayed, cases=tuple(backtest.in_scope(found.in_scope(replayed.cases), found.scope))), out_of_scope


def replayable(
    backtest: Backtest, settings: Settings, promise: Promise, *, beside: int = 0
) -> tuple[Backtest, list[Moment]]:
    """What is replayed. Where too few questions were held out of tuning, what the encoder learnt is set aside.

    A small desk gains more by a promise than by its adapter, and without one every question may be replayed. ``beside``
    so many written questions are asked, from which no encoder learns.
    """
    questions = backtest.questions(settings.practice)
    if backtest.adapter is not None and len(questions) + beside < AMPLE * promise.cases:
        backtest = backtest.without_adapter()
        questions = backtest.questions(settings.practice)
    return backtest, questions


def _outcome(contract: Contract, gate: Promotion, *, set_aside: bool) -> dict[str, Any]:
    name = contract.version
    verdict = f"{name} serves now." if gate.passed else f"{name} is kept but does not serve."
    if gate.adapter_back:
        verdict += " What the encoder learnt last is set aside with it."
    if set_aside:
        verdict += " What the encoder learnt is set aside: too few questions were held out of it to promise anything."
    return {
        "version": name,
        "created": contract.created,
        "fitted_with": dict(contract.fitted_with),
        "promise": {"risk": contract.thresholds.promise.risk, "sure": contract.thresholds.promise.sure},
        "thresholds": contract.thresholds.to_json(),
        "ranking": contract.ranking,
        "same_above": contract.same_above,
        "figures": dict(contract.figures),
        "promoted": gate.passed,
        "verdict": " ".join([verdict, *([contract.sentence()] if gate.passed else []), gate.sentence]),
    }
