"""What a desk lays down for its conversations: the first argument of whatever changes one. Holds no state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.service.conversations.office_hours import OfficeHours

if TYPE_CHECKING:
    from collections.abc import Collection

    from chatbot.clock import Clock
    from chatbot.settings import Settings


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

    @classmethod
    def of(cls, settings: Settings, clock: Clock) -> Rules:
        """Those that are set."""
        return cls(
            clock,
            longest_message=settings.max_message_characters,
            most_messages=settings.max_conversation_messages,
            most_bytes=settings.max_conversation_bytes,
            keep=settings.keep,
            countries=settings.country,
            hours=OfficeHours.of(settings.hours),
        )
