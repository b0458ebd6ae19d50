"""What one run of the training loop is given, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass

from finetune.training_settings import TrainSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings(TrainSettings):
    """The settings of a run with nothing left open, and what only the loop has to know.

    A batch holds ``batch_size`` examples on average, a step ``accumulation`` batches in each of ``processes``.
    """

    learning_rate: float
    batch_size: int
    accumulation: int = 1
    warmup_steps: int = 20


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
