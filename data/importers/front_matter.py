"""Front matter: ``key: value`` between two ``---`` lines above an article. Reads it, and tells what is of another type.

Knows the keys of an article and what each takes; other keys are kept as they stand. What is of another type costs
itself only, never the article, and text in quotes is text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from data.importers.limits import clipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_FENCE = re.compile(r"-{3,}\s*")
_PAIR = re.compile(r"([A-Za-z][\w-]*)\s*:(?:\s+(.*))?")
_ITEM = re.compile(r"\s*-\s+(.*)")
_ELEMENT = re.compile(r"\"[^\"]*\"|'[^']*'|[^,\"'][^,]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_ADDRESS = re.compile(r"\S+[./]\S*|/\S*")
_NUMBER = re.compile(r"[-+]?\d[\d_]*(?:[.,]\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_TRUTHS = frozenset({"true", "false", "yes", "no", "on", "off"})
_NOTHING = frozenset({"", "~", "null"})
_SHOWN = 60

_EXPECTED = {
    "title": "text",
    "slug": "text",
    "language": "a language code such as de or en-GB",
    "url": "an address such as https://example.com/help/returns",
    "updated": "a date such as 2026-01-31",
    "questions": "questions in words, with | between them or each on a line of its own behind a dash",
}
OWN_KEYS = frozenset(_EXPECTED)


@dataclass(slots=True)
class FrontMatter:
    """The values of a page by key, the questions that it answers, and where which is of another type."""

    values: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    """A key as it stands: its line, what is written behind it, and the lines below that are set in."""

    key: str
    line: int
    value: str
    below: list[tuple[int, str]] = field(default_factory=list)


def front_matter(texts: Sequence[str]) -> tuple[FrontMatter, list[str]]:
    """What stands between two ``---`` lines at the top, and the lines after; without a second one there is nothing."""
    start = next((number for number, text in enumerate(texts) if text.strip()), 0)
    if start >= len(texts) or not _FENCE.fullmatch(texts[start]):
        return FrontMatter(), list(texts)
    end = next((number for number in range(start + 1, len(texts)) if _FENCE.fullmatch(texts[number])), None)
    if end is None:
        return FrontMatter(), list(texts)
    front = FrontMatter()
    for entry in _entries(texts, start + 1, end):
        if entry.key == "questions":
            taken = (_taken(front, entry.key, line, written) for line, written in _written(entry))
            front.questions += filter(None, taken)
        elif entry.key in OWN_KEYS and not entry.value and entry.below:
            _refuse(front, entry.key, entry.line, "a list or text below it")
        elif text := _taken(front, entry.key, entry.line, entry.value):
            front.values[entry.key] = text
    return front, list(texts[end + 1 :])


def _entries(texts: Sequence[str], first: int, end: int) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for number in range(first, end):
        text = texts[number]
        pair = _PAIR.fullmatch(text.strip())
        inside = text[:1].isspace() or _ITEM.fullmatch(text) is not None
        if pair and not (inside and entry is not None and entry.key in OWN_KEYS and not entry.value):
            if entry is not None:
                yield entry
            entry = _Entry(pair[1].lower(), number + 1, (pair[2] or "").strip())
        elif entry is not None and text.strip():
            entry.below.append((number + 1, text))
    if entry is not None:
        yield entry


def _written(entry: _Entry) -> Iterator[tuple[int, str]]:
    """Each question as it is written, with its line."""
    value = entry.value
    if value.startswith("[") and value.endswith("]"):
        yield from ((entry.line, element.strip()) for element in _ELEMENT.findall(value[1:-1]))
    elif value != "|":
        yield from ((entry.line, part.strip()) for part in value.split("|"))
    for line, text in entry.below:
        item = _ITEM.fullmatch(text)
        yield line, (item[1] if item else text).strip()


def _taken(front: FrontMatter, key: str, line: int, written: str) -> str | None:
    """A value of the type that its key takes; where it is of another, that is told."""
    text = unquoted(written)
    if not text or (text == written and text.casefold() in _NOTHING):
        return None
    found = _another_type(key, text, quoted=text != written)
    if found is None:
        return text
    _refuse(front, key, line, found)
    return text if _is_text_all_the_same(key, found) else None


def _another_type(key: str, text: str, *, quoted: bool) -> str | None:
    """What a value is, where it is not what its key takes; None where it is, and for the keys of others."""
    if key in _FITS:
        return None if _FITS[key](text) else repr(clipped(text, _SHOWN))
    if quoted or key not in OWN_KEYS:
        return None
    told = next((name for name, is_one in _TYPES.items() if is_one(text)), None)
    return told and f"the {told} {clipped(text, _SHOWN)}"


def _refuse(front: FrontMatter, key: str, line: int, found: str) -> None:
    done = "It is taken as text" if _is_text_all_the_same(key, found) else "It is left out"
    quotes = "; put it in quotes if these are the words" if found.startswith("the ") else ""
    front.wrong.append(
        (line, f'expected "{key}" to be {_EXPECTED[key]}, found {found}{quotes}. {done}, and the article is imported.')
    )


def _is_text_all_the_same(key: str, found: str) -> bool:
    return key in {"title", "slug"} and found.startswith("the number")


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def unquoted(value: str) -> str:
    """A value without the quotes around it."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value


_FITS: Mapping[str, Callable[[str], bool]] = {
    "language": lambda text: _LANGUAGE.fullmatch(text) is not None and text.casefold() not in _TRUTHS,
    "url": lambda text: _ADDRESS.fullmatch(text) is not None and not _NUMBER.fullmatch(text),
    "updated": _is_date,
}
_TYPES: Mapping[str, Callable[[str], bool]] = {
    "number": lambda text: _NUMBER.fullmatch(text) is not None,
    "date": lambda text: _DATE.fullmatch(text) is not None,
    "truth value": lambda text: text.casefold() in _TRUTHS,
    "list": lambda text: text[0] == "[" and text[-1] == "]",
    "mapping": lambda text: text[0] == "{" and text[-1] == "}",
}
