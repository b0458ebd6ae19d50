"""Gives turns what was decided about their source: the time as it was read, and the role of notes and programs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from data.importers.time_column import is_point_in_time
from data.importers.visibility_meaning import Meaning
from data.times import iso
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.importers.time_column import Moments


def timed(turns: Sequence[Turn], at: str, moments: Moments) -> tuple[Turn, ...]:
    """The turns with their time; one that cannot be read, or has two meanings, is kept as the source has it."""
    moment = moments[0] if moments[0] == moments[1] else None
    if moment is not None and is_point_in_time(moment):
        return tuple(replace(turn, at=iso(moment)) for turn in turns)
    return tuple(replace(turn, at=None, extras={**turn.extras, "time": at}) for turn in turns) if at else tuple(turns)


def marked(turns: Sequence[Turn], meanings: Sequence[tuple[Meaning, bool]]) -> tuple[Turn, ...]:
    """The turns of one row with the role that its columns give them; the strictest of what they say counts.

    Each meaning comes with whether a value says it: what follows from an empty cell makes no note of what a customer
    wrote.
    """
    if any(meaning is Meaning.PRIVATE and written for meaning, written in meanings):
        return tuple(replace(turn, role=Role.NOTE) for turn in turns)
    said = {meaning for meaning, _ in meanings}
    role = Role.NOTE if Meaning.PRIVATE in said else Role.BOT if Meaning.AUTOMATIC in said else None
    if role is None:
        return tuple(turns)
    return tuple(replace(turn, role=role) if turn.role is Role.AGENT else turn for turn in turns)
