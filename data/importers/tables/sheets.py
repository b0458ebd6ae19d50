"""Excel workbooks and Parquet files, through the same columns as CSV."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from data.importers.importer import Broken, Found, ImportOptions, OnBytes, Told, ignore
from data.importers.tables.records import Record, too_large
from data.importers.tables.rows import read_table
from data.importers.tables.sheet_xml import WorkbookError
from data.importers.tables.workbook import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from data.importers.limits import Limits

_BATCH = 64
"""Rows of a Parquet file that are held at once."""
_NO_PYARROW = "Parquet files need pyarrow: pip install 'understudy[parquet]', or save the table as CSV."


@dataclass(frozen=True, slots=True)
class XlsxRows:
    """The importer of Excel workbooks: the first sheet that has rows."""

    suffixes: tuple[str, ...] = (".xlsx", ".xlsm", ".xls")
    expects: str = "an Excel workbook whose first sheet is such a table"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every conversation of the first sheet that has rows."""
        try:
            with opened(path, options.limits) as book:
                full = [sheet for sheet in book.sheets if next(book.rows(sheet), None) is not None]
                if not full:
                    yield Broken(path, None, "the workbook has no rows in any sheet that can be seen.")
                    return
                if others := [sheet.name for sheet in full[1:]]:
                    names = ", ".join(name[:40] for name in others[:5])
                    yield Told(
                        path, f"the sheet {full[0].name[:40]} was read; others were not ({names}): save those apart."
                    )
                yield from read_table(path, options, lambda on_read: book.rows(full[0], on_read), on_bytes)
        except WorkbookError as error:
            yield Broken(path, None, f"{error}.")
        except OSError as error:
            yield Broken(path, None, f"the file cannot be read ({error.strerror or error}); check its permissions.")


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The importer of Parquet files; needs the extra ``parquet``."""

    suffixes: tuple[str, ...] = (".parquet", ".pq")
    expects: str = "a Parquet file with such a table"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every conversation; lists and structures come as JSON, as a cell of comments does."""
        try:
            import pyarrow  # noqa: F401, ICN001  # only whether it is there
        except ImportError:
            yield Broken(path, None, _NO_PYARROW)
            return
        yield from read_table(path, options, lambda on_read: _parquet(path, options.limits, on_read), on_bytes)


def _parquet(path: Path, limits: Limits, on_bytes: OnBytes) -> Iterator[Record | Broken]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path, pre_buffer=False) as file:
            yield Record(1, [str(name) for name in file.schema_arrow.names])
            size, rows, line = path.stat().st_size, max(1, file.metadata.num_rows), 1
            for batch in file.iter_batches(batch_size=_BATCH):
                on_bytes(size * (line - 1 + batch.num_rows) // rows - size * (line - 1) // rows)
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    line += 1
                    record = Record(line, list(map(_cell, row)))
                    yield too_large(path, record, limits) or record
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        yield Broken(
            path, None, f"this is no Parquet file that can be read ({error}). Write it again, or save it as CSV."
        )


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)  # noqa: PLR2004
