"""Pre-training: a base GPT-2 of the user's own, from public dialogue sets, the way the one that ships was made."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.learning.training.failures import user_errors
from chatbot.learning.training.settings_search import SHARE
from data.progress import Report, silent
from finetune.pretrain.pretrain import pretrain as pretrain_base
from finetune.search.size import SIZE, search_size

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home


def pretrain(
    home: Home, datasets: Path, *, minutes: float, seed: int = 0, search: int = 0, report: Report = silent
) -> dict[str, Any]:
    """Train a base from scratch into ``bases/<name>/`` of the home; the same call goes on after an interruption.

    ``datasets`` is the folder with the sets that ``finetune.pretrain.datasets`` names, ``minutes`` the time for all
    runs together. With ``search`` half of it goes to so many trials of sizes, and the best is trained in the rest.
    Returns the figures, with the folder under ``base`` and what the search came to, or None, under ``search``.

    Raises:
        InputError: the folder is not there or lacks a set, the disk is full, or training failed.

    """
    work = home.bases / ".work"
    folder = home.bases / f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with user_errors(home):
        found = None
        chosen: dict[str, Any] = {}
        if search:
            began, allowed = time.monotonic(), SHARE * minutes
            found = search_size(
                datasets,
                work,
                trials=search,
                minutes=allowed / search,
                seed=seed,
                enough=lambda: time.monotonic() - began >= 60 * allowed,
                report=report,
            )
            minutes -= allowed
            best = found.best.settings
            chosen = {"size": {name: best[name] for name in SIZE}, "learning_rate": best["learning_rate"]}
        figures = pretrain_base(datasets, work, folder, minutes=minutes, seed=seed, report=report, **chosen)
    shutil.rmtree(work, ignore_errors=True)
    return {**figures, "base": str(folder), "search": found.to_json() if found else None}
