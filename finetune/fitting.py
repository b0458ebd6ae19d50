"""One training run: Hugging Face's Trainer under a budget, with checkpoints a kill cannot spoil.

The loop, mixed precision, accumulation and optimiser are the Trainer's. Ours are the budget (budget.py), the seal that
tells a whole checkpoint from a half-written one, early stopping on held-out loss, and a loss log in JSON lines.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from data.progress import Report, silent
from finetune.budget import Budget, Clock, learning_rate_factor
from finetune.errors import TrainingError
from finetune.quiet import quiet
from finetune.seals import last_whole_checkpoint, read_seal, seal_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch.utils.data import Dataset

__all__ = ["FitResult", "FitSettings", "TrainingError", "cpu_has_bf16", "fit", "new_budget"]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How to fit. ``epochs`` caps passes over the data; ``patience`` evaluations without gain end it (0 = never)."""

    minutes: float | None
    max_steps: int | None = None
    epochs: int = 100
    learning_rate: float = 1e-3
    batch_size: int = 8
    accumulation: int = 1
    warmup_steps: int = 20
    weight_decay: float = 0.1
    seed: int = 0
    save_minutes: float = 4.0
    evaluations: int = 8
    patience: int = 0
    bf16: bool | None = None


@dataclass(frozen=True, slots=True)
class FitResult:
    """What a run came to; losses are nats per labelled token, None where never measured."""

    steps: int
    seconds: float
    tokens: int
    train_loss: float | None
    heldout_loss: float | None
    stopped_early: bool
    resumed_from: int


def fit(
    model: torch.nn.Module,
    train_set: Dataset[Any],
    heldout_set: Dataset[Any] | None,
    *,
    collate: Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]],
    settings: FitSettings,
    budget: Budget,
    work_folder: Path,
    report: Report = silent,
) -> FitResult:
    """Train ``model`` in place until the budget is spent; the same call goes on after an interruption.

    Checkpoints and ``loss.jsonl`` lie in ``work_folder``. Where held-out data is given, the model ends with the weights
    that did best on it.

    Raises:
        TrainingError: the loss is not a number, or the disk is full.

    """
    work_folder.mkdir(parents=True, exist_ok=True)
    checkpoint = last_whole_checkpoint(work_folder)
    watcher = _Watcher(settings, budget, work_folder, report, evaluates=heldout_set is not None)
    with quiet():
        trainer = Trainer(
            model=model,
            args=_arguments(settings, budget, work_folder),
            train_dataset=train_set,
            eval_dataset=heldout_set,
            data_collator=collate,
            callbacks=[watcher],
            optimizers=_optimizer(model, settings, budget),
        )
        trainer.remove_callback(PrinterCallback)
        resumed = 0
        if checkpoint is not None:
            seal = read_seal(checkpoint)
            resumed = int(checkpoint.name.rpartition("-")[2])
            budget.resume(spent=float(seal["seconds"]), step=resumed)
            watcher.restore(seal)
        if not budget.exhausted:
            try:
                trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
            except OSError as error:
                raise TrainingError(f"could not write a checkpoint into {work_folder}: {error}") from error
        elif checkpoint is not None:
            trainer._load_from_checkpoint(str(checkpoint))  # noqa: SLF001  # the Trainer's only way to load weights alone
    watcher.load_best(model)
    return FitResult(
        steps=budget.step,
        seconds=budget.seconds,
        tokens=int(trainer.state.num_input_tokens_seen),
        train_loss=watcher.train_loss,
        heldout_loss=watcher.best,
        stopped_early=watcher.stopped_early,
        resumed_from=resumed,
    )


def new_budget(settings: FitSettings, examples: int, clock: Clock = time.monotonic) -> Budget:
    """The budget these settings give on so many examples."""
    per_epoch = max(1, math.ceil(examples / (settings.batch_size * settings.accumulation)))
    steps = per_epoch * settings.epochs
    return Budget(minutes=settings.minutes, steps=min(steps, settings.max_steps or steps), clock=clock)


