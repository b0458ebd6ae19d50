"""Scopes: what an API key may be used for. Which route needs which stands in ``api/transport/needs.py``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scope(StrEnum):
    """One kind of work. None includes another."""

    SUGGEST = "suggest"
    TICKETS = "tickets"
    AGENT = "agent"
    KNOWLEDGE = "knowledge"
    ADMIN = "admin"


MEANING = {
    Scope.SUGGEST: "ask for replies, rankings, completions and explanations; chat completions",
    Scope.TICKETS: "bring and take tickets of another help desk",
    Scope.AGENT: "read what customers write and answer them: queue, claim, reply; traces of answers",
    Scope.KNOWLEDGE: "change what the desk knows: articles, past conversations, what is out of use or approved",
    Scope.ADMIN: "look after the server: metrics, webhooks",
}


def scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """Read scopes by name, each once and in their order.

    Raises:
        InputError: one is none.

    """
    given = set(names)
    unknown = sorted(given - set(Scope))
    if unknown:
        raise InputError(f"There is no scope {', '.join(unknown)}; there are {', '.join(Scope)}.")
    return tuple(scope for scope in Scope if scope in given)
