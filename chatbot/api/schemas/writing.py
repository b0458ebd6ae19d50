"""The shapes of what the team writes: replies, notes, drafts; and of conversations as the team sees them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.acts import ActsWithReply
from chatbot.api.schemas.agents import AgentRequest
from chatbot.api.schemas.conversations import Message
from chatbot.api.schemas.fields import ANSWER, FileIds, RequestBody, Words, example
from chatbot.api.schemas.files import FileShown
from chatbot.service.conversations.held import LONGEST

_LATEST_REV = 2**31 - 1
_CLIENT_ID = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
TEAM: dict[str, Any] = {"visible_to": "customer", "mentions": [], "held_until": None, "acts": {}}


class TeamMessage(Message):
    """One message, note or held reply as the team sees it."""

    model_config = example({**ANSWER, **TEAM})

    role: Literal["customer", "bot", "agent", "system", "note"] = Field(  # type: ignore[assignment]
        description="note: written by somebody of the team for the team."
    )
    visible_to: Literal["customer", "team"]
    mentions: list[str] = Field(default=[], description="Colleagues whose names stand behind an @ in a note.")
    held_until: str | None = Field(default=None, description="When the customer gets it; until then it can be undone.")
    acts: ActsWithReply = Field(default=ActsWithReply(), description="What is done when a held reply goes.")


class ReplyRequest(AgentRequest):
    """What a person writes, and who is to read it. Send it again with the same ``client_id``: it is still one."""

    model_config = example(
        {"agent": "Mira", "client_id": "r-5512", "text": "I have changed the address.", "visible_to": "customer"}
    )

    visible_to: Literal["customer", "team"] = Field(description="team: a note, which the customer never sees.")
    client_id: str = _CLIENT_ID
    text: Words = Field(max_length=32_000, description="May be empty beside a file.")
    files: FileIds = Field(default=[], description="Customers can open those of a reply once it goes, of a note never.")
    seen_seq: int | None = Field(
        default=None,
        ge=0,
        description="The last event that the person had seen: 409 `unseen_message` where the customer wrote since.",
    )
    hold: int = Field(default=0, ge=0, le=LONGEST, description="Seconds in which a reply can be taken back.")
    acts: ActsWithReply = Field(
        default=ActsWithReply(),
        description="Done together with a reply, under the person's permissions. What is refused stops no reply.",
    )


class DraftRequest(AgentRequest):
    """What somebody has typed so far. ``rev`` is one more than that of the last save they know of."""

    model_config = example({"agent": "Mira", "client_id": "r-5513", "text": "I have ch", "rev": 1})

    client_id: str = _CLIENT_ID
    text: Words = Field(max_length=32_000, description="Empty, and without files: the draft ends.")
    files: FileIds = Field(default=[], description="All that go with it; those that are gone are left out.")
    rev: int = Field(ge=1, le=_LATEST_REV)
    acts: ActsWithReply = Field(default=ActsWithReply(), description="What is to be done when the reply is sent.")


class Draft(BaseModel):
    """A draft as it is kept."""

    kind: Literal["reply", "note"]
    client_id: str
    text: str
    files: list[FileShown] = []
    acts: ActsWithReply
    rev: int
    saved_at: str


class SavedDraft(Draft):
    """The draft that is kept after a save: this one, or (``kept`` false) a later one that the save did not know of."""

    kept: bool


class Drafts(BaseModel):
    """What somebody is writing in a conversation."""

    drafts: list[Draft]


class Colleagues(BaseModel):
    """Who can be mentioned in a note."""

    names: list[str]


class DoubtsRequest(RequestBody):
    """A draft of a reply in this conversation."""

    model_config = example({"text": "You can return it within 40 days."})

    text: Words = Field(max_length=8000)


class Doubt(BaseModel):
    """A fact of the draft that the desk's evidence says otherwise; from ``start`` to ``end`` in code points."""

    start: int
    end: int
    kind: str = Field(description="quantity, date, time, code, link, email or name")
    stated: list[str] = Field(description="What the evidence says.")


class Doubts(BaseModel):
    """What to look at before sending. ``checked`` is false where the engine was busy or not there: nothing is known."""

    doubts: list[Doubt]
    checked: bool
