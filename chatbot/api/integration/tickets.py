"""Routes of tickets: another help desk brings them, reads them and changes them. A ticket's id is a conversation's."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import tickets as schemas
from chatbot.api.schemas.conversations import State
from chatbot.api.schemas.fields import System
from chatbot.api.transport.cursors import Cursor, cursor_of, read_cursor
from chatbot.api.transport.dependencies import RunningDep, WorkDep
from chatbot.api.transport.idempotency import Once, OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import ActorDep, CallerDep, Me, me
from chatbot.api.transport.tickets import FOR_TICKETS, ONLY_TICKETS, check_reach, sees_chats
from chatbot.api.transport.transitions import HeldDep, change, tell
from chatbot.errors import InputError, UnderstudyError
from chatbot.learning.erasure import erase
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.signed_in import SignedIn
from chatbot.service.conversations import notes, opening, snoozing
from chatbot.service.tickets import bringing, changing, forgetting, views
from chatbot.service.worklist import following
from chatbot.service.worklist import views as lists
from chatbot.service.worklist.search import parse
from chatbot.storage.tables.worklist import Order

router = APIRouter(prefix="/v1/tickets", tags=["tickets"], dependencies=FOR_TICKETS)

_READS = responses(401, 404)
_WRITES = responses(401, 404, 409, 412, 413)
_BATCH = 100
Include = Annotated[list[Literal["messages"]], Query(description="What comes with each ticket.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=100, description="The ETag that was read; 412 where it changed.")
]
_BESIDE = {"agent", "channel", "requester", "messages", "url", "etag", "external"}


def _by(caller: ApiKey | SignedIn, agent: str | None) -> changing.By:
    """Who brings or changes a ticket: a key that acts for anybody, and names nobody, does it in its own name."""
    name = me(caller, agent) or caller.actor(None).name
    return changing.By(name, caller.counts_as, caller.leads)


async def _view(once: Once, row: Any, include: Any = ()) -> dict[str, Any]:
    (view,) = await views.shown(once.work.session, [row], now=once.server.clock.now(), include=include)
    return view


def _tagged(answer: JSONResponse, row: Any) -> JSONResponse:
    answer.headers.setdefault("ETag", changing.etag_of(row))
    return answer


@router.post("", status_code=201, response_model=schemas.Ticket, responses=responses(401, 409, 413))
async def create(body: schemas.NewTicket, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Bring a new ticket. It waits for a person where its customer had the last word; `owner` may be `bot`.

    409 `ticket_known`: there is one of this `external` name; bring that up to date by PUT.
    """
    by = _by(caller, body.agent)
    given = body.model_dump(exclude_unset=True)

    async def write() -> tuple[int, BaseModel]:
        rules, session = once.server.rules, once.work.session
        external = None if body.external is None else bringing.External(**body.external.model_dump())
        if external is not None:
            await bringing.check_new(session, external)
        more: dict[str, Any] = {"changes": _changes(given), "requester": given.get("requester"), "external": external}
        more["channel"] = body.channel or (external.system if external is not None else "ticket")
        row, _ = await bringing.create(rules, session, by, messages=_said(body, caller, once), **more)
        tell(once, row.id)
        return 201, schemas.Ticket.model_validate(await _view(once, row))

    return await once(write)


@router.put(
    "/by-external/{system}/{external_id:path}",
    response_model=schemas.UpsertedTicket,
    responses={**_WRITES, 201: {"model": schemas.UpsertedTicket, "description": "It was not here before."}},
)
async def upsert(
    system: System, external_id: str, body: schemas.TicketGiven, caller: CallerDep, once: OnceDep
) -> JSONResponse:
    """Bring a ticket by the name it has elsewhere: made where it is new, else brought up to date.

    Messages that are here already (by `external_id`, else by their words and time) are left as they are, new ones are
    added in their order; what is left out stays. The same again answers `unchanged` and writes nothing.
    """
    if not 0 < len(external_id) <= 200:  # noqa: PLR2004 - as the table has it
        raise InputError("The ticket's name in the other system has 1 to 200 characters.")
    by = _by(caller, body.agent)
    given = body.model_dump(mode="python", exclude_unset=True)

    async def write() -> tuple[int, BaseModel]:
        rules, session = once.server.rules, once.work.session
        named = bringing.External(system, external_id, body.url, body.etag)
        more: dict[str, Any] = {"external": named, "given": given, "changes": _changes(given)}
        more["messages"] = _said(body, caller, once)
        row, result = await bringing.upsert(rules, session, by, **more)
        if result != "unchanged":
            tell(once, row.id)
        view = {**await _view(once, row), "result": result}
        return 201 if result == "created" else 200, schemas.UpsertedTicket.model_validate(view)

    return await once(write)


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in _BESIDE}


