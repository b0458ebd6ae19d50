"""What a contract is held to: what a lead has laid down, else the settings. Chooses no threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.decide.error_budget import Promise
from chatbot.errors import InputError
from chatbot.service.audit import Act, record

if TYPE_CHECKING:
    from chatbot.clock import Clock
    from chatbot.home import Home
    from chatbot.service.audit import Actor
    from chatbot.settings import Settings
    from chatbot.storage.database import Session


def promise_of(settings: Settings) -> Promise:
    """What counts."""
    return laid_down(settings.desk()) or Promise(settings.risk, settings.sure)


def laid_down(home: Home) -> Promise | None:
    """What somebody has laid down; None where the settings count."""
    promise = home.current().promise
    return None if promise is None else Promise(*promise)


async def lay_down(session: Session, clock: Clock, actor: Actor, settings: Settings, wanted: Promise | None) -> Promise:
    """Hold contracts to this from now on; None for what the settings say. A running server follows within seconds.

    Returns what counts now.
    """
    before = promise_of(settings)
    settings.desk().hold_to(None if wanted is None else (wanted.risk, wanted.sure))
    after = promise_of(settings)
    said = {"before": before.terms, "after": after.terms, "settings": wanted is None}
    await record(session, clock.now(), actor, Act.PROMISE_CHANGED, None, **said)
    return after


def read(risk: float, sure: float) -> Promise:
    """A promise that a person wrote.

    Raises:
        InputError: it is none.

    """
    try:
        return Promise(risk, sure)
    except ValueError as problem:
        raise InputError(f"A promise has two shares, such as 0.05 wrong and 0.9 sure: {problem}.") from problem
