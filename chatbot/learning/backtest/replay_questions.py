"""Asks past questions again as they were asked then, and judges each reply beside what the agent said.

A question sees the past only, nothing of its own conversation and no reply given later; and the articles as they are
now, which is what its like will meet. What the desk would decide is not this module's business: nothing is sent, so
that every question comes to its best reply and, where there is one, to the question that would be asked back; whoever
has thresholds decides afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.parts import parts_of
from chatbot.dialogue.rank.agreement import JudgedReply, judge
from chatbot.dialogue.rank.consensus import desk_bar
from chatbot.learning.backtest.case import Case, case_from_json
from chatbot.learning.backtest.case_log import CaseLog
from data.times import parse_time
from retrieval.passages import PassageKind, linked_slugs, question_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from numpy.typing import NDArray

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.pipeline import Pipeline
    from chatbot.home import Home
    from data.moments import Moment
    from data.progress import Report
    from retrieval.encoder.encoder import Encoder
    from retrieval.encoder.vector_cache import VectorCache
    from retrieval.search.retriever import Retriever

CASES_DEPEND_ON = ("chatbot.dialogue", "retrieval", "data")
"""Packages that a case comes from: after an upgrade questions are replayed anew, no case is half old, half new."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What past questions are replayed with. ``versions`` names everything that the outcome depends on.

    ``writes``: a case is of the best reply that the model wrote, and of none that agents said.
    """

    retriever: Retriever
    pipeline: Pipeline
    versions: Mapping[str, str | None]
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """The cases, oldest first, and the cosine from which the encoder takes two replies for the same."""

    cases: tuple[Case, ...]
    same_above: float


class VectorCacheEncoder:
    """An encoder that looks into the vector cache first: nearly all that is replayed was embedded for the index."""

    def __init__(self, encoder: Encoder, cache: VectorCache) -> None:
        self._encoder = encoder
        self._cache = cache

    @property
    def fingerprint(self) -> str:
        """That of the encoder."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str], report: Report | None = None) -> NDArray[np.float32]:
        """Unit vectors, shape (len(texts), d), in the order of the texts."""
        del report  # a handful of texts at a time
        missing = set(self._cache.missing(texts))
        known = [text for text in texts if text not in missing]
        rows = dict(zip(known, self._cache.read(known), strict=True))
        if missing:
            new = sorted(missing)
            rows.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([rows[text] for text in texts]) if texts else np.empty((0, self.dimension), np.float32)


def replay(
    home: Home, setup: Setup, questions: Sequence[Moment], known: Sequence[Moment], cache: VectorCache, report: Report
) -> Replayed:
    """Replay questions (in order of time) and judge the replies; ``known`` are all moments of the desk.

    What was replayed earlier with the same versions is taken from its file, so an interrupted backtest goes on.
    Reports step "backtest", or "write": that one takes far longer.
    """
    bar = desk_bar(setup.retriever)
    identity = _identity(setup)
    log = CaseLog(_file(home, identity), {**identity, "same_above": bar}, case_from_json)
    judging = Judging(setup.retriever, {moment.id: moment for moment in known}, bar)
    waiting = [moment for moment in questions if log.find(moment.id, _digest(moment)) is None]
    cache.fill([text for each in waiting for text in (question_text(each.context), each.answer)], report)
    done = len(questions) - len(waiting)
    step = "write" if setup.writes else "backtest"
    report(step, done, len(questions))
    for number, moment in enumerate(waiting, start=1):
        log.add(_digest(moment), _case(setup, judging, moment))
        report(step, done + number, len(questions))
    found = (log.find(moment.id, _digest(moment)) for moment in questions)
    return Replayed(tuple(case for case in found if case is not None), bar)


def before_of(moment: Moment) -> str | None:
    """The time whose past a question may see; None where it is unknown, and then all other conversations are seen."""
    return moment.created if parse_time(moment.created) else None


def forget_other_indexes(home: Home, index: str | None) -> None:
    """Delete the case files of indexes that serve no more: they hold words that may have been forgotten since."""
    for path in sorted(home.practice.glob("*.jsonl")):
        try:
            with path.open(encoding="utf-8") as file:
                known = json.loads(next(file, "{}"))["played_with"]["index"]
        except (OSError, ValueError, KeyError, TypeError):
            known = None
        if known != index:
            path.unlink(missing_ok=True)


