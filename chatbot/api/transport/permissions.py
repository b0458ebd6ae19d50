"""Holds the app's routes against the table of who may call them (`needs`), and tells OpenAPI what each needs.

The app does not start with a route that is not in the table. How a key or a person is checked is not known here, only
that a route which wants one asks for it and no other does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from chatbot.api.transport.needs import NEEDED, Holder, Needs
from chatbot.service.access import roles
from chatbot.service.access.scopes import MEANING, Scope

KEY_SCHEME = "API key"
_SIGN_IN_SCHEME = "Signed in"


class UndeclaredError(Exception):
    """A route is not in the table, or not as it is there; a mistake of ours that no start survives."""


def needed(method: str, route: APIRoute) -> Needs:
    """What opens a route of the team."""
    found = _needs(NEEDED[method, route.path])
    assert found is not None
    return found


def _needs(row: Scope | Holder | Needs | None) -> Needs | None:
    """A row of the table, where a scope alone means a key alone; None where the route is not the team's."""
    return Needs(row) if isinstance(row, Scope) else row if isinstance(row, Needs) else None


def install(app: FastAPI, authorised: Callable[..., Any]) -> None:
    """Hold the app's routes against the table, and tell OpenAPI what they need. ``authorised`` is what checks it.

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
        if (_needs(NEEDED.get((method, route.path))) is not None) != _asks(route.dependant, authorised)
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


def _asks(dependant: Any, authorised: Callable[..., Any]) -> bool:
    return any(each.call is authorised or _asks(each, authorised) for each in dependant.dependencies)


def _described(spec: dict[str, Any]) -> dict[str, Any]:
    """The description with what each route of the team needs, as OpenAPI 3.1 has roles of a bearer."""
    refused = {"description": "The key lacks the scope or the person the permission, or it acts for another."}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for (method, path), row in NEEDED.items():
        operation, needs = spec["paths"].get(path.replace(":path}", "}"), {}).get(method.lower()), _needs(row)
        if operation is None or needs is None:
            continue
        ways = [{KEY_SCHEME: [str(needs.key)]}] if needs.key else []
        operation["security"] = [*ways, *([{_SIGN_IN_SCHEME: [str(needs.person)]}] if needs.person else [])]
        operation["responses"].setdefault("403", {**refused, "content": problem})
        told, sentence = operation.get("description", ""), _sentence(needs)
        operation["description"] = told if sentence in told else f"{told}\n\n{sentence}".strip()
    spec["components"]["securitySchemes"][_SIGN_IN_SCHEME] = {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-understudy",
        "description": "From POST /v1/session. On plain http at localhost its name is `understudy`.",
    }
    spec["info"]["x-scopes"] = {str(scope): meaning for scope, meaning in MEANING.items()}
    spec["info"]["x-permissions"] = {str(each): meaning for each, meaning in roles.MEANING.items()}
    return spec


def _sentence(needs: Needs) -> str:
    ways = [f"an API key with the scope `{needs.key}`"] if needs.key else []
    if needs.person:
        lately = ", who typed their password within ten minutes" if needs.recent else ""
        ways.append(f"a person signed in with the permission `{needs.person}`{lately}")
    return f"Needs {' or '.join(ways)}."
