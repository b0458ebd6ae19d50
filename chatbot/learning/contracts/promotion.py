"""Whether a new contract may serve: it proves something, and does not lose against what serves. Fits nothing.

What serves may be an older contract or none. On questions that neither was made of, the new one must not be wrong more
often, nor order replies worse (``backtest/paired_bootstrap.py``), nor answer less: that only where what serves is
shown to be wrong more often than is promised, for then its answers were too many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.error_budget import what_is_needed
from chatbot.errors import NotReadyError
from chatbot.learning.backtest.paired_bootstrap import answers_less, loses
from chatbot.learning.backtest.risk_coverage import exceeds
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.contract import answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.dialogue.decide.error_budget import Promise
    from chatbot.home import Current
    from chatbot.learning.backtest.backtest import Backtest
    from chatbot.learning.backtest.case import Case
    from chatbot.learning.contracts.written_questions import Written
    from chatbot.service.serving.contract import Contract
    from chatbot.settings import Settings
    from data.moments import Moment
    from data.progress import Report


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of the comparison. ``adapter_back`` is what served, where its adapter is to give way to the last."""

    passed: bool
    sentence: str
    adapter_back: Current | None = None


def judge(
    backtest: Backtest,
    contract: Contract,
    after: Sequence[Case],
    unseen: Sequence[Moment],
    written: Written,
    settings: Settings,
    report: Report,
) -> Promotion:
    """Compare what a contract made of ``unseen`` questions with what is made of them by what serves."""
    promise = contract.thresholds.promise
    try:
        serving = contract_folder.serving(backtest.home)
        before = written.judged(backtest.decided(unseen, serving, settings, report))
    except (contract_folder.ContractError, NotReadyError) as problem:
        if not answers(contract.thresholds):
            return Promotion(passed=False, sentence=f"{too_little(contract)} {problem}")
        return Promotion(passed=True, sentence=f"What serves cannot be compared with: {problem}")
    disproved = _disproved(before, promise)
    if not answers(contract.thresholds) and disproved is None:
        return Promotion(passed=False, sentence=too_little(contract))
    less = answers_less(after, before)
    if serving is None:
        if disproved is None and less is not None:
            return Promotion(passed=False, sentence=f"{less} Nothing shows that these were too many.")
        return Promotion(passed=True, sentence=disproved or "No contract served before.")
    lost, sentence = loses(after, before)
    if disproved is None and less is not None:
        lost, sentence = True, f"{sentence} {less}"
    elif disproved is not None:
        lost, sentence = False, disproved
    current = backtest.home.current()
    tuned = current.adapter != serving.fitted_with.get("adapter") == current.previous_adapter
    return Promotion(passed=not lost, sentence=sentence, adapter_back=current if lost and tuned else None)


def too_little(contract: Contract) -> str:
    """What is said of a contract that lets nothing be answered: what was there, what it would take, what goes on."""
    overall, promise = contract.thresholds.overall, contract.thresholds.promise
    counts = contract.figures["cases"]
    return (
        f"Too little is proven: of {overall.cases:,} cases that could prove it {overall.wrong:,} have a wrong best "
        f"reply, and no threshold parts them from the right ones. {what_is_needed(promise, sum(counts.values()))} What "
        "served before goes on."
    )


def _disproved(cases: Sequence[Case], promise: Promise) -> str | None:
    """That what serves is wrong more often than is promised, as a sentence, where that is shown."""
    sent = [case for case in cases if case.decision is Decision.ANSWER and case.right is not None]
    wrong = sum(not case.right for case in sent)
    if not exceeds(wrong, len(sent), promise.risk, sure=promise.sure):
        return None
    return (
        f"Of {len(sent):,} answers of what served before {wrong:,} are wrong, which is more than {promise.risk:.0%}, "
        f"{promise.sure:.0%} sure: it has to give way."
    )
