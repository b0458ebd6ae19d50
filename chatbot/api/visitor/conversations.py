"""The visitor's routes: start, read, write, follow, ask for a person, close, rate."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import conversations as schemas
from chatbot.api.transport.dependencies import (
    Caller,
    FollowedDep,
    PostingDep,
    RunningDep,
    TokenDep,
    VisitedDep,
    WorkDep,
)
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.long_polling import HIGHEST_SEQ, After, Wait
from chatbot.api.transport.problems import responses
from chatbot.api.transport.streaming import PULSE_SECONDS, SSE_EVENT, EventStream
from chatbot.api.transport.transitions import add_message, change
from chatbot.errors import InputError, NotFoundError
from chatbot.service.access.tokens import VISITOR_PREFIX
from chatbot.service.conversations import feedback, messages, opening, ownership
from chatbot.service.realtime.follow import follow
from chatbot.service.visitors.visitors import DEFAULT_INBOX

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])

_SHORTEST_START_KEY = 16
_VISITOR = responses(401, 404)
_WRITES = responses(401, 403, 404, 409, 413)
_PAGE: dict[str, Any] = {
    "description": "A stream; or one page of events, for who sends `Accept: application/json` (`polling.py`).",
    "content": {
        "text/event-stream": {"itemSchema": SSE_EVENT},
        "application/json": {"schema": {"$ref": "#/components/schemas/EventPage"}},
    },
}
_FOLLOWING = {**responses(401, 404, 409), 200: _PAGE}


@router.post(
    "",
    status_code=201,
    response_model=schemas.StartedConversation,
    responses=responses(401, 403, 404, 413),
    openapi_extra={"security": [{}]},  # beside the visitor token: or none
)
async def start(
    work: WorkDep,
    server: RunningDep,
    once: OnceDep,
    token: TokenDep,
    caller: Caller,
    body: schemas.StartRequest | None = None,
) -> JSONResponse:
    """Start a conversation. Without a visitor token an anonymous visitor arrives and is given one.

    With an Idempotency-Key, starting again gives the same conversation and its token. Whoever knows the key gets the
    token, so it must be one that nobody else draws: 16 characters at least, a UUID say.
    """
    if once.sent.key is not None and len(once.sent.key) < _SHORTEST_START_KEY:
        raise InputError(f"Idempotency-Key needs at least {_SHORTEST_START_KEY} characters here; draw a UUID.")
    visitor = await server.visitors.known(work.session, token) if _is_visitors(token) else None
    inbox_id = (body and body.inbox) or (visitor.inbox_id if visitor else DEFAULT_INBOX)
    inbox = server.admission.inbox(inbox_id)
    if visitor is not None and visitor.inbox_id != inbox_id:
        raise NotFoundError(occasion="page_unknown")
    verified = visitor is not None and visitor.verified
    server.admission.check(inbox, verified=verified, origin=caller.origin, host=caller.host)

    server.limits.arrival(caller.address, inbox.id, inbox.rate)

    async def write() -> tuple[int, BaseModel]:
        started = await opening.start(server.visitors, work.session, visitor, inbox_id=inbox_id)
        return 201, schemas.StartedConversation(
            id=started.id,
            token=started.token or token or "",
            expires_at=started.visitor.expires_at.isoformat(),
            seq=started.seq,
        )

    def restore(kept: dict[str, Any]) -> dict[str, Any]:
        return {**kept, "token": token if visitor else server.visitors.first_token(kept["id"])}

    return await once(write, restore=restore, secret=frozenset({"token"}))


def _is_visitors(token: str | None) -> bool:
    """Whether a conversation is started with a visitor's token; with another system's key, or none, somebody is new."""
    return token is not None and token.startswith(VISITOR_PREFIX)


@router.get("/{conversation_id}", response_model=schemas.Snapshot, responses=_VISITOR)
async def snapshot(conversation_id: str, token: TokenDep, server: RunningDep) -> dict[str, Any]:
    """The whole conversation and the number of its last event, read together."""
    async with server.database.read() as session:
        return await opening.snapshot(session, await opening.by_token(server.visitors, session, conversation_id, token))


@router.post(
    "/{conversation_id}/messages",  # noqa: FAST003 - PostingDep reads it
    status_code=201,
    response_model=schemas.Message,
    responses={**_WRITES, 200: {"model": schemas.Message, "description": "This message was here already."}},
)
async def send(body: schemas.MessageRequest, standing: PostingDep, once: OnceDep) -> JSONResponse:
    """Send a message. The answer comes as events; 201 means that the message is stored."""
    return await add_message(once, standing, messages.send, **body.model_dump())


@router.post("/{conversation_id}/writing", status_code=204, responses=responses(401, 403, 404, 429))
async def writing(
    conversation_id: str, token: TokenDep, server: RunningDep, caller: Caller, body: schemas.WritingRequest
) -> None:
    """Let the team see that the customer types, or no longer does. No word of it is sent, nothing stored.

    It holds for five seconds.
    """
    async with server.database.read() as session:
        visitor = await server.visitors.find(session, token)
        await opening.for_visitor(session, conversation_id, visitor)
    assert visitor is not None
    inbox = server.admission.inbox(visitor.inbox_id)
    server.admission.check(inbox, verified=visitor.verified, origin=caller.origin, host=caller.host)
    server.limits.whisper(conversation_id)
    server.hub.look(conversation_id, types=body.on)


@router.get(
    "/{conversation_id}/events",  # noqa: FAST003 - FollowedDep reads it
    status_code=200,
    response_class=Response,
    responses=_FOLLOWING,
)
async def events(
    followed: FollowedDep,
    server: RunningDep,
    last_event_id: Annotated[
        int,
        Header(alias="Last-Event-ID", ge=0, le=HIGHEST_SEQ, description="Number of the last event seen; 0 for all."),
    ] = 0,
    after: After = 0,
    wait: Wait = 0,
) -> EventStream:
    """Follow a conversation: every event after Last-Event-ID, then each as it happens.

    `id` is the event's number, `event` its kind, `data` the JSON `{"seq", "kind", "at", "payload"}`. Typing and pieces
    of an answer being written (`message.delta`) have no id: they are not stored, and `message.done` brings the whole
    text. The stream ends after some minutes; connect again with the last number. It ends as well, within seconds, with
    the right that opened it: a visitor who signs out, a token that ends, a key that is revoked.

    A number that the log has not reached is 409 `ahead_of_log`, as after a back-up was restored: read the conversation
    anew (GET) and follow from its `seq`.

    Where a stream cannot get through, send `Accept: application/json` with `after` and `wait` instead: the answer is
    `{"events": […], "seq": N}`, at once where there are events, else as soon as there is one, and empty when the
    seconds are over. Ask again after N. `after` counts for a stream too that comes without Last-Event-ID.
    """
    del wait  # a stream waits by itself
    seconds = server.settings.stream_seconds * (0.9 + 0.2 * server.clock.chance())
    told = follow(
        server.database,
        server.hub,
        followed.id,
        after=followed.after(last_event_id or after),
        seconds=seconds,
        right=followed.right,
        quiet=PULSE_SECONDS,
    )
    return EventStream(told, server.metrics.streams.track_inprogress())


@router.post("/{conversation_id}/handover", response_model=schemas.State, responses=_WRITES)  # noqa: FAST003 - VisitedDep
async def hand_over(visited: VisitedDep, once: OnceDep, body: schemas.HandoverRequest | None = None) -> JSONResponse:
    """Ask for a person. The bot is silent from now on; again changes nothing.

    Who writes on meanwhile is told so by a message of `role` `system`: once, then at most every quarter of an hour.
    """
    del body
    return await change(once, visited, ownership.hand_over)


@router.post("/{conversation_id}/meanwhile", response_model=schemas.State, responses=_WRITES)  # noqa: FAST003 - VisitedDep
async def go_on_meanwhile(
    visited: VisitedDep, once: OnceDep, body: schemas.MeanwhileRequest | None = None
) -> JSONResponse:
    """Go on with the bot while a person is waited for, who may still take over at any time.

    The conversation keeps its place in the queue, and its `handover`. Nothing changes where nobody is waited for, a
    person has it, or `handover.meanwhile` is false: the answer says where the conversation stands.
    """
    del body
    return await change(once, visited, ownership.go_on_meanwhile)


@router.post("/{conversation_id}/closure", response_model=schemas.State, responses=_WRITES)  # noqa: FAST003 - VisitedDep
async def close(visited: VisitedDep, once: OnceDep, body: schemas.ClosureRequest | None = None) -> JSONResponse:
    """Close the conversation. No more messages are taken; again changes nothing."""
    del body
    return await change(once, visited, ownership.close)


@router.post("/{conversation_id}/rating", response_model=schemas.State, responses=_WRITES)  # noqa: FAST003 - VisitedDep
async def rate(body: schemas.RatingRequest, visited: VisitedDep, once: OnceDep) -> JSONResponse:
    """Rate the conversation; a later rating replaces an earlier one."""
    return await change(once, visited, feedback.rate, score=body.score, comment=body.comment)


@router.post("/{conversation_id}/reopening", response_model=schemas.State, responses=_WRITES)  # noqa: FAST003 - VisitedDep
async def reopen(visited: VisitedDep, once: OnceDep, body: schemas.ReopeningRequest | None = None) -> JSONResponse:
    """Go on in a closed conversation: a new episode, which the bot answers first. An open one stays as it is."""
    del body
    return await change(once, visited, ownership.reopen)


@router.post("/{conversation_id}/contact", response_model=schemas.State, responses=_WRITES)  # noqa: FAST003 - VisitedDep
async def leave_contact(body: schemas.ContactRequest, visited: VisitedDep, once: OnceDep) -> JSONResponse:
    """Leave an e-mail address, for when nobody is there; a later one replaces an earlier one."""
    return await change(once, visited, feedback.leave_contact, body.email)
