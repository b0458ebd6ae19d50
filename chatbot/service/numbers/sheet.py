"""All figures as CSV, a line a figure and group; safe to open where a cell that begins with = is a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_COLUMNS = ("n", "value", "p90", "low", "high")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def sheet(numbers: Mapping[str, Any]) -> str:
    """The lines of what ``figures.reckoned`` gave."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["figure", "kind", "by", "key", "from", "to", "zone", *_COLUMNS])
    for figure in numbers["figures"]:
        for by, key, row in _rows(figure):
            span = numbers["before"] if by == "before" else numbers if by != "week" else {"from": key, "to": None}
            cells = (figure["id"], figure["kind"], by, key, span["from"], span["to"], numbers["zone"])
            lines.writerow([*map(safe, cells), *(row[name] for name in _COLUMNS)])
    return text.getvalue()


def safe(cell: Any) -> str:
    """A text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(figure: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    yield "", None, figure["now"]
    yield "before", None, figure["before"]
    for week in figure["weeks"]:
        yield "week", week["week"], week
    for group in figure["groups"]:
        yield group["by"], group["key"], group