def _said(body: schemas.NewTicket | schemas.TicketGiven, caller: ApiKey | SignedIn, once: Once) -> list[bringing.Said]:
    """What is brought; who acts for one person brings no words of another."""
    for each in body.messages:
        if each.role == "agent" and each.author is not None:
            caller.acting_for(each.author)
    return bringing.said([each.model_dump() for each in body.messages], once.server.clock.now())


def _terms(caller: ApiKey | SignedIn, query: str, agent: str | None) -> Any:
    """What is looked for; who reaches no chats finds none, whatever they wrote: the terms are joined, not the words."""
    return (*parse(query, me=me(caller, agent)), *(() if sees_chats(caller) else parse(ONLY_TICKETS, me=None)))


@router.get("", response_model=schemas.Tickets, responses=responses(401))
async def search(
    caller: CallerDep,
    server: RunningDep,
    query: Annotated[str, Query(description="A search; docs/api.md has the language. Empty: all.")] = "",
    include: Include = [],  # noqa: B006 - FastAPI copies it
    agent: Me = None,
    order: Order = Order.NEWEST,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Tickets that a search finds: the work list's language, and its cursor. Chats too, for who may read those."""
    terms, after, now = _terms(caller, query, agent), read_cursor(cursor), server.clock.now()
    async with server.database.read() as session:
        reached = await lists.reached(session)
        rows, further = await lists.rows(session, terms, order=order, after=after, limit=limit, now=now)
        items = await views.shown(session, rows, now=now, include=include)
    return {"items": items, "next": further and cursor_of(*further), "changes": reached}


@router.get("/{conversation_id}", response_model=schemas.Ticket, responses=_READS)
async def read(
    conversation_id: str,
    server: RunningDep,
    response: Response,
    include: Include = [],  # noqa: B006 - FastAPI copies it
) -> dict[str, Any]:
    """One ticket; its ETag goes back as `If-Match`."""
    async with server.database.read() as session:
        row = await opening.for_agent(session, conversation_id)
        (view,) = await views.shown(session, [row], now=server.clock.now(), include=include)
        response.headers["ETag"] = changing.etag_of(row)
    return view


@router.delete("/{conversation_id}", status_code=204, responses=_WRITES)
async def forget(
    conversation_id: str, server: RunningDep, work: WorkDep, actor: ActorDep, if_match: IfMatch = None
) -> None:
    """Forget a ticket, or a chat, and what was learnt from it. One that a connector reads comes back with the next."""
    await forgetting.forget(work.session, conversation_id, if_match, server.clock.now(), actor)
    await asyncio.to_thread(erase, server.settings.desk(), [conversation_id])


@router.patch("/{conversation_id}", response_model=schemas.Ticket, responses=_WRITES)  # noqa: FAST003 - HeldDep reads it
async def patch(
    body: schemas.Patch, caller: CallerDep, row: HeldDep, once: OnceDep, if_match: IfMatch = None
) -> JSONResponse:
    """Change a ticket (JSON Merge Patch): what is left out stays, null clears. 412 `stale`: see If-Match."""
    by, given = _by(caller, body.agent), body.model_dump(exclude_unset=True)

    async def write() -> tuple[int, BaseModel]:
        changing.check_fresh(row, if_match)
        if await changing.change(once.server.rules, once.work.session, row, by, _changes(given)):
            tell(once, row.id)
        return 200, schemas.Ticket.model_validate(await _view(once, row))

    return _tagged(await once(write), row)


@router.post(
    "/{conversation_id}/messages",  # noqa: FAST003 - HeldDep reads it
    status_code=201,
    response_model=schemas.TicketMessage,
    responses={**_WRITES, 200: {"model": schemas.TicketMessage, "description": "This was here already."}},
)
async def say(body: schemas.TicketMessageRequest, caller: CallerDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Write to the customer as who has claimed the ticket, to the team as anybody; or bring what the customer wrote.

    `audience` has no default. 409 `not_yours`, `unseen_message`: as of a reply in a chat.
    """

    async def write() -> tuple[int, BaseModel]:
        rules, session = once.server.rules, once.work.session
        if body.role == "customer":
            view, new = await _of_customer(once, row, _by(caller, body.agent), body)
        elif body.audience == "team":
            agent = caller.acting_for(body.agent)
            said: dict[str, Any] = {"client_id": body.client_id, "text": body.text, "files": body.files}
            shown, new = await notes.add(rules, session, row, agent, **said)
            view = views.message(shown, row.last_seq)
        else:
            agent = caller.acting_for(body.agent)
            said = {"client_id": body.client_id, "text": body.text, "files": body.files, "seen_seq": body.seen_seq}
            said |= {"counts_as": caller.counts_as, "hold": body.hold_seconds, "leads": caller.leads}
            shown, new = await following.reply(rules, session, row, agent, **said)
            view = views.message(shown, row.last_seq)
        if new:
            tell(once, row.id)
        return 201 if new else 200, schemas.TicketMessage.model_validate(view)

    return await once(write)


async def _of_customer(
    once: Once, row: Any, by: changing.By, body: schemas.TicketMessageRequest
) -> tuple[dict[str, Any], bool]:
    if body.files:
        raise InputError("files: what a customer sends along comes by the widget.")
    message = {"role": "customer", "text": body.text, "audience": body.audience, "at": body.at}
    (said,) = bringing.said([{**message, "external_id": body.client_id}], once.server.clock.now())
    new = await bringing.add(once.server.rules, once.work.session, row, by, [said])
    (view,) = [each for each in await views.messages(once.work.session, row) if each["client_id"] == said.key]
    return {**view, "client_id": body.client_id}, bool(new)


@router.post("/{conversation_id}/merge", response_model=schemas.Ticket, responses=_WRITES)
async def merge(conversation_id: str, body: schemas.MergeRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """Let a ticket live on in another: that gets what was said in this one, which is closed."""
    by = _by(caller, body.agent)

    async def write() -> tuple[int, BaseModel]:
        session = once.work.session
        held = {  # in one order, so that two who merge the same never wait for each other
            name: await opening.for_agent(session, name, lock=True) for name in sorted({conversation_id, body.into})
        }
        await check_reach(caller, session, held)
        row, into = held[conversation_id], held[body.into]
        await changing.merge(once.server.rules, session, row, into, by)
        for name in held:
            tell(once, name)
        return 200, schemas.Ticket.model_validate(await _view(once, into))

    return await once(write)


@router.post("/{conversation_id}/snooze", response_model=State, responses=_WRITES)  # noqa: FAST003 - HeldDep reads it
async def snooze(body: schemas.SnoozeRequest, caller: CallerDep, row: HeldDep, once: OnceDep) -> JSONResponse:
    """Put a ticket off until a time to come, or bring it back; it comes back when its customer writes, too."""
    by = _by(caller, body.agent)
    if body.until is not None:
        snoozing.check_to_come(body.until, once.server.clock.now())
    return await change(once, row, snoozing.snooze, until=body.until, by=by.name)


@router.post("/batch", response_model=schemas.BatchResults, responses=responses(401, 409, 413))
async def batch(body: schemas.BatchRequest, caller: CallerDep, once: OnceDep) -> JSONResponse:
    """The same change for many tickets; each has its own result, and one that is refused stops no other."""
    if (body.ids is None) == (body.query is None):
        raise InputError("Name either `ids` or a `query`.")
    by, given = _by(caller, body.agent), body.change.model_dump(exclude_unset=True)

    async def write() -> tuple[int, BaseModel]:
        rules, session = once.server.rules, once.work.session
        ids = body.ids
        if ids is None:
            terms, now = _terms(caller, body.query or "", body.agent), rules.clock.now()
            rows, _ = await lists.rows(session, terms, order=Order.NEWEST, after=None, limit=_BATCH, now=now)
            ids = [row.id for row in rows]
        results = {}
        for name in sorted(set(ids)):  # in one order, as above
            try:
                row = await opening.for_agent(session, name, lock=True)
                await check_reach(caller, session, [name])
                async with session.begin_nested():
                    changed = await changing.change(rules, session, row, by, given)
            except UnderstudyError as error:
                told = {"code": error.code, "status": error.status, "detail": str(error)}
                results[name] = schemas.BatchResult(id=name, error=told)
                continue
            if changed:
                tell(once, name)
            results[name] = schemas.BatchResult(id=name, changed=changed)
        return 200, schemas.BatchResults(results=[results[name] for name in dict.fromkeys(ids)])

    return await once(write)
