"""What can be chosen when a GPT-2 is fine-tuned, what goes together, and what the size of the base decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from finetune.errors import TrainingError
from finetune.loop.settings import FitSettings
from finetune.loop.tracking import check_tracker
from finetune.train.methods import METHODS

if TYPE_CHECKING:
    from pathlib import Path

_SMALL = 40_000_000  # parameters; below it a model bears, and needs, higher rates and larger batches
_RATES = {
    ("full", True): 5e-4,
    ("full", False): 6e-5,
    ("lora", True): 2e-3,
    ("lora", False): 5e-4,
    ("prefix", True): 1e-2,
    ("prefix", False): 5e-3,
}


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to fine-tune; None lets the size of the base decide.

    ``minutes`` is wall-clock time for training itself; ``max_tokens`` the length of an example; ``batch_size`` examples
    at once, ``accumulation`` batches a step; ``patience`` evaluations without gain end the run. ``tracker``:
    "tensorboard", "wandb" or "none", its files in ``tracker_folder`` (None: the work folder).
    """

    base: str | None = None
    method: str = "full"
    minutes: float | None = 20.0
    seed: int = 0
    max_tokens: int = 512
    epochs: int = 4
    max_steps: int | None = None
    learning_rate: float | None = None
    batch_size: int | None = None
    accumulation: int | None = None
    lora_rank: int = 16
    patience: int = 3
    evaluations: int = 6
    save_minutes: float = 3.0
    bf16: bool | None = None
    gradient_checkpointing: bool = False
    prefix_tokens: int = 16
    tracker: str = "tensorboard"
    tracker_folder: Path | None = None
    processes: int = 1
    fsdp: bool = False


def check(settings: TrainSettings) -> None:
    """See that settings go together and with this machine.

    Raises:
        TrainingError: they do not.

    """
    if settings.method not in METHODS:
        raise TrainingError(f"unknown method {settings.method!r}: choose {', '.join(METHODS[:-1])} or {METHODS[-1]}")
    check_tracker(settings.tracker)
    if settings.processes < 1:
        raise TrainingError(f"{settings.processes} processes cannot train: set 1 or more")
    if torch.cuda.is_available() and settings.processes > torch.cuda.device_count():
        raise TrainingError(f"{settings.processes} processes need as many GPUs, here are {torch.cuda.device_count()}")
    if settings.fsdp and settings.processes == 1:
        raise TrainingError("fsdp divides a model among processes: set processes to the number of GPUs")
    if settings.method == "prefix" and (settings.gradient_checkpointing or settings.fsdp):
        raise TrainingError("a prefix is trained without gradient checkpointing and fsdp: leave them off, or use lora")
    if settings.method == "prefix" and settings.prefix_tokens < 1:
        raise TrainingError("a prefix has at least 1 token: set prefix_tokens")


def fit_settings(settings: TrainSettings, parameters: int) -> FitSettings:
    """The settings with what the size of the base (``parameters``) decides."""
    small = parameters < _SMALL
    accumulation = settings.accumulation or (1 if small else 8)
    return FitSettings(
        minutes=settings.minutes,
        max_steps=settings.max_steps,
        epochs=settings.epochs,
        learning_rate=settings.learning_rate or _RATES[settings.method, small],
        batch_size=settings.batch_size or (8 if small else 2),
        accumulation=max(1, accumulation // settings.processes),
        warmup_steps=20,
        weight_decay=0.01,
        seed=settings.seed,
        save_minutes=settings.save_minutes,
        evaluations=settings.evaluations,
        patience=settings.patience,
        bf16=settings.bf16,
        gradient_checkpointing=settings.gradient_checkpointing,
        tracker=settings.tracker,
        tracker_folder=settings.tracker_folder,
        processes=settings.processes,
        fsdp=settings.fsdp,
    )
