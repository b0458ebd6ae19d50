"""Importers: one module a source, found by name. Each reads rows in constant memory and never stops at a bad one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from data.importers.articles import MarkdownArticles, markdown_files
from data.importers.jsonl import JsonLines
from data.importers.mail.boxes import begins_as_mbox, is_mailbox
from data.importers.mail.importer import Mails
from data.importers.mapped.json_rows import JsonRows
from data.importers.recognise import HELPDESKS, may_be, recognised, unknown
from data.importers.tables.rows import CsvRows
from data.importers.tables.sheets import ParquetRows, XlsxRows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from data.importers.importer import Importer


REGISTRY: Mapping[str, Importer] = MappingProxyType(
    {
        "jsonl": JsonLines(),
        "csv": CsvRows(),
        "xlsx": XlsxRows(),
        "parquet": ParquetRows(),
        "json": JsonRows(),
        "articles": MarkdownArticles(),
        "mail": Mails(),
        **HELPDESKS,
    },
)
"""Every format by its name."""


_FOLDERS = ("articles", "mail")
"""Formats of which a whole folder is one source."""


class UnknownFormatError(ValueError):
    """No importer reads this; the message lists those there are."""


def importer(name: str) -> Importer:
    """The importer of a format.

    Raises:
        UnknownFormatError: there is none of that name.

    """
    if name not in REGISTRY:
        raise UnknownFormatError(f"{name!r} is no format we know; there are: {_formats()}")
    return REGISTRY[name]


def detect(path: Path) -> str:
    """The format of a file by what stands in it or by its name, of a folder by what lies in it.

    Raises:
        UnknownFormatError: nothing fits; the message lists the formats.

    """
    if path.is_dir():
        if markdown_files(path):
            return "articles"
        if is_mailbox(path):
            return "mail"
        raise UnknownFormatError(f"the folder holds no articles (*.md); what can be imported: {_formats()}")
    name = path.name.lower()
    if may_be(name) and path.is_file() and (found := recognised(path)):
        return found
    for format_name, reader in REGISTRY.items():
        if name.endswith(reader.suffixes):
            return format_name
    if begins_as_mbox(path):
        return "mail"
    if may_be(name) and path.is_file() and (sentence := unknown(path)):
        raise UnknownFormatError(sentence)
    raise UnknownFormatError(
        f"cannot tell the format from the name {path.name!r}; name it with --format, one of: {_formats()}",
    )


def sources(path: Path, format_name: str | None = None) -> list[tuple[str, Path]]:
    """What a path stands for, as (format, path) pairs: itself, or a folder's tables, JSON lines and exports.

    A folder's Markdown counts as one source. With ``format_name`` only that format is looked for.

    Raises:
        UnknownFormatError: no such format, or nothing in the folder has one.

    """
    if format_name is not None:
        importer(format_name)
    if not path.is_dir():
        return [(format_name or detect(path), path)]
    found = [
        (name, file)
        for file in sorted(path.iterdir())
        if file.is_file() and (name := _format_in_folder(file)) is not None and name not in _FOLDERS
    ]
    if is_mailbox(path):
        found.insert(0, ("mail", path))
    if format_name == "articles" or markdown_files(path) or not found:
        found.insert(0, (format_name or detect(path), path))
    return [pair for pair in found if format_name in (None, pair[0])]


def _format_in_folder(file: Path) -> str | None:
    """The format of a file among others, which may be of none."""
    try:
        return detect(file)
    except UnknownFormatError:
        return None


def _formats() -> str:
    return "; ".join(f"{name} ({reader.expects})" for name, reader in REGISTRY.items())
