"""Reads what JSON APIs of help desks answer: of the shape that is wanted, or ``OutgoingError`` in a sentence."""

from __future__ import annotations

import asyncio
import html
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.protocol import LONGEST, Remark, mark_of
from chatbot.service.outgoing.door import OutgoingError
from data.cleaning.html_text import plain_text
from data.cleaning.quoted_mail import unquoted, what_was_said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

OPENING = "opening"
"""The key of a ticket's first message, where it lies on the ticket and not among its messages."""
MOST_PAGES = 50
"""Of the messages of one ticket: more than a ticket may have here."""
_Answer = TypeVar("_Answer")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_KEY = re.compile(r"[A-Za-z0-9._:@=+-]{1,150}")
_WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
_BEGUN = datetime(1970, 1, 1, tzinfo=UTC)
_BRACES = re.compile(r"\{(?=[{%#])|[}%#](?=\})")
_NAMES = 300  # characters of the names of files
_TAGS, _TAG = 30, 60
_PATIENCE, _TRIES = 120.0, 5


def shaped(host: str, read: Callable[[], _Answer]) -> _Answer:
    """What ``read`` makes of an answer, which may be of any shape."""
    with told(host, "answer to that"):
        return read()


@contextmanager
def told(host: str, what: str) -> Iterator[None]:
    """Say in a sentence that an answer is of another shape than the code inside reads."""
    try:
        yield
    except _WRONG as error:
        raise OutgoingError(f"{host} answers what is no {what} ({type(error).__name__}).") from error


async def patiently(ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Ask in the middle of a long reading: what is busy is waited for, as the reading would begin anew otherwise.

    Raises:
        BusyError: it stays busy, or wants to be left alone for long.

    """
    for _ in range(_TRIES):
        try:
            return await ask()
        except BusyError as error:
            if error.wait > _PATIENCE:
                raise
            await asyncio.sleep(error.wait)
    return await ask()


def record(value: Any) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise TypeError
    return value


def records(value: Any) -> list[dict[str, Any]]:
    """A list of objects; none where there is nothing."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError
    return [record(each) for each in value]


def text(value: Any) -> str:
    """A text that can be kept; empty where there is nothing."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError
    return value.replace("\0", "").encode("utf-8", "replace").decode().strip()


def flag(value: Any) -> bool:
    """What is true or false, and nothing that is only like it: a note must not become public by that."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def key(value: Any) -> str:
    """The name of a thing, a number or a text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    named = str(value)
    if not _KEY.fullmatch(named):
        raise ValueError
    return named


def is_number(external_id: str) -> bool:
    """Whether a ticket's name is a number as help desks count, so that it leads to no other path."""
    return _NUMBER.fullmatch(external_id) is not None


def numbered(external_id: str) -> str:
    """A ticket's name that is a number.

    Raises:
        OutgoingError: it is none.

    """
    if not is_number(external_id):
        raise OutgoingError("There is no ticket of this name.")
    return external_id


def rung(value: Any) -> str | None:
    """The ticket that a hook names, if it is a number."""
    named = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return named if is_number(named) else None


def moment(value: Any) -> datetime | None:
    """A time, of ISO 8601 or of seconds since 1970, in UTC; None where there is none."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, int | float):
        return _BEGUN + timedelta(seconds=value)
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def words(
    value: Any,
    *,
    role: str,
    opening: bool = False,
    team: bool = False,
    files: Iterable[Mapping[str, Any]] = (),
    may_be_html: bool = True,
) -> str:
    """What somebody said: HTML as plain text, without the mail it answers; the names of files, where that is all.

    An opening message quotes what it is about, and a note what it likes. A signature is cut from what customers write:
    what agents write is compared with what was suggested.
    """
    plain = plain_text(text(value)) if may_be_html else text(value).replace("\r\n", "\n")
    if team or not plain:
        said = plain
    else:
        own = what_was_said(plain, opening=opening)
        cut = own.quoted or role == "customer"
        said = (own.text or unquoted(plain)) if cut else plain
    if not said:
        names = ", ".join(filter(None, (text(each.get("name") or each.get("file_name")) for each in files)))
        said = f"📎 {names[:_NAMES]}" if names else ""
    return said[:LONGEST].strip()


def tags(value: Any) -> tuple[str, ...]:
    """Tags, as many and as long as are kept here."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise TypeError
    return tuple(dict.fromkeys(filter(None, (text(each)[:_TAG] for each in value))))[:_TAGS]


def without_templates(given: str) -> str:
    """A text in which no help desk finds something to fill in."""
    return _BRACES.sub(r"\g<0> ", given)


def as_html(given: str) -> str:
    """A plain text as HTML that reads the same, with nothing to fill in."""
    lines = html.escape(without_templates(given), quote=False).split("\n")
    return f"<div>{'<br>'.join(lines)}</div>"


class Remarks:
    """What was said in a ticket, as it is read: our own notes are set apart, what has no words is left out."""

    def __init__(self) -> None:
        self.said: list[Remark] = []
        self.noted: set[str] = set()

    def add(
        self,
        name: str,
        role: str,
        value: Any,
        *,
        private: bool,
        author: Any = None,
        at: Any = None,
        opening: bool = False,
        files: Any = None,
    ) -> None:
        """Take one message in; ``value`` may be HTML. What is private is never a customer's."""
        ours = mark_of(plain_text(text(value))) if private and role != "customer" else None
        if ours is not None:
            self.noted.add(ours)
            return
        found = words(value, role=role, opening=opening, team=private, files=records(files))
        when, who = moment(at), text(author)[:100] or None
        if found:
            role = "agent" if private and role == "customer" else role
            self.said.append(Remark(name, role, "team" if private else "customer", found, who, when))

    def in_order(self) -> tuple[Remark, ...]:
        """Oldest first; what has no time stays where it was."""
        times: list[datetime] = []
        for each in self.said:
            times.append(each.at or (times[-1] if times else _BEGUN))
        order = sorted(range(len(self.said)), key=lambda place: times[place])
        return tuple(self.said[place] for place in order)
