"""The desk that `training_bench.py` trains on: its examples, made once, with evidence by the product's retriever."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from voice_desk import Desk, latest

from finetune.examples import Example, example_of, packed, unpacked
from finetune.model.loading import load_base
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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

    def texts(self, moment: Moment) -> list[str]:
        """The evidence of a moment."""
        return self.evidence.get(moment.id, [])

    def examples(self, pairs: Iterable[tuple[Moment, Sequence[str]]]) -> list[Example]:
        """Moments with their evidence as examples of the base, with room for a prefix."""
        base, tokenizer = self._base
        room = min(self.options.max_tokens, base.config.n_positions - TrainSettings().prefix_tokens)
        return [example_of(moment, evidence, tokenizer, max_tokens=room) for moment, evidence in pairs]

    @cached_property
    def _base(self) -> tuple[Any, Any]:
        return load_base(self.options.base)


def kept_examples(desk: TrainingDesk) -> Path:
    """The file of the desk's examples, made where it is not there."""
    path = desk.folder / "examples.npz"
    if not path.exists():
        made = {
            name: desk.examples((each, desk.texts(each)) for each in getattr(desk, name))
            for name in (LEARNT, STOPPING, ASKED)
        }
        if find_spec("finetune.augment") is not None:
            from finetune.augment.hardened import hardened

            typed = hardened(desk.asked, "noise", desk.options.seed)  # what was found stays what it was
            made[TYPOS] = desk.examples((each, desk.texts(each)) for each in typed)
        _write(path, made)
    return path


def kept_variants(desk: TrainingDesk, settings: TrainSettings) -> Path:
    """The file of what is learnt where ``settings`` ask for varied questions: the desk's moments and their variants."""
    path = desk.folder / f"learnt-{settings.augment.replace(',', '-')}-{settings.augment_share:g}.npz"
    if not path.exists():
        from chatbot.learning.training.varied import varied

        made = varied(desk.learnt, desk.texts, settings, desk.report).variants
        pairs = [*((each, desk.texts(each)) for each in desk.learnt), *((each.moment, each.evidence) for each in made)]
        _write(path, {LEARNT: desk.examples(pairs)})
    return path


def examples_in(path: Path, name: str) -> list[Example]:
    """The examples of this name in a file of ``kept_examples``; none where it has none."""
    with np.load(path) as arrays:
        return unpacked(arrays, name) if f"{name}_ids" in arrays else []


def _write(path: Path, made: Mapping[str, Sequence[Example]]) -> None:
    beside = path.with_suffix(".tmp.npz")
    np.savez(beside, **{key: array for name, rows in made.items() for key, array in packed(rows, name).items()})
    beside.replace(path)
