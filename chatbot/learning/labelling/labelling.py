"""Makes a sitting of the labelling page ready: the newest questions played, decided, and a sample of them drawn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chatbot.clock import real_surroundings
from chatbot.dialogue.decide.error_budget import Promise
from chatbot.errors import InputError
from chatbot.learning.backtest.backtest import opened
from chatbot.learning.backtest.verdicts import FILE, SAMPLE, Labelling, sampled
from chatbot.service.serving import contract_versions as contract_folder
from data.progress import silent

if TYPE_CHECKING:
    from chatbot.clock import Surroundings
    from chatbot.learning.backtest.backtest import Rehearsal
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.progress import Report


async def sitting(
    database: Database,
    settings: Settings,
    *,
    count: int = SAMPLE,
    report: Report = silent,
    surroundings: Surroundings | None = None,
) -> Labelling:
    """The replies to be judged, from the newest past questions; what was played already is not played again.

    Raises:
        NotReadyError: there is no index, or it cannot be used.
        InputError: nothing is imported, or no reply was found to any question.

    """
    rehearsal = await opened(database, settings)
    around = surroundings or real_surroundings()
    return await asyncio.to_thread(_sitting, rehearsal, settings, count, around, report)


def _sitting(
    rehearsal: Rehearsal, settings: Settings, count: int, surroundings: Surroundings, report: Report
) -> Labelling:
    contract = contract_folder.serving(rehearsal.home)
    cases = rehearsal.decided(rehearsal.questions(settings.practice), contract, settings, report)
    threshold: float | None = settings.answer_threshold
    if contract is not None:
        threshold = contract.thresholds_for(Promise(settings.risk, settings.sure)).overall.answer
    chosen = sampled(cases, threshold, count=count)
    if not chosen:
        raise InputError(
            f"There is no reply to judge: none of {len(cases)} past questions has one that passes its checks. Import "
            "more transcripts (understudy import PATH), then understudy index."
        )
    return Labelling(rehearsal.home.path / FILE, tuple(chosen), surroundings.now)
