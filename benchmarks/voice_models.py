"""The models that `voice.py` measures: the base as it ships, and what ``finetune`` makes of it on a desk.

Each is trained once, by the product's own ``fine_tune`` at default settings but for the minutes, and kept as a version;
an interrupted training goes on where it stopped. Canaries are planted in the one that serves.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from chatbot.learning.training.lessons import is_knowable
from finetune.evaluate.memorisation import plant
from finetune.examples import examples_of, judged_examples
from finetune.model import checkpoint
from finetune.model.loading import load_base
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice_desk import Desk

    from data.moments import Moment
    from finetune.evaluate.memorisation import Canary
    from finetune.examples import Example

SERVED = "with evidence"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is fine-tuned: the method, and whether its examples have evidence and canaries among them."""

    method: str
    evidence: bool
    canaries: bool = False


RECIPES = {
    "without evidence": Recipe("full", evidence=False),
    SERVED: Recipe("full", evidence=True, canaries=True),
    "lora": Recipe("lora", evidence=True),
}


class Models:
    """The base and the fine-tuned models of one desk, each a GPT2LMHeadModel in fp32 and eval mode."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.options = desk.options

    @cached_property
    def tokenizer(self) -> Any:
        """The base's, which all of them share."""
        return self._base[1]

    @cached_property
    def base(self) -> Any:
        """The base as it ships."""
        return self._base[0].eval().to(self.device)

    @property
    def device(self) -> str:
        """Where models are measured."""
        return "cuda" if torch.cuda.is_available() else "cpu"

    @property
    def max_tokens(self) -> int:
        """Length of an example."""
        return int(min(TrainSettings().max_tokens, self.base.config.n_positions))

    @cached_property
    def canaries(self) -> list[Canary]:
        """Those planted in the served model."""
        return plant(self.options.canaries, self.options.seed)

    def examples(self, moments: Sequence[Moment], *, evidence: bool, lessons: bool = False) -> list[Example]:
        """Moments as examples, with the desk's evidence or without any; ``lessons``: to learn when to abstain too."""
        known = self.desk.evidence if evidence else {}
        more = {"is_knowable": is_knowable} if lessons else {}
        return [
            *examples_of(
                moments, lambda each: known.get(each.id, []), self.tokenizer, max_tokens=self.max_tokens, **more
            )
        ]

    def _judged(self) -> list[Example]:
        """What is learnt of telling the true answer from those to like questions, by ``--judged``."""
        lots = random.Random(self.options.seed)
        found: list[Example] = []
        for moment in self.desk.learnt:
            if lots.random() < self.options.judged:
                others = self.desk.evidence.get(moment.id, [])
                found += judged_examples(moment, others, self.tokenizer, max_tokens=self.max_tokens)
        return found

    def tuned(self, name: str) -> Any:
        """The fine-tuned model of this name, trained where it is not there."""
        return self._version(name)[0].to(self.device)

    def figures(self, name: str) -> dict[str, Any]:
        """How its training went."""
        return dict(self._version(name)[1].figures)

    def _version(self, name: str) -> tuple[Any, Any]:
        folder = self.desk.folder / "models" / name.replace(" ", "-")
        if not (folder / checkpoint.MANIFEST).exists():
            self._train(RECIPES[name], folder)
        model, _, manifest = checkpoint.load(folder)
        return model, manifest

    def _train(self, recipe: Recipe, folder: Path) -> None:
        train = self.examples(self.desk.learnt, evidence=recipe.evidence, lessons=recipe.evidence)
        if recipe.evidence:
            train += self._judged()
        if recipe.canaries:
            train += self.examples([canary.moment for canary in self.canaries], evidence=False)
        settings = TrainSettings(
            base=self.options.base,
            method=recipe.method,
            minutes=self.options.minutes,
            seed=self.options.seed,
            tracker="none",
        )
        work = folder.with_name(f"{folder.name}.work")
        stopping = self.examples(self.desk.stopping, evidence=recipe.evidence)
        result = fine_tune(train, stopping, settings, work, self.desk.report)
        checkpoint.save_weights(result.model, result.tokenizer, folder)
        checkpoint.write_manifest(
            folder,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            base=self.options.base or "understudy-base",
            method=recipe.method,
            settings=asdict(settings),
            figures={**result.figures(), "tokens in the examples": sum(len(row.input_ids) for row in train)},
        )
        shutil.rmtree(work, ignore_errors=True)

    @cached_property
    def _base(self) -> tuple[Any, Any]:
        return load_base(self.options.base)
