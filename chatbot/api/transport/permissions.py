"""Who may call which route: one table. The app does not start with a route that is not in it.

A scope is what an API key needs; the rest says whose token opens the route, or that nobody needs one. How a token is
checked is not known here, only that a route which wants a key asks for one and that no other does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from chatbot.service.access.scopes import MEANING, Scope


class Holder(StrEnum):
    """Who needs no API key."""

    EVERYBODY = "everybody"
    VISITOR = "visitor"
    WATCHER = "watcher"
    """Whoever watches the server, by the token in the settings where there is one."""


KEY_SCHEME = "API key"
_VISITORS = "/v1/conversations/{conversation_id}"
NEEDED: dict[tuple[str, str], Scope | Holder] = {
    ("POST", "/v1/conversations"): Holder.EVERYBODY,
    ("GET", "/v1/conversations"): Holder.VISITOR,
    ("POST", "/v1/visitor"): Holder.EVERYBODY,
    ("POST", "/v1/visitor/token"): Holder.VISITOR,
    ("DELETE", "/v1/visitor/token"): Holder.VISITOR,
    ("GET", _VISITORS): Holder.VISITOR,
    ("GET", f"{_VISITORS}/events"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/messages"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/messages/{{message_id}}/feedback"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/handover"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/meanwhile"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/stop"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/rating"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/contact"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/closure"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/reopening"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/claim"): Scope.AGENT,
    ("POST", f"{_VISITORS}/release"): Scope.AGENT,
    ("POST", f"{_VISITORS}/replies"): Scope.AGENT,
    ("POST", f"{_VISITORS}/typing"): Scope.AGENT,
    ("GET", "/v1/queue"): Scope.AGENT,
    ("GET", "/v1/queue/{conversation_id}"): Scope.AGENT,
    ("GET", "/v1/queue/{conversation_id}/events"): Scope.AGENT,
    ("POST", "/v1/presence"): Scope.AGENT,
    ("GET", "/v1/messages/{message_id}/trace"): Scope.AGENT,
    ("POST", "/v1/suggestions"): Scope.SUGGEST,
    ("POST", "/v1/rankings"): Scope.SUGGEST,
    ("POST", "/v1/completions"): Scope.SUGGEST,
    ("POST", "/v1/explanations"): Scope.SUGGEST,
    ("POST", "/v1/chat/completions"): Scope.SUGGEST,
    ("GET", "/v1/models"): Scope.SUGGEST,
    ("GET", "/v1/models/{model}"): Scope.SUGGEST,
    ("PUT", "/v1/articles/{slug}"): Scope.KNOWLEDGE,
    ("DELETE", "/v1/articles/{slug}"): Scope.KNOWLEDGE,
    ("DELETE", "/v1/transcripts/{transcript_id:path}"): Scope.KNOWLEDGE,
    ("POST", "/v1/retirements/{passage_id:path}"): Scope.KNOWLEDGE,
    ("DELETE", "/v1/retirements/{passage_id:path}"): Scope.KNOWLEDGE,
    ("GET", "/v1/review"): Scope.KNOWLEDGE,
    ("POST", "/v1/review/{answer_id:path}"): Scope.KNOWLEDGE,
    ("GET", "/health/live"): Holder.EVERYBODY,
    ("GET", "/health/ready"): Holder.EVERYBODY,
    ("GET", "/metrics"): Holder.WATCHER,
}


class UndeclaredError(Exception):
    """A route is not in the table, or not as it is there; a mistake of ours that no start survives."""


def scope_of(method: str, route: APIRoute) -> Scope:
    """The scope that a key needs for a route."""
    needed = NEEDED[method, route.path]
    assert isinstance(needed, Scope)
    return needed


def install(app: FastAPI, key_holder: Callable[..., Any]) -> None:
    """Hold the app's routes against the table, and tell OpenAPI of the scopes. ``key_holder`` is what checks keys.

    Raises:
        UndeclaredError: a route of the API stands in the table not at all, or otherwise.

    """
    found = [
        (method, route)
        for route in _routes(app.routes)
        if isinstance(route, APIRoute) and (route.include_in_schema or route.path.startswith("/v1/"))
        for method in route.methods or ()
    ]
    wrong = [
        f"{method} {route.path}"
        for method, route in found
        if isinstance(NEEDED.get((method, route.path)), Scope) != _asks(route.dependant, key_holder)
        or (method, route.path) not in NEEDED
    ]
    left = [f"{method} {path}" for method, path in NEEDED if (method, path) not in {(m, r.path) for m, r in found}]
    if wrong or left:
        raise UndeclaredError(f"Not declared in {__name__}: {wrong}; declared and not there: {left}.")
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        return _described(describe())

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route, those of included routers as well."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None or isinstance(route, APIRoute):
            yield route
        else:
            yield from _routes(inner.routes)


def _asks(dependant: Any, key_holder: Callable[..., Any]) -> bool:
    return any(each.call is key_holder or _asks(each, key_holder) for each in dependant.dependencies)


def _described(spec: dict[str, Any]) -> dict[str, Any]:
    """The description with the scope of each route that needs one, as OpenAPI 3.1 has roles of a bearer."""
    refused = {"description": "The key lacks the scope, or acts for another person."}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for (method, path), needed in NEEDED.items():
        operation = spec["paths"].get(path.replace(":path}", "}"), {}).get(method.lower())
        if operation is None or not isinstance(needed, Scope):
            continue
        operation["security"] = [{KEY_SCHEME: [str(needed)]}]
        operation["responses"].setdefault("403", {**refused, "content": problem})
        told = operation.get("description", "")
        sentence = f"Needs an API key with the scope `{needed}`."
        operation["description"] = told if sentence in told else f"{told}\n\n{sentence}".strip()
    spec["info"]["x-scopes"] = {str(scope): meaning for scope, meaning in MEANING.items()}
    return spec
