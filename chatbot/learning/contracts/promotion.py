"""Whether a new contract may serve: it proves something, and does not lose against what serves. Fits nothing.

What serves may be an older contract or none. On questions that neither was made of, the new one must not be wrong more
often, nor order replies worse (``backtest/paired_bootstrap.py``), nor answer less: that only where what serves is
shown to be wrong more often than is promised, for then its answers were too many. A contract that lets nothing be
answered takes the place of a broken one only: where nothing was promised, no promise was broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Decision
from chatbot.errors import NotReadyError
from chatbot.learning.backtest.paired_bootstrap import answers_less, loses
from chatbot.learning.backtest.risk_coverage import exceeds
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.contract import ALLOWED, answers

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
            return Promotion(passed=False, sentence=f"{too_little(contract)} What served before goes on. {problem}")
        return Promotion(passed=True, sentence=f"What serves cannot be compared with: {problem}")
    disproved = _disproved(before, promise)
    if not answers(contract.thresholds) and (disproved is None or serving is None):
        goes_on = "What served before goes on." if serving is not None else unpromised(before)
        return Promotion(passed=False, sentence=f"{too_little(contract)} {goes_on}")
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
    """What is said of a contract that lets nothing be answered: what was there, what it would take, what could be kept.

    Where something less strict could be promised it says how much that would let be answered.
    """
    overall, promise = contract.thresholds.overall, contract.thresholds.promise
    told = (
        f"Too little is proven: of {overall.cases:,} cases that could prove {promise.terms}, {overall.wrong:,} have a "
        f"wrong best reply, and no threshold parts them from the right ones: that takes {promise.needed:,} right ones "
        "in a row among the surest (more with errors)."
    )
    looser = contract.looser()
    if looser is None:
        return f"{told} No promise of up to {max(ALLOWED):.0%} wrong could be kept either."
    found = contract.thresholds_for(looser)
    kept = sum(found.for_topic(row.topic).lets(row.probability) for row in contract.kept)
    return (
        f"{told} What could be promised is {looser.terms}: {kept:,} of these cases would be answered "
        f"(UNDERSTUDY_RISK={looser.risk:g})."
    )


def unpromised(cases: Sequence[Case]) -> str:
    """What a desk without a contract makes of the newest questions, and that it goes on so."""
    sent = [case for case in cases if case.decision is Decision.ANSWER and case.right is not None]
    wrong = sum(not case.right for case in sent)
    return (
        f"No contract serves: the bar answer_threshold lets what articles say be answered, {len(sent):,} of "
        f"{len(cases):,} newest questions, {wrong:,} of these otherwise than the team did."
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
