"""The ways a reply comes about that `voice.py` sets side by side, each behind one seam.

A way makes the replies to one question, best first: ``Callable[[Asked], list[Reply]]``. ``WAYS`` names what makes it
of a desk and its models, so that a model is only trained where its way is asked for. What is known of a question when
replies are written is found once for all ways, by the product's own steps: window, recall, order of what was found,
verbatim candidates with their checks, their ranking.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property, partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from voice_models import SERVED

from chatbot.dialogue.answer import failures
from chatbot.dialogue.check.backing import CORROBORATED
from chatbot.dialogue.check.candidate import checked
from chatbot.dialogue.found import Found, backing_of, drawn_on, edits_of, suggested
from chatbot.dialogue.rank.ranker import Ranker
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import EVIDENCE_FOR_DRAFT, composed, past_answers
from chatbot.dialogue.write.edited import KEPT
from chatbot.dialogue.write.language_model import ReplyModel
from chatbot.dialogue.write.written import written
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from chatbot.service.suggested.sets import MOST
from finetune.model.weights import Weights
from retrieval.index.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from voice_desk import Desk
    from voice_models import Models

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.check.backing import Backing
    from chatbot.dialogue.rank.consensus import Order
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window
    from data.moments import Moment
    from retrieval.search.hits import Hit

VERBATIM, COMPOSED, EDITED, WRITTEN, ALONE = "verbatim", "composed", "edited", "gpt2", "gpt2-alone"
SUGGESTED = {"suggested": True, "suggested-past": False}
"""What an agent is shown at once, and whether past answers are edited for it."""
SECONDS = 120.0
"""For one draft; in serving it is less, but what is measured here is the text, not the machine."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it is kept: ``failed`` names the checks it did not pass, ``people`` whether an agent is shown it.

    ``source`` is the id of the past moment it is, empty where it is none; ``seconds`` those of all its way's replies.
    """

    text: str
    passed: bool
    people: bool
    failed: list[str]
    seconds: float
    source: str = ""

    @property
    def row(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


class Asked:
    """One question of a desk with what is known when it is answered; each part is found when it is first asked for."""

    def __init__(self, desk: Desk, ranker: Ranker, moment: Moment) -> None:
        self.desk, self.moment = desk, moment
        self.ranker = ranker

    @cached_property
    def window(self) -> Window:
        """The dialogue as the product reads it."""
        return read(self.moment.context).respelt(self.desk.retriever.respelt)

    @cached_property
    def retrieved(self) -> Retrieved:
        """What the product finds, but of the question's past only."""
        own = frozenset({self.moment.conversation_id})
        known = Filters(before=self.moment.created, exclude_sources=own)
        return retrieve(self.window, self.desk.retriever, known)

    @cached_property
    def order(self) -> Order:
        """In which order that is considered."""
        return self.ranker.order(self.retrieved)

    @cached_property
    def backing(self) -> Backing:
        """Who else says what is specific in a reply."""
        return backing_of(self.desk.retriever, CORROBORATED, self.retrieved)

    @cached_property
    def past(self) -> list[Candidate]:
        """Past answers with their checks, in that order."""
        return self.checked(past_answers(self.window, self.order.hits))

    @cached_property
    def ranked(self) -> list[Candidate]:
        """The same, best first."""
        return self.ranker.ranked(self.window, self.past, self.retrieved)

    @cached_property
    def evidence(self) -> Sequence[Hit]:
        """What may be drawn on, best first."""
        return (self.order.best(self.past) or self.retrieved.hits)[:EVIDENCE_FOR_DRAFT]

    @cached_property
    def found(self) -> Found:
        """All of that, as the product's own steps take it."""
        return Found(self.desk.retriever, self.retrieved, self.order, self.backing)

    @cached_property
    def edits(self) -> Sequence[Candidate]:
        """Past answers with this conversation's facts, unchecked, best first."""
        return edits_of(self.window, self.found, self.ranked).drafts

    def checked(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Candidates with their checks."""
        return [*checked(candidates, self.window, [*self.retrieved.by_id.values()], self.backing)]


if TYPE_CHECKING:
    Way: TypeAlias = Callable[[Asked], list[Reply]]


def asker(desk: Desk) -> Callable[[Moment], Asked]:
    """Makes ``Asked`` of a desk's moments, with one ranker for all."""
    ranker = Ranker(desk.retriever)
    return lambda moment: Asked(desk, ranker, moment)


def _verbatim(_: Desk, __: Models) -> Way:
    """The past answers that are candidates, by their ranking, whether they passed their checks or not."""

    def way(asked: Asked) -> list[Reply]:
        _ = asked.order, asked.backing
        started = perf_counter()
        ranked = asked.ranked
        seconds = perf_counter() - started
        return [_reply(each, seconds, each.evidence_ids[0]) for each in ranked]

    return way


def _composed(_: Desk, __: Models) -> Way:
    """Sentences of past answers and articles, as the product composes them."""

    def way(asked: Asked) -> list[Reply]:
        evidence = asked.evidence
        started = perf_counter()
        found = asked.checked(composed(asked.window, evidence, asked.retrieved.near))
        seconds = perf_counter() - started
        return [_reply(each, seconds) for each in found]

    return way


def _written(_: Desk, models: Models) -> Way:
    """What GPT-2 writes of edited past answers, the likeliest first."""
    model = _reply_model(models)

    def way(asked: Asked) -> list[Reply]:
        edits = asked.edits
        started = perf_counter()
        found = asked.checked(written(model, asked.window, *drawn_on(asked.found, asked.ranked, edits)))
        seconds = perf_counter() - started
        return [_reply(each, seconds) for each in found]

    return way


def _edited(_: Desk, __: Models) -> Way:
    """Past answers with this conversation's facts, the likest to what agents said in like situations first."""

    def way(asked: Asked) -> list[Reply]:
        _ = asked.found, asked.ranked
        started = perf_counter()
        edits = asked.checked(asked.edits[:KEPT])
        seconds = perf_counter() - started
        return [_reply(each, seconds) for each in edits]

    return way


def _alone(_: Desk, models: Models) -> Way:
    """What GPT-2 writes of the dialogue alone; it is not checked, for nothing vouches for it."""
    model = _reply_model(models)

    def way(asked: Asked) -> list[Reply]:
        started = perf_counter()
        text = next((each.text for each in model.samples(asked.window.turns, (), facts=None, count=1)), "")
        return [Reply(text, passed=False, people=False, failed=[], seconds=perf_counter() - started)] if text else []

    return way


def _suggested(name: str) -> Callable[[Desk, Models], Way]:
    """What an agent is shown, best first, by the product's own step from what the customer wrote."""

    def way(asked: Asked) -> list[Reply]:
        retriever = asked.desk.retriever
        started = perf_counter()
        backs = partial(backing_of, retriever, CORROBORATED)
        found, _ = suggested(asked.window, retriever, asked.ranker, backs, edits=SUGGESTED[name])
        seconds = perf_counter() - started
        return [_reply(each, seconds) for each in found[:MOST]]

    return lambda _, __: way


WAYS: dict[str, Callable[[Desk, Models], Way]] = {
    VERBATIM: _verbatim,
    COMPOSED: _composed,
    EDITED: _edited,
    WRITTEN: _written,
    ALONE: _alone,
    **{name: _suggested(name) for name in SUGGESTED},
}
"""Every way by its name, which is also that of the file its replies are kept in."""


def _reply(candidate: Candidate, seconds: float, source: str = "") -> Reply:
    failed = failures(candidate.checks)
    return Reply(candidate.text, candidate.passed, candidate.passed_for_people, failed, seconds, source)


def _reply_model(models: Models) -> ReplyModel:
    runner = NumpyRunner(Weights.of(models.tuned(SERVED)), name=SERVED)
    return ReplyModel(inline(runner), models.tokenizer, seconds=SECONDS)
