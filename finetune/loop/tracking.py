"""Where a run's loss curves can be watched: TensorBoard files where it is installed, Weights & Biases by name.

The callbacks are the Trainer's own, the ones its ``report_to`` picks by the same names. They are made here so that the
folder is ours to choose and Weights & Biases stays off the network unless the user has given it a key.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from typing import TYPE_CHECKING, Any

from finetune.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACKERS = ("tensorboard", "wandb", "none")


def check_tracker(tracker: str) -> None:
    """See that a tracker can be used here.

    Raises:
        TrainingError: it is unknown, or its package is not installed.

    """
    if tracker not in TRACKERS:
        raise TrainingError(f"unknown tracker {tracker!r}: choose {', '.join(TRACKERS[:-1])} or {TRACKERS[-1]}")
    if tracker != "none" and importlib.util.find_spec(tracker) is None:
        raise TrainingError(
            f"{tracker} is not installed: run `pip install {tracker}`, or train with another tracker "
            f"({', '.join(name for name in TRACKERS if name != tracker)})"
        )


@contextlib.contextmanager
def tracking(tracker: str, folder: Path, *, step: int) -> Iterator[list[Any]]:
    """Trainer callbacks that write curves into ``folder``, closed at the end whatever happens.

    ``step`` is where the run goes on: TensorBoard drops what an interrupted run wrote after it.
    """
    if tracker == "tensorboard":
        from torch.utils.tensorboard import SummaryWriter
        from transformers.integrations import TensorBoardCallback

        with SummaryWriter(log_dir=str(folder), purge_step=step + 1 if step else None) as writer:
            yield [TensorBoardCallback(writer)]
    elif tracker == "wandb":
        with _wandb_run(folder) as callback:
            yield [callback]
    else:
        yield []


@contextlib.contextmanager
def _wandb_run(folder: Path) -> Iterator[Any]:
    """A run below ``folder``; without WANDB_API_KEY it is only written there, and `wandb sync` can send it later."""
    if not os.environ.get("WANDB_API_KEY"):
        os.environ.setdefault("WANDB_MODE", "offline")
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    import wandb
    from transformers.integrations import WandbCallback

    folder.mkdir(parents=True, exist_ok=True)
    run = wandb.init(
        project=os.environ.get("WANDB_PROJECT", "understudy"),
        name=folder.name,  # runs of one desk stand side by side by this, as they do in TensorBoard by their folders
        dir=str(folder),
        settings=wandb.Settings(silent=True, console="off", disable_git=True, save_code=False, x_disable_stats=True),
    )
    try:
        yield WandbCallback()
    finally:
        run.finish()
