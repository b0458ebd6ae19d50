"""The shapes of tickets: how they are brought, changed and read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.agents import AgentName, AgentRequest
from chatbot.api.schemas.fields import (
    FieldValue,
    FileIds,
    Moment,
    Name,
    RequestBody,
    System,
    WebAddress,
    Words,
    example,
)
from chatbot.api.schemas.files import FileShown
from chatbot.service.conversations.held import LONGEST
from chatbot.service.tickets.statuses import Category
from chatbot.storage.tables.tickets import Priority

_CLIENT_ID = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")


_EXAMPLE: dict[str, Any] = {
    "id": "c_91d2c0ffee0011223344556677889900",
    "seq": 3,
    "channel": "zendesk",
    "subject": "Parcel has not come",
    "status": "open",
    "category": "open",
    "conversation": "waiting",
    "priority": "normal",
    "owner": None,
    "team": None,
    "tags": ["shipping"],
    "fields": {"order": "A-1042"},
    "due_at": None,
    "external": {"system": "zendesk", "id": "4711", "url": "https://shop.example/tickets/4711", "etag": None},
    "merged_into": None,
    "topic": None,
    "language": None,
    "decided": None,
    "requester": {"id": "v_1", "name": "Ada", "email": "ada@example.com", "external_id": "zendesk:77"},
    "waiting_since": "2026-03-02T09:29:58+00:00",
    "snoozed_until": None,
    "created_at": "2026-03-02T09:29:58+00:00",
    "updated_at": "2026-03-02T09:29:58+00:00",
}


class Requester(RequestBody):
    """Who asks. The same `external_id`, or without one the same address, is the same customer."""

    name: Name | None = Field(default=None, max_length=200)
    email: Words | None = Field(default=None, max_length=320)
    external_id: Words | None = Field(default=None, min_length=1, max_length=150)


class Brought(RequestBody):
    """One message of a ticket as it lies elsewhere. `audience` has no default: a note never goes out by mistake."""

    role: Literal["customer", "agent", "bot"]
    text: Words = Field(max_length=64_000)
    audience: Literal["customer", "team"] = Field(description="team: a note, which the customer never sees.")
    author: Name | None = Field(default=None, max_length=100)
    at: Moment | None = Field(default=None, description="When it was said, with its zone; without it: now.")
    format: Literal["text", "html"] = "text"
    external_id: Words | None = Field(default=None, min_length=1, max_length=200, description="Known again by it.")


class Changes(RequestBody):
    """What may be changed of a ticket. What is left out stays as it is, null clears (RFC 7396)."""

    model_config = example({"status": "waiting", "tags": ["shipping", "late"], "fields": {"order": "A-1042"}})

    subject: Words | None = Field(default=None, max_length=500)
    status: Words | None = Field(default=None, max_length=60, description="By name, or by category.")
    priority: Priority | None = None
    tags: list[Annotated[Words, Field(max_length=60)]] | None = Field(default=None, max_length=30, description="All.")
    team: Words | None = Field(default=None, max_length=60, description="By name.")
    owner: AgentName | None = Field(default=None, description="A person by name; null: nobody in particular.")
    fields: dict[Annotated[Words, Field(min_length=1, max_length=100)], FieldValue] | None = Field(
        default=None, max_length=100, description="Each by itself; null takes one away."
    )
    due_at: Moment | None = None


class _Whole(Changes):
    agent: AgentName | None = Field(default=None, description="On whose behalf, where the key acts for anybody.")
    channel: System | None = Field(default=None, description="Such as `mail`; without it the system's name.")
    requester: Requester | None = None
    messages: list[Brought] = Field(default=[], max_length=500, description="Oldest first.")


class TicketGiven(_Whole):
    """A ticket as another help desk brings it by its own name for it."""

    model_config = example(
        {
            "subject": "Parcel has not come",
            "requester": {"name": "Ada", "email": "ada@example.com", "external_id": "77"},
            "messages": [
                {"role": "customer", "text": "Where is A-1042?", "audience": "customer", "external_id": "9001"}
            ],
            "tags": ["shipping"],
        }
    )

    url: WebAddress | None = Field(default=None, description="Where it is read there.")
    etag: Words | None = Field(default=None, max_length=200)


class ExternalGiven(RequestBody):
    """How another help desk calls the ticket; no two tickets have the same name."""

    system: System
    id: Words = Field(min_length=1, max_length=200)
    url: WebAddress | None = None


class NewTicket(_Whole):
    """A new ticket."""

    model_config = example(
        {
            "subject": "Parcel has not come",
            "requester": {"email": "ada@example.com"},
            "messages": [{"role": "customer", "text": "Where is A-1042?", "audience": "customer"}],
        }
    )

    external: ExternalGiven | None = None


class Patch(Changes):
    """As ``Changes``, and on whose behalf."""

    agent: AgentName | None = Field(default=None, description="On whose behalf, where the key acts for anybody.")


class TicketMessageRequest(AgentRequest):
    """What is written in a ticket: by a person to the customer or the team, or what its customer wrote elsewhere."""

    model_config = example({"client_id": "n-1", "text": "She called twice.", "audience": "team", "agent": "Mira"})

    client_id: str = _CLIENT_ID
    text: Words = Field(max_length=32_000)
    audience: Literal["customer", "team"]
    role: Literal["agent", "customer"] = "agent"
    at: Moment | None = Field(default=None, description="Of what a customer wrote: when.")
    files: FileIds = Field(default=[])
    seen_seq: int | None = Field(default=None, ge=0, description="As of a reply: 409 `unseen_message`.")
    hold_seconds: int = Field(default=0, ge=0, le=LONGEST)


class TicketMessage(BaseModel):
    """One message or note of a ticket."""

    model_config = example(
        {
            "id": "m_5f0c9a7e3b2d4c61a8e9f00112233445",
            "client_id": "r-1",
            "role": "agent",
            "author": "Mira",
            "text": "It left on Monday.",
            "audience": "customer",
            "files": [],
            "at": "2026-03-02T09:30:00+00:00",
            "decision": None,
            "held_until": None,
            "seq": 4,
        }
    )

    id: str
    client_id: str | None
    role: Literal["customer", "agent", "bot", "system", "note"]
    author: str | None
    text: str
    audience: Literal["customer", "team"]
    files: list[FileShown]
    at: str
    decision: str | None = None
    held_until: str | None = None
    seq: int


class ExternalName(BaseModel):
    """How another help desk calls it."""

    system: str
    id: str
    url: str | None = None
    etag: str | None = None


class RequesterShown(BaseModel):
    """Who asks."""

    id: str
    name: str | None = None
    email: str | None = None
    external_id: str | None = None


class Ticket(BaseModel):
    """A conversation as a ticket. Its id is the conversation's, for every other route as well."""

    model_config = example(_EXAMPLE)

    id: str
    seq: int = Field(description="The number of the last event; it is the ETag too.")
    channel: str = Field(description="`chat`, `ticket`, or the name of a help desk.")
    subject: str | None
    status: str = Field(description="The desk's name for where it stands.")
    category: Category
    conversation: Literal["open", "waiting", "agent", "closed"] = Field(description="As a chat has it.")
    priority: Priority | None
    owner: str | None = Field(description="Who has it: a person, `bot`, or nobody.")
    team: str | None
    tags: list[str]
    fields: dict[str, Any]
    due_at: str | None
    external: ExternalName | None
    merged_into: str | None
    topic: str | None
    language: str | None
    decided: str | None
    requester: RequesterShown | None
    waiting_since: str | None
    snoozed_until: str | None
    created_at: str
    updated_at: str
    messages: list[TicketMessage] | None = Field(default=None, description="With `include=messages`.")


