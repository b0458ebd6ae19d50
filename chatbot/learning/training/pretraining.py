"""Pre-training: a base GPT-2 of the user's own, from public dialogue sets, the way the one that ships was made."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.learning.training.failures import user_errors
from data.progress import Report, silent
from finetune.pretrain.pretrain import pretrain as pretrain_base

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home


def pretrain(home: Home, datasets: Path, *, minutes: float, seed: int = 0, report: Report = silent) -> dict[str, Any]:
    """Train a base from scratch into ``bases/<name>/`` of the home; the same call goes on after an interruption.

    ``datasets`` is the folder with the sets that ``finetune.pretrain.datasets`` names, ``minutes`` the time for all
    runs together. Returns the figures, with the folder under ``base``.

    Raises:
        InputError: the folder is not there or lacks a set, the disk is full, or training failed.

    """
    work = home.bases / ".work"
    folder = home.bases / f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with user_errors(home):
        figures = pretrain_base(datasets, work, folder, minutes=minutes, seed=seed, report=report)
    shutil.rmtree(work, ignore_errors=True)
    return {**figures, "base": str(folder)}
