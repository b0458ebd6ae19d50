"""Measures one model on held-out answers: perplexity, and drafts that are checked and compared with what agents said.

Drafts are written and checked as in serving, from evidence as in serving; not drawn, so that a model always has the
same figures. Knows no versions and decides nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.check.candidate import in_place, sources_of
from chatbot.dialogue.check.shape import check_repetition
from chatbot.dialogue.check.suites import check_refined
from chatbot.dialogue.rank.agreement import JudgedReply, Judgement, judge
from chatbot.dialogue.rank.consensus import desk_bar
from chatbot.dialogue.window import read
from chatbot.dialogue.write.language_model import ReplyModel
from chatbot.dialogue.write.written import written
from chatbot.engine.client import inline
from chatbot.engine.runners.numpy_runner import NumpyRunner
from data.progress import silent
from data.transcripts import Role
from finetune.evaluate.perplexity import perplexity
from finetune.examples import examples_of
from finetune.library_logs import quiet
from finetune.model.weights import Weights
from retrieval.passages import question_text
from retrieval.search.hits import Hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.learning.training.found_evidence import FoundEvidence
    from data.moments import Moment
    from data.progress import Report
    from finetune.evaluate.perplexity import Perplexity
    from retrieval.search.retriever import Retriever

MOST_DRAFTS = 60
FEWEST_DRAFTS = 10
DRAFTS_A_MINUTE = 2.0
"""Drafts for each minute of training, between the two: measuring stays a small part of the run."""
FEWEST_IN_TIME = 5
_TIMED = 8
_PATIENCE_SECONDS = 60.0
"""For one draft. Generous, so that the figures do not depend on how busy the machine is."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote for one question, made ready as in serving; as it wrote it where nothing could be shown.

    ``failed`` are the checks that it did not pass; ``loops`` whether it repeats itself.
    """

    text: str
    failed: tuple[CheckResult, ...]
    loops: bool
    agrees: bool | None = None
    """Whether it could be sent and says what the agent said; None where nobody looked (``with_agreement``)."""

    @property
    def passed(self) -> bool:
        """Whether a customer might have seen it."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class Figures:
    """One model's figures. ``drafts`` are in the order of the questions, the same for each model that is measured."""

    model: str
    with_evidence: Perplexity
    without_evidence: Perplexity
    drafts: tuple[Draft, ...]

    @property
    def passed(self) -> int:
        """How many drafts passed all checks."""
        return sum(draft.passed for draft in self.drafts)

    @property
    def looping(self) -> int:
        """How many drafts repeat themselves."""
        return sum(draft.loops for draft in self.drafts)

    def to_json(self) -> dict[str, Any]:
        """All figures by name, without the texts."""
        return {
            "model": self.model,
            "with_evidence": self.with_evidence.to_json(),
            "without_evidence": self.without_evidence.to_json(),
            "drafts": {"count": len(self.drafts), "passed": self.passed, "looping": self.looping},
        }


@dataclass(frozen=True, slots=True)
class HeldOutSet:
    """What models are measured on: held-out moments, their evidence, and those for which drafts are written."""

    moments: tuple[Moment, ...]
    evidence: FoundEvidence
    questions: tuple[Moment, ...]
    max_tokens: int

    @classmethod
    def of(cls, moments: Sequence[Moment], evidence: FoundEvidence, *, minutes: float, max_tokens: int) -> HeldOutSet:
        """Drafts are written for the first that have evidence and words; the moments come in no order anyway."""
        wanted = round(min(MOST_DRAFTS, max(FEWEST_DRAFTS, minutes * DRAFTS_A_MINUTE)))
        fit = (moment for moment in moments if evidence.passages(moment) and read(moment.context).has_words)
        return cls(tuple(moments), evidence, tuple(islice(fit, wanted)), max_tokens)


