"""A desk's past and future: conversations divided by time, so that a benchmark asks only what came later."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from data.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from data.transcripts import Conversation

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def split_by_time(
    conversations: Iterable[Conversation],
    boundary: float | str,
) -> tuple[list[Conversation], list[Conversation]]:
    """Past and future, each ordered by time of creation.

    ``boundary`` is an ISO date or time, from which on the future begins, or the future's share (0..1) of the
    conversations. Conversations of the same moment stay together, so a share may come out smaller, never larger,
    than asked; those without a date count as past. All conversations of one id follow the earliest of them.

    Raises:
        ValueError: the boundary is no date, or no share between 0 and 1.

    """
    everything = list(conversations)
    first: dict[str, datetime] = {}
    for conversation in everything:
        created = parse_time(conversation.created) or _BEFORE_ALL
        first[conversation.id] = min(created, first.get(conversation.id, created))
    ordered = sorted(everything, key=lambda conversation: first[conversation.id])
    times = [first[conversation.id] for conversation in ordered]
    start = _start_of_future(times, boundary)
    cut = next((place for place, time in enumerate(times) if time >= start), len(times)) if start else len(times)
    return ordered[:cut], ordered[cut:]


def _start_of_future(times: list[datetime], boundary: float | str) -> datetime | None:
    """The first moment of the future, None where the future is empty. ``times`` are in order."""
    if isinstance(boundary, str):
        start = parse_time(boundary)
        if start is None:
            raise ValueError(f"expected an ISO date such as 2024-12-31, found {boundary!r}")
        return start
    if not 0 <= boundary <= 1:
        raise ValueError(f"expected a share between 0 and 1, found {boundary}")
    place = len(times) - math.floor(boundary * len(times))
    if place >= len(times):
        return None
    start = times[place]
    if place > 0 and times[place - 1] == start:
        start = next((time for time in times[place:] if time > start), None)
    return start if start is None or start > _BEFORE_ALL else next((time for time in times if time > _BEFORE_ALL), None)
