"""Reads files of rows that people keep by hand: JSON lines, or a table with a header; plain or gzip.

A broken row is told with its file and line and costs itself only. Knows no meaning of a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.importers.importer import Broken
from data.importers.jsonl import loaded
from data.importers.limits import Limits, clipped
from data.importers.streams import Line, decode, lines
from data.importers.tables.records import records
from data.transcripts import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_TABLES = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its name."""
    return path.name.lower().endswith(_TABLES)


def given_rows(
    path: Path, *, expected: str, columns: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    """Each row as (line, {column: value}), or (line, ``Broken``); blank ones are left out.

    The values of a table are texts, stripped, and blank cells are left out. ``expected`` tells what a line of JSON
    holds, ``columns`` what a table may have and ``needed`` what it has to have.
    """
    yield from _table(path, columns, needed) if is_table(path) else _json_lines(path, expected)


def _json_lines(path: Path, expected: str) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    for line in lines(path):
        if isinstance(line, Broken):
            yield line.line or 0, line
        elif line.data.strip():
            yield line.number, _row(path, line, expected)


def _row(path: Path, line: Line, expected: str) -> dict[str, Any] | Broken:
    text = decode(path, line)
    if isinstance(text, Broken):
        return text
    try:
        value = loaded(text, Limits(), expected)
    except TranscriptError as error:
        return Broken(path, line.number, f"{error}.")
    if not isinstance(value, dict):
        return Broken(path, line.number, f"{expected}, found {type(value).__name__}.")
    return value


def _table(path: Path, columns: Sequence[str], needed: Sequence[str]) -> Iterator[tuple[int, dict[str, Any] | Broken]]:
    header: list[str] | None = None
    for record in records(path, None, lambda _: None, Limits()):
        if isinstance(record, Broken):
            yield record.line or 0, record
        elif header is None:
            header = [cell.strip().casefold() for cell in record.cells]
            if not set(needed) <= set(header):
                found = clipped(repr(record.cells)[1:-1], 100)
                words = f"expected a header with {' and '.join(needed)} among {', '.join(columns)}; found {found}."
                yield record.line, Broken(path, record.line, words)
                return
        elif len(record.cells) != len(header):
            words = (
                f"expected {len(header)} columns as in the header, found {len(record.cells)}; put texts that hold "
                "the delimiter or a line break in double quotes."
            )
            yield record.line, Broken(path, record.line, words)
        elif any(cell.strip() for cell in record.cells):
            cells = zip(header, record.cells, strict=True)
            yield record.line, {key: cell.strip() for key, cell in cells if cell.strip()}
