"""Visits to the two servers, each in a thread of its own that nobody has to wait for."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from chatbot.service.connectors.desks.mailing import mailbox, posting
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from chatbot.service.connectors.desks.mailing.places import Place
    from chatbot.service.outgoing.lines import Lines

_T = TypeVar("_T")
_SECONDS = 20.0
_LONGEST = 300.0


@dataclass(frozen=True)
class Servers:
    """The mailbox, who sends for it, and with which account."""

    lines: Lines
    inbox: Place
    sender: Place
    address: str
    user: str
    password: str

    async def visit(self, work: Callable[[mailbox.Mailbox], _T]) -> _T:
        """Do something in the mailbox."""
        line = await self.lines.connect(self.inbox.host, self.inbox.port, seconds=_SECONDS)
        held = [line]

        def visited() -> _T:
            with mailbox.told(self.inbox.host):
                box = mailbox.Mailbox(line, self.inbox, self.lines, self.user, self.password)
                held.append(box.line)
                try:
                    done = work(box)
                except BaseException:
                    box.drop()
                    raise
                box.close()
                return done

        async with _closing(held, self.inbox.host):
            return await asyncio.to_thread(visited)

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[posting.Post]:
        """A connection to who sends; use it by ``posted``."""
        line = await self.lines.connect(self.sender.host, self.sender.port, seconds=_SECONDS)
        held = [line]

        def signed_in() -> posting.Post:
            with posting.told(self.sender.host):
                post = posting.Post(line, self.sender, self.lines, self.address, self.user, self.password)
                held.extend([post.line] if post.line is not None else [])
                return post

        async with _closing(held, self.sender.host):
            post = await asyncio.to_thread(signed_in)
            try:
                yield post
            except BaseException:
                post.drop()
                raise
            await asyncio.to_thread(post.close)

    async def posted(self, work: Callable[[], None]) -> None:
        """Do something with such a connection."""

        def told() -> None:
            with posting.told(self.sender.host):
                work()

        await asyncio.to_thread(told)


@asynccontextmanager
async def _closing(held: list[socket.socket], host: str) -> AsyncIterator[None]:
    """Ends the connections at the end, however it comes: a thread that reads from one wakes up."""
    try:
        async with asyncio.timeout(_LONGEST):
            yield
    except TimeoutError as error:
        raise OutgoingError(f"{host} does not answer in time.") from error
    finally:
        for each in held:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
