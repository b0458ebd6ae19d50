"""A person lets another model or contract serve, or goes back to the one before: checked, done, recorded. Makes none.

What serves stands in a file; the line of the log is written in the transaction that the caller commits next. What a
training promotes by itself is no act of a person and is told by its own report.
"""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING

from chatbot.service.audit import Act, record
from chatbot.service.serving import contract_versions, model_versions

if TYPE_CHECKING:
    from chatbot.clock import Clock
    from chatbot.home import Current, Home
    from chatbot.service.audit import Actor
    from chatbot.storage.database import Session


class Kind(StrEnum):
    """What there are versions of."""

    MODEL = "model"
    CONTRACT = "contract"


_VERSIONS = {Kind.MODEL: model_versions, Kind.CONTRACT: contract_versions}


async def promote(
    session: Session, clock: Clock, actor: Actor, home: Home, kind: Kind, name: str, *, over: Current | None = None
) -> None:
    """Let a version serve; ``over`` is what served when it was chosen, where that matters.

    Raises:
        NotFoundError: no such version.
        InputError: it cannot be used.
        ChangedError: something else serves by now than what stands in ``over``.

    """
    before = home.current()
    await asyncio.to_thread(_VERSIONS[kind].promote, home, name, over=over)
    await _note(session, clock, actor, kind, before, name)


async def roll_back(session: Session, clock: Clock, actor: Actor, home: Home, kind: Kind) -> str:
    """Let the version before the current one serve again and return its name; twice goes forward again.

    Raises:
        NotFoundError: there is none.
        InputError: the one before cannot be used.

    """
    before = home.current()
    name: str = await asyncio.to_thread(_VERSIONS[kind].roll_back, home)
    await _note(session, clock, actor, kind, before, name)
    return name


async def _note(session: Session, clock: Clock, actor: Actor, kind: Kind, before: Current, name: str) -> None:
    served = getattr(before, kind.value)
    await record(session, clock.now(), actor, Act.PROMOTED, f"{kind} {name}", before=served)
