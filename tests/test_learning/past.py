"""Past questions for the tests of replay and labelling: what was said and decided is given, nothing is replayed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Decision
from chatbot.learning.backtest.case import Case
from chatbot.learning.backtest.verdicts import verdicts

if TYPE_CHECKING:
    from chatbot.home import Home


def a_case(number: int = 0, **changes: Any) -> Case:
    """One answered question that was judged right, a conversation of its own."""
    return Case(
        **{
            "id": f"c{number}:1",
            "conversation_id": f"c{number}",
            "created": f"2026-{1 + number % 3:02d}-{1 + number % 28:02d}T10:00:00Z",
            "language": "en",
            "topic": "parcel",
            "question": f"Where is parcel {number}?",
            "theirs": "You find it under My orders.",
            "ours": "You find it under My orders.",
            "said": "",
            "decision": Decision.ANSWER,
            "reason": "confident",
            "probability": 0.9,
            "right": True,
            "judged_by": "encoder",
            "agreement": 1.0,
            "features": {"similarity": 0.8},
            **changes,
        }
    )


def judged(home: Home) -> dict[str, bool | None]:
    """What people said of replies in a home, by case id."""
    return {name: said.right for (name, _), said in verdicts(home).items()}


def a_history(count: int = 300, *, seed: int = 0, threshold: float = 0.8) -> list[Case]:
    """Cases whose probability is true: right as often as it says; likeness of the question knows half as much."""
    rng = random.Random(seed)
    cases = []
    for number in range(count):
        sure = rng.random()
        cases.append(
            a_case(
                number,
                conversation_id=f"c{number // 2}",
                probability=sure,
                right=rng.random() < sure,
                features={"similarity": 0.5 * sure + 0.5 * rng.random()},
                decision=Decision.ANSWER if sure >= threshold else Decision.HAND_OVER,
                reason="confident" if sure >= threshold else "low_confidence",
            )
        )
    return cases