class UpsertedTicket(Ticket):
    """A ticket that was brought, and what that changed."""

    model_config = example({**_EXAMPLE, "result": "created"})

    result: Literal["created", "updated", "unchanged"]


class Tickets(BaseModel):
    """A page of tickets."""

    model_config = example({"items": [_EXAMPLE], "next": None, "changes": 812})

    items: list[Ticket]
    next: str | None = Field(description="`cursor` of the next page; null where there is none.")
    changes: int = Field(description="Follow from here: GET /v1/changes?after=…")


class MergeRequest(AgentRequest):
    """The ticket that this one lives on in."""

    model_config = example({"into": "c_5f0c9a7e3b2d4c61a8e9f00112233445"})

    into: Words = Field(max_length=40)


class SnoozeRequest(AgentRequest):
    """Until when it is put off."""

    model_config = example({"agent": "Mira"})

    until: Moment | None = Field(default=None, description="Such as 2026-03-09T08:00:00+01:00; null brings it back.")


class BatchRequest(AgentRequest):
    """The same change for many: those named, or what a search finds."""

    model_config = example({"query": "tag:late status:open", "change": {"priority": "high"}})

    ids: list[Annotated[Words, Field(max_length=40)]] | None = Field(default=None, min_length=1, max_length=100)
    query: str | None = Field(default=None, max_length=500, description="A search; the first hundred that it finds.")
    change: Changes


class BatchResult(BaseModel):
    """What became of one: its state, or why nothing was changed."""

    id: str
    changed: bool = False
    error: dict[str, Any] | None = None


class BatchResults(BaseModel):
    """One result for each."""

    model_config = example({"results": [{"id": "c_91d2c0ffee0011223344556677889900", "changed": True, "error": None}]})

    results: list[BatchResult]
