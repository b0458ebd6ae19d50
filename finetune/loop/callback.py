"""The Trainer's callback that keeps the budget: when to evaluate, to save and to stop, and what of it stays on disk.

With several processes each of them comes to the same decisions, because the budget's time and the losses are agreed;
only the first one writes.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from finetune.errors import TrainingError
from finetune.loop import distributed
from finetune.loop.trained_weights import BEST, best_loss, load_trained, save_trained
from finetune.model.checksums import seal_checkpoint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from data.progress import Report
    from finetune.loop.fit_settings import FitSettings
    from finetune.loop.length_batches import LengthBatches
    from finetune.loop.time_budget import Budget

LOSS_LOG = "loss.jsonl"


class Watcher(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Keeps the budget, asks for checkpoints and evaluations by it, seals, logs, and remembers the best weights."""

    def __init__(
        self,
        settings: FitSettings,
        budget: Budget,
        work_folder: Path,
        report: Report,
        *,
        batches: LengthBatches,
        evaluates: bool,
    ) -> None:
        self.settings, self.budget, self.work_folder, self.report = settings, budget, work_folder, report
        self.batches, self.evaluates = batches, evaluates
        self.best: float | None = None
        self.train_loss: float | None = None
        self.stopped_early = False
        self._worse = 0
        self._saved_at = budget.seconds
        self._evaluated_share = 0.0

    @property
    def tokens(self) -> int:
        """Tokens learnt from so far, padding not counted; each step holds about as many."""
        return round(self.budget.step * self.batches.tokens / self._steps_of_epoch)

    @property
    def _steps_of_epoch(self) -> int:
        return len(self.batches) // (self.settings.accumulation * distributed.count())

    def restore(self, seal: Mapping[str, Any]) -> None:
        """Take up the counters of the checkpoint; what the log says of later steps is forgotten."""
        self.best, self._worse = best_loss(self.work_folder / BEST), int(seal["worse"])
        self._saved_at = self.budget.seconds
        self._evaluated_share = float(seal["evaluated_share"])
        if distributed.is_first():
            kept = [row for row in read_log(self.work_folder) if row["step"] <= self.budget.step]
            beside = self.work_folder / f"{LOSS_LOG}.tmp"
            beside.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
            beside.replace(self.work_folder / LOSS_LOG)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Shuffle anew; after an interruption the Trainer wraps the batches so that it cannot do so itself."""
        self.batches.set_epoch(state.global_step // self._steps_of_epoch)

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Agree on the time, before the learning rate of the next step is computed."""
        self.budget.tick()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Decide whether to evaluate, to save and to stop."""
        self.budget.step = state.global_step
        self.report("train", *self.budget.progress())
        done = self.budget.exhausted or self.stopped_early
        due = self.budget.share - self._evaluated_share >= 1 / self.settings.evaluations
        if self.evaluates and (due or done):
            self._evaluated_share = self.budget.share
            control.should_evaluate = True
        if done or self.budget.seconds - self._saved_at >= 60 * self.settings.save_minutes:
            control.should_save = True
            control.should_log = True  # so that a loss that is no number is told before its weights are kept
        control.should_training_stop = done

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Keep the weights if they are the best so far; count how long they have not been."""
        loss = float(metrics["eval_loss"])
        if self.best is None or loss < self.best:
            self.best, self._worse = loss, 0
            save_trained(kwargs["model"], self.work_folder / BEST, loss)
        else:
            self._worse += 1
            if self.settings.patience and self._worse >= self.settings.patience:
                self.stopped_early = True
                control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Seal the checkpoint."""
        self._saved_at = self.budget.seconds
        distributed.wait_for_all()  # each process adds its random state to the checkpoint
        if distributed.is_first():
            seal = {
                "seconds": self.budget.seconds,
                "worse": self._worse,
                "evaluated_share": self._evaluated_share,
            }
            seal_checkpoint(self.work_folder / f"checkpoint-{state.global_step}", seal)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """Write the losses down; stop at one that is not a number."""
        found = {name: float(logs[name]) for name in ("loss", "eval_loss") if name in (logs or {})}
        if not found:
            return
        if "loss" in found:
            self.train_loss = found["loss"]
        if not all(math.isfinite(loss) for loss in found.values()):
            raise TrainingError(
                f"the loss is not a number at step {state.global_step}: train with a lower learning rate"
            )
        if distributed.is_first():
            row = {
                "step": state.global_step,
                "seconds": round(self.budget.seconds, 1),
                "tokens": self.tokens,
                **{name: value for name, value in logs.items() if isinstance(value, int | float)},
            }
            with (self.work_folder / LOSS_LOG).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def load_best(self, model: torch.nn.Module) -> None:
        """Put the weights that did best on held-out data back into the model."""
        path = self.work_folder / BEST
        if self.best is not None and path.exists():
            load_trained(model, path)


def read_log(work_folder: Path) -> list[dict[str, Any]]:
    """The rows of a run's loss log, oldest first; a row that a kill has cut is left out."""
    try:
        lines = (work_folder / LOSS_LOG).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    rows = []
    for line in lines:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows
