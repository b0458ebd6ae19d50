"""Time, ids and chance, handed in so that a test can foretell them."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` gives a time with its zone; ``new_id("m")`` an id like ``m_…`` that nobody can guess.

    ``chance`` gives a number in [0, 1) for what need not be secret.
    """

    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    chance: Callable[[], float]


def real_clock() -> Clock:
    """The computer's clock and 128 random bits an id."""
    return Clock(
        now=lambda: datetime.now(UTC), new_id=lambda prefix: f"{prefix}_{secrets.token_hex(16)}", chance=random.random
    )
