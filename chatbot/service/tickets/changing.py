"""Changes of a ticket, and two that become one. Each is told in the conversation's log; the caller holds its lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import ClosedError, InputError, UnderstudyError
from chatbot.service.conversations import ownership, tagging
from chatbot.service.conversations.appending import append_message
from chatbot.service.realtime.event import EventKind
from chatbot.service.tickets import statuses
from chatbot.service.tickets.statuses import Category
from chatbot.service.worklist import teams
from chatbot.storage.queries import conversations
from chatbot.storage.queries import events as log
from chatbot.storage.queries import teams as named
from chatbot.storage.queries import tickets as stored
from chatbot.storage.tables.conversations import SYSTEM, Audience, MessageRow, Owner, Status
from chatbot.storage.tables.tickets import CHAT, TicketRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.tables.conversations import ConversationRow

BOT = "bot"
_PLAIN = ("subject", "priority", "due_at")
_MOST_FIELDS = 100


class StaleError(UnderstudyError):
    """It is not (any more) as `If-Match` says; nothing was changed. Read it again, and send what is still to change."""

    code = "stale"
    status = 412
    title = "It has changed since"


@dataclass(frozen=True, slots=True)
class By:
    """Who brings or changes it: by name, as whom they count where agents are counted, and whether they lead."""

    name: str
    counts_as: str | None
    leads: bool


def check_fresh(row: ConversationRow, etag: str | None) -> None:
    """Refuse a change of what is not as whoever asks for it has read it (``If-Match``); without one nothing is asked.

    Raises:
        StaleError: it has changed since.

    """
    if etag is not None and etag.strip() not in {"*", etag_of(row)}:
        raise StaleError(f"If-Match has {etag}; the ticket is at {etag_of(row)}.")


def etag_of(row: ConversationRow) -> str:
    """The ETag of a ticket: every change of it is an event of its log."""
    return f'"{row.last_seq}"'


async def change(rules: Rules, session: Session, row: ConversationRow, by: By, changes: Mapping[str, Any]) -> bool:
    """Change what is named, and leave the rest as it is; None clears. Whether anything is different then.

    ``subject``, ``priority``, ``due_at``; ``fields``, of which each is changed by itself; ``tags``, all of them;
    ``team`` and ``owner`` by name; ``status`` by name or category.

    Raises:
        InputError: there is no such status, team or person, or a field cannot be kept.
        PermissionMissingError: another person has it, and who asks does not lead.
        ClosedError: it is given to somebody and is closed.

    """
    seq = row.last_seq
    ticket = await _ticket(session, row)
    told = {
        name: _plain(changes[name]) for name in _PLAIN if name in changes and getattr(ticket, name) != changes[name]
    }
    for name in told:
        setattr(ticket, name, changes[name])
    if changes.get("fields") is not None:
        fields = {**ticket.fields, **changes["fields"]}
        kept = {name: value for name, value in fields.items() if value is not None}
        if len(kept) > _MOST_FIELDS:
            raise InputError(f"fields: a ticket has {_MOST_FIELDS} at most.")
        if kept != ticket.fields:
            ticket.fields = told["fields"] = kept
    if changes.get("tags") is not None:
        await tagging.replace(rules, session, row, by.name, changes["tags"])
    if changes.get("status") is not None:
        await _stand(rules, session, row, ticket, by, changes["status"], told)
    await _give(rules, session, row, by, changes)
    if told:
        payload = {**told, "by": by.name}
        now = rules.clock.now()
        await log.append(session, row, EventKind.TICKET_CHANGED, payload, at=now, audience=Audience.AGENT)
    await session.flush()
    return row.last_seq != seq


async def customer_wrote(session: Session, row: ConversationRow) -> None:
    """What waited for the customer is the team's again."""
    ticket = await stored.find(session, row.id)
    if ticket is not None and ticket.status is not None:
        known = await statuses.known(session)
        if statuses.shown(known, row, ticket).category is Category.WAITING:
            ticket.status = None
            await session.flush()


async def merge(rules: Rules, session: Session, row: ConversationRow, into: ConversationRow, by: By) -> None:
    """Let a ticket live on in another one, which gets what was said in it; both are locked. Again changes nothing.

    The one that is left is closed and not learnt from, as the other will be; who brings it anew by its old name brings
    the other up to date.

    Raises:
        InputError: it is itself, or the other was merged as well.
        ClosedError: the other is closed.

    """
    ticket, other = await _ticket(session, row), await _ticket(session, into)
    if ticket.merged_into == into.id:
        return
    if row.id == into.id or other.merged_into is not None or ticket.merged_into is not None:
        raise InputError("into: name a ticket that lives, another than this one.")
    if into.status == Status.CLOSED:
        raise ClosedError("The ticket that it shall live on in is closed; open that first.")
    now = rules.clock.now()
    moved = 0
    for message in await conversations.messages(session, row.id, up_to=row.last_seq):
        if message.role != SYSTEM:
            copied = {name: getattr(message, name) for name in ("role", "author", "counts_as", "text", "files")}
            new = MessageRow(id=rules.clock.new_id("m"), client_id=f"merged-{message.id}", **copied)
            await append_message(rules, session, into, new, said_at=message.created_at)
            moved += 1
    if row.person_asked_at is not None and row.person_answered_at is None and into.owner != Owner.BOT:
        await ownership.customer_wrote(rules, session, into, row.person_asked_at)
    ticket.merged_into = into.id
    row.status, row.snoozed_until = Status.CLOSED, None
    for one, payload in ((row, {"into": into.id}), (into, {"from": row.id, "messages": moved})):
        told = {**payload, "by": by.name}
        await log.append(session, one, EventKind.TICKET_MERGED, told, at=now, audience=Audience.AGENT)
    await session.flush()


async def _ticket(session: Session, row: ConversationRow) -> TicketRow:
    """The ticket of a conversation; a chat becomes one of its own channel."""
    found = await stored.find(session, row.id)
    if found is None:
        found = TicketRow(conversation_id=row.id, channel=CHAT, fields={})
        session.add(found)
        await session.flush()
    return found


async def _stand(
    rules: Rules, session: Session, row: ConversationRow, ticket: TicketRow, by: By, name: str, told: dict[str, Any]
) -> None:
    known = await statuses.known(session)
    before, wanted = statuses.shown(known, row, ticket), statuses.named(known, name)
    if wanted == before:
        return
    ticket.status = told["status"] = wanted.name
    if wanted.category is Category.DONE:
        await ownership.close_for_team(rules, session, row, by.name)
        return
    await ownership.reopen_for_people(rules, session, row)
    if wanted.category is Category.WAITING and row.person_answered_at is None and row.person_asked_at is not None:
        row.person_answered_at = rules.clock.now()  # nobody waits for a person: the customer is waited for


async def _give(rules: Rules, session: Session, row: ConversationRow, by: By, changes: Mapping[str, Any]) -> None:
    """Give it to a person, to a team, or to nobody; what is closed has nobody who would have it."""
    if "owner" not in changes and "team" not in changes:
        return
    had = row.agent if row.owner == Owner.AGENT else None
    of = (await named.names(session, [row.team])).get(row.team or "")
    to, team = changes.get("owner", had), changes.get("team", of)
    if to == BOT:
        if row.owner != Owner.BOT:
            raise InputError("owner: the bot takes what a person gives back to it (POST …/release).")
        to = had
    if (to, team) != (had, of):
        await teams.assign(rules, session, row, to=to, team=team or "", by=by.name, leads=by.leads)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
