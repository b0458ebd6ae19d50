"""What a desk promises, on what evidence, and what other promises its cases would bear: for people. Fits nothing.

Everything is read from files of the home; slow enough for a thread of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatbot.dialogue.decide.error_budget import Promise
from chatbot.errors import NotReadyError
from chatbot.learning.backtest.risk_coverage import curve, interval
from chatbot.service.corpus import topics
from chatbot.service.serving import contract_versions
from chatbot.service.serving.contract import answers
from chatbot.service.serving.promise import laid_down, promise_of
from retrieval.topics.topics import UnknownTopicError

if TYPE_CHECKING:
    from chatbot.dialogue.decide.error_budget import Threshold, Thresholds
    from chatbot.home import Home
    from chatbot.service.serving.contract import Contract
    from chatbot.settings import Settings

RISKS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3)
"""Promises that are tried."""
_POINTS = 40


def told(settings: Settings) -> dict[str, Any]:
    """All of it; ``evidence`` is None where no contract serves, and ``problem`` says why one that should cannot."""
    home, promise = settings.desk(), promise_of(settings)
    current, problem, contract = home.current(), None, None
    try:
        contract = contract_versions.serving(home)
    except contract_versions.ContractError as error:
        problem = str(error)
    return {
        "promise": _promise(promise),
        "laid_down": laid_down(home) is not None,
        "settings": {"risk": settings.risk, "sure": settings.sure},
        "needed": promise.needed,
        "cases_needed": promise.cases,
        "answer_threshold": settings.answer_threshold,
        "serves": current.contract,
        "previous": current.previous_contract,
        "problem": problem,
        "evidence": contract and _evidence(contract, promise, home),
        "versions": [_version(home, name) for name in contract_versions.versions(home)],
    }


def _promise(promise: Promise) -> dict[str, float]:
    return {"risk": promise.risk, "sure": promise.sure}


def _evidence(contract: Contract, promise: Promise, home: Home) -> dict[str, Any]:
    found, kept = contract.thresholds_for(promise), contract.kept
    known = _names(home)
    return {
        "created": contract.created,
        "cases": len(kept),
        "right": sum(row.right for row in kept),
        "answers": answers(found),
        "share": _share(contract, found),
        "overall": _threshold(found.overall, None),
        "topics": [_threshold(each, known(name)) for name, each in sorted(found.topics.items())],
        "options": [
            {"risk": risk, "share": _share(contract, contract.thresholds_for(Promise(risk, promise.sure)))}
            for risk in sorted({*RISKS, promise.risk})
        ],
        "curve": _curve(contract),
    }


def _names(home: Home) -> Any:
    """How topics are called; by their ids where they cannot be read."""
    try:
        found = topics.of_home(home)
    except NotReadyError:
        found = None

    def name(topic: str) -> str:
        try:
            return found.name(topic) if found else topic
        except UnknownTopicError:
            return topic

    return name


def _share(contract: Contract, found: Thresholds) -> float:
    """The share of its cases that would be answered alone."""
    return sum(found.for_topic(row.topic).lets(row.probability) for row in contract.kept) / max(1, len(contract.kept))


def _threshold(found: Threshold, topic: str | None) -> dict[str, Any]:
    return {
        "topic": topic,
        "answer": found.answer,
        "cases": found.cases,
        "wrong": found.wrong,
        "bound": found.bound,
    }


def _curve(contract: Contract) -> list[dict[str, float]]:
    """The share that is wrong where only the surest share is answered, with its 95 % interval; at most ``_POINTS``."""
    whole = curve([row.probability for row in contract.kept], [row.right for row in contract.kept])
    points = list(zip(whole.coverages, whole.risks, strict=True))
    made = []
    for step in range(1, _POINTS + 1):
        reached = [point for point in points if point[0] <= step / _POINTS + 1e-9]
        if reached:
            share, risk = reached[-1]
            count = round(share * whole.cases)
            low, high = interval(round(risk * count), count)
            made.append({"share": step / _POINTS, "risk": risk, "low": low, "high": high})
    return made


def _version(home: Home, name: str) -> dict[str, Any]:
    try:
        contract = contract_versions.load(home.contracts / name)
    except contract_versions.ContractError as error:
        return {"name": name, "created": None, "problem": str(error), "promise": None, "answers": False, "cases": 0}
    return {
        "name": name,
        "created": contract.created,
        "problem": None,
        "promise": _promise(contract.thresholds.promise),
        "answers": answers(contract.thresholds),
        "cases": len(contract.kept),
    }
