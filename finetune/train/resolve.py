"""Whether settings go together and with this machine, and what the size of the base decides where they do not."""

from __future__ import annotations

from dataclasses import asdict

import torch

from finetune.augment.augmented import named
from finetune.errors import TrainingError
from finetune.loop.fit_settings import FitSettings
from finetune.loop.tracking import check_tracker
from finetune.training_settings import METHODS, OPTIMIZERS, TrainSettings

_SMALL = 40_000_000  # parameters; below it a model bears, and needs, higher rates and larger batches
_RATES = {
    ("full", True): 5e-4,
    ("full", False): 6e-5,
    ("lora", True): 2e-3,
    ("lora", False): 5e-4,
    ("ia3", True): 2e-2,
    ("ia3", False): 5e-3,
    ("prefix", True): 1e-2,
    ("prefix", False): 5e-3,
}


def check(settings: TrainSettings) -> None:
    """See that settings go together and with this machine.

    Raises:
        TrainingError: they do not.

    """
    if settings.method not in METHODS:
        raise TrainingError(f"unknown method {settings.method!r}: choose {', '.join(METHODS[:-1])} or {METHODS[-1]}")
    if settings.optimizer not in OPTIMIZERS:
        raise TrainingError(f"unknown optimizer {settings.optimizer!r}: choose {' or '.join(OPTIMIZERS)}")
    check_tracker(settings.tracker)
    named(settings)
    if settings.processes < 1:
        raise TrainingError(f"{settings.processes} processes cannot train: set 1 or more")
    if torch.cuda.is_available() and settings.processes > torch.cuda.device_count():
        raise TrainingError(f"{settings.processes} processes need as many GPUs, here are {torch.cuda.device_count()}")
    if settings.fsdp and settings.processes == 1:
        raise TrainingError("fsdp divides a model among processes: set processes to the number of GPUs")
    _check_methods(settings)
    _check_smaller(settings)


def _check_methods(settings: TrainSettings) -> None:
    if settings.preferences and (settings.method == "prefix" or settings.processes > 1):
        raise TrainingError(
            "preferences are learnt by weights in one process: use the method lora or full, processes 1"
        )
    if settings.method == "prefix" and (settings.gradient_checkpointing or settings.fsdp):
        raise TrainingError("a prefix is trained without gradient checkpointing and fsdp: leave them off, or use lora")
    if settings.method == "prefix" and settings.prefix_tokens < 1:
        raise TrainingError("a prefix has at least 1 token: set prefix_tokens")
    if settings.method == "prefix" and (settings.freeze or settings.soup > 1):
        raise TrainingError("a prefix has no layers to freeze or to average: leave freeze and soup off, or use lora")
    if settings.fsdp and (settings.adversarial or settings.ema or settings.teachers or settings.distil):
        raise TrainingError("adversarial, ema and distil need the whole model in each process: leave them off, or fsdp")
    if settings.distil and settings.soup == 1:
        raise TrainingError("distil learns from several models: set soup to 2 or more")


def _check_smaller(settings: TrainSettings) -> None:
    if not (0 <= settings.prune < 1 and 0 <= settings.sparse < 1):
        raise TrainingError("all of a model cannot be left out: set prune and sparse to shares from 0 to below 1")
    if settings.prune_layers < 0:
        raise TrainingError(f"{settings.prune_layers} layers cannot be left out: set 0 or more")
    if settings.sparse and (settings.method != "full" or settings.fsdp or settings.optimizer != "adamw"):
        raise TrainingError("weights stay at nought where AdamW trains all of them: use sparse with full, without fsdp")
    if settings.learn_from_unpruned and settings.fsdp:
        raise TrainingError("learn_from_unpruned needs the whole model in each process: leave it off, or fsdp")
    if settings.learn_from_unpruned and not (settings.prune or settings.prune_layers or settings.sparse):
        raise TrainingError("learn_from_unpruned is for a model of which something is left out: set prune")


def resolved(settings: TrainSettings, parameters: int) -> FitSettings:
    """The settings with what the size of the base (``parameters``) decides."""
    small = parameters < _SMALL
    accumulation = settings.accumulation or (1 if small else 8)
    decided = {
        "learning_rate": settings.learning_rate or _RATES[settings.method, small],
        "batch_size": settings.batch_size or (8 if small else 2),
        "accumulation": max(1, accumulation // settings.processes),
    }
    return FitSettings(**{**asdict(settings), **decided})
