"""The data of an answer: evidence, candidates with their checks, the answer itself. Plain and JSON-able."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrieval.search.hits import Hit

EVIDENCE_CHARACTERS = 1200
TRACE_CHARACTERS = 400
_PEOPLE_JUDGE = frozenset({"specific", "claimed", "complete", "asked back"})


class Decision(StrEnum):
    """What is done with a customer's message."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    SUGGEST = "suggest"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check; ``detail`` names what was found where it did not pass, and is empty otherwise."""

    name: str
    passed: bool
    detail: str = ""


def failures(results: Iterable[CheckResult]) -> list[str]:
    """Names of the checks that failed."""
    return [result.name for result in results if not result.passed]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A past answer (its moment's id) or an article passage that an answer rests on."""

    id: str
    kind: str
    score: float
    text: str
    title: str | None = None
    url: str | None = None


class Sentence(NamedTuple):
    """One sentence of a reply, with the white space behind it, and the id of the passage that it was taken from."""

    text: str
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reply that could be sent.

    ``origin`` is verbatim (a past answer as it stands), excerpt (parts of an article), refined (sentences of several)
    or written (a past answer with this conversation's facts, or GPT-2's own).

    ``score``, the ranker's, orders the candidates of one question; ``probability`` is that our agents would send it, of
    its ``features``. ``sentences`` are those of a refined or written one. Of parts of an article, ``far`` are the words
    of the question that nothing in them is near to, with what each counts (``retrieval.search.late``), ``lacks`` those
    that the table of a row knows and no row that is told holds; ``of_rows``: the best part is a row of a table.
    """

    text: str
    origin: str
    evidence_ids: tuple[str, ...]
    features: Mapping[str, float] = field(default_factory=dict)
    checks: tuple[CheckResult, ...] = ()
    score: float = 0.0
    probability: float = 0.0
    sentences: tuple[Sentence, ...] = ()
    far: tuple[tuple[str, float], ...] = ()
    lacks: tuple[str, ...] = ()
    of_rows: bool = False

    @property
    def passed(self) -> bool:
        """Whether it passed every check."""
        return not failures(self.checks)

    @property
    def passed_for_people(self) -> bool:
        """Whether it passed every check but those that a person judges at a glance.

        Those are who else was told it, a full stop, and the customer's words that are only asked back.
        """
        return set(failures(self.checks)) <= _PEOPLE_JUDGE

    @property
    def pieces(self) -> list[str]:
        """The sentences of a composed reply as they are shown one by one; joined, they are its text."""
        texts = [sentence.text for sentence in self.sentences]
        return [*texts[:-1], texts[-1].rstrip()] if texts else []


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome for one message.

    ``reply`` is what the customer sees, also at a hand-over, when ``suggestion`` may hold the best draft for
    the agent. ``mode`` is verbatim, excerpt, refined, written, phrase (a set phrase of ours, to a greeting or
    thanks) or hand_over. ``reason`` is a stable code, ``detail`` says it in a sentence for the team. ``trace`` is for
    the team as well, never for the customer. ``best`` is the best candidate that passed its checks, whatever was
    decided; ``confidence`` is its probability (0 without one, 1 where a set phrase answers), ``topic`` the question's.
    ``candidates`` are all that were considered, best first.
    """

    reply: str
    decision: Decision
    confidence: float
    mode: str
    reason: str
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()
    suggestion: str | None = None
    trace: Mapping[str, Any] = field(default_factory=dict)
    best: Candidate | None = None
    topic: str | None = None
    candidates: tuple[Candidate, ...] = ()


def joined(sentences: Iterable[Sentence]) -> str:
    """The text of a composed reply."""
    return "".join(sentence.text for sentence in sentences).strip()


def evidence_of(hit: Hit, characters: int = EVIDENCE_CHARACTERS) -> Evidence:
    """One hit as evidence; a long text is cut."""
    passage = hit.passage
    return Evidence(
        id=passage.id,
        kind=str(passage.kind),
        score=round(float(hit.score), 4),
        text=shortened(passage.answer, characters),
        title=passage.title,
        url=passage.url,
    )


def candidate_to_json(candidate: Candidate) -> dict[str, Any]:
    """A candidate for the trace: long texts cut, of the checks only what failed."""
    return {
        "origin": candidate.origin,
        "text": shortened(candidate.text, TRACE_CHARACTERS),
        "evidence": list(candidate.evidence_ids),
        "score": round(candidate.score, 4),
        "probability": round(candidate.probability, 4),
        "features": {name: round(value, 4) for name, value in candidate.features.items()},
        "failed": [{"name": check.name, "detail": check.detail} for check in candidate.checks if not check.passed],
        "sentences": [
            {"text": shortened(each.text.strip(), TRACE_CHARACTERS), "evidence": each.evidence_id}
            for each in candidate.sentences
        ],
    }


def shortened(text: str, characters: int) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}\u2026"
