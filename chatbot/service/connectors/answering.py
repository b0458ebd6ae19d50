"""What is made of a customer's message in another help desk: an answer where that may be, else a draft or a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.service.answering import decisions
from chatbot.service.answering.suggesting import is_held, suggested
from chatbot.service.connectors.delivering import CLAIM
from chatbot.service.connectors.noting import note_of, same_words, worth_saying
from chatbot.service.outgoing.failing import UnheardError
from chatbot.storage.queries import connectors as stored
from chatbot.storage.tables.connectors import Level, NoteState

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.answering.leases import AnswerLeases
    from chatbot.service.connectors.delivering import Delivering
    from chatbot.service.connectors.protocol import HelpDesk, Remark, Theirs
    from chatbot.service.conversations.rules import Rules
    from chatbot.service.realtime.hub import Hub
    from chatbot.service.serving.serving import Serving
    from chatbot.storage.database import Database
    from chatbot.storage.tables.connectors import ConnectorRow
    from chatbot.storage.tables.suggestions import SuggestionSetRow


_MEANWHILE = {decisions.ANSWERED, decisions.CHANGED}


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes to help desks what is to be said about a customer's message."""

    database: Database
    hub: Hub
    rules: Rules
    serving: Serving
    leases: AnswerLeases
    delivering: Delivering
    held_back: float

    async def answer(
        self, row: ConnectorRow, desk: HelpDesk, theirs: Theirs, message: Remark, conversation_id: str
    ) -> bool:
        """Answer, or write a draft or a note, once for each message; whether nothing is left to be done."""
        async with self.database.read() as session:
            known = await stored.note(session, row.id, theirs.id, message.key)
        if known is not None and known.state in {NoteState.WRITTEN, NoteState.BEFORE}:
            return True
        if row.level == Level.ANSWER:
            why = await self._alone(row, conversation_id)
            if why is None:
                await self.delivering.deliver(row, desk)
                return True
            if why in _MEANWHILE:
                return False  # looked at again once that is over there
        if known is not None and known.state == NoteState.WRITING:  # it may have arrived since the ticket was read
            now_there = await desk.fetch(theirs.id)
            if now_there is None or message.key in now_there.noted:
                return True
            theirs = now_there
        tried = None if known is None else known.at
        return await self._suggest(row, desk, theirs, message, conversation_id, tried)

    async def _suggest(
        self,
        row: ConnectorRow,
        desk: HelpDesk,
        theirs: Theirs,
        message: Remark,
        conversation_id: str,
        tried: datetime | None,
    ) -> bool:
        """Write a draft or a note; whether nothing is left to be done. ``tried`` is when that was claimed before."""
        kept = await self._suggested(conversation_id)
        if kept is None:
            return True
        as_draft = desk.abilities.draft and row.level in {Level.DRAFT, Level.ANSWER}
        if as_draft:
            text = str(kept.suggestions[0]["text"])
        elif desk.abilities.note or row.level == Level.SHADOW:
            text = note_of(kept.suggestions, self.serving.loaded.find, message.key)
        else:
            return True
        if as_draft and any(same_words(text, there) for there in theirs.drafts):
            return True
        state = await self._claim(row.id, theirs.id, message.key, text, tried)
        if state is not NoteState.WRITING:
            return state is not None
        try:
            written = await (desk.draft(theirs.id, text) if as_draft else desk.note(theirs.id, text))
        except UnheardError:
            raise  # it may be at work on it still: the ticket is read again once that is over
        except Exception:
            async with self.database.write() as session:
                claimed = await stored.note(session, row.id, theirs.id, message.key)
                if claimed is not None:
                    claimed.at -= CLAIM
            raise
        async with self.database.write() as session:
            claimed = await stored.note(session, row.id, theirs.id, message.key)
            known = await stored.connector(session, row.id)
            if claimed is not None and known is not None:
                claimed.state, claimed.remark = NoteState.WRITTEN.value, written.key
                known.author = written.author or known.author
        return True

    async def _alone(self, row: ConnectorRow, conversation_id: str) -> str | None:
        """Answer it here, as the bot, where a contract lets: it then has to be delivered. Else why not."""
        async with self.database.read() as session:
            asked = await decisions.question(session, conversation_id)
        if asked.stands_in_the_way is not None:
            return asked.stands_in_the_way
        loaded, answer = await self.serving.ask(lambda pipeline: decisions.decide(pipeline, asked.turns))
        refused = decisions.refusal(asked, answer, loaded.contract)
        if refused is not None:
            return refused
        message_id = self.rules.clock.new_id("m")
        async with self.leases.hold(conversation_id) as lease:
            if lease is None:
                return decisions.CHANGED
            async with self.database.write() as session:
                await stored.connector(session, row.id, lock=True)  # its level is looked at once more (``send``)
                holder = self.leases.holder
                why = await decisions.send(
                    self.rules, session, conversation_id, asked, answer, message_id=message_id, lease=holder
                )
            if why is not None:
                return why
            lease.ended = True
            self.hub.publish_written(session, conversation_id)
        return None

    async def _suggested(self, conversation_id: str) -> SuggestionSetRow | None:
        """What to suggest; None where nothing is worth it, or it is held back to learn what people write."""
        found = await suggested(
            self.database, self.serving, self.rules.clock, conversation_id, held_back=self.held_back
        )
        if found is None or is_held(found[0]) or not found[0].suggestions:
            return None
        return found[0] if worth_saying(found[0].suggestions[0]["confidence"]) else None

    async def _claim(
        self, connector_id: str, ticket: str, message: str, text: str, tried: datetime | None
    ) -> NoteState | None:
        """What is to be done now, by the level that counts now; None: another is at it, or was since ``tried``."""
        async with self.database.write() as session:
            row = await stored.connector(session, connector_id, lock=True)
            known = await stored.note(session, connector_id, ticket, message)
            now = self.rules.clock.now()
            if row is None or row.level == Level.REMOVED:
                return NoteState.WRITTEN
            if known is not None and known.state == NoteState.WRITTEN:
                return NoteState.WRITTEN
            if known is not None and known.at != tried:
                return None
            if known is not None and known.state == NoteState.WRITING and known.at > now - CLAIM:
                return None
            state = NoteState.SHADOW if row.level == Level.SHADOW else NoteState.WRITING
            if known is None:
                known = stored.new_note(session, connector_id, ticket, message)
            known.state, known.text, known.at = state.value, text, now
            return state
