"""The end of a training run: save the version, judge it, write the report, and let it serve where nothing got worse.

Trains and measures nothing. The order matters: a version is read back before a report names it, and ``current.json``
changes last.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.home import write_atomically
from chatbot.learning.training.evaluation import sample
from chatbot.learning.training.gate import judge
from chatbot.learning.training.preference_pairs import STALE, divided, too_few
from chatbot.learning.training.splits import tokens_a_byte, unseen_languages
from chatbot.learning.training.training_page import page
from chatbot.service.serving.model_versions import OUR_BASE
from finetune.compress.int8 import save_quantised
from finetune.model.checkpoint import load, new_version_folder, save_weights, write_manifest
from finetune.model.weights import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.home import Home
    from chatbot.learning.training.evaluation import Figures, HeldOutSet
    from chatbot.learning.training.preference_pairs import Preference
    from chatbot.learning.training.splits import Parts
    from chatbot.learning.training.stages import Learnt
    from finetune.augment.augmented import Augmented
    from finetune.evaluate.memorisation import Memorisation
    from finetune.train.train_result import TrainResult
    from finetune.training_settings import TrainSettings

SAMPLES = 10
"""Drafts shown in the report beside what the agent wrote."""


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """A run whose training is over: what is left is to save, to judge and to report."""

    home: Home
    learnt: Learnt
    parts: Parts
    held: HeldOutSet
    before: Figures
    after: Figures
    remembered: Memorisation | None
    pairs: Sequence[Preference] = ()
    out_of_time: bool = False
    varied: Augmented | None = None

    @property
    def settings(self) -> TrainSettings:
        """What the model was trained with."""
        return self.learnt.settings

    @property
    def result(self) -> TrainResult:
        """The model and how its training went."""
        return self.learnt.result

    def finish(self) -> dict[str, Any]:
        """Write the version, the report and, where it may serve, ``current.json``, in this order."""
        verdict = judge(self.before, self.after, self.remembered, out_of_time=self.out_of_time)
        figures = {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "memorisation": self.remembered.to_json() if self.remembered else None,
            "bars": verdict.to_json(),
        }
        created = datetime.now(UTC).isoformat(timespec="seconds")
        version = self._saved(created, figures)
        outcome = {
            "version": version,
            "created": created,
            **self.settings.asked(),
            "base": self.settings.base or OUR_BASE,
            "found": list(self.settings.found),
            "search": self.learnt.search.to_json() if self.learnt.search else None,
            "preferred": self.learnt.preferences,
            "answers": self.parts.counts(),
            "variants": self.varied.counts() if self.varied else {},
            "heldout_examples": len(self.held.moments),
            **figures,
            "training": self.result.figures(),
            "warnings": self._warnings(),
            "promoted": verdict.promoted,
            "verdict": verdict.sentence(version, self.home.current().model),
            "page": str(self.home.reports / f"train-{version}.html"),
            "tracked": str(self.settings.tracker_folder) if self.settings.tracker != "none" else None,
        }
        told = {**outcome, "curve": self.result.curve, "samples": self._samples()}
        write_atomically(self.home.reports / f"train-{version}.json", json.dumps(told, indent=2, default=str) + "\n")
        write_atomically(self.home.reports / f"train-{version}.html", page(told))
        if verdict.promoted:
            self.home.promote(model=version)
        return outcome

    def _saved(self, created: str, figures: dict[str, Any]) -> str:
        folder = new_version_folder(self.home.models, created)
        try:
            save_weights(self.result.model, self.result.tokenizer, folder)
            save_quantised(Weights.of(self.result.model), folder)
            write_manifest(
                folder,
                created=created,
                base=self.settings.base or OUR_BASE,
                method=self.settings.method,
                settings=asdict(self.settings),
                figures=figures,
            )
            load(folder)  # what was written can be read, checksums and all, before anything relies on it
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder.name

    def _warnings(self) -> list[str]:
        warnings = [*self.parts.warnings(), *(self.varied.notes if self.varied else ())]
        if self.settings.preferences and self.learnt.preferences is None:
            warnings.append(too_few(*map(len, divided(self.pairs))) or STALE)
        warnings += unseen_languages(tokens_a_byte(self.held.moments, self.result.tokenizer))
        if not self.held.questions and not self.out_of_time:
            warnings.append("No held-out question has evidence, so no drafts could be tried.")
        return warnings

    def _samples(self) -> list[dict[str, Any]]:
        pairs = zip(self.held.questions, self.after.drafts, strict=True)
        return [sample(moment, draft, self.held.evidence) for moment, draft in list(pairs)[:SAMPLES]]
