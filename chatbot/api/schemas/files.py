"""The shapes of attached files."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from chatbot.api.schemas.fields import example

_FILE: dict[str, Any] = {
    "id": "f_91d2c0ffee0011223344556677889900",
    "name": "crack.jpg",
    "kind": "jpeg",
    "size": 482113,
    "width": 1600,
    "height": 1200,
}


class FileShown(BaseModel):
    """A file of a message, or one that was uploaded and waits to be sent. Ask for its address to show it."""

    model_config = example(_FILE)

    id: str
    name: str
    kind: Literal["png", "jpeg", "webp", "gif", "pdf"]
    size: int
    width: int | None = None
    height: int | None = None


class FileAddress(BaseModel):
    """Where a file can be opened for some minutes, without a token: paths on this server."""

    model_config = example({"url": "/files/f_91d2/full?for=customer&until=1772443800&signature=Zm9v", "small": None})

    url: str
    small: str | None = None
