"""The shapes of the work list: searches, views, acts and their results, and the feed of the desk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from chatbot.api.schemas.acts import Tag
from chatbot.api.schemas.agents import AgentRequest
from chatbot.api.schemas.conversations import Message, State
from chatbot.api.schemas.fields import Name, RequestBody, Words, example
from chatbot.api.schemas.serving import AloneGiven
from chatbot.api.schemas.threads import WhoIsWhere
from chatbot.service.worklist.acts import Do
from chatbot.storage.tables.worklist import Order


class WorkItem(BaseModel):
    """One conversation of a list."""

    id: str
    seq: int
    status: Literal["open", "waiting", "agent", "closed"]
    agent: str | None = None
    team: str | None = Field(default=None, description="The team whose it is to take.")
    customer: str | None = Field(default=None, description="The customer's name, where their inbox's system said it.")
    subject: str | None = Field(default=None, description="A ticket's.")
    tags: list[str] = []
    topic: str | None = None
    language: str | None = None
    decided: str | None = Field(default=None, description="What the bot decided last.")
    waiting_since: str | None = Field(default=None, description="Since when the customer waits for a person.")
    snoozed_until: str | None = None
    created_at: str
    updated_at: str
    last: Message | None = Field(default=None, description="What a person said last; of a long message the beginning.")


class WorkList(BaseModel):
    """Conversations that a search finds. ``next`` is the cursor of the page after this one."""

    conversations: list[WorkItem]
    next: str | None = None
    changes: int = Field(description="Follow `GET /v1/changes` after this number: the list holds what came before.")


class ViewRequest(AgentRequest):
    """A search to keep, and its name."""

    model_config = example({"agent": "Mira", "name": "Refunds", "q": "tag:refund status:open"})

    name: Name = Field(min_length=1, max_length=100)
    q: Words = Field(max_length=500)
    personal: bool = Field(default=False, description="Only who saves it sees it.")


class ViewShown(BaseModel):
    """A view: a search with a name."""

    id: str
    name: str
    q: str
    order: Order
    saved_by: str | None = Field(default=None, description="Who keeps it; null for those that every desk has.")
    personal: bool = False
    count: int | None = Field(default=None, description="How many it finds; null where it is not known who `me` is.")


class Views(BaseModel):
    """All views of the desk, and what everybody who answers has to know."""

    views: list[ViewShown]
    alone: AloneGiven


class TeamRequest(RequestBody):
    """A team and who is in it."""

    model_config = example({"name": "Refunds", "members": ["Mira"]})

    name: Name = Field(min_length=1, max_length=60)
    members: list[Annotated[Words, Field(max_length=100)]] = Field(default=[], max_length=500)


class Team(BaseModel):
    """Some of the people who answer, under a name."""

    id: str
    name: str
    members: list[str]


class Teams(BaseModel):
    """All teams, by name."""

    teams: list[Team]


class Known(Teams):
    """What can be named in a search or an act."""

    tags: list[str]
    people: list[str]


class NextRequest(AgentRequest):
    """Who takes the next conversation, and of which."""

    model_config = example({"agent": "Mira", "q": "language:de"})

    q: Words = Field(default="", description="Only of those that this search finds.")


class Next(BaseModel):
    """The conversation that was taken; null where none waits."""

    conversation: State | None = None


class ActGiven(BaseModel):
    """Something to do with conversations."""

    do: Do
    ids: list[Annotated[Words, Field(max_length=40)]] = Field(min_length=1, max_length=200)
    until: AwareDatetime | None = Field(default=None, description="Of a snooze: until when, with its zone.")
    add: list[Tag] = Field(default=[], max_length=30)
    remove: list[Tag] = Field(default=[], max_length=30)
    to: Words | None = Field(default=None, max_length=100, description="Of an assignment: to whom.")
    team: Words | None = Field(
        default=None, max_length=60, description="Of an assignment: the team whose it is to take; empty for none."
    )


class ActRequest(AgentRequest, ActGiven):
    """Something to do with conversations, and who does it."""

    model_config = example(
        {"agent": "Mira", "do": "tag", "ids": ["c_91d2c0ffee0011223344556677889900"], "add": ["refund"]}
    )


class ActError(BaseModel):
    """Why nothing was done with one conversation; as a problem."""

    code: str
    status: int
    detail: str


class ActResult(BaseModel):
    """What became of one conversation."""

    id: str
    state: State | None = None
    error: ActError | None = None


class ActResults(BaseModel):
    """One result for each id, and what undoes it: acts to be sent here one after the other, with the agent."""

    results: list[ActResult]
    undo: list[dict[str, Any]] = []


class Change(BaseModel):
    """One event in the feed of the desk."""

    seq: int
    conversation_id: str
    conversation_seq: int = Field(description="Its number in the conversation's own log.")
    audience: Literal["customer", "agent"] = Field(description="`agent`: the customer does not see it.")
    kind: str
    at: str
    payload: dict[str, Any]


class ChangesPage(BaseModel):
    """Events, oldest first; ask again after ``seq``. ``here`` is not stored: it is what holds now."""

    events: list[Change]
    seq: int
    here: WhoIsWhere
