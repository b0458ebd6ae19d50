"""One session of the labelling page: the newest questions replayed, decided, and a sample of them drawn."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.clock import real_clock
from chatbot.errors import InputError
from chatbot.learning.backtest.backtest import opened
from chatbot.learning.backtest.verdicts import FILE, Judgement, digest
from chatbot.learning.labelling.sample import SAMPLE, sampled
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.promise import promise_of
from data.progress import silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from chatbot.clock import Clock
    from chatbot.learning.backtest.backtest import Backtest
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.backtest.verdicts import Verdicts
    from chatbot.service.serving.contract import Contract
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.progress import Report


async def open_session(
    database: Database,
    settings: Settings,
    *,
    count: int = SAMPLE,
    written: bool = False,
    report: Report = silent,
    clock: Clock | None = None,
) -> LabellingSession:
    """The replies to be judged, from the newest past questions; what was replayed already is not replayed again.

    ``written``: those that the model that serves writes, instead of what would be answered now.

    Raises:
        NotReadyError: there is no index, or it cannot be used; or no model serves that could write.
        InputError: nothing is imported, or no reply was found to any question.

    """
    backtest = await opened(database, settings)
    clock = clock or real_clock()
    return await asyncio.to_thread(_open, backtest, settings, count, clock, report, written=written)


def _open(
    backtest: Backtest, settings: Settings, count: int, clock: Clock, report: Report, *, written: bool
) -> LabellingSession:
    contract = contract_folder.serving(backtest.home) or _kept(backtest)
    questions = backtest.questions(settings.practice)
    if written:
        cases = backtest.written_by(backtest.model_to_try(), contract, questions, report)
    else:
        cases = backtest.decided(questions, contract, settings, report)
    threshold: float | None = settings.answer_threshold
    if contract is not None:
        threshold = contract.thresholds_for(promise_of(settings)).overall.answer
    chosen = sampled(cases, threshold, count=count)
    if not chosen:
        raise InputError(
            f"There is no reply to judge: none of {len(cases)} past questions has one that passes its checks. Import "
            "more transcripts (understudy import PATH), then understudy index."
        )
    return LabellingSession(backtest.home.path / FILE, tuple(chosen), clock.now)


def _kept(backtest: Backtest) -> Contract | None:
    """The newest contract, which does not serve: of replies like its own the next one is made, so they are judged."""
    contract = contract_folder.newest(backtest.home)
    fits = contract is not None and contract.fitted_with.get("adapter") in {None, backtest.adapter}
    return contract if fits else None


@dataclass(frozen=True, slots=True)
class LabellingSession:
    """One session: the cases that are asked about, and the file that the answers go to."""

    path: Path
    cases: tuple[Case, ...]
    now: Callable[[], datetime]

    def record(self, case_id: str, said: Judgement) -> None:
        """Write a judgement; it is on the disk when this returns.

        Raises:
            KeyError: the case is none of those that are asked about.
            OSError: the disk is full, say.

        """
        case = next((one for one in self.cases if one.id == case_id), None)
        if case is None or case.ours is None:
            raise KeyError(case_id)
        row = {
            "case": case.id,
            "reply": digest(case.ours),
            "judgement": str(said),
            "at": self.now().isoformat(timespec="seconds"),
        }
        line = (json.dumps(row) + "\n").encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            if file.tell():  # a line torn by a full disk or a power cut must not take this one with it
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def said(self, given: Verdicts) -> dict[str, Judgement]:
        """The judgements given so far of this session's replies, by case id."""
        found = {case.id: given.get((case.id, digest(case.ours or ""))) for case in self.cases}
        return {name: said for name, said in found.items() if said is not None}


def case_to_json(case: Case, said: Judgement | None) -> dict[str, Any]:
    """What the page shows of a case. Our probability and decision are left out: they would sway the judgement."""
    return {
        "id": case.id,
        "question": case.question,
        "ours": case.ours,
        "theirs": case.theirs,
        "language": case.language,
        "judgement": None if said is None else str(said),
    }
