"""Reads the questions of an exam: JSON lines, or a table for people who keep theirs in a spreadsheet.

A broken row is told with its file and line and costs itself only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.learning.exam.facts import EXPRESSION
from chatbot.learning.exam.question import KEYS, ExamQuestion, QuestionError, question_of
from chatbot.learning.given_rows import given_rows, is_table
from data.importers.importer import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST = 10_000
_LINE = 'expected {"question": "How long can I return it?", "must": ["30 days"], "who": "bot"} on each line'


@dataclass(frozen=True, slots=True)
class ExamFile:
    """The questions of a file in their order, and a sentence for each row that is none."""

    path: Path
    questions: tuple[ExamQuestion, ...]
    broken: tuple[str, ...]


def read_exam(path: Path) -> ExamFile:
    """Read a file of questions.

    Raises:
        InputError: there is no file, or not one question in it; the message says what was expected.

    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; {_LINE}, or a table (docs/exam.md).")
    questions: dict[str, ExamQuestion] = {}
    broken: list[str] = []
    for number, row in _rows(path):
        if isinstance(row, Broken):
            broken.append(str(row))
            continue
        try:
            found = question_of(row, number)
            if found.id in questions:
                where = questions[found.id].line
                raise QuestionError(f"the id {found.id!r} stands on line {where} already; each question needs its own")  # noqa: TRY301
            if len(questions) == _MOST:
                raise QuestionError(f"at most {_MOST:,} questions are asked; put the rest into another file")  # noqa: TRY301
        except QuestionError as error:
            broken.append(str(Broken(path, number, f"{error}.")))
        else:
            questions[found.id] = found
    if not questions:
        raise InputError(
            "\n".join([*broken[:3], f"{path}: there is no question in it; {_LINE}, or a table (docs/exam.md)."])
        )
    return ExamFile(path, tuple(questions.values()), tuple(broken))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    """The rows; in a cell of a table ``;`` stands between groups of facts and ``|`` between alternatives."""
    columns = [key for key in KEYS if key != "turns"]
    for number, row in given_rows(path, expected=_LINE, columns=columns, needed=["question"]):
        if is_table(path) and not isinstance(row, Broken):
            yield number, {**row, **{key: _groups(row[key]) for key in ("must", "never") if key in row}}
        else:
            yield number, row


def _groups(cell: str) -> list[list[str]]:
    groups = [group.strip() for group in cell.split(";") if group.strip()]
    return [
        [group] if group.startswith(EXPRESSION) else [each.strip() for each in group.split("|") if each.strip()]
        for group in groups
    ]
