"""`understudy exam`: asks the questions of a file of the desk that serves, grades them, writes the page and its JSON.

What was asked is kept as long as nothing that an answer comes from has changed, so an interrupted exam goes on, and one
whose facts were edited is graded again without being asked again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.home import new_version_name
from chatbot.learning.backtest.case_log import CaseLog
from chatbot.learning.backtest.replay_questions import code_digest
from chatbot.learning.exam.asked import Asked, ask
from chatbot.learning.exam.exam_figures import changes, figures, missed
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.exam_page import Exam, headline, read_and_graded, write
from chatbot.learning.exam.facts import FactError
from chatbot.learning.exam.grade import Graded, Verdict, grade
from chatbot.service.serving import contract_versions as contract_folder
from chatbot.service.serving.loader import DeskLoader, load_current
from chatbot.service.serving.promise import promise_of
from data.importers.importer import Broken
from data.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from chatbot.learning.exam.exam_figures import ExamFigures
    from chatbot.learning.exam.exam_file import ExamFile
    from chatbot.learning.exam.question import ExamQuestion
    from chatbot.service.serving.loaded import Loaded
    from chatbot.settings import Settings
    from data.progress import Report

_FILE = "exam.jsonl"
_DEPENDS_ON = ("chatbot.dialogue", "chatbot.engine", "chatbot.learning.exam", "retrieval", "data")
"""Packages that an answer comes from, and the one that asks; after an upgrade all is asked anew."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares of all questions that an exam has to keep, for a build that shall fail; None for none."""

    min_good: float | None = None
    max_wrong: float | None = None
    max_handed: float | None = None


def exam(
    settings: Settings, source: Path, bars: Bars, *, against: Path | None = None, report: Report = silent
) -> dict[str, Any]:
    """Ask, grade, count and write. Returns the figures with ``page`` (its path), ``missed`` bars and broken lines.

    Not to be called on a running event loop. Reports step "exam".

    Raises:
        NotReadyError: there is no index, or it cannot be used.
        InputError: there is no question in the file, or ``against`` is the JSON of no exam.

    """
    read = read_exam(source)
    before = None if against is None else _before(against)
    loaded = load_current(settings)
    learnt = _learnt(settings)
    graded, broken = _graded(read, _asked(settings, loaded, read.questions, report))
    if not graded:
        raise InputError("\n".join(broken))
    told = figures(graded, learnt)
    current = settings.desk().current()
    done = Exam(
        file=source.name,
        figures=told,
        graded=graded,
        broken=broken,
        notes=(*_learnt_note(told), *_notes(graded, loaded)),
        learnt=learnt,
        missed=tuple(missed(told.total, min_good=bars.min_good, max_wrong=bars.max_wrong, max_handed=bars.max_handed)),
        versions={name: getattr(current, name) for name in ("index", "adapter", "model", "contract")},
        changes=() if before is None else changes(graded, before),
        against=None if against is None else against.name,
    )
    page = write(settings.desk().reports, new_version_name(), done)
    return {
        **done.to_json(),
        "headline": headline(told),
        "graded": read_and_graded(done),
        "page": str(page),
        "json": str(page.with_suffix(".json")),
    }


def _asked(settings: Settings, loaded: Loaded, questions: tuple[ExamQuestion, ...], report: Report) -> Iterator[Asked]:
    """What became of each question, in their order."""
    report("exam", 0, len(questions))
    log = CaseLog(settings.desk().practice / _FILE, _identity(settings, loaded), Asked.from_json)
    warm = False
    for number, question in enumerate(questions, start=1):
        found = log.find(question.id, question.digest)
        if found is None:
            if not warm:  # the first answer of a process also loads word lists and compiles
                ask(loaded, question)
                warm = True
            found = ask(loaded, question)
            log.add(question.digest, found)
        report("exam", number, len(questions))
        yield found


def _graded(read: ExamFile, asked: Iterator[Asked]) -> tuple[tuple[Graded, ...], tuple[str, ...]]:
    """The graded questions; a sentence for each that cannot be."""
    graded, broken = [], list(read.broken)
    for question, found in zip(read.questions, asked, strict=True):
        try:
            graded.append(grade(question, found))
        except FactError as error:
            broken.append(str(Broken(read.path, question.line, f"{error}.")))
    return tuple(graded), tuple(broken)


def _learnt(settings: Settings) -> frozenset[str]:
    """The digests of written questions that the contract that serves was made of."""
    try:
        contract = contract_folder.serving(settings.desk())
    except contract_folder.ContractError:
        return frozenset()  # it does not serve either
    return frozenset(contract.written) if contract is not None else frozenset()


def _learnt_note(told: ExamFigures) -> Iterator[str]:
    unseen, of = told.unseen, told.total.questions
    if unseen.questions < of:
        yield (
            f"The contract that serves was made with {of - unseen.questions:,} of these {of:,} questions, which prove "
            f"nothing of it. Of the {unseen.questions:,} that it has not seen {unseen.good:,} are good, "
            f"{unseen.wrong:,} wrong, {unseen.handed_over:,} handed over."
        )


def _notes(graded: tuple[Graded, ...], loaded: Loaded) -> Iterator[str]:
    yield from loaded.notes
    open_ended = sum(not each.question.must and each.question.who != "person" for each in graded)
    if open_ended:
        have = "question that the bot may answer has" if open_ended == 1 else "questions that the bot may answer have"
        yield (
            f'{open_ended:,} {have} no "must": there every answer counts as good that says nothing of "never", '
            "right or not."
        )


def _identity(settings: Settings, loaded: Loaded) -> dict[str, Any]:
    """Everything that an answer depends on."""
    assert loaded.retriever is not None
    promise = promise_of(settings)
    return {
        "index": loaded.index,
        "code": code_digest(resources.files(package) for package in _DEPENDS_ON),
        "encoder": loaded.retriever.encoder.fingerprint,
        "serves": repr(DeskLoader.of(settings).wanted()),
        "change": loaded.retriever.live.view.change,
        "settings": [settings.answer_threshold, promise.risk, promise.sure, settings.corroborated],
    }


def _before(path: Path) -> Mapping[str, tuple[str, Verdict]]:
    """The words and the verdict of each question of an earlier exam."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {str(row["id"]): (str(row["question"]), Verdict(row["verdict"])) for row in stored["questions"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path}: expected the JSON of an earlier exam, reports/exam-….json of a home folder ({error})."
        ) from error
