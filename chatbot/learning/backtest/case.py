"""One past question, decided anew: what we would have done beside what the agent did. Plain data, JSON-able.

Made by replaying history (``replay_questions.py``); what probability, thresholds, replay page and gate are made from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Case:
    """A question as it was asked then, our best reply from the past before it, and the agent's own.

    ``ours`` is the best reply that passed its checks, whatever was decided; None where there is none. ``right`` says
    whether it says what the agent said (``rank/agreement.py``); None where there is no reply to judge or nothing
    to judge it by. ``judged_by`` is label, links, encoder or person; ``agreement`` the cosine of the two replies.
    ``features`` are those of ``ours`` and ``probability`` what the ranker made of them. ``said`` is what a customer
    would have read where the decision is to ask back. ``out_of_scope``: the desk has topics, this is near none.
    """

    id: str
    conversation_id: str
    created: str | None
    language: str
    topic: str | None
    question: str
    theirs: str
    ours: str | None
    said: str
    decision: Decision
    reason: str
    probability: float
    right: bool | None
    judged_by: str | None
    agreement: float
    features: Mapping[str, float] = field(default_factory=dict)
    evidence_ids: tuple[str, ...] = ()
    out_of_scope: bool = False

    def to_json(self) -> dict[str, Any]:
        """As one JSON line of a case log."""
        row = {**asdict(self), "evidence_ids": list(self.evidence_ids)}
        return row | {"foreign": row.pop("out_of_scope")}  # its name in the files and the report's JSON


def case_from_json(stored: Mapping[str, Any]) -> Case:
    """The inverse of ``Case.to_json``.

    Raises:
        KeyError, TypeError, ValueError: it is not one.

    """
    known = {
        **stored,
        "out_of_scope": stored["foreign"],
        "decision": Decision(stored["decision"]),
        "evidence_ids": tuple(stored["evidence_ids"]),
    }
    del known["foreign"]
    return Case(**known)
