"""A mapping that people keep: which column is what, in TOML (or JSON), with the words of ``--column``."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.importers.limits import clipped
from data.importers.mapped.json_rows import FIELDS, NUMBER
from data.importers.source_options import OPTIONS
from data.importers.tables.column_mapping import MESSAGE_FIELDS, PAIR_FIELDS, ROLE_OPTIONS
from data.importers.visibility_words import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

FORMATS = ("csv", "xlsx", "parquet", "json")
_KNOWN = (*FIELDS, *ROLE_OPTIONS, *OPTIONS)
_NEEDED = (*MESSAGE_FIELDS, *PAIR_FIELDS)
_LISTS = ("visibility", "ignore")
_LONGEST = 1_000_000
_NAMED = 40
_HEAD = (
    "# How `understudy import FILE --mapping THIS` reads an export:\n"
    "# a column (or a path) for each field, and what values mean.\n"
)


class MappingError(ValueError):
    """The file is no mapping, or does not fit an export: the message says file, key and what was expected."""


@dataclass(frozen=True, slots=True)
class Saved:
    """``format`` is an importer's name, ``columns`` what ``--column`` says."""

    format: str
    columns: Mapping[str, str]

    def to_toml(self) -> str:
        """As it is saved; a value of several parts as a list."""
        lines = [_HEAD, f"format = {_quoted(self.format)}\n\n[columns]\n"]
        for key, value in self.columns.items():
            parts = value.split("|") if key.endswith("_value") or key in _LISTS else []
            said = f"[{', '.join(map(_quoted, parts))}]" if parts else _quoted(value)
            lines.append(f"{key} = {said}\n")
        return "".join(lines)

    def save(self, path: Path) -> None:
        """Write it: JSON where the name ends so, else TOML.

        Raises:
            MappingError: it cannot be written there.

        """
        as_json = path.suffix.lower() == ".json"
        value = {"format": self.format, "columns": dict(self.columns)}
        text = json.dumps(value, ensure_ascii=False, indent=2) + "\n" if as_json else self.to_toml()
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise MappingError(f"{path}: cannot be written ({error.strerror or error}).") from None


def load(path: Path) -> Saved:
    """The mapping in a file.

    Raises:
        MappingError: there is none that can be read.

    """
    try:
        raw = path.read_bytes()[: _LONGEST + 1]
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise MappingError(f"{path}: cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError:
        raise MappingError(f"{path}: expected UTF-8 text, found other bytes.") from None
    if len(raw) > _LONGEST:
        raise MappingError(f"{path}: expected a mapping of some lines, found more than {_LONGEST:,} bytes.")
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MappingError(f"{path}: expected TOML or JSON, found what is neither ({error}).") from None
    return _saved(path, value)


def _saved(path: Path, value: object) -> Saved:
    if not isinstance(value, dict) or (others := set(value) - {"format", "columns"}):
        found = ", ".join(sorted(others)) if isinstance(value, dict) else type(value).__name__
        raise MappingError(f"{path}: expected format and [columns], found {clipped(found, 200)}.")
    if value.get("format") not in FORMATS:
        raise MappingError(f"{path}: format: expected {' or '.join(FORMATS)}, found {value.get('format')!r}.")
    columns = value.get("columns")
    if not isinstance(columns, dict) or not columns:
        raise MappingError(f'{path}: columns: expected a table of fields, as text = "Message", found {columns!r}.')
    said: dict[str, str] = {}
    for key, one in columns.items():
        if key not in _KNOWN:
            raise MappingError(f"{path}: {clipped(key, 60)}: expected one of {', '.join(_KNOWN)}.")
        parts = one if isinstance(one, list) else [one]
        if not parts or not all(isinstance(part, str) and part.strip() for part in parts):
            raise MappingError(f"{path}: {key}: expected a text or a list of texts, found {clipped(str(one), 100)!r}.")
        said[key] = "|".join(parts)
    return Saved(value["format"], said)


def check_fit(saved: Saved, name: Path, export: Path, header: Collection[str], *, whole: bool = True) -> None:
    """See that an export has the columns of a mapping; of those of a JSON looked at in part, only what every row needs.

    Raises:
        MappingError: one is not there.

    """
    there = set(map(fold, header)) | {fold(NUMBER)}
    for key, value in saved.columns.items():
        wanted = value.split("|") if key in _LISTS else [value] if key in FIELDS else []
        if not whole and saved.format == "json" and key not in _NEEDED:
            continue
        for column in wanted:
            if fold(column) not in there:
                names = ", ".join(clipped(one, 60) for one in list(header)[:_NAMED])
                more = f" and {len(header) - _NAMED:,} more" if len(header) > _NAMED else ""
                raise MappingError(
                    f"{name}: {key}: expected a column of {export}, found {clipped(column, 60)!r}, which it does not "
                    f"have. Columns there are: {names or 'none'}{more}. Change the mapping, or import without it to "
                    "be asked anew."
                )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
