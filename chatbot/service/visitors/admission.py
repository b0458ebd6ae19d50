"""Checks who may write to which inbox, from which page.

Every request needs the inboxes and they are few, so a server keeps them in memory and looks for changes every two
seconds.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatbot.errors import NotFoundError, OriginError, UnverifiedError
from chatbot.service.visitors import inboxes
from chatbot.service.visitors.visitors import DEFAULT_INBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.service.visitors.inboxes import Inbox
    from chatbot.storage.database import Database

_LOOK_SECONDS = 2.0


class Admission:
    """The inboxes in memory. ``origins`` are the default inbox's, besides those stored for it."""

    def __init__(
        self, database: Database, origins: Sequence[str] = (), *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._extra = tuple(inboxes.origin(one) for one in origins)
        self._clock = clock
        self._read_at = float("-inf")
        self._inboxes: dict[str, Inbox] = {}
        self.origins: frozenset[str] = frozenset()
        """Every origin of every inbox: browsers ask before it is known which inbox a page means."""

    async def refresh(self) -> None:
        """Read the inboxes again, unless that was done within two seconds."""
        now = self._clock()
        if now - self._read_at < _LOOK_SECONDS:
            return
        self._read_at = now
        async with self._database.read() as session:
            found = {inbox.id: inbox for inbox in await inboxes.list_all(session)}
        default = found[DEFAULT_INBOX]
        found[DEFAULT_INBOX] = replace(default, origins=(*default.origins, *self._extra))
        self._inboxes = found
        self.origins = frozenset(one for inbox in found.values() for one in inbox.origins)

    def inbox(self, inbox_id: str) -> Inbox:
        """An inbox as it is now, or was two seconds ago.

        Raises:
            NotFoundError: there is none of this id.

        """
        found = self._inboxes.get(inbox_id)
        if found is None:
            raise NotFoundError(occasion="page_unknown")
        return found

    def check(self, inbox: Inbox, *, verified: bool, origin: str | None, host: str | None) -> None:
        """Refuse who may not write. ``origin`` is what the browser says of the page, ``host`` the name it called us by.

        Raises:
            OriginError: the page is neither ours nor one of the inbox's.
            UnverifiedError: the inbox takes what verified visitors write.

        """
        self.check_origin(inbox, origin=origin, host=host)
        if inbox.verified_only and not verified:
            raise UnverifiedError(occasion="sign_in")

    def check_origin(self, inbox: Inbox, *, origin: str | None, host: str | None) -> None:
        """Refuse a page that is none of the inbox's; a program that is no browser names no origin.

        Raises:
            OriginError: the page is neither ours nor one of the inbox's.

        """
        if origin is None or origin in inbox.origins or (host and _place(origin) == host.lower()):
            return
        raise OriginError(occasion="page_unknown")  # its owner can add it: understudy inboxes change


def _place(origin: str) -> str:
    """Host and port of an origin, empty for what is none. Its scheme is not compared: a proxy may end TLS before us."""
    try:
        return urlsplit(origin.lower()).netloc
    except ValueError:
        return ""
