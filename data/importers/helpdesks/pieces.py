"""What the record of a help desk adds to its conversation, and how its fields are read; knows no tool.

Ids stay as they are written. A field of another type than expected counts as not there, as exports do differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from data.importers.visibility_meaning import Kind as Says
from data.importers.visibility_meaning import kind_of
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Record = dict[str, Any]

CUSTOMER, AGENT, BOT, NOTE = Role.CUSTOMER, Role.AGENT, Role.BOT, Role.NOTE
_SPEAKS = frozenset({Says.PRIVATE, Says.PUBLIC, Says.SENT, Says.WHO})
_LONGEST_KEY, _LONGEST_FLAG = 100, 60


@dataclass(slots=True)
class Ticket:
    """What is known of a conversation as a whole; ``against`` why it must not be learnt from.

    ``customers`` are the ids of those whose ticket it is, ``name`` is what the customer is called.
    """

    conversation: str
    customers: list[str] = field(default_factory=list)
    name: str = ""
    subject: str = ""
    language: str = ""
    created: str = ""
    labels: dict[str, Any] = field(default_factory=dict)
    against: str = ""


@dataclass(slots=True)
class Message:
    """One message. Without a role its author tells it.

    ``number`` is its own id: the same again is the same message, and where times are equal the smaller comes first.
    ``flags`` are the keys that may say who sees it. An ``opening`` is the ticket's own text, which may be its first
    message once more.
    """

    conversation: str
    text: str
    role: Role | None = None
    author: str = ""
    name: str = ""
    at: str = ""
    number: str = ""
    flags: dict[str, str] = field(default_factory=dict)
    files: int = 0
    opening: bool = False


@dataclass(slots=True)
class Person:
    """Somebody who writes; ``role`` is None where only agents could say."""

    id: str
    role: Role | None
    name: str = ""
    mail: str = ""


@dataclass(slots=True)
class Left:
    """Something that is no message and is only counted: events, drafts, what was deleted."""

    what: str


Piece = Ticket | Message | Person | Left
_OF_TICKET = tuple(one.name for one in fields(Ticket))
_OF_MESSAGE = tuple(one.name for one in fields(Message))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: its file's name without endings, that of the archive's member, its number and path."""

    stem: str
    member: str
    number: int
    path: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: it has all keys of ``needs`` and, where some are given, one of ``some``; ``when`` decides."""

    read: Callable[[Record, Place], Iterator[Piece]]
    needs: str
    some: str = ""
    when: Callable[[Record], bool] | None = None

    def fits(self, record: Record) -> bool:
        """Whether the record is one."""
        some = self.some.split()
        return (
            all(key in record for key in self.needs.split())
            and (not some or any(key in record for key in some))
            and (self.when is None or self.when(record))
        )


def stored(piece: Ticket | Message) -> list[Any]:
    """A piece as JSON."""
    return [getattr(piece, name) for name in (_OF_TICKET if isinstance(piece, Ticket) else _OF_MESSAGE)]


def restored(value: list[Any]) -> Ticket | Message:
    """What ``stored`` made."""
    if len(value) == len(_OF_TICKET):
        return Ticket(*value)
    message = Message(*value)
    message.role = Role(message.role) if message.role else None
    return message


def at_path(record: object, path: str) -> object:
    """What stands at a path such as "source.author.id"; None where there is nothing."""
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def text_of(record: object, *paths: str) -> str:
    """The first text at one of the paths that is not blank; numbers as they are written."""
    for path in paths:
        value = at_path(record, path)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
    return ""


def key_of(record: object, *paths: str) -> str:
    """The first id at one of the paths, exactly; a number that was rounded on its way comes as what is refused."""
    for path in paths:
        value = at_path(record, path)
        if isinstance(value, float):
            return f"{value:E}"
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""


def records_of(record: object, *paths: str) -> list[Record]:
    """The objects in the first list at one of the paths."""
    for path in paths:
        value = at_path(record, path)
        if isinstance(value, list):
            return [one for one in value if isinstance(one, dict)]
    return []


def words_of(record: object, path: str, key: str = "name") -> list[str]:
    """A list of tags, given as texts, as objects with a name, or as one text with commas."""
    value = at_path(record, path)
    listed = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    texts = [text_of(one, key) if isinstance(one, dict) else one for one in listed]
    return [one.strip() for one in texts if isinstance(one, str) and one.strip()][:50]


def is_true(value: object) -> bool:
    """Whether a flag is set, however it is written."""
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in {"true", "t", "1", "yes", "y"})


def files_in(record: object, *paths: str) -> int:
    """How many files hang on a message."""
    return sum(len(value) for path in paths if isinstance(value := at_path(record, path), list))


def flags_of(record: Mapping[str, object], known: str = "", ignore: str = "") -> dict[str, str]:
    """The keys that say who may see a message: the known ones, and any other that is named so."""
    names, ignored = known.split(), ignore.split()
    return {
        key: "" if value is None else str(value)[:_LONGEST_FLAG]
        for key, value in record.items()
        if key in names
        or (key not in ignored and (value is None or isinstance(value, str | bool | int)) and _speaks(key))
    }


@lru_cache(maxsize=4096)
def _speaks(key: str) -> bool:
    return len(key) <= _LONGEST_KEY and kind_of(key) in _SPEAKS


def labels(**values: object) -> dict[str, Any]:
    """What is known of a ticket, without what is empty."""
    return {key: value for key, value in values.items() if value not in ("", None, [], {})}
