"""The loop of the connectors: reads tickets back, brings them up to date here, and writes notes there.

A hook is only a bell: what rings it says at most which ticket to look at, and looking is the same as polling. Whatever
fails is tried again, so that what happened while the help desk was away is caught up with.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from chatbot.errors import UnderstudyError
from chatbot.service.connectors import setting_up
from chatbot.service.connectors.answering import Writing
from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.delivering import CLAIM, Delivering
from chatbot.service.connectors.protocol import LONGEST
from chatbot.service.outgoing.door import OutgoingError
from chatbot.service.tickets import bringing
from chatbot.service.tickets.changing import By
from chatbot.storage.queries import connectors as stored
from chatbot.storage.tables.connectors import NoteState

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.answering.leases import AnswerLeases
    from chatbot.service.background.loops import Heart, Loop, Loops
    from chatbot.service.connectors.protocol import HelpDesk, Remark, Theirs
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.outgoing.door import Client, Door
    from chatbot.service.realtime.hub import Hub
    from chatbot.service.serving.serving import Serving
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from chatbot.storage.tables.connectors import ConnectorRow

_LOOK_SECONDS = 1.0
_FIRST_RETRY = 5.0
_AGAIN_SECONDS = 5.0  # a hook may ring before what it is about is committed over there
_MOST_RUNG = 200
_MOST_AGAIN = 1000  # tickets that one reading may list again
Lane = tuple[str, str]
_READING, _AT_ONCE = "reading", "at once"
_EARLY = timedelta(minutes=5)  # clocks differ
QUIET_SECONDS = 60.0
"""How long the loop may take for one round; the connectors work beside it."""


class Syncing:
    """One server's connectors. Build it inside the event loop."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        hub: Hub,
        rules: Rules,
        serving: Serving,
        door: Door,
        encryptor: Encryptor,
        leases: AnswerLeases,
    ) -> None:
        self._every = settings.connector_seconds
        self._database, self._hub, self._rules = database, hub, rules
        self._delivering = Delivering(database, hub, rules)
        self._writing = Writing(database, hub, rules, serving, leases, self._delivering, settings.held_back)
        self._door, self._encryptor = door, encryptor
        self._rung: dict[str, set[str]] = {}
        self._again: set[tuple[str, str | None]] = set()
        self._due: dict[Lane, float] = {}
        self._pauses: dict[Lane, float] = {}
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._errors: dict[Lane, str | None] = {}
        self._untaken: dict[tuple[str, str], str] = {}  # tickets that could not be kept, and why
        self._seen: dict[tuple[str, str], int] = {}  # hashes: a desk may have many tickets
        self._bell = asyncio.Event()
        self._log = structlog.get_logger("connectors")

    def ring(self, connector_id: str, external_id: str | None) -> None:
        """Look at a ticket soon; at all of them where it is not known which."""
        self._wake(connector_id, external_id)
        name = (connector_id, external_id)
        if name not in self._again and len(self._again) < _MOST_RUNG:
            self._again.add(name)
            asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._wake_again, connector_id, external_id)

    def _wake_again(self, connector_id: str, external_id: str | None) -> None:
        self._again.discard((connector_id, external_id))
        self._wake(connector_id, external_id)

    def _wake(self, connector_id: str, external_id: str | None) -> None:
        rung = self._rung.setdefault(connector_id, set())
        if external_id is None or len(rung) >= _MOST_RUNG:
            self._due[connector_id, _READING] = 0.0
        else:
            rung.add(external_id)
        self._bell.set()

    def start(self, loops: Loops) -> Loop:
        """Begin to look."""
        return loops.start("syncing with help desks", self.run, quiet=QUIET_SECONDS)

    async def run(self, heart: Heart) -> None:
        """Look until cancelled."""
        if not self._database.server:  # nobody else is at it
            async with self._database.write() as session:
                await stored.let_go(session, self._rules.clock.now() - CLAIM)
        async with self._door.open() as client:
            try:
                while True:
                    self._bell.clear()
                    async with self._database.read() as session:
                        rows = await stored.all_connectors(session)
                    for row in rows:
                        await self._begin(client, row)
                    heart.beat()
                    try:
                        await asyncio.wait_for(self._bell.wait(), _LOOK_SECONDS)
                    except TimeoutError:
                        continue
            finally:
                for task in self._tasks.values():
                    task.cancel()
                await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _begin(self, client: Client, row: ConnectorRow) -> None:
        """Reading all of it and what is to be done at once, each once at a time; neither waits for the other."""
        now = time.monotonic()
        reading, at_once = (row.id, _READING), (row.id, _AT_ONCE)
        if self._is_free(reading) and now >= self._due.get(reading, 0.0):
            self._due[reading] = now + self._every
            self._tasks[reading] = asyncio.create_task(self._guarded(row, reading, self._read_all(row, client)))
        if self._is_free(at_once):
            rung = self._rung.pop(row.id, set())
            if rung or (now >= self._due.get(at_once, 0.0) and await self._delivering.waiting(row)):
                work = self._do_at_once(row, client, rung)
                self._tasks[at_once] = asyncio.create_task(self._guarded(row, at_once, work))

    def _is_free(self, lane: Lane) -> bool:
        return lane not in self._tasks or self._tasks[lane].done()

    async def _guarded(self, row: ConnectorRow, lane: Lane, work: Coroutine[Any, Any, None]) -> None:
        """Do it, and note how it went; after a failure all is read again soon."""
        error, began = None, self._rules.clock.now()  # what changes while it is read is read again
        try:
            await work
            self._pauses.pop(lane, None)
        except Exception as failure:  # noqa: BLE001 - logged, kept, and tried again
            known = isinstance(failure, UnderstudyError)
            error = str(failure)[:500] if known else type(failure).__name__
            (self._log.warning if known else self._log.exception)("a help desk could not be read", connector=row.id)
            pause = self._pauses[lane] = min(self._every, 2 * self._pauses.get(lane, _FIRST_RETRY / 2))
            if isinstance(failure, BusyError):
                pause = max(pause, failure.wait)
            self._due[lane] = until = time.monotonic() + pause
            self._due[row.id, _READING] = min(self._due.get((row.id, _READING), until), until)
        self._errors[lane] = error
        read = lane[1] == _READING and error is None
        told = self._errors.get((row.id, _AT_ONCE)) or self._errors.get((row.id, _READING)) or self._left_out(row.id)
        if read or told != row.error:
            async with self._database.write() as session:
                kept = await stored.connector(session, row.id)
                if kept is not None:
                    kept.error, kept.synced_at = told, began if read else kept.synced_at

    def _left_out(self, connector_id: str) -> str | None:
        """Which tickets could not be taken."""
        left = {ticket: why for (connector, ticket), why in self._untaken.items() if connector == connector_id}
        if not left:
            return None
        ticket, why = next(iter(left.items()))
        return f"Not taken: {len(left):,} tickets, such as {ticket[:40]} ({why})."

    async def _do_at_once(self, row: ConnectorRow, client: Client, rung: set[str]) -> None:
        """Write what people and the bot said here, and look at the tickets of which something was heard."""
        desk = setting_up.help_desk(row, client, self._encryptor)
        undelivered = None
        try:
            await self._delivering.deliver(row, desk)
        except OutgoingError as error:
            undelivered = error  # told in the end: it is looked meanwhile
        for external_id in sorted(rung):
            await self._look_at(row, desk, external_id)
        if undelivered is not None:
            raise undelivered

    async def _read_all(self, row: ConnectorRow, client: Client) -> None:
        """Read what may have changed."""
        desk = setting_up.help_desk(row, client, self._encryptor)
        found, again = set[str](), 0
        async for theirs in desk.changes(row.synced_at):
            again += theirs.id in found
            if again > _MOST_AGAIN:
                raise OutgoingError(f"{row.url} lists the same tickets again and again.")
            found.add(theirs.id)
            await self._bring(row, desk, theirs)
        if not desk.abilities.since:
            async with self._database.read() as session:
                gone = await stored.open_tickets(session, row.id) - found
            for external_id in gone:  # closed over there, which a list of what is open does not say
                await self._look_at(row, desk, external_id)

    async def _look_at(self, row: ConnectorRow, desk: HelpDesk, external_id: str) -> None:
        theirs = await desk.fetch(external_id)
        if theirs is not None:
            await self._bring(row, desk, theirs)

    async def _bring(self, row: ConnectorRow, desk: HelpDesk, theirs: Theirs) -> None:
        """Bring one ticket up to date, and write what there is to say; one that cannot be kept stops no other."""
        name = (row.id, theirs.id)
        if self._seen.get(name) == hash(theirs):
            return
        try:
            conversation_id = await self._upsert(row, theirs)
            asked = theirs.unanswered
            done = asked is None or asked.key in theirs.noted or await self._was_before(row, theirs.id, asked)
            if done or (asked is not None and await self._writing.answer(row, desk, theirs, asked, conversation_id)):
                self._seen[name] = hash(theirs)
            self._untaken.pop(name, None)
        except OutgoingError:
            raise
        except UnderstudyError as error:
            self._untaken[name] = error.code
            self._log.warning("a ticket was not taken", connector=row.id, ticket=theirs.id, why=error.code)
        except Exception as error:  # noqa: BLE001 - logged and told; the others are not to wait for it
            self._untaken[name] = type(error).__name__
            self._log.exception("a ticket was not taken", connector=row.id, ticket=theirs.id)

    async def _upsert(self, row: ConnectorRow, theirs: Theirs) -> str:
        given = [_given(each) for each in await self._delivering.others(row, theirs)]
        changes = {"subject": _kept(theirs.subject, 500), "priority": theirs.priority, "status": theirs.category}
        requester = {"email": _kept(theirs.email, 320), "name": _kept(theirs.name, 200)}
        whole: dict[str, Any] = {**changes, "messages": given, "requester": requester}
        said = bringing.said(given, self._rules.clock.now())
        named = bringing.External(row.id, theirs.id, theirs.url)
        async with self._database.write() as session:
            by = By(row.id, None, leads=True)
            conversation, result = await bringing.upsert(
                self._rules, session, by, external=named, given=whole, messages=said, changes=changes
            )
            conversation_id = conversation.id
        if result != "unchanged":
            self._hub.publish_written(session, conversation_id)
        return conversation_id

    async def _was_before(self, row: ConnectorRow, ticket: str, message: Remark) -> bool:
        """Whether it lay there before the connector: such get no notes all at once.

        Where the help desk does not say when it was written, it was, if it was there when all was read first.
        """
        if message.at is not None:
            return message.at <= row.created_at - _EARLY
        if row.synced_at is not None:
            return False
        async with self._database.write() as session:
            if await stored.note(session, row.id, ticket, message.key) is None:
                note = stored.new_note(session, row.id, ticket, message.key)
                note.state, note.text, note.at = NoteState.BEFORE.value, "", self._rules.clock.now()
        return True


def _given(remark: Remark) -> dict[str, Any]:
    """A remark as messages are brought."""
    text, author = _kept(remark.text, LONGEST), _kept(remark.author, 100)
    about = {"role": remark.role, "audience": remark.audience, "at": remark.at}
    return {"external_id": remark.key, "text": text, "author": author, **about}


def _kept(text: str | None, most: int) -> str | None:
    """As much of a text as is kept here; no database keeps a NUL."""
    return text and text.replace("\0", "").encode("utf-8", "replace").decode()[:most]
