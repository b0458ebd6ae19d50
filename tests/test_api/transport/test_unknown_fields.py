"""A request body with a field that no route knows is refused: a misspelt one is never passed over in silence."""

from __future__ import annotations

import inspect
import typing

from pydantic import BaseModel

from chatbot.api.schemas.fields import TurnGiven
from chatbot.api.schemas.openai import ChatMessage, Part, StreamOptions

OPEN = {
    TurnGiven,  # a turn as it lies in another system
    ChatMessage,  # OpenAI's clients send what they like
    Part,
    StreamOptions,
}


def shapes(kind):
    """Every shape that stands in a type."""
    for inner in typing.get_args(kind):
        yield from shapes(inner)
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from shapes(field.annotation)


def bodies(routes):
    for route in routes:
        if getattr(route, "body_field", None) is not None:
            yield from shapes(route.body_field.field_info.annotation)
        for inner in ("routes", "original_router"):
            found = getattr(route, inner, None)
            if found is not None:
                yield from bodies(getattr(found, "routes", found))


async def test_every_shape_of_a_body_refuses_what_it_does_not_know(desk):
    found = set(bodies(desk.app.routes))
    assert len(found) > 40
    assert {kind.__name__ for kind in found - OPEN if kind.model_config.get("extra") != "forbid"} == set()


async def test_a_misspelt_field_is_named(desk):
    visitor = await desk.start()
    answer = await visitor.post("/messages", {"client_id": "1", "text": "Hello", "fils": []})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "body.fils"
