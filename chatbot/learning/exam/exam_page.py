"""The page of an exam: one file of HTML that needs nothing else and fetches nothing, and the same as JSON beside it.

Says what the figures say (``exam_figures.py``) and counts none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.home import write_atomically
from chatbot.learning.exam.grade import Verdict
from chatbot.learning.exam.question_card import OUTCOMES, VERDICTS, card, verdict_chip
from chatbot.learning.reports import pieces
from chatbot.learning.reports.page import filled, framed, part, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from chatbot.learning.exam.exam_figures import Change, ExamFigures, Group
    from chatbot.learning.exam.grade import Graded

LISTED = 1000
"""Questions in the list of the page, the wrong ones first; all of them are in the JSON."""
_TOLD = 20
_FIRST = [Verdict.WRONG, Verdict.INCOMPLETE, Verdict.HANDED_OVER, Verdict.GOOD]


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam that was taken: ``file`` is the name of its questions, ``against`` of the earlier JSON, if any.

    ``learnt`` are the digests of questions that the contract that serves was made of, of this file or not.
    """

    file: str
    figures: ExamFigures
    graded: Sequence[Graded]
    broken: Sequence[str]
    notes: Sequence[str]
    missed: Sequence[str]
    versions: Mapping[str, str | None]
    changes: Sequence[Change]
    against: str | None
    learnt: Collection[str] = ()

    def to_json(self) -> dict[str, Any]:
        """The figures, then each question in the order of its file."""
        return {
            "file": self.file,
            "versions": dict(self.versions),
            "missed": list(self.missed),
            "notes": list(self.notes),
            "broken": list(self.broken),
            **self.figures.to_json(),
            "against": self.against,
            "changes": [
                {
                    "id": each.id,
                    "question": each.question,
                    "before": each.before,
                    "now": each.now,
                    "gained": each.gained,
                }
                for each in self.changes
            ],
            "questions": [_row(each, self.learnt) for each in self.graded],
        }


def write(folder: Path, name: str, exam: Exam) -> Path:
    """Write ``exam-<name>.json`` and ``.html`` into a folder; returns the page's path."""
    write_atomically(folder / f"exam-{name}.json", json.dumps({"name": name, **exam.to_json()}, indent=2) + "\n")
    path = folder / f"exam-{name}.html"
    write_atomically(path, page(exam))
    return path


def headline(told: ExamFigures) -> str:
    """The answer in one sentence."""
    total = told.total
    asked = "question gets" if total.questions == 1 else "questions get"
    return (
        f"{total.good:,} of {total.questions:,} {asked} what they should "
        f"({pieces.percent(total.good, total.questions)}); {total.wrong:,} "
        f"({pieces.percent(total.wrong, total.questions)}) get a wrong answer."
    )


def read_and_graded(exam: Exam) -> str:
    """How many questions were read, and how many of them the figures are of."""
    read, out = len(exam.graded) + len(exam.broken), len(exam.broken)
    if not out:
        return f"All {read:,} questions of {exam.file} were graded." if read > 1 else "The one question was graded."
    which = "is left out of all figures, for it" if out == 1 else "are left out of all figures, for they"
    return (
        f"Of {read:,} questions in {exam.file} {len(exam.graded):,} were graded; {out:,} {which} could not be read or "
        "graded. Correct what is named and run the exam again: what was asked is not asked again."
    )


def page(exam: Exam) -> str:
    """The page of an exam."""
    told = exam.figures
    shown = sorted(exam.graded, key=lambda each: _FIRST.index(each.verdict))[:LISTED]
    kinds = sorted({each.question.kind for each in shown if each.question.kind})
    body = filled(
        __package__,
        "page.html",
        eyebrow=text(f"Exam: {exam.file}"),
        heading=text(headline(told)),
        lead=text(_lead(told)),
        warnings=_warnings(exam),
        share=pieces.share(_parts(told.total)),
        tiles=pieces.tiles(_tiles(told)),
        changes=_changes(exam),
        kinds=_groups(told.kinds, "Kinds of questions, the largest first", "kind"),
        whose=_groups(told.whose, "As the exam says", "who"),
        languages=_groups(told.languages, "Languages of the questions", "language"),
        verdicts=pieces.choices((verdict, VERDICTS[verdict]) for verdict in _FIRST),
        outcomes=pieces.choices(OUTCOMES.items()),
        kind_names=pieces.choices((kind, kind) for kind in kinds),
        all_note=text(
            f"{len(shown):,} of {len(exam.graded):,}; the JSON has all." if len(shown) < len(exam.graded) else ""
        ),
        all="".join(card(each, learnt=each.question.digest in exam.learnt) for each in shown),
        how=_how(exam),
    )
    style = pieces.style() + part(__package__, "page.css")
    return framed(headline(told), body, style=style, script=pieces.script())


def _lead(told: ExamFigures) -> str:
    total = told.total
    said = f"{told.alone:,} were answered alone, {pieces.percent(told.alone_good, told.alone)} of these well."
    if total.handed_over:
        said += f" {total.handed_over:,} went to a person though the bot should have answered."
    return said


