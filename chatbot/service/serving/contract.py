"""A desk's contract: probability and thresholds fitted on its history, what they promise, and their JSON. Fits none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.decide import error_budget
from chatbot.dialogue.decide.error_budget import Promise, Thresholds
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.dialogue.rank.scope import Scope
from chatbot.service.corpus.history import place_in_time
from retrieval.search.reply_scores import ReplyWeights

if TYPE_CHECKING:
    from collections.abc import Mapping


ALLOWED = (0.05, 0.1, 0.15, 0.2, 0.3)
"""Risks that are tried where the one that was asked for lets nothing be answered."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A case that thresholds were chosen on, as far as they can be chosen anew for another promise."""

    probability: float
    right: bool
    topic: str | None


@dataclass(frozen=True, slots=True)
class Contract:
    """One version. ``fitted_with`` names index, adapter, encoder and, where one was asked, model.

    ``ranking`` are the fitted weights of the ranking as JSON, None for those that ship. ``until`` is the place in time
    (``place_in_time``) of the last conversation that anything was made of: what comes later was only measured on.
    ``kept`` are the cases behind the thresholds, ``figures`` what the newest cases came to, ``scope`` what is this
    desk's business, where that could be told. ``written`` are the digests of the written questions that the probability
    or the thresholds were made of. ``replies_by`` is the model that may write where nothing that agents said is sure
    enough; None: none may.
    """

    version: str
    created: str
    fitted_with: Mapping[str, str | None]
    probability_model: ProbabilityModel
    thresholds: Thresholds
    ranking: Mapping[str, float] | None
    same_above: float
    until: tuple[str, str]
    kept: tuple[Kept, ...]
    figures: Mapping[str, Any]
    scope: Scope | None = None
    written: tuple[str, ...] = ()
    replies_by: str | None = None

    def thresholds_for(self, promise: Promise) -> Thresholds:
        """Its own thresholds, or those for another promise, chosen on the same cases (which takes scipy)."""
        if promise == self.thresholds.promise:
            return self.thresholds
        rows = self.kept
        return error_budget.thresholds(
            [row.probability for row in rows], [row.right for row in rows], [row.topic for row in rows], promise
        )

    def weights(self) -> ReplyWeights | None:
        """The weights of the ranking.

        Raises:
            TypeError: it names a part that this version does not know.

        """
        return None if self.ranking is None else ReplyWeights(**self.ranking)

    def unseen(self, created: str | None, conversation_id: str) -> bool:
        """Whether nothing of the contract was made of this conversation or of later ones; ``created`` is ISO 8601."""
        return place_in_time(created, conversation_id) > self.until

    def sentence(self, promise: Promise | None = None) -> str:
        """What it promises (or would, held to another promise), for people; where nothing, what would let it answer."""
        thresholds = self.thresholds_for(promise or self.thresholds.promise)
        told = promised(thresholds)
        if answers(thresholds):
            return told
        enough = self.looser(thresholds.promise)
        if enough is None:
            return f"{told} More history, or answers that are more alike, would change that."
        return f"{told} UNDERSTUDY_RISK={enough.risk} would let it answer some."

    def looser(self, promise: Promise | None = None) -> Promise | None:
        """The strictest promise, looser than its own or this one, that lets something be answered (takes scipy)."""
        asked = promise or self.thresholds.promise
        more = (Promise(risk, asked.sure) for risk in ALLOWED if risk > asked.risk)
        return next((one for one in more if answers(self.thresholds_for(one))), None)

    def to_json(self) -> dict[str, Any]:
        """For ``contract.json``."""
        return {
            "version": self.version,
            "created": self.created,
            "fitted_with": dict(self.fitted_with),
            "calibrated": self.probability_model.to_json(),
            "thresholds": self.thresholds.to_json(),
            "ranking": None if self.ranking is None else dict(self.ranking),
            "same_above": self.same_above,
            "until": list(self.until),
            "kept": [[row.probability, row.right, row.topic] for row in self.kept],
            "figures": dict(self.figures),
            "scope": None if self.scope is None else self.scope.to_json(),
            "written": list(self.written),
            "replies_by": self.replies_by,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Contract:
        """The inverse of ``to_json``.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is not one.

        """
        time, lot = stored["until"]
        ranking, scope = stored["ranking"], stored.get("scope")  # a contract of before has none
        contract = cls(
            version=str(stored["version"]),
            created=str(stored["created"]),
            fitted_with=dict(stored["fitted_with"]),
            probability_model=ProbabilityModel.from_json(stored["calibrated"]),
            thresholds=Thresholds.from_json(stored["thresholds"]),
            ranking=None if ranking is None else {str(name): float(weight) for name, weight in ranking.items()},
            same_above=float(stored["same_above"]),
            until=(str(time), str(lot)),
            kept=tuple(Kept(float(sure), bool(right), topic) for sure, right, topic in stored["kept"]),
            figures=dict(stored["figures"]),
            scope=None if scope is None else Scope.from_json(scope),
            written=tuple(map(str, stored.get("written", ()))),  # as with the scope
            replies_by=stored.get("replies_by"),
        )
        contract.weights()
        return contract


def promised(thresholds: Thresholds) -> str:
    """What thresholds promise, for people."""
    promise = thresholds.promise
    terms = f"at most {promise.risk:.0%} wrong, {promise.sure:.0%} sure"
    if not answers(thresholds):
        return f"Promised: {terms}. No threshold keeps that on this desk's history, so nothing is answered alone."
    where = "" if thresholds.overall.answer is not None else " within some topics"
    return f"Promised: {terms} of the automatic answers{where}."


def answers(thresholds: Thresholds) -> bool:
    """Whether anything can be answered alone."""
    return any(each.answer is not None for each in (thresholds.overall, *thresholds.topics.values()))