def cpu_has_bf16() -> bool:
    """Whether bf16 multiplications run in hardware here; without that they are slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


class _Watcher(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Keeps the budget, asks for checkpoints and evaluations by it, seals, logs, and remembers the best weights."""

    def __init__(
        self, settings: FitSettings, budget: Budget, work_folder: Path, report: Report, *, evaluates: bool
    ) -> None:
        self.settings, self.budget, self.work_folder, self.report = settings, budget, work_folder, report
        self.evaluates = evaluates
        self.best: float | None = None
        self.train_loss: float | None = None
        self.stopped_early = False
        self._worse = 0
        self._saved_at = budget.seconds
        self._evaluated_share = 0.0

    def restore(self, seal: Mapping[str, Any]) -> None:
        """Take up the counters of the checkpoint."""
        self.best, self._worse = _best_loss(self.work_folder / "best.safetensors"), int(seal["worse"])
        self._saved_at = self.budget.seconds
        self._evaluated_share = float(seal["evaluated_share"])

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        self.budget.step = state.global_step
        self.report("train", *self.budget.progress())
        done = self.budget.exhausted or self.stopped_early
        due = self.budget.share - self._evaluated_share >= 1 / self.settings.evaluations
        if self.evaluates and (due or done):
            self._evaluated_share = self.budget.share
            control.should_evaluate = True
        if done or self.budget.seconds - self._saved_at >= 60 * self.settings.save_minutes:
            control.should_save = True
        control.should_training_stop = done

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any, **kwargs: Any) -> None:  # noqa: ARG002
        loss = float(metrics["eval_loss"])
        if self.best is None or loss < self.best:
            self.best, self._worse = loss, 0
            _save_trainable(kwargs["model"], self.work_folder / "best.safetensors", loss)
        else:
            self._worse += 1
            if self.settings.patience and self._worse >= self.settings.patience:
                self.stopped_early = True
                control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        self._saved_at = self.budget.seconds
        seal = {
            "seconds": self.budget.seconds,
            "worse": self._worse,
            "evaluated_share": self._evaluated_share,
        }
        seal_checkpoint(self.work_folder / f"checkpoint-{state.global_step}", seal)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        row = {
            "step": state.global_step,
            "seconds": round(self.budget.seconds, 1),
            "tokens": int(state.num_input_tokens_seen),
            **(logs or {}),
        }
        with (self.work_folder / "loss.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if "loss" in row:
            self.train_loss = float(row["loss"])
            if not math.isfinite(self.train_loss):
                raise TrainingError(
                    f"the loss is not a number at step {state.global_step}: train with a lower learning rate"
                )

    def load_best(self, model: torch.nn.Module) -> None:
        """Put the weights that did best on held-out data back into the model."""
        path = self.work_folder / "best.safetensors"
        if self.best is not None and path.exists():
            from safetensors.torch import load_file

            model.load_state_dict(load_file(path), strict=False)


def _arguments(settings: FitSettings, budget: Budget, work_folder: Path) -> TrainingArguments:
    cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(work_folder),
        max_steps=budget.steps,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulation,
        max_grad_norm=1.0,
        train_sampling_strategy="group_by_length",
        bf16=(cuda or cpu_has_bf16()) if settings.bf16 is None else settings.bf16,
        use_cpu=not cuda,
        seed=settings.seed,
        logging_steps=10,
        logging_first_step=True,
        logging_nan_inf_filter=False,
        eval_strategy="no",
        save_strategy="no",
        save_total_limit=2,
        prediction_loss_only=True,
        remove_unused_columns=False,
        label_names=["labels"],
        include_num_input_tokens_seen="all",
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
    )


def _optimizer(model: torch.nn.Module, settings: FitSettings, budget: Budget) -> tuple[Any, Any]:
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for weight in trainable if weight.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [weight for weight in trainable if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98))
    return optimizer, LambdaLR(optimizer, learning_rate_factor(budget, settings.warmup_steps))


def _save_trainable(model: torch.nn.Module, path: Path, loss: float) -> None:
    from safetensors.torch import save_file

    beside = path.with_suffix(".tmp")
    weights = {name: weight.detach().clone() for name, weight in model.named_parameters() if weight.requires_grad}
    save_file(weights, beside, metadata={"loss": repr(loss)})
    beside.replace(path)


def _best_loss(path: Path) -> float | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return float(file.metadata()["loss"])
    except (OSError, SafetensorError, KeyError, TypeError):
        return None
