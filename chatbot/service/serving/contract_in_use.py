"""Loads the contract that serves: its probability, thresholds, ranking and adapter, or a note on what is wrong.

A contract serves only with the adapter that it was fitted with, because its probability is made of that adapter's
similarities; a later adapter serves once a contract was fitted with it. Another index changes what is found, not what a
similarity means. Where a contract is named and cannot be used, nothing is answered alone: a promise is not dropped for
want of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.dialogue.decide.error_budget import Promise, Threshold, Thresholds
from chatbot.errors import NotReadyError
from chatbot.service.corpus import topics
from chatbot.service.serving import contract_versions as contract_folder

if TYPE_CHECKING:
    from chatbot.dialogue.decide.policy import Policy
    from chatbot.dialogue.rank.probability import ProbabilityModel
    from chatbot.dialogue.rank.scope import Scope
    from chatbot.home import Home
    from retrieval.search.reply_scores import ReplyWeights
    from retrieval.topics.topics import Topics

SILENT = "Until then nothing is answered alone; `understudy contracts rollback` goes back to what served before."
LEARNT_SINCE = (
    "The encoder has learnt since the contract {version} was made, which serves without that: `understudy contracts "
    "fit` makes a new one."
)


OTHER_WRITER = (
    "The contract {version} lets the model {model} write replies, which does not serve: none are written until "
    "`understudy contracts fit --writes` tries the one that does."
)


@dataclass(frozen=True, slots=True)
class ServedContract:
    """What serves of a contract; without one all is None, and the adapter the one that ``current.json`` names."""

    adapter: str | None
    version: str | None = None
    probability_model: ProbabilityModel | None = None
    scope: Scope | None = None
    thresholds: Thresholds | None = None
    ranking: ReplyWeights | None = None
    replies_by: str | None = None
    notes: tuple[str, ...] = ()

    def policy(self, answer_threshold: float) -> Policy:
        """The policy: of the contract, else of the setting."""
        from chatbot.dialogue.decide.policy import Policy

        return Policy(answer_threshold=answer_threshold, thresholds=self.thresholds)

    def writes(self, model: str | None) -> bool:
        """Whether the model that serves may write replies."""
        return self.replies_by is not None and self.replies_by == model

    def notes_beside(self, model: str | None) -> tuple[str, ...]:
        """What is to be told of it, where this model serves."""
        if self.replies_by is None or self.replies_by == model:
            return self.notes
        return (*self.notes, OTHER_WRITER.format(version=self.version, model=self.replies_by))

    def silenced(self, why: str) -> ServedContract:
        """What serves where it cannot keep its promise: nothing but the refusal to answer alone."""
        nothing = Thresholds(self.thresholds.promise if self.thresholds else Promise(), Threshold(None))
        return ServedContract(self.adapter, thresholds=nothing, notes=(f"{why} {SILENT}",))


def served_contract(home: Home, promise: Promise | None = None) -> ServedContract:
    """The contract that ``current.json`` names, held to a promise (None: its own).

    Whether its adapter can be used is for the caller to find out.
    """
    current = home.current()
    try:
        contract = contract_folder.serving(home)
    except contract_folder.ContractError as problem:
        return ServedContract(current.adapter).silenced(str(problem))
    if contract is None:
        return ServedContract(current.adapter)
    adapter = contract.fitted_with.get("adapter")
    return ServedContract(
        adapter=adapter,
        version=contract.version,
        probability_model=contract.probability_model,
        scope=contract.scope,
        thresholds=contract.thresholds if promise is None else contract.thresholds_for(promise),
        ranking=contract.weights(),
        replies_by=contract.replies_by,
        notes=() if adapter == current.adapter else (LEARNT_SINCE.format(version=contract.version),),
    )


def served_topics(home: Home, encoder: str) -> tuple[Topics | None, tuple[str, ...]]:
    """The topics of a home, if they can be used with this encoder, and a note where they cannot be read."""
    try:
        return topics.serving(home, encoder), ()
    except NotReadyError as problem:
        return None, (f"{problem} Until then no question has a topic.",)
