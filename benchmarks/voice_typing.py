"""A reply typed with completion: how many keys are pressed. Pure: what is shown comes in.

The completion is asked after each character; where what it shows is what comes next, taking it costs one keystroke,
else the next character is typed. Only the first ``CHARACTERS`` of a reply are typed, up to the end of a word: what is
shown may go on behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHARACTERS = 200
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Typing:
    """One reply typed: its characters, the keys pressed, how often something was shown, and taken."""

    characters: int
    keys: int
    shown: int
    taken: int


def typed(reply: str, complete: Callable[[str], str], characters: int = CHARACTERS) -> Typing:
    """Type the beginning of a reply with ``complete``, which is given the draft and shows what to append or ""."""
    end = beginning(reply, characters)
    place = keys = shown = taken = 0
    while place < end:
        text = complete(reply[:place])
        shown += bool(text)
        fits = bool(text) and reply.startswith(text, place)
        taken += fits
        place = min(end, place + len(text)) if fits else place + 1
        keys += 1
    return Typing(end, keys, shown, taken)


def beginning(reply: str, characters: int) -> int:
    """How many of the first characters of a reply are typed: all, or up to a word's end."""
    if len(reply) <= characters:
        return len(reply)
    return len(reply[: characters + 1].rsplit(None, 1)[0]) if any(map(str.isspace, reply[:characters])) else characters


def summed(found: Sequence[Typing]) -> dict[str, float]:
    """The share of keystrokes saved over all replies together, and how often what was shown was right."""
    characters, keys = sum(each.characters for each in found), sum(each.keys for each in found)
    shown, taken = sum(each.shown for each in found), sum(each.taken for each in found)
    return {
        "saved": 1 - keys / characters if characters else 0.0,
        "right of shown": taken / shown if shown else 0.0,
        "shown a character": shown / characters if characters else 0.0,
    }


def interval(found: Sequence[Typing], seed: int = 0) -> list[float]:
    """The middle 95 % of the share saved, over replies drawn with replacement (percentile bootstrap, Efron 1979)."""
    if not found:
        return [0.0, 0.0]
    characters, keys = (np.array([getattr(each, name) for each in found]) for name in ("characters", "keys"))
    drawn = np.random.default_rng(seed).integers(len(found), size=(RESAMPLES, len(found)))
    saved = 1 - keys[drawn].sum(axis=1) / np.maximum(characters[drawn].sum(axis=1), 1)
    return [float(each) for each in np.quantile(saved, (0.025, 0.975))]
