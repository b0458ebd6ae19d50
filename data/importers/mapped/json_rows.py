"""JSON of any shape as a table: a column is a path ("ticket.comments[].body"), a row a message with all around it.

Read twice: a key that says what is internal may stand first in the last record, and the header has to name it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.importers.documents import UnreadableError, documents
from data.importers.importer import Broken, Found, ImportOptions, OnBytes, Told, ignore
from data.importers.json_records import Item, Text, Unread, records
from data.importers.tables.column_mapping import MESSAGE_FIELDS, OTHER_FIELDS, PAIR_FIELDS
from data.importers.tables.records import Record, too_large
from data.importers.tables.rows import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from data.importers.limits import Limits

NUMBER = "#record"
"""The column that numbers the records of a file, for those whose conversations have no name."""
FIELDS = (*MESSAGE_FIELDS, *PAIR_FIELDS, *OTHER_FIELDS)
_SPOKEN = ("text", "answer", "question")
_PIPE = "this is a pipe, and it has to be read twice. Save it as a file first."
_NO_PATH = (
    "no path is named for the text. Import it in a terminal, which asks question by question; or name the paths: "
    "--column text=PATH --column role=PATH --column id=PATH."
)


@dataclass(frozen=True, slots=True)
class JsonRows:
    """The importer of JSON whose paths somebody has named."""

    suffixes: tuple[str, ...] = ()
    expects: str = "JSON of any other shape, its paths named by --mapping or --column"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every conversation; nothing where no path is named for the text."""
        text = next((options.columns[field] for field in _SPOKEN if field in options.columns), None)
        if text is None or path.is_fifo():
            yield Broken(path, None, _PIPE if text else _NO_PATH)
            return
        wraps = wraps_of(path, [one for key, one in options.columns.items() if key in FIELDS])
        chain = chain_of(text)
        names = dict.fromkeys([NUMBER])
        for item in items(path, wraps, options.limits):
            if isinstance(item, Item) and len(names) <= options.limits.columns:
                for row in rows_of(item, chain):
                    names.update(dict.fromkeys(row))
        header = list(names)

        def opened(on_read: OnBytes) -> Iterator[Record | Broken]:
            yield Record(1, header)
            for item in items(path, wraps, options.limits, on_read):
                if isinstance(item, Broken):
                    yield item
                    continue
                for row in rows_of(item, chain):
                    record = Record(item.line, [row.get(name, "") for name in header])
                    yield too_large(path, record, options.limits) or record

        yield from read_table(path, options, opened, on_bytes)


def items(path: Path, wraps: frozenset[str], limits: Limits, on_bytes: OnBytes = ignore) -> Iterator[Item | Broken]:
    """The records of a file, or of all files of an archive; what cannot be read is told."""
    try:
        with documents(path, on_bytes, limits) as found:
            for document in found:
                for item in records(Text(document.chunks), wraps, limits):
                    yield Broken(path, item.line, item.message) if isinstance(item, Unread) else item
    except UnreadableError as error:
        yield Broken(path, None, str(error))


def wraps_of(path: Path, columns: Iterable[str]) -> frozenset[str]:
    """The paths of objects that only hold the records: above all that is mapped, in a file that is one document."""
    firsts = {name.partition("[]")[0] if "[]" in name else "" for name in columns if name != NUMBER}
    if len(firsts) != 1 or "" in firsts or not is_one_document(path):
        return frozenset()
    parts = firsts.pop().split(".")
    return frozenset(".".join(parts[:end]) for end in range(len(parts)))


def is_one_document(path: Path) -> bool:
    """Whether the file is one object, rather than a list or an object a line."""
    try:
        with documents(path) as found:
            text = Text(next(found).chunks)
            if text.peek() != "{":
                return False
            head = text.buffer[text.at :]
    except (UnreadableError, StopIteration):
        return False
    try:
        _, end = json.JSONDecoder().raw_decode(head)
    except (ValueError, RecursionError):
        return True  # longer than its head
    return not head[end:].strip()


def chain_of(path: str) -> tuple[str, ...]:
    """The lists on the way to a value: "tickets[].comments[].body" has tickets[] and tickets[].comments[]."""
    found, at = [], path.find("[]")
    while at >= 0:
        found.append(path[: at + 2])
        at = path.find("[]", at + 2)
    return tuple(found)


def rows_of(item: Item, chain: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of one record: one for each item of the innermost list of the chain, with what stands above it."""
    prefix = item.path.removeprefix("[]").removeprefix(".")
    if not prefix or not chain or prefix in chain:
        yield from _rows(item.value, prefix, chain, {NUMBER: str(item.number)})


def _rows(
    value: Mapping[str, Any], prefix: str, chain: tuple[str, ...], above: dict[str, str]
) -> Iterator[dict[str, str]]:
    row, inner = dict(above), []
    level: list[tuple[str, Any]] = [
        (f"{prefix}.{key}" if prefix else key, one) for key, one in reversed(list(value.items()))
    ]
    while level:
        name, one = level.pop()
        if isinstance(one, dict):
            level += [(f"{name}.{key}", each) for key, each in reversed(list(one.items()))]
        elif isinstance(one, list) and f"{name}[]" in chain:
            inner = [(f"{name}[]", each) for each in one if isinstance(each, dict)]
        elif isinstance(one, list):
            if one and all(isinstance(each, str | int | float) for each in one):
                row[name] = ", ".join(map(_cell, one))
        else:
            row[name] = _cell(one)
    if inner:
        for name, each in inner:
            yield from _rows(each, name, chain, row)
    elif not any(name.startswith(prefix) and len(name) > len(prefix) for name in chain):
        yield row


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).replace("\x00", "")
