"""`understudy replay`: replays the newest past questions with what serves now, and writes the page and its JSON.

Only questions that the contract was not made of are counted: what a threshold was chosen on always looks kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.home import new_version_name
from chatbot.learning.backtest.backtest import opened
from chatbot.learning.replay.replay_figures import Terms, figures
from chatbot.learning.replay.replay_page import headline, promise, write
from chatbot.learning.replay.time_saved import AnswerTime, answer_time, median_gap
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.promise import promise_of
from chatbot.storage.queries import corpus
from data.progress import silent

if TYPE_CHECKING:
    from chatbot.home import Current
    from chatbot.learning.backtest.backtest import Backtest
    from chatbot.service.serving.contract import Contract
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.progress import Report

FEWEST = 20
"""Questions below which a replay says nothing."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Which questions: at most ``last``, the newest, created since an ISO date; ``minutes`` an answer takes an agent.

    None stands for the desk's settings, for any date, and for what the history says.
    """

    last: int | None = None
    since: str | None = None
    minutes: float | None = None
    seed: int = 0


async def replay(
    database: Database, settings: Settings, wanted: ReplayOptions, *, report: Report = silent
) -> dict[str, Any]:
    """Replay, count and write. Returns the figures with ``page`` (its path) and the two sentences it begins with.

    What was replayed is kept, so an interrupted run goes on.

    Raises:
        NotReadyError: there is no index, or it cannot be used.
        InputError: nothing is imported, no date, or too few questions; the message says what to do.

    """
    backtest = await opened(database, settings)
    time = AnswerTime(wanted.minutes) if wanted.minutes is not None else await _answer_time(database)
    return await asyncio.to_thread(_replayed, backtest, settings, wanted, time, report)


def _replayed(
    backtest: Backtest, settings: Settings, wanted: ReplayOptions, time: AnswerTime, report: Report
) -> dict[str, Any]:
    home, current = backtest.home, backtest.home.current()
    contract = contract_folder.serving(home)
    questions = backtest.questions(wanted.last or settings.practice, since=wanted.since)
    every = len(questions)
    if contract is not None:
        questions = [each for each in questions if contract.unseen(each.created, each.conversation_id)]
    if len(questions) < FEWEST:
        raise InputError(_too_few(len(questions), contract, wanted))
    cases = backtest.decided(questions, contract, settings, report)
    if backtest.topics is not None:  # people read names
        cases = [replace(case, topic=backtest.topics.name(case.topic)) if case.topic else case for case in cases]
    warnings = []
    if contract is not None and contract.fitted_with.get("adapter") != current.adapter:
        warnings.append(
            "The encoder has learnt since the contract was made: `understudy contracts fit` makes a new one."
        )
    terms = _terms(settings, contract, current, every - len(questions))
    told = figures(cases, terms, time=time, seed=wanted.seed)
    name = new_version_name()
    page = write(home.reports, name, told, cases, warnings=warnings)
    return {
        **told.to_json(),
        "headline": headline(told),
        "promise": promise(told),
        "warnings": warnings,
        "page": str(page),
    }


async def _answer_time(database: Database) -> AnswerTime:
    async with database.read() as session:
        gaps = [median_gap(conversation) async for conversation in corpus.all_conversations(session)]
    return answer_time([gap for gap in gaps if gap is not None])


def _terms(settings: Settings, contract: Contract | None, current: Current, left_out: int) -> Terms:
    versions = {
        "index": current.index,
        "adapter": current.adapter,
        "model": current.model,
        "contract": contract.version if contract else None,
    }
    threshold: float | None = settings.answer_threshold
    promised = promise_of(settings)
    if contract is not None:
        threshold = contract.thresholds_for(promised).overall.answer
    return Terms(promised.risk, promised.sure, contract is not None, threshold, versions, left_out)


def _too_few(count: int, contract: Contract | None, wanted: ReplayOptions) -> str:
    why = f"{count} past questions are too few for a replay ({FEWEST} are needed): "
    if wanted.since is not None or wanted.last is not None:
        return f"{why}ask for more with --last or an earlier --since, or import more."
    if contract is not None:
        return f"{why}the others made the contract that serves. Import newer transcripts."
    return f"{why}import more transcripts (understudy import PATH), then understudy index."