class Judging:
    """Judges our reply to a past question beside the agent's (``rank/agreement.py``)."""

    def __init__(self, retriever: Retriever, known: Mapping[str, Moment], bar: float) -> None:
        self._retriever = retriever
        self._known = known
        self._bar = bar

    def of(self, moment: Moment, best: Candidate) -> tuple[bool | None, str | None, float]:
        """Whether our reply is right (None: nothing tells), what says so, and the cosine of the two replies."""
        theirs = JudgedReply(moment.answer, moment.marks, self._articles(moment.answer) or self._labelled(moment))
        cosine = float(self._retriever.cosine([best.text], [moment.answer])[0, 0])
        shared = self.shared(best.text, moment.answer) if best.origin == "excerpt" else 1.0
        asked = question_text(moment.context)
        found = judge(self._ours(best), theirs, cosine, self._bar, asked=asked, shared=shared)
        return found.right, found.judged_by, cosine

    def shared(self, ours: str, theirs: str) -> float:
        """How much of each text is in the other, the mean of both, 0 to 1."""
        late, shares = self._retriever.late, self._retriever.live.view.lexical_answer.shares
        pairs = ((ours, theirs), (theirs, ours))
        return sum(float(late.matched(one, late.asked(one), [other], shares).scores[0]) for one, other in pairs) / 2

    def _ours(self, best: Candidate) -> JudgedReply:
        passages = [self._retriever.passage(name) for name in best.evidence_ids]
        slugs = {each.source_id for each in passages if each is not None and each.kind is PassageKind.ARTICLE}
        moments = [self._known[name] for name in best.evidence_ids if name in self._known]
        alike = len(moments) == len(best.evidence_ids) and all(each.marks == moments[0].marks for each in moments)
        marks = moments[0].marks if moments and alike else {}
        labelled = frozenset[str]().union(*(self._labelled(moment) for moment in moments))
        links = (self._articles(best.text) | slugs) or labelled
        return JudgedReply(best.text, marks, links, is_part=best.origin == "excerpt")

    def _labelled(self, moment: Moment) -> frozenset[str]:
        """The articles that a conversation is labelled with (``kb_links``): what it was about, linked or not."""
        slugs = moment.labels.get("kb_links") or ()
        view = self._retriever.live.view
        return frozenset(slug for slug in slugs if isinstance(slug, str) and view.has_article(slug))

    def _articles(self, text: str) -> frozenset[str]:
        """The articles of this desk that a text links; other addresses (a bug, a forum) say nothing of the answer."""
        view = self._retriever.live.view
        return frozenset(slug for slug in linked_slugs(text) if view.has_article(slug))


def _case(setup: Setup, judging: Judging, moment: Moment) -> Case:
    answer = setup.pipeline.backtest(moment.context, before=before_of(moment), exclude_source=moment.conversation_id)
    best = answer.best
    if setup.writes:
        best = next((each for each in answer.candidates if each.origin == "written" and each.passed), None)
    right, judged_by, cosine = judging.of(moment, best) if best is not None else (None, None, 0.0)
    if parts_of(moment.context):  # it is answered in parts, and the agent's reply tells of none of them alone
        right = judged_by = None
    return Case(
        id=moment.id,
        conversation_id=moment.conversation_id,
        created=moment.created,
        language=moment.language or str(answer.trace.get("language", "")),
        topic=None,  # topics change more often than answers: whoever has them fills it in
        question=question_text(moment.context),
        theirs=moment.answer,
        ours=best.text if best is not None else None,
        said=answer.reply if answer.decision is Decision.ASK_BACK else "",
        decision=answer.decision,
        reason=answer.reason,
        probability=best.probability if best is not None else 0.0,
        right=right,
        judged_by=judged_by,
        agreement=round(cosine, 4),
        features={name: float(value) for name, value in best.features.items()} if best is not None else {},
        evidence_ids=best.evidence_ids if best is not None else (),
    )


def _identity(setup: Setup) -> dict[str, Any]:
    code = code_digest(resources.files(package) for package in CASES_DEPEND_ON)
    return {"code": code, "encoder": setup.retriever.encoder.fingerprint, **setup.versions}


def code_digest(packages: Iterable[Traversable]) -> str:
    """Of all code and word lists in packages and the folders below them, by content and place."""
    digest = blake2b(digest_size=8)
    for package in packages:
        for name, file in sorted(_code_files(package)):
            digest.update(f"{name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _code_files(folder: Traversable, place: str = "") -> Iterator[tuple[str, Traversable]]:
    for each in folder.iterdir():
        name = f"{place}/{each.name}"
        if each.is_dir():
            yield from _code_files(each, name)
        elif each.name.endswith((".py", ".toml")):
            yield name, each


def _file(home: Home, identity: Mapping[str, Any]) -> Path:
    whole = json.dumps(identity, sort_keys=True)
    return home.practice / f"{blake2b(whole.encode(), digest_size=8).hexdigest()}.jsonl"


def _digest(moment: Moment) -> str:
    """Equal as long as question, answer and time are the same."""
    whole = "\x00".join((moment.created or "", moment.answer, *(turn.text for turn in moment.context)))
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
