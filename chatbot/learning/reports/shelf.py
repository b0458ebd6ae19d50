"""The reports of a home as they lie there: pages of replays, exams and trainings, listed and read. Makes none."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatbot.errors import NotFoundError
from chatbot.home import is_version_name

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home

_MADE = re.compile(r"(\d{8})[-T](\d{6})")
_HEAD = 4000
"""Characters of a page among which its title stands."""


@dataclass(frozen=True, slots=True)
class Report:
    """One page: its name (``replay-…``), of which kind it is (the word before the dash), its date and its title."""

    name: str
    kind: str
    created: str
    title: str


def listed(home: Home) -> list[Report]:
    """Every report, the newest first. Links and what no version could be called are left out."""
    found = [_report(path) for path in home.reports.glob("*.html") if is_version_name(path.stem) and _own(path)]
    return sorted(found, key=lambda report: (report.created, report.name), reverse=True)


def read(home: Home, name: str) -> str:
    """A report's page.

    Raises:
        NotFoundError: there is none of this name.

    """
    path = home.reports / f"{name}.html"
    if not is_version_name(name) or not _own(path):
        raise NotFoundError("There is no report of this name.")
    return path.read_text(encoding="utf-8")


def _own(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _report(path: Path) -> Report:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(_HEAD)
    title = html.unescape(head.partition("<title>")[2].partition("</title>")[0]).strip()
    made = _MADE.search(path.stem)
    if made is not None:
        day, time = made.groups()
        created = f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}+00:00"
    else:
        created = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    return Report(path.stem, path.stem.partition("-")[0], created, title or path.stem)
