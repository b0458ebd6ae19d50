"""The views of the work list: those that every desk has, and those that it keeps. Each is a search with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import FullError, NameTakenError, NotFoundError, SearchError
from chatbot.service.conversations.views import message_view, standing, status_word
from chatbot.service.worklist.search import parse
from chatbot.storage.queries import events as log
from chatbot.storage.queries import teams as named
from chatbot.storage.queries import worklist as stored
from chatbot.storage.tables.worklist import Order, SavedViewRow

if TYPE_CHECKING:
    from datetime import datetime

    from chatbot.service.conversations.rules import Rules
    from chatbot.storage.database import Session
    from chatbot.storage.queries.worklist import Found, Search
    from chatbot.storage.tables.conversations import ConversationRow

MOST_VIEWS = 100
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class View:
    """A search with a name; ``saved`` by somebody, or one of those that are always there."""

    id: str
    name: str
    q: str
    order: Order = Order.NEWEST
    saved_by: str | None = None
    personal: bool = False


BUILT_IN = (
    View("queue", "Queue", "status:waiting", Order.WAIT),
    View("mine", "Mine", "owner:me status:open", Order.WAIT),
    View("mentioned", "Mentioned", "mentions:me", Order.ACTIVITY),
    View("team", "My team", "team:mine status:open", Order.WAIT),
    View("all", "All", "", Order.NEWEST),
    View("snoozed", "Snoozed", "status:snoozed", Order.NEWEST),
    View("done", "Done", "status:done", Order.NEWEST),
    View("bot", "The bot has it", "owner:bot status:open", Order.NEWEST),
)


async def listed(
    session: Session, search: Search, *, now: datetime, **page: Any
) -> tuple[list[dict[str, Any]], tuple[datetime, str] | None]:
    """One page as JSON, and the point after which the next begins, where there is one."""
    found, further = await rows(session, search, now=now, **page)
    return [_item(each, now) for each in await stored.shown(session, found)], further


async def rows(
    session: Session, search: Search, *, order: Order, after: tuple[datetime, str] | None, limit: int, now: datetime
) -> tuple[list[ConversationRow], tuple[datetime, str] | None]:
    """The conversations of one page, and the point after which the next begins."""
    found = await stored.page(session, search, order=order, after=after, limit=limit + 1, now=now)
    shown = found[:limit]
    further = (shown[-1][1], shown[-1][0].id) if len(found) > limit else None
    return [row for row, _ in shown], further


async def views(session: Session, *, me: str | None, now: datetime) -> list[dict[str, Any]]:
    """Every view and how many conversations are in it now; none of one that asks for `me` where that is nobody."""
    rows = await stored.saved_views(session)
    seen = [row for row in rows if not row.personal or row.by == me]
    saved = [View(row.id, row.name, row.q, saved_by=row.by, personal=row.personal) for row in seen]
    return [
        {
            "id": view.id,
            "name": view.name,
            "q": view.q,
            "order": view.order,
            "saved_by": view.saved_by,
            "personal": view.personal,
            "count": await _count(session, view.q, me, now),
        }
        for view in (*BUILT_IN, *saved)
    ]


async def reached(session: Session) -> int:
    """The last number of the desk's feed, read with a list: what comes after it is followed from there."""
    return await log.reached(session)


async def known(session: Session, teams: list[dict[str, Any]]) -> dict[str, Any]:
    """What can be named in a search or an act: the tags in use, the people, the teams."""
    return {"tags": await named.tags(session), "people": await named.colleagues(session), "teams": teams}


async def save(
    rules: Rules, session: Session, *, name: str, q: str, by: str, personal: bool = False, view_id: str | None = None
) -> dict[str, Any]:
    """Keep a search under a name, for everybody or for oneself; with an id, change that view.

    Raises:
        SearchError: the search cannot be read.
        NameTakenError: there is a view of this name.
        FullError: there are as many as a desk may have.
        NotFoundError: nobody keeps a view with this id, or another person keeps it for themselves.

    """
    name = " ".join(name.split())
    parse(q, me=by)
    rows = [row for row in await stored.saved_views(session) if row.id != view_id]
    if name.casefold() in {
        each.casefold() for each in (*(view.name for view in BUILT_IN), *(row.name for row in rows))
    }:
        raise NameTakenError(f"There is a view called {name} already; delete it first, or take another name.")
    if len(rows) >= MOST_VIEWS:
        raise FullError(f"A desk keeps {MOST_VIEWS} views; delete one first.")
    if view_id is None:
        row = SavedViewRow(id=rules.clock.new_id("w"), by=by, created_at=rules.clock.now())
        session.add(row)
    else:
        row = await _saved(session, view_id, me=by)
    row.name, row.q, row.personal = name, q, personal
    if personal:
        row.by = by
    await session.flush()
    return {"id": row.id, "name": name, "q": q, "order": Order.NEWEST, "saved_by": row.by, "personal": personal}


async def delete(session: Session, view_id: str, *, me: str) -> None:
    """Delete a saved view.

    Raises:
        NotFoundError: there is none, it is one that every desk has, or another person keeps it for themselves.

    """
    await session.delete(await _saved(session, view_id, me=me))


async def _saved(session: Session, view_id: str, *, me: str) -> SavedViewRow:
    row = await stored.saved_view(session, view_id, me=me)
    if row is None:
        raise NotFoundError("There is no saved view with this id.")
    return row


async def _count(session: Session, q: str, me: str | None, now: datetime) -> int | None:
    try:
        search = parse(q, me=me)
    except SearchError:  # it was read when it was saved, so that `me` is all that is missing
        return None
    return await stored.count(session, search, now=now)


def _item(found: Found, now: datetime) -> dict[str, Any]:
    row, last = found.row, found.last
    return {
        "id": row.id,
        "seq": row.last_seq,
        "status": status_word(row),
        "agent": row.agent,
        "team": found.team,
        "customer": found.customer,
        "subject": found.subject,
        "tags": found.tags,
        "topic": row.topic,
        "language": row.language,
        "decided": row.decided,
        **standing(row, now),
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "last": last and {**message_view(last), "text": last.text[:_EXCERPT], "evidence": []},
    }
