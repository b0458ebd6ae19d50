"""Generated conversations of the sample desk: hand-written questions and facts, put together anew by a seed.

``python -m data.sample.generate`` writes ``generated.jsonl``; the same seed gives the same bytes. What is said comes
from ``intents/*.toml``, how a conversation goes from ``scene.py``; this file decides how many, when, and that no two
are the same.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from data.sample import GENERATED
from data.sample.deck import Deck
from data.sample.material import load_material
from data.sample.scene import Decks, Scene
from data.transcripts import Conversation, conversation_to_json, to_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT, SEED = 420, 20_250_303
FIRST_DAY, LAST_DAY = date(2025, 3, 3), date(2026, 10, 30)
_SATURDAY = 5
_EVENING_SHARE = 1 / 7


def generate(count: int = COUNT, seed: int = SEED) -> Iterator[Conversation]:
    """Yield ``count`` different conversations, oldest first, the same ones for the same count and seed."""
    rng = random.Random(seed)
    material = load_material()
    decks = Decks(Deck(material.intents, rng), {intent.name: Deck(intent.asks, rng) for intent in material.intents})
    seen: set[tuple[str, ...]] = set()
    for number, start in enumerate(_starts(count, rng), 1):
        while True:
            turns, labels = Scene(material, decks, start, rng).play()
            told = tuple(turn.text for turn in turns)
            if told not in seen:
                break
        seen.add(told)
        yield Conversation(
            id=f"ko-g-{number:04d}",
            turns=turns,
            language="en",
            labels=labels,
            source="sample_generated",
            domain="shop/coffee-and-tea",
        )


def write(path: Path = GENERATED, count: int = COUNT, seed: int = SEED) -> int:
    """Write the conversations as JSON lines; return how many."""
    lines = [to_line(conversation_to_json(conversation)) for conversation in generate(count, seed)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    return len(lines)


def _starts(count: int, rng: random.Random) -> list[datetime]:
    """Draw working days, mostly within the desk's hours, one in seven in the evening; in order."""
    days: list[date] = []
    while len(days) < count:
        day = FIRST_DAY + timedelta(days=rng.randint(0, (LAST_DAY - FIRST_DAY).days))
        if day.weekday() < _SATURDAY:
            days.append(day)
    hours = [rng.randint(17, 22) if rng.random() < _EVENING_SHARE else rng.randint(9, 15) for _ in days]
    times = [time(hour, rng.randint(0, 59), rng.randint(0, 59)) for hour in hours]
    return sorted(datetime.combine(day, at) for day, at in zip(days, times, strict=True))


if __name__ == "__main__":
    write()
