"""Makes 2,000 sentences that hold nothing personal but much that looks like it: versions, prices, sizes, logs, models.

Twenty of each wording in ``harmless.txt``, slots filled with a seed; each line of ``neighbours.txt``, which stand close
to what announces a name or a voucher, once. The desk's own address and number are kept.
"""

from __future__ import annotations

import random
import re
import uuid
from pathlib import Path

OWN = ("help@shop.example", "+44 20 7946 0142", "Kettle & Otter")
_EACH = 20
_SLOT = re.compile(r"\{(d|hex)(\d+)\}|\{(\w+)\}")


def harmless(seed: int = 16) -> list[str]:
    """The sentences, in a fixed order."""
    draw = random.Random(seed)

    def fill(slot: re.Match[str]) -> str:
        if slot[1]:
            signs = "0123456789abcdef" if slot[1] == "hex" else "0123456789"
            first = draw.choice(signs if slot[1] == "hex" else signs[1:])
            return first + "".join(draw.choices(signs, k=int(slot[2]) - 1))
        if slot[3] == "uuid":
            return str(uuid.UUID(int=draw.getrandbits(128), version=4))
        low, high = {"day": (10, 28), "mon": (10, 12), "hour": (10, 23), "min": (10, 59)}[slot[3]]
        return str(draw.randint(low, high))

    return [_SLOT.sub(fill, wording) for wording in _lines("harmless.txt") for _ in range(_EACH)] + neighbours()


def neighbours() -> list[str]:
    """What only looks like an introduction, a greeting, a signature or a voucher's code."""
    return [line.replace("\\n", "\n") for line in _lines("neighbours.txt")]


def _lines(name: str) -> list[str]:
    return Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
