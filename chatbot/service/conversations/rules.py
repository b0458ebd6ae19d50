"""What a desk lays down for its conversations: the first argument of whatever changes one. Holds no state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatbot.clock import Clock
    from chatbot.service.conversations.office_hours import OfficeHours


@dataclass(frozen=True, slots=True)
class Rules:
    """One desk's settings and clock.

    ``longest_message`` counts characters of a customer's message; ``most_messages`` and ``most_bytes`` (UTF-8) are what
    a customer may write in one conversation, after which people can still answer and close it. ``keep`` names the
    desk's own addresses and numbers, which are not masked in what is learnt, ``countries`` are where its customers are;
    ``hours`` are those of the settings, which count until somebody has laid down others (``desk_hours.now``).
    """

    clock: Clock
    longest_message: int = 8000
    most_messages: int = 500
    most_bytes: int = 1_000_000
    keep: Collection[str] = ()
    countries: Collection[str] = ()
    hours: OfficeHours | None = None
