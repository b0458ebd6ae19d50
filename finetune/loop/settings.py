"""What one run of the training loop is given, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How to fit.

    ``epochs`` caps passes over the data; ``patience`` evaluations without gain end it (0 = never). A batch holds
    ``batch_size`` examples on average, a step ``accumulation`` batches in each of ``processes``. ``tracker``: see
    tracking.py, its files go into ``tracker_folder`` (None: the work folder).
    """

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
    gradient_checkpointing: bool = False
    tracker: str = "none"
    tracker_folder: Path | None = None
    processes: int = 1
    fsdp: bool = False


@dataclass(frozen=True, slots=True)
class FitResult:
    """What a run came to.

    Losses are nats per labelled token, None where never measured; ``tokens`` were learnt from, padding not counted.
    """

    steps: int
    seconds: float
    tokens: int
    train_loss: float | None
    heldout_loss: float | None
    stopped_early: bool
    resumed_from: int
