"""What was asked for when a model is trained, as the command line hands it over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from finetune.train.settings import TrainSettings

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What the user asked of a training run; the same wish goes on where an interrupted one stopped.

    None leaves a setting to the size of the base. ``tracker`` is tensorboard, wandb or none; ``canaries`` is how many
    invented secrets are planted, to see whether the model tells them.
    """

    base: str | None = None
    method: str = "full"
    minutes: float = 30.0
    seed: int = 0
    epochs: int = 4
    learning_rate: float | None = None
    batch_size: int | None = None
    max_tokens: int = 512
    patience: int = 3
    gradient_checkpointing: bool = False
    tracker: str = "tensorboard"
    processes: int = 1
    fsdp: bool = False
    canaries: int = 4

    def settings(self, tracker_folder: Path) -> TrainSettings:
        """The same for the floor that trains."""
        chosen = {name: value for name, value in asdict(self).items() if name != "canaries"}
        return TrainSettings(**chosen, tracker_folder=tracker_folder)


def _lasting(request: TrainingRequest) -> dict[str, Any]:
    """What makes two wishes the same run: everything but its length."""
    return {name: value for name, value in asdict(request).items() if name != "minutes"}
