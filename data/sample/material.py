"""The hand-written material of the generator: questions, answers, voices and what fills their slots, read from TOML.

Knows what a well-formed intent is and nothing about how a conversation is put together (``generate.py``).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.sample import INTENTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

_VOICES, _CATALOGUE = "voices", "catalogue"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An exchange that may come after the answer: wordings of the question, wordings of the reply."""

    asks: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """One wording of a question, and the number of the tail without which it is not answered."""

    text: str
    tail: int | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing customers want.

    ``says`` holds the answer in parts, each part in several wordings of the same fact. ``tails`` may end it (an ask
    written "question => 2" always gets the second), ``lookup`` tells what the agent saw in the order. ``still``
    answers "still doesn't work" where ``trouble`` is set; a ``refusal`` is an answer that customers do not like.
    ``since`` is the first day on which it makes sense.
    """

    name: str
    topic: str
    article: str
    asks: tuple[Ask, ...]
    says: tuple[tuple[str, ...], ...]
    products: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()
    follow: tuple[FollowUp, ...] = ()
    trouble: bool = False
    still: tuple[str, ...] = ()
    refusal: bool = False
    unhappy: float = 0.0
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """How one agent greets and signs off; ``contracts`` writes "don't" for "do not"."""

    name: str
    weight: int
    greetings: tuple[str, ...]
    greetings_named: tuple[str, ...]
    closings: tuple[str, ...]
    close_chance: float
    joined: str
    contracts: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """Everything the generator draws from."""

    intents: tuple[Intent, ...]
    agents: tuple[Agent, ...]
    customer: Mapping[str, tuple[str, ...]]
    agent_lines: Mapping[str, tuple[str, ...]]
    slots: Mapping[str, tuple[str, ...]]
    products: Mapping[str, Mapping[str, str]]
    parts: Mapping[str, str]
    grind: Mapping[str, Mapping[str, str]]


def load_material(folder: Path = INTENTS) -> Material:
    """Read all TOML files of the folder, in the order of their names.

    Raises:
        TypeError: an intent or an agent has a key that does not exist, or lacks one.

    """
    files = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))}
    voices, catalogue = files.pop(_VOICES), files.pop(_CATALOGUE)
    return Material(
        intents=tuple(_intent(row) for content in files.values() for row in content["intent"]),
        agents=tuple(Agent(**_frozen(row)) for row in voices["agent"]),
        customer=_frozen(voices["customer"]),
        agent_lines=_frozen(voices["agent_lines"]),
        slots=_frozen(catalogue["slots"]),
        products=catalogue["products"],
        parts=catalogue["parts"],
        grind=catalogue["grind"],
    )


def _intent(row: dict[str, Any]) -> Intent:
    follow = tuple(FollowUp(**_frozen(exchange)) for exchange in row.pop("follow", ()))
    asks = tuple(_ask(ask) for ask in row.pop("asks"))
    return Intent(follow=follow, asks=asks, **_frozen(row))


def _ask(written: str) -> Ask:
    text, bound, tail = written.partition(" => ")
    return Ask(text, int(tail) - 1 if bound else None)


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in row.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(one) for one in value) if isinstance(value, list) else value
