"""The shapes of connectors and of what they wrote, with an example each."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, example

_AT = "2026-03-02T09:30:00+00:00"
_CONNECTOR: dict[str, Any] = {
    "id": "helpdesk",
    "kind": "django-helpdesk",
    "title": "django-helpdesk",
    "url": "https://support.example/helpdesk",
    "level": "note",
    "levels": ["shadow", "note", "answer"],
    "synced_at": _AT,
    "error": None,
    "created_at": _AT,
}
_WROTE: dict[str, Any] = {
    "ticket": "4711",
    "url": "https://support.example/helpdesk/tickets/4711/",
    "state": "written",
    "text": "Suggested reply (82% sure), for you to check and send:\n\nIt is on its way.",
    "at": _AT,
}


class ConnectorGiven(BaseModel):
    """A connector and how it does; never its credentials."""

    model_config = example(_CONNECTOR)

    id: str
    kind: str
    title: str = Field(description="What people call this help desk.")
    url: str
    level: str = Field(description="What it may do there: shadow (nothing), note, draft, answer.")
    levels: list[str] = Field(description="The levels that this help desk lets be chosen.")
    synced_at: str | None = Field(description="When everything was read there last.")
    error: str | None = Field(description="What went wrong when it was tried last.")
    created_at: str


class Connectors(BaseModel):
    """Every connector, oldest first."""

    model_config = example({"connectors": [_CONNECTOR]})

    connectors: list[ConnectorGiven]


class ConnectorChange(RequestBody):
    """What it may do from now on."""

    model_config = example({"level": "shadow"})

    level: Literal["shadow", "note", "draft", "answer"]


class WroteGiven(BaseModel):
    """One note, draft or reply. ``state``: shadow (not written), writing, written, overtaken, failed."""

    model_config = example(_WROTE)

    ticket: str
    url: str | None
    state: str
    text: str
    at: str


class Written(BaseModel):
    """What it wrote last, the newest first."""

    model_config = example({"written": [_WROTE]})

    written: list[WroteGiven]
