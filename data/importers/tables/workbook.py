"""Reads the rows of an Excel workbook (.xlsx, ISO/IEC 29500), one at a time, its table of texts on disk.

Whole parts are never in memory and every size is bounded, which no library we looked at keeps: a workbook is a ZIP
archive of XML. Days come out as the numbers they are; the column of times reads those.
"""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from data.importers.importer import Broken, OnBytes, ignore
from data.importers.tables.records import Record, too_large
from data.importers.tables.sheet_xml import Cells, Texts, WorkbookError, bare_name, ignored, parser_of
from data.scratch import scratch

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from data.importers.limits import Limits

_CHUNK = 64 * 1024
_UNPACKED = 64 * 1024 * 1024  # bytes a part may unpack to whatever its ratio
_SMALL = 4 * 1024 * 1024  # of the list of sheets
_SHARED = "xl/sharedStrings.xml"
_ERRORS = (zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, RuntimeError, NotImplementedError, EOFError)
_ERRORS_TOO = (ValueError, LookupError, OverflowError)
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a workbook: its name, its part, and how often it holds a row at all."""

    name: str
    part: str


class Workbook:
    """An open workbook; ``sheets`` are those that a reader sees."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, database: sqlite3.Connection, limits: Limits) -> None:
        self._path = path
        self._archive = archive
        self._database = database
        self._limits = limits
        self.sheets = self._listed()
        database.execute("CREATE TABLE text (n INTEGER PRIMARY KEY, text TEXT)")
        if _SHARED in archive.namelist():
            reader = Texts(limits.cell_characters + 1)
            for _ in self._parsed(_SHARED, reader.parser()):
                database.executemany("INSERT INTO text (text) VALUES (?)", ((one,) for one in reader.drained()))

    def rows(self, sheet: Sheet, on_bytes: OnBytes = ignore) -> Iterator[Record | Broken]:
        """Every row that is not blank, as wide as the first at least."""
        size = self._path.stat().st_size
        whole = max(1, self._archive.getinfo(sheet.part).file_size)
        reader = Cells(self._limits, self._text)
        width = told = done = 0
        try:
            for count in self._parsed(sheet.part, reader.parser()):
                done += count
                now = size * done // whole
                on_bytes(now - told)
                told = now
                for line, cells in reader.drained():
                    width = width or len(cells)
                    record = Record(line, cells + [""] * (width - len(cells)))
                    yield too_large(self._path, record, self._limits) or record
        except (*_ERRORS, *_ERRORS_TOO) as error:
            yield Broken(self._path, None, f"the workbook is damaged ({error}); the rows before were read.")

    def _text(self, number: str) -> str:
        try:
            row = self._database.execute("SELECT text FROM text WHERE n = ?", (int(number) + 1,)).fetchone()
        except (ValueError, OverflowError):
            return ""
        return row[0] if row else ""

    def _listed(self) -> list[Sheet]:
        targets: dict[str, str] = {}
        found: list[tuple[str, str]] = []

        def relation(name: str, values: dict[str, str]) -> None:
            if bare_name(name) == "Relationship":
                targets[values.get("Id", "")] = values.get("Target", "")

        def sheet(name: str, values: dict[str, str]) -> None:
            if bare_name(name) == "workbookPr" and values.get("date1904") in {"1", "true"}:
                raise WorkbookError("the workbook counts its days from 1904; save the sheet as CSV and import that")
            if bare_name(name) == "sheet" and values.get("state", "visible") == "visible":
                key = next((value for key, value in values.items() if key.rpartition(":")[2] == "id"), "")
                found.append((values.get("name", "?"), key))

        for part, start in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
            for _ in self._parsed(part, parser_of(start, ignored), _SMALL):
                pass
        parts = [(name, targets.get(key, "")) for name, key in found]
        names = set(self._archive.namelist())
        sheets = [Sheet(name, to[1:] if to.startswith("/") else f"xl/{to}") for name, to in parts]
        return [sheet for sheet in sheets if sheet.part in names]

    def _parsed(self, part: str, parser: expat.XMLParserType, most: int | None = None) -> Iterator[int]:
        """Feed a part to a parser; how many bytes each time."""
        entry = self._archive.getinfo(part)
        allowed = most or max(_UNPACKED, self._limits.ratio * entry.compress_size)
        if entry.file_size > allowed:
            raise WorkbookError(
                f"a part of the workbook would unpack from {entry.compress_size / 1e6:.2f} to "
                f"{entry.file_size / 1e6:.0f} MB. If it is a real export, save it as CSV, or raise "
                "UNDERSTUDY_IMPORT_RATIO"
            )
        with self._archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)  # expat takes it by position
                yield len(chunk)
            parser.Parse(b"", True)
            yield 0


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Workbook]:
    """A workbook, for the block.

    Raises:
        WorkbookError: it is none, it is locked by a password, or a part of it is beyond measure.
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise WorkbookError("this is an old Excel file (.xls) or one with a password; save it as .xlsx or CSV")
    with scratch() as database:
        try:
            archive = zipfile.ZipFile(path)
        except (*_ERRORS, *_ERRORS_TOO) as error:
            raise WorkbookError(f"this is no Excel workbook ({error}); save it as .xlsx or CSV") from error
        with archive:
            try:
                workbook = Workbook(path, archive, database, limits)
            except WorkbookError:
                raise
            except (*_ERRORS, *_ERRORS_TOO) as error:
                raise WorkbookError(f"the workbook cannot be read ({error}); save it again, or as CSV") from error
            yield workbook