def _warnings(exam: Exam) -> str:
    told = [f"Asked for and not reached: {' '.join(exam.missed)}"] if exam.missed else []
    if exam.broken:
        more = f"\n… and {len(exam.broken) - _TOLD:,} more" if len(exam.broken) > _TOLD else ""
        told.append(f"{read_and_graded(exam)}\n" + "\n".join(exam.broken[:_TOLD]) + more)
    notes = "".join(f'<p class="quiet">{text(each)}</p>' for each in exam.notes)
    return "".join(f'<p class="warning">{text(each)}</p>' for each in told) + notes


def _tiles(told: ExamFigures) -> list[tuple[str, str]]:
    total = told.total
    shares = total.to_json()["shares"]
    tiles = [
        (pieces.percent(getattr(total, verdict), total.questions), f"{words} (95% interval {_range(shares[verdict])}).")
        for verdict, words in (
            (Verdict.GOOD, "good: all that had to be said, or the person who should answer"),
            (Verdict.WRONG, "wrong: a customer read what is not so, or no answer to the question"),
            (Verdict.HANDED_OVER, "handed over though the bot should have answered"),
        )
    ]
    for count, of, words in (
        (total.suggested_well, total.suggested, "of the handed over, an agent is shown a good answer first"),
        (told.article_found, told.article_named, "have the article that the exam names among their evidence"),
    ):
        if of:
            tiles.append((pieces.percent(count, of), f"{words} ({count:,} of {of:,})."))
    if told.seconds:
        middle, high = (f"{1000 * told.seconds[name]:.0f}" for name in ("median", "p95"))
        words = f"of processor time an answer (median {middle}, 95th percentile {high})."
        tiles.append((f"{1000 * told.seconds['mean']:.0f} ms", words))
    return tiles


def _groups(rows: Sequence[Group], caption: str, heading: str) -> str:
    return pieces.groups(
        [(row.name, row.questions, _parts(row), _cells(row)) for row in rows],
        caption=caption,
        columns=(heading, "questions", "how they went", "good", "wrong", "handed over"),
    )


def _cells(row: Group) -> str:
    shares = row.to_json()["shares"]
    return "".join(
        f"<td>{pieces.percent(getattr(row, verdict), row.questions)} "
        f'<span class="range">{_range(shares[verdict])}</span></td>'
        for verdict in (Verdict.GOOD, Verdict.WRONG, Verdict.HANDED_OVER)
    )


def _range(share: Mapping[str, float]) -> str:
    return f"{100 * share['low']:.0f}{pieces.NONE}{100 * share['high']:.0f}"


def _parts(group: Group) -> list[pieces.Part]:
    return [pieces.Part(verdict, words, getattr(group, verdict)) for verdict, words in VERDICTS.items()]


def _changes(exam: Exam) -> str:
    if exam.against is None:
        return ""
    gained = sum(each.gained for each in exam.changes)
    rows = "".join(
        f"<li><span>{verdict_chip(each.before)} to {verdict_chip(each.now)}</span>"
        f'<span dir="auto">{text(each.question)}</span></li>'
        for each in exam.changes
    )
    told = "Nothing: each question that was asked then has the same verdict."
    if rows:
        told = f"{gained:,} went better, {len(exam.changes) - gained:,} did not. The others have the same verdict."
        rows = f'<div class="card"><ul class="changes">{rows}</ul></div>'
    return f'<h2 id="changes">What has changed since {text(exam.against)}</h2><p class="quiet">{told}</p>{rows}'


def _how(exam: Exam) -> str:
    versions = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(version or 'none')}</dd></div>" for name, version in exam.versions.items()
    )
    return (
        "<p>Each question was asked as a live message is, with the turns before it as its dialogue. Good: answered "
        "alone with all that the exam says must be said and nothing that must not; or passed to a person where one "
        "should or may answer. Wrong: something was said that never must be; or it was answered alone without what "
        "must be said, or though a person should have answered. Handed over: it went to a person though the bot should "
        "have answered. Incomplete: asked back, or passed on, without the words that were needed. Words are looked "
        "for, not meanings: where a good answer is called wrong, give the exam another alternative.</p>"
        f"<p>Ranges are exact 95% intervals.</p><dl>{versions}</dl>"
    )


def _row(graded: Graded, learnt: Collection[str]) -> dict[str, Any]:
    question, asked = graded.question, graded.asked.to_json()
    del asked["id"], asked["evidence_ids"]
    return {
        "id": question.id,
        "kind": question.kind,
        "who": question.who,
        "language": question.language,
        "question": question.turns[-1].text,
        "verdict": graded.verdict,
        "learnt": question.digest in learnt,
        "missing": list(graded.missing),
        "forbidden": list(graded.forbidden),
        "suggestion_good": graded.suggestion_good,
        "article": question.article,
        "article_found": graded.article_found,
        **asked,
    }
