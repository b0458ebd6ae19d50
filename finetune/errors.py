"""Errors of training, with messages that a person can act on."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DISK = ("inline_container", "PytorchStreamWriter", "I/O error", "No space left")  # torch's and safetensors' words
_MEMORY = ("out of memory", "can't allocate memory", "Cannot allocate memory")


class TrainingError(RuntimeError):
    """Training cannot start or go on; the message says why and what to do."""


def explained(problem: Exception, folder: Path, needed: int) -> TrainingError | None:
    """The error for a full disk or memory; None for any other problem.

    ``needed`` is how many bytes the checkpoints in ``folder`` take.
    """
    text = str(problem)
    if isinstance(problem, MemoryError) or any(words in text for words in _MEMORY):
        return TrainingError(
            "the memory is full: train with a smaller batch, shorter examples, gradient checkpointing, "
            "or the method lora or prefix"
        )
    writing = isinstance(problem, OSError) and not isinstance(problem, ConnectionError)
    if writing or any(words in text for words in _DISK):
        full = isinstance(problem, OSError) and problem.errno in _FULL
        free = shutil.disk_usage(folder).free if folder.is_dir() else 0
        reason = "the disk is full" if full or free < needed else f"writing failed ({problem})"
        return TrainingError(
            f"{reason}: checkpoints in {folder} need {_mib(needed)}, {_mib(free)} are free; "
            "make room and train again, it goes on from the last whole checkpoint"
        )
    return None


def check_room(folder: Path, needed: int) -> None:
    """See that ``needed`` bytes fit beside what is there.

    Raises:
        TrainingError: they do not.

    """
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingError(f"{folder} has {_mib(free)} free; the checkpoints of training need {_mib(needed)}")


def _mib(size: int) -> str:
    return f"{max(1, size >> 20)} MiB"
