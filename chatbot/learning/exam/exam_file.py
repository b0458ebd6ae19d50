"""Reads the questions of an exam: JSON lines, or a table for people who keep theirs in a spreadsheet.

A broken row is told with its file and line and costs itself only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError
from chatbot.learning.exam.facts import EXPRESSION
from chatbot.learning.exam.question import KEYS, ExamQuestion, QuestionError, question_of
from data.importers.importer import Broken
from data.importers.jsonl import loaded
from data.importers.limits import Limits, clipped
from data.importers.streams import Line, decode, lines
from data.importers.tables.records import records
from data.transcripts import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
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
    rows = _table(path) if path.name.lower().endswith(_TABLES) else _json_lines(path)
    for number, row in rows:
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


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    for line in lines(path):
        if isinstance(line, Broken):
            yield line.line or 0, line
        elif line.data.strip():
            yield line.number, _row(path, line)


def _row(path: Path, line: Line) -> dict[str, Any] | Broken:
    text = decode(path, line)
    if isinstance(text, Broken):
        return text
    try:
        value = loaded(text, Limits(), _LINE)
    except TranscriptError as error:
        return Broken(path, line.number, f"{error}.")
    if not isinstance(value, dict):
        return Broken(path, line.number, f"{_LINE}, found {type(value).__name__}.")
    return value


def _table(path: Path) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    """The rows of a table: in a cell ``;`` stands between groups of facts and ``|`` between alternatives."""
    header: list[str] | None = None
    for record in records(path, None, lambda _: None, Limits()):
        if isinstance(record, Broken):
            yield record.line or 0, record
        elif header is None:
            header = [cell.strip().casefold() for cell in record.cells]
            if "question" not in header:
                wanted = ", ".join(key for key in KEYS if key != "turns")
                found = clipped(repr(record.cells)[1:-1], 100)
                yield (
                    record.line,
                    Broken(path, record.line, f"expected a header with question among {wanted}; found {found}."),
                )
                return
        elif len(record.cells) != len(header):
            yield (
                record.line,
                Broken(
                    path,
                    record.line,
                    f"expected {len(header)} columns as in the header, found {len(record.cells)}; put texts that hold "
                    "the delimiter or a line break in double quotes.",
                ),
            )
        elif any(cell.strip() for cell in record.cells):
            cells = {key: cell.strip() for key, cell in zip(header, record.cells, strict=True) if cell.strip()}
            yield record.line, {**cells, **{key: _groups(cells[key]) for key in ("must", "never") if key in cells}}


def _groups(cell: str) -> list[list[str]]:
    groups = [group.strip() for group in cell.split(";") if group.strip()]
    return [
        [group] if group.startswith(EXPRESSION) else [each.strip() for each in group.split("|") if each.strip()]
        for group in groups
    ]
