"""A candidate reply as an agent is shown it: how sure we are, what it rests on, what to look at before sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatbot.dialogue.answer import Candidate
    from chatbot.service.serving.loader import Loaded
    from retrieval.passages import Passage


@dataclass(frozen=True, slots=True)
class Suggested:
    """One reply. ``warnings`` tell the checks that it failed."""

    text: str
    confidence: float
    mode: str
    evidence: tuple[Passage, ...]
    warnings: tuple[str, ...]


def suggested(candidate: Candidate, loaded: Loaded) -> Suggested:
    """Look the candidate's evidence up in the index that it was made with."""
    found = (loaded.find(name) for name in candidate.evidence_ids)
    return Suggested(
        text=candidate.text,
        confidence=candidate.probability,
        mode=candidate.origin,
        evidence=tuple(passage for passage in found if passage is not None),
        warnings=tuple(f"{check.name}: {check.detail}" for check in candidate.checks if not check.passed),
    )
