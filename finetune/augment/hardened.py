"""Held-out moments made harder: customers mistype, or use other words. What a model loses by it is how robust it is.

Each moment keeps its id, its answer and its evidence, so that bits a byte before and after can be compared pair by
pair; the evidence is what was found for the question as it was typed at first.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from finetune.augment.augmented import Resources, synonyms_from
from finetune.augment.noise import noisy
from finetune.augment.variant import Learnt, each_turn
from finetune.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.moments import Moment

KINDS = ("noise", "synonyms")


def hardened(moments: Sequence[Moment], kind: str, seed: int, resources: Resources | None = None) -> list[Moment]:
    """The moments in their order, their customers' words changed; one without a word to change stays as it is.

    Draws other lots than training does, whatever the seed.

    Raises:
        TrainingError: the kind is unknown, or there are no synonyms here.

    """
    if kind not in KINDS:
        raise TrainingError(f"questions are made harder by {' or '.join(KINDS)}, not by {kind!r}")
    with ExitStack() as opened:
        change = noisy if kind == "noise" else synonyms_from(resources or Resources(), opened)
        made = each_turn(f"hardened {kind}", change)([Learnt(moment, ()) for moment in moments], seed)
        return [moment if new is None else new.moment for moment, new in zip(moments, made, strict=True)]
