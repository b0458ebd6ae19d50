"""The desk that `training_bench.py` trains on: its examples, made once, with evidence by the product's retriever."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from voice_desk import Desk, latest

from data.transcripts import Role
from finetune.examples import Example, example_of, packed, unpacked
from finetune.model.loading import load_base

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice_corpus import Parts

    from data.moments import Moment

SIZES = {"small": 500, "middle": 5000}
"""Conversations of the past; the latest ones of the set that is named."""
STEPS = {"small": 200, "middle": 800}
LEARNT, STOPPING, ASKED, TYPOS = "learnt", "stopping", "asked", "typos"
"""The examples of a desk: two to train with, two to measure on, of which the last has its questions mistyped."""


class TrainingDesk(Desk):
    """A desk that has no past before its latest conversations, and asks only the latest questions."""

    @cached_property
    def parts(self) -> Parts:
        """As of the whole desk, without what is earlier than ``--limit``."""
        return replace(super().parts, earlier=[])

    @cached_property
    def asked(self) -> list[Moment]:
        """The latest first answers of the measured conversations."""
        return latest(super().asked, self.options.questions)


def kept_examples(desk: TrainingDesk) -> Path:
    """The file of the desk's examples, made where it is not there."""
    path = desk.folder / "examples.npz"
    if not path.exists():
        base, tokenizer = load_base(desk.options.base)
        room = min(desk.options.max_tokens, base.config.n_positions - 16)  # as many as a prefix takes

        def examples(moments: Sequence[Moment], told: Sequence[Moment]) -> list[Example]:
            evidence = [desk.evidence.get(each.id, []) for each in moments]
            rows = zip(told, evidence, strict=True)
            return [example_of(moment, found, tokenizer, max_tokens=room) for moment, found in rows]

        made = {name: examples(getattr(desk, name), getattr(desk, name)) for name in (LEARNT, STOPPING, ASKED)}
        if find_spec("finetune.augment") is not None:
            made[TYPOS] = examples(desk.asked, mistyped(desk.asked, desk.options.seed))
        beside = path.with_suffix(".tmp.npz")
        np.savez(beside, **{key: array for name, rows in made.items() for key, array in packed(rows, name).items()})
        beside.replace(path)
    return path


def examples_in(path: Path, name: str) -> list[Example]:
    """The examples of this name in a file of ``kept_examples``."""
    with np.load(path) as arrays:
        return unpacked(arrays, name) if f"{name}_ids" in arrays else []


def mistyped(moments: Sequence[Moment], seed: int) -> list[Moment]:
    """Moments whose customer has typed in a hurry; what was found as evidence for them stays what it was."""
    from finetune.augment.noise import noisy

    lots = random.Random(seed)
    return [
        replace(
            moment,
            context=tuple(
                replace(turn, text=noisy(turn.text, moment, lots)) if turn.role is Role.CUSTOMER else turn
                for turn in moment.context
            ),
        )
        for moment in moments
    ]
