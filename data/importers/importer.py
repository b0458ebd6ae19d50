"""The interface of importers: what each takes and gives, whatever the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from data.importers.limits import Limits, clipped

if TYPE_CHECKING:
    from pathlib import Path

    from data.transcripts import Article, Conversation

OnBytes = Callable[[int], None]
"""Told how many more bytes of the file (as it lies on disk) have been worked through."""


_SENTENCE = 700  # characters; what it quotes of the file may be of any length


def ignore(count: int) -> None:
    """Nobody counts the bytes."""


@dataclass(frozen=True, slots=True)
class Found:
    """One conversation or article; ``line`` is where it starts in its file, from 1.

    ``against`` is why it must not be learnt from, where the importer knows that already.
    """

    line: int
    item: Conversation | Article
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was decided about a source as a whole, for people to read; reading goes on."""

    path: Path
    message: str

    def __str__(self) -> str:
        """``path: message``."""
        return f"{self.path}: {self.message}"


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that could not be read. ``message`` says what was expected and what to do; reading goes on."""

    path: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        """``path:line: message``, as compilers print it."""
        place = f"{self.path}:{self.line}" if self.line is not None else str(self.path)
        return f"{place}: {clipped(self.message, _SENTENCE)}"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user may say about a source.

    ``columns`` maps the fields of a CSV to its columns ({"id": "ticket_id", "text": "body"}) and roles to the
    values that stand for them ({"customer_value": "end-user", "agent_value": "staff|admin"}), and says what only
    people can know: what is internal (``data.importers.visibility``), ``dates`` (dmy, mdy) and ``order`` (oldest_first,
    newest_first). ``delimiter`` is guessed where None. ``language`` and ``source`` are for conversations that name
    none. ``limits`` is how much is read of one thing.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    language: str | None = None
    source: str | None = None
    limits: Limits = field(default_factory=Limits)


class Importer(Protocol):
    """Reads one kind of source, row by row, in constant memory; never raises over what is in the file."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the file names it reads, lower case; empty where it reads folders only."""

    @property
    def expects(self) -> str:
        """What the source looks like, for messages."""

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Everything in the source, in its order."""
