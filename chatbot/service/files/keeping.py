"""Taking files in, giving them to a message, and finding them for who may open them. The caller commits.

A file belongs to one conversation, and goes with one message, held reply, note or draft. What an agent uploads is the
team's until a message to the customer brings it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chatbot.errors import AnotherTextError, FullError, InputError, NotFoundError
from chatbot.service.files import addresses
from chatbot.service.files.content import PICTURES, cleaned
from chatbot.service.files.names import clean_name
from chatbot.service.files.shelf import Shelf
from chatbot.storage.queries import files as stored
from chatbot.storage.tables.conversations import Audience
from chatbot.storage.tables.drafts import Kind
from chatbot.storage.tables.files import FileRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.clock import Clock
    from chatbot.service.files.content import Content
    from chatbot.settings import Settings
    from chatbot.storage.database import Session

CUSTOMER = ""
"""The sender of what a customer uploads."""
MOST_OF_ONE_MESSAGE = 5
_AT_ONCE = 2  # pictures that are decoded at the same time: some hundred MB each at worst


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one desk. Build it inside the event loop."""

    shelf: Shelf
    clock: Clock
    secret: bytes
    longest: int
    """Bytes of one file."""
    most: int
    """Files that a customer may attach in one conversation."""
    _decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @classmethod
    def of(cls, settings: Settings, clock: Clock, secret: bytes) -> Files:
        """As the desk has set it."""
        shelf = Shelf(settings.desk().files)
        return cls(shelf, clock, secret, longest=settings.max_file_bytes, most=settings.max_conversation_files)

    async def shelve(self, source: Path) -> tuple[str, Content, int]:
        """Clean what has come in and lay it on the shelf: its hash, what it is, and its bytes. ``source`` is gone.

        Raises:
            FileKindError: it is nothing that is taken.

        """
        async with self._decoding:
            return await asyncio.to_thread(self._shelve, source)

    def _shelve(self, source: Path) -> tuple[str, Content, int]:
        clean, small = self.shelf.new(), self.shelf.new()
        try:
            content = cleaned(source, clean, small)
            size = clean.stat().st_size
            return self.shelf.put(clean, small), content, size
        finally:
            self.shelf.forget(source, clean, small)

    async def known(
        self, session: Session, conversation_id: str, *, sender: str, client_id: str
    ) -> dict[str, Any] | None:
        """The file that was uploaded under this ``client_id`` already; None where there is room for a new one.

        Raises:
            AnotherTextError: it was somebody else who did.
            FullError: there is no room.

        """
        row = await stored.uploaded_as(session, conversation_id, client_id)
        if row is not None:
            if row.sender != sender:
                raise AnotherTextError("This client_id belongs to another file; draw a new one.")
            return file_view(row)
        if not sender and await stored.count(session, conversation_id, CUSTOMER) >= self.most:
            raise FullError(occasion="files_full")
        return None

    async def keep(
        self,
        session: Session,
        conversation_id: str,
        shelved: tuple[str, Content, int],
        *,
        sender: str,
        client_id: str,
        name: str,
    ) -> dict[str, Any]:
        """Store what is known of a file on the shelf; under the conversation's lock."""
        digest, content, size = shelved
        row = FileRow(
            id=self.clock.new_id("f"),
            conversation_id=conversation_id,
            taken_by=None,
            client_id=client_id,
            sender=sender,
            audience=Audience.AGENT if sender else Audience.CUSTOMER,
            hash=digest,
            kind=content.kind,
            name=clean_name(name, content.kind),
            size=size,
            width=content.width,
            height=content.height,
            created_at=self.clock.now(),
        )
        session.add(row)
        await session.flush()
        return file_view(row)

    async def open_to(
        self, session: Session, file_id: str, reader: Audience, conversation_id: str | None = None
    ) -> dict[str, Any]:
        """Where a reader opens a file that is theirs to read; of one conversation, where that is named.

        Raises:
            NotFoundError: there is none there for them.

        """
        row = await self.readable(session, file_id, reader)
        if conversation_id is not None and row.conversation_id != conversation_id:
            raise NotFoundError(occasion="file_gone")
        now, of = self.clock.now(), (row.id,)
        small = addresses.address(self.secret, *of, "small", reader, now) if row.kind in PICTURES else None
        return {"url": addresses.address(self.secret, *of, "full", reader, now), "small": small}

    async def readable(self, session: Session, file_id: str, reader: Audience) -> FileRow:
        """A file, for who may read it: customers what is meant for them, the team all.

        Raises:
            NotFoundError: there is none for them.

        """
        row = await stored.find(session, file_id)
        if row is None or (reader != Audience.AGENT and row.audience != Audience.CUSTOMER):
            raise NotFoundError(occasion="file_gone")
        return row


def file_view(row: FileRow) -> dict[str, Any]:
    """What everybody who sees a message is told of a file; the address is asked for when it is shown."""
    return {name: getattr(row, name) for name in ("id", "name", "kind", "size", "width", "height")}


async def chosen(session: Session, conversation_id: str, ids: Sequence[str], *, sender: str) -> list[FileRow]:
    """The files that somebody sends with a message: their own, of this conversation, at most in a draft so far.

    Raises:
        InputError: too many; or one of them is not there, or not theirs to send.

    """
    if not ids:
        return []
    if len(ids) > MOST_OF_ONE_MESSAGE or len(set(ids)) != len(ids):
        raise InputError(occasion="files_too_many", most=MOST_OF_ONE_MESSAGE)
    rows = await stored.chosen(session, conversation_id, ids)
    if len(rows) != len(ids) or not all(_free(row, sender) for row in rows):
        raise InputError(occasion="file_gone")  # not 404: the conversation is there, and clients would leave it
    return rows


async def draft(
    session: Session, conversation_id: str, ids: Sequence[str], *, sender: str, kind: Kind
) -> list[FileRow]:
    """Keep these with somebody's draft and no others; those that are gone or not theirs to send are left out."""
    for row in await stored.drafted(session, conversation_id, sender, kind):
        row.taken_by = None
    rows = [row for row in await stored.chosen(session, conversation_id, ids) if _free(row, sender)]
    take(rows, kind)
    return rows


def _free(row: FileRow, sender: str) -> bool:
    return row.sender == sender and row.taken_by in {None, *Kind}


def take(rows: Sequence[FileRow], by: str) -> list[dict[str, Any]] | None:
    """They go with this from now on; what it keeps of them, None where there are none."""
    for row in rows:
        row.taken_by = by
    return [file_view(row) for row in rows] or None


async def reach_customer(session: Session, message_id: str) -> None:
    """A message brings its files to the customer."""
    for row in await stored.taken(session, message_id):
        row.audience = Audience.CUSTOMER


def ids(files: Sequence[dict[str, Any]] | None) -> list[str]:
    """The ids of what a message keeps of its files."""
    return [file["id"] for file in files or ()]
