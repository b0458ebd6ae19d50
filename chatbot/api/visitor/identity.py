"""Routes of a visitor's identity: sign in, renew the token, sign out; and the list of their conversations."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chatbot.api.schemas.conversations import ConversationListed, ConversationsListed
from chatbot.api.schemas.fields import INBOX_ID, RequestBody, Words
from chatbot.api.transport.cursors import Cursor, cursor_of, read_cursor
from chatbot.api.transport.dependencies import Caller, RunningDep, TokenDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.service.conversations.views import status_word
from chatbot.service.visitors import identity, inbox_keys
from chatbot.service.visitors.visitors import DEFAULT_INBOX, Issued

router = APIRouter(tags=["visitors"])

_LONGEST_JWT = 8000
_LONGEST_CLAIM = 1000
_UNSIGNED = "What other chats send beside user_hash. Nobody signed it, so it is not kept."
_WOKEN = 20  # the newest of a visitor's conversations; a stream of an older one looks by itself


class IdentityRequest(RequestBody):
    """Proof of who is writing, made by the inbox's own server: a signed JWT, or ``user_id`` with its ``user_hash``."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"inbox": "default", "token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"}}
    )

    inbox: str = Field(default=DEFAULT_INBOX, max_length=40, pattern=INBOX_ID)
    token: str | None = Field(
        default=None,
        max_length=_LONGEST_JWT,
        description="JWT with sub, iat, exp (at most an hour later) and aud (the inbox's id); name, email.",
    )
    user_id: Words | None = Field(default=None, min_length=1, max_length=identity.LONGEST_SUBJECT)
    user_hash: str | None = Field(
        default=None, max_length=200, description="HMAC-SHA-256 of user_id in hexadecimal, as other chats have it."
    )
    name: str | None = Field(default=None, max_length=_LONGEST_CLAIM, description=_UNSIGNED)
    email: str | None = Field(default=None, max_length=_LONGEST_CLAIM, description=_UNSIGNED)

    @model_validator(mode="after")
    def _one_proof(self) -> IdentityRequest:
        if (self.token is None) == (self.user_id is None or self.user_hash is None):
            raise ValueError("send either token, or user_id and user_hash")
        return self


class VisitorSession(BaseModel):
    """A visitor token and what is known of its holder."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "token": "usv_2kZ0cX0mZb1sQ2r3t4u5v6w7x8y9z0A1B2C3D4E5F6G",
                "expires_at": "2026-03-03T09:29:58+00:00",
                "inbox": "default",
                "verified": True,
                "name": "Ada Lovelace",
                "email": None,
            }
        }
    )

    token: str
    expires_at: str
    inbox: str
    verified: bool
    name: str | None = None
    email: str | None = None


@router.post("/v1/visitor", responses=responses(401, 403, 404, 413))
async def identify(body: IdentityRequest, caller: Caller, work: WorkDep, server: RunningDep) -> VisitorSession:
    """Sign a visitor in. The token opens what this person wrote in this inbox on any device, and nothing else.

    Conversations begun without proof stay with the token they were begun with.
    """
    inbox = server.admission.inbox(body.inbox)
    server.admission.check_origin(inbox, origin=caller.origin, host=caller.host)
    server.limits.arrival(caller.address, inbox.id, inbox.rate)
    now = server.clock.now()
    keys = await inbox_keys.verifying_keys(work.session, inbox.id, server.encryptor, now=now)
    if body.token is not None:
        who = identity.from_jwt(body.token, inbox_id=inbox.id, keys=keys, now=now)
    else:
        who = identity.from_user_hash(body.user_id or "", body.user_hash or "", keys=keys)
    return _session(await server.visitors.admit(work.session, inbox.id, who))


@router.post("/v1/visitor/token", responses=responses(401))
async def renew(token: TokenDep, work: WorkDep, server: RunningDep) -> VisitorSession:
    """Another token for the same anonymous visitor, up to 30 days after the old one ended.

    The old one stays good until its own end. A verified visitor proves himself again (POST /v1/visitor).
    """
    return _session(await server.visitors.renew(work.session, token))


@router.delete("/v1/visitor/token", status_code=204, responses=responses(401))
async def leave(token: TokenDep, work: WorkDep, server: RunningDep) -> Response:
    """Sign out: no token of this browser's session is good any more, and what it follows ends."""
    visitor = await server.visitors.known(work.session, token)
    await server.visitors.leave(work.session, visitor)
    for row in await server.visitors.conversations(work.session, visitor, before=None, limit=_WOKEN):
        work.after_commit(partial(server.hub.publish, row.id))  # streams wake, and look at the right
    return Response(status_code=204)


@router.get("/v1/conversations", responses=responses(401))
async def conversations(
    token: TokenDep,
    server: RunningDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Cursor = None,
) -> ConversationsListed:
    """The visitor's own conversations, newest first; a verified visitor's from every device."""
    before = read_cursor(cursor)
    async with server.database.read() as session:
        visitor = await server.visitors.known(session, token)
        rows = await server.visitors.conversations(session, visitor, before=before, limit=limit + 1)
    return ConversationsListed(
        conversations=[_listed(row) for row in rows[:limit]],
        next=cursor_of(rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None,
    )


def _session(issued: Issued) -> VisitorSession:
    who = issued.visitor
    return VisitorSession(
        token=issued.token,
        expires_at=who.expires_at.isoformat(),
        inbox=who.inbox_id,
        verified=who.verified,
        name=who.name,
        email=who.email,
    )


def _listed(row: Any) -> ConversationListed:
    return ConversationListed(
        id=row.id,
        seq=row.last_seq,
        status=status_word(row),  # type: ignore[arg-type]
        created_at=row.created_at.isoformat(),
        updated_at=row.updated_at.isoformat(),
    )
