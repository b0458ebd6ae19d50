"""Turns errors of a training run into messages that say what to do, and that what served goes on serving."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from chatbot.errors import InputError
from finetune.errors import TrainingError
from finetune.model.checkpoint import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatbot.home import Home

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def user_errors(home: Home) -> Iterator[None]:
    """Raise an ``InputError`` for every error of training that a user can act on; the others pass."""
    try:
        yield
    except Exception as problem:
        sentence = _sentence(home, problem)
        if sentence is None:
            raise
        serving = home.current().model
        kept = f" {serving} goes on serving." if serving else ""
        raise InputError(f"{sentence}{kept}") from problem


def _sentence(home: Home, problem: Exception) -> str | None:
    if isinstance(problem, TrainingError | CheckpointError):
        said = str(problem)
        return f"{said[:1].upper()}{said[1:]}".rstrip(".") + "."
    if isinstance(problem, torch.OutOfMemoryError):
        return (
            "The accelerator's memory is too small for this: choose a smaller --batch-size or --max-tokens, "
            "--gradient-checkpointing, or --method lora."
        )
    full = isinstance(problem, OSError) and problem.errno in _FULL
    if full or "No space left" in str(problem):  # safetensors has an error of its own
        return f"The disk of {home.path} is full: make room, then the same command goes on from where it stopped."
    return None
