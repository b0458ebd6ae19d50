"""Summaries of a conversation for who takes it over, for a note, for a list: extracts alone, each with its message.

Nothing is put into other words, so that nothing can be made up; what was cut says so. Made of the same pieces as the
brief of a hand-over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import shortened
from chatbot.dialogue.text.blank import is_blank
from chatbot.service.conversations import brief
from chatbot.storage.queries import notes
from chatbot.storage.queries import threads as stored
from chatbot.storage.tables.conversations import SYSTEM
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow
    from data.transcripts import Turn

MOST_READ = 500
"""Messages that are read, the last ones, and as many notes."""
IN_A_LIST = 120
"""Characters of a line that stands in a list."""
_REPLIES, _NOTES = 3, 3


class Purpose(StrEnum):
    """What a summary is for."""

    HANDOVER = "handover"
    NOTE = "note"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Said:
    """One message: of this desk with id and event number, of a conversation that lies elsewhere with its place."""

    role: str
    text: str
    message_id: str | None = None
    index: int | None = None
    seq: int | None = None
    decision: str | None = None
    at: str | None = None


async def said_in(session: Session, conversation: ConversationRow) -> tuple[list[Said], int]:
    """The last messages of a conversation with the team's notes among them, and how many messages there are."""
    name, last = conversation.id, conversation.last_seq
    rows = await stored.messages_before(session, name, last + 1, limit=MOST_READ)
    total = await stored.count_messages(session, name, up_to=last)
    written = (await notes.notes(session, name, up_to=last, after=rows[0].seq if len(rows) < total else 0))[-MOST_READ:]
    said = [
        Said(row.role, row.text, row.id, seq=row.seq, decision=row.decision, at=row.created_at.isoformat())
        for row in rows
        if row.role != SYSTEM
    ]
    said += [Said(Role.NOTE, row.text, row.id, seq=row.seq, at=row.created_at.isoformat()) for row in written]
    return sorted(said, key=lambda each: each.seq or 0), total


def given(turns: Iterable[Turn]) -> list[Said]:
    """The same of a conversation that lies elsewhere."""
    return [Said(turn.role, turn.text, index=place) for place, turn in enumerate(turns)]


def summary(said: Sequence[Said], purpose: Purpose) -> dict[str, Any]:
    """The lines of a summary in the order in which they were written, each by what it is there for; what was named.

    ``asked``: the customer's first question and last ones; ``tried``: what the bot answered; ``answered``: what people
    did; ``noted``: the team's notes; ``open``: what the customer wrote since somebody answered.
    """
    worded = [each for each in said if not is_blank(each.text)]
    theirs = [each for each in worded if each.role == Role.CUSTOMER]
    parts = _PARTS[purpose](worded, theirs)
    longest = IN_A_LIST if purpose is Purpose.LIST else brief.SHORT
    told: dict[int, dict[str, Any]] = {}
    for part, lines in parts.items():
        for each in lines:
            told.setdefault(id(each), _line(each, part, longest))  # a line stands once, for what comes first
    named = [] if purpose is Purpose.LIST else brief.details(theirs)
    return {
        "lines": [told[id(each)] for each in worded if id(each) in told],
        "details": [{**what, **_place(each)} for each, what in named],
    }


def _for_handover(worded: Sequence[Said], theirs: Sequence[Said]) -> dict[str, Sequence[Said]]:
    return {
        "open": _open(worded),
        "asked": brief.asked(theirs),
        "tried": [each for each in worded if each.role == Role.BOT and _spoke(each)][-brief.TRIED :],
        "answered": [each for each in worded if each.role == Role.AGENT][-_REPLIES:],
        "noted": [each for each in worded if each.role == Role.NOTE][-_NOTES:],
    }


def _for_note(worded: Sequence[Said], theirs: Sequence[Said]) -> dict[str, Sequence[Said]]:
    return {"open": _open(worded), "asked": brief.asked(theirs), **_last_reply(worded)}


def _for_list(worded: Sequence[Said], theirs: Sequence[Said]) -> dict[str, Sequence[Said]]:
    return {"asked": brief.asked(theirs)[:1], **_last_reply(worded)}


_PARTS = {Purpose.HANDOVER: _for_handover, Purpose.NOTE: _for_note, Purpose.LIST: _for_list}


def _last_reply(worded: Sequence[Said]) -> dict[str, Sequence[Said]]:
    replies = [each for each in worded if each.role == Role.AGENT or (each.role == Role.BOT and _spoke(each))]
    return {"tried" if each.role == Role.BOT else "answered": [each] for each in replies[-1:]}


def _open(worded: Sequence[Said]) -> list[Said]:
    """What the customer wrote since somebody answered them, its end where it is long; nothing before any answer."""
    replies = [place for place, each in enumerate(worded) if each.role in {Role.AGENT, Role.BOT} and _spoke(each)]
    if not replies:
        return []
    return brief.asked([each for each in worded[replies[-1] + 1 :] if each.role == Role.CUSTOMER])


def _spoke(said: Said) -> bool:
    """Whether it is an answer; what the bot says where it hands over is none."""
    return said.decision is None or said.decision in brief.SPOKE


def _line(said: Said, part: str, longest: int) -> dict[str, Any]:
    text = shortened(said.text, longest)
    return {"part": part, "role": said.role, "text": text, "cut": text != said.text, "at": said.at, **_place(said)}


def _place(said: Said) -> dict[str, Any]:
    return {"message_id": said.message_id, "index": said.index, "seq": said.seq}
