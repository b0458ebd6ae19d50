"""Brings to another help desk what is answered here in its tickets, by people and by the bot; each once.

What is not there yet is found by the messages themselves, so nothing is lost by a process that dies. Before something
is written again the ticket is read back: where it has arrived after all, its words are found there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from chatbot.service.connectors.noting import same_words
from chatbot.service.connectors.protocol import Change
from chatbot.service.conversations import notes, opening
from chatbot.service.outgoing.failing import OutgoingError, UnheardError
from chatbot.service.tickets.bringing import BROUGHT, reference
from chatbot.storage.queries import connectors as stored
from chatbot.storage.queries import tickets
from chatbot.storage.tables.connectors import ConnectorNoteRow, Level, NoteState
from chatbot.storage.tables.drafts import NoteRow

if TYPE_CHECKING:
    from chatbot.service.connectors.protocol import HelpDesk, Remark, Theirs
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.realtime.hub import Hub
    from chatbot.storage.database import Database, Session
    from chatbot.storage.queries.connectors import Ours
    from chatbot.storage.tables.connectors import ConnectorRow

CLAIM = timedelta(minutes=2)
"""After so long, who claimed a note or a reply has died while writing it."""
_TOLD_AT = 3  # tries in vain, before the team is told
_GIVEN_UP = timedelta(days=3)
_LATE = timedelta(minutes=10)  # a transaction may commit so long after its message's time


class Delivering:
    """Delivers what was written here. One for each server process."""

    def __init__(self, database: Database, hub: Hub, rules: Rules) -> None:
        self._database, self._hub, self._rules = database, hub, rules
        self._done_to: dict[str, datetime] = {}
        self._log = structlog.get_logger("connectors")

    async def waiting(self, row: ConnectorRow) -> list[Ours]:
        """What is not there yet."""
        now = self._rules.clock.now()
        since = max(self._done_to.get(row.id, row.created_at), row.created_at)
        async with self._database.read() as session:
            found = await stored.undelivered(session, row.id, since=since, brought=BROUGHT, claimed=now - CLAIM)
        if not found:
            self._done_to[row.id] = max(since, now - _LATE)
        return found

    async def deliver(self, row: ConnectorRow, desk: HelpDesk) -> None:
        """Write what is not there yet, in order for each ticket.

        Raises:
            OutgoingError: some of it could not be written; it is tried again at the next call.

        """
        failed: dict[str, OutgoingError] = {}
        for ours in await self.waiting(row):
            if ours.ticket in failed:
                continue
            try:
                await self._deliver(row, desk, ours)
            except OutgoingError as error:
                failed[ours.ticket] = error
                await self._failed(row, ours, error)
        if failed:
            raise next(iter(failed.values()))

    async def others(self, row: ConnectorRow, theirs: Theirs) -> tuple[Remark, ...]:
        """What others said in a ticket; what is ours is known by its name or its words, and noted as arrived."""
        async with self._database.read() as session:
            ours = await stored.replies(session, row.id, theirs.id)
            known = set[str]()  # what was brought here before is somebody else's
            if ours:
                said = [reference(each.key) for each in theirs.remarks]
                known = await tickets.sent(session, ours[0][1], said)
        found: dict[str, str] = {}
        for each, _ in ours:
            same = (
                remark.key
                for remark in theirs.remarks
                if remark.key not in found and _is(remark, each, known=reference(remark.key) in known)
            )
            key = next(same, None)
            if key is not None:
                found[key] = each.message
        arrived = {message: key for key, message in found.items()}
        if any(each.message in arrived and each.state == NoteState.WRITING for each, _ in ours):
            async with self._database.write() as session:
                for each, _ in await stored.replies(session, row.id, theirs.id):
                    if each.message in arrived:
                        each.state, each.remark = NoteState.WRITTEN.value, arrived[each.message]
        return tuple(remark for remark in theirs.remarks if remark.key not in found)

    async def _deliver(self, row: ConnectorRow, desk: HelpDesk, ours: Ours) -> None:
        theirs = await desk.fetch(ours.ticket)
        if theirs is None:
            await self._end(row, ours, NoteState.FAILED, f"the ticket is not in {row.id} any more")
            return
        await self.others(row, theirs)
        asked = theirs.unanswered
        if ours.role == "bot" and (asked is None or reference(asked.key) != ours.answers):
            if await self._claim(row, ours):
                await self._end(row, ours, NoteState.OVERTAKEN, f"somebody was first in {row.id}")
            return
        if not await self._claim(row, ours):
            return
        send = desk.reply_alone if ours.role == "bot" else desk.reply
        written = await send(ours.ticket, ours.text)
        async with self._database.write() as session:
            claimed = await stored.note(session, row.id, ours.ticket, ours.id)
            if claimed is not None:
                claimed.state, claimed.remark = NoteState.WRITTEN.value, written.key
        if ours.role == "bot" and desk.abilities.status:
            try:
                await desk.change(ours.ticket, Change(category="waiting"))
            except OutgoingError as error:  # the customer has the answer: a status is not worth writing it again
                self._log.warning("a ticket's status was not set", connector=row.id, ticket=ours.ticket, why=str(error))

    async def _claim(self, row: ConnectorRow, ours: Ours) -> bool:
        """Whether it is ours to write now, by what the connector may do now.

        Not where somebody tried it since it was found to be written: it may have arrived after the ticket was read.
        """
        async with self._database.write() as session:
            kept = await stored.connector(session, row.id, lock=True)
            known = await stored.note(session, row.id, ours.ticket, ours.id)
            now = self._rules.clock.now()
            if kept is None:
                return False
            if known is not None and (known.state != NoteState.WRITING or known.at != ours.noted):
                return False
            may = kept.level == Level.ANSWER if ours.role == "bot" else kept.replies
            if may:
                if known is None:
                    known = stored.new_note(session, row.id, ours.ticket, ours.id)
                known.state, known.text, known.at = NoteState.WRITING.value, ours.text, now
        if not may:
            await self._end(row, ours, NoteState.FAILED, f"{row.id} is not written to from here any more")
        return may

    async def _failed(self, row: ConnectorRow, ours: Ours, error: OutgoingError) -> None:
        """It may have arrived all the same, and is looked for before the next try; after some the team is told."""
        async with self._database.write() as session:
            known = await stored.note(session, row.id, ours.ticket, ours.id)
            if known is None:  # the ticket could not even be read
                known = stored.new_note(session, row.id, ours.ticket, ours.id)
                known.state, known.text = NoteState.WRITING.value, ours.text
            now = self._rules.clock.now()
            # Where nothing came back it may still be at work on it: the ticket is read again once that is over.
            known.at, known.tries = now if isinstance(error, UnheardError) else now - CLAIM, known.tries + 1
            tries = known.tries
            if tries == _TOLD_AT:
                await self._tell(session, row, ours, f"has not reached the customer yet, and is tried again: {error}")
        if self._rules.clock.now() - ours.at > _GIVEN_UP:
            await self._end(row, ours, NoteState.FAILED, str(error))
        elif tries == _TOLD_AT:
            self._hub.publish_written(session, ours.conversation_id)

    async def _end(self, row: ConnectorRow, ours: Ours, state: NoteState, why: str) -> None:
        async with self._database.write() as session:
            known = await stored.note(session, row.id, ours.ticket, ours.id)
            if known is None:
                known = stored.new_note(session, row.id, ours.ticket, ours.id)
            elif known.state != NoteState.WRITING:
                return
            known.state, known.text, known.at = state.value, ours.text, self._rules.clock.now()
            await self._tell(session, row, ours, f"was not sent to the customer: {why}.")
        self._hub.publish_written(session, ours.conversation_id)

    async def _tell(self, session: Session, row: ConnectorRow, ours: Ours, what: str) -> None:
        """Tell the team, in the conversation, what became of a reply that stands there."""
        shortened = " ".join(ours.text.split())[:80]
        conversation = await opening.for_agent(session, ours.conversation_id, lock=True)
        note = NoteRow(id=self._rules.clock.new_id("n"), author=row.id, text=f"“{shortened}…” {what}", mentions=[])
        note.client_id = note.id
        await notes.append(self._rules, session, conversation, note)


def _is(remark: Remark, ours: ConnectorNoteRow, *, known: bool) -> bool:
    """Whether what lies there is a reply of ours: by its name, else, for one that may have arrived, by its words."""
    if remark.from_customer or remark.audience != "customer":
        return False
    return remark.key == ours.remark if ours.remark is not None else not known and same_words(ours.text, remark.text)
