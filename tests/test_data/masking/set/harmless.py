"""Makes 2,000 sentences that hold nothing personal but much that looks like it: versions, prices, sizes, logs, models.

Twenty of each wording in ``harmless.txt``, slots filled with a seed. The desk's own address and number are kept.
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

    wordings = Path(__file__).with_name("harmless.txt").read_text(encoding="utf-8").splitlines()
    return [_SLOT.sub(fill, wording) for wording in wordings for _ in range(_EACH)]