def fitting_in(held: HeldOutSet, model: Any, tokenizer: Any, name: str, seconds: float) -> HeldOutSet:
    """What of ``held`` one model can be measured on in ``seconds``: a few are timed, half of the seconds are each's.

    Drafts are left out where fewer than ``FEWEST_IN_TIME`` fit: so few tell nothing.
    """
    began = time.monotonic()
    tried = replace(held, moments=held.moments[:_TIMED], questions=())
    measure(model, tokenizer, name, tried, silent)
    middle = time.monotonic()
    if held.questions:
        measure(model, tokenizer, name, replace(held, moments=(), questions=held.questions[:1]), silent)
    answer, draft = (middle - began) / max(1, len(tried.moments)), time.monotonic() - middle
    drafts = int(seconds / 2 / max(draft, 1e-3))
    drafts = drafts if drafts >= FEWEST_IN_TIME else 0
    answers = max(_TIMED, int((seconds - drafts * draft) / max(answer, 1e-3)))
    return replace(held, moments=held.moments[:answers], questions=held.questions[:drafts])


def measure(model: Any, tokenizer: Any, name: str, held: HeldOutSet, report: Report) -> Figures:
    """Perplexity with evidence and without, and drafts. ``name`` is how the model is called in the figures.

    Each model is given prompts of its own tokenizer and of at most its own context, so compare bits per byte.
    """
    generator = inline(NumpyRunner(Weights.of(model), name=name))
    room = min(held.max_tokens, generator.context_tokens)
    total = 2 * len(held.moments)

    def told(base: int) -> Report:
        return lambda _, done, __: report(f"measure {name}", base + done, total)

    with quiet():
        rows = [
            list(examples_of(held.moments, texts, tokenizer, max_tokens=room))
            for texts in (held.evidence.texts, _nothing)
        ]
        seen = perplexity(model, tokenizer, rows[0], report=told(0))
        unseen = perplexity(model, tokenizer, rows[1], report=told(len(held.moments)))
        reply_model = ReplyModel(generator, tokenizer, seconds=_PATIENCE_SECONDS)
        drafts = []
        for moment in held.questions:
            drafts.append(_draft(reply_model, moment, held.evidence))
            report(f"drafts of {name}", len(drafts), len(held.questions))
    return Figures(name, seen, unseen, tuple(drafts))


def _draft(reply_model: ReplyModel, moment: Moment, evidence: FoundEvidence) -> Draft:
    window, passages = read(moment.context), evidence.passages(moment)
    hits = [Hit(passage, score=0.0, similarity=0.0) for passage in passages]
    found = written(reply_model, window, hits, samples=1)
    if not found:
        return Draft("", (CheckResult("nothing to show", passed=False),), loops=False)
    text = found[0].text
    checks = (*check_refined(text, sources_of(passages, window, ours=True)), *in_place(text, window))
    loops = not check_repetition(text).passed
    return Draft(text, tuple(check for check in checks if not check.passed), loops)


def with_agreement(figures: Figures, held: HeldOutSet, retriever: Retriever) -> Figures:
    """The figures with whether each draft says what the agent said.

    A draft that failed its checks would not be sent, so it agrees with nobody.
    """
    if not figures.drafts:
        return figures
    bar = desk_bar(retriever)
    vectors = retriever.encoder.encode(
        [*(draft.text for draft in figures.drafts), *(moment.answer for moment in held.questions)]
    )
    ours, theirs = vectors[: len(figures.drafts)], vectors[len(figures.drafts) :]
    cosines = (ours * theirs).sum(axis=1).tolist()
    judged = [
        replace(
            draft,
            agrees=draft.passed and bool(_judged(draft.text, moment, cosine, bar).right),
        )
        for draft, moment, cosine in zip(figures.drafts, held.questions, cosines, strict=True)
    ]
    return replace(figures, drafts=tuple(judged))


def _judged(text: str, moment: Moment, cosine: float, bar: float) -> Judgement:
    return judge(JudgedReply(text), JudgedReply(moment.answer), cosine, bar, asked=question_text(moment.context))


def sample(moment: Moment, draft: Draft, evidence: FoundEvidence) -> dict[str, Any]:
    """One question with both answers, for the report; the customer's words are those since the last answer."""
    asked: list[str] = []
    for turn in reversed(moment.context):
        if turn.role is not Role.CUSTOMER:
            break
        asked.insert(0, turn.text)
    return {
        "moment": moment.id,
        "customer": "\n\n".join(asked),
        "agent": moment.answer,
        "draft": draft.text,
        "failed": [{"name": check.name, "detail": check.detail} for check in draft.failed],
        "evidence": evidence.texts(moment),
    }


def _nothing(_: Moment) -> tuple[str, ...]:
    return ()
