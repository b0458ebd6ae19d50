"""The search of a training run: half of the training's time goes to it, and what it finds becomes the desk's."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chatbot.learning.training import found_settings
from finetune.search.fine_tuning import search_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from chatbot.home import Home
    from data.progress import Report
    from finetune.examples import Example
    from finetune.search.study import Found
    from finetune.training_settings import TrainSettings

SHARE = 0.5
"""Of the minutes of training that a search may take; what it leaves, by trials cut short, is the training's."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The settings to train with, what was found, and the minutes it took."""

    settings: TrainSettings
    found: Found
    minutes: float


def searched(
    home: Home,
    settings: TrainSettings,
    train: Sequence[Example],
    stopping: Sequence[Example],
    work: Path,
    report: Report,
) -> Searched:
    """Search within ``SHARE`` of the settings' minutes, keep what is best as the desk's, and give it back.

    Raises:
        TrainingError: no trial could be trained.

    """
    began, allowed = time.monotonic(), SHARE * settings.minutes
    found = search_settings(
        train,
        stopping,
        settings,
        work / "search",
        minutes=allowed / settings.search,
        enough=lambda: time.monotonic() - began >= 60 * allowed,
        report=report,
    )
    values = dict(found.best.settings)
    found_settings.keep(
        home,
        values,
        base=settings.base,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        trials=len(found.trials),
    )
    taken = min((time.monotonic() - began) / 60, allowed)
    return Searched(replace(settings, **values, found=tuple(values)), found, taken)


def plan_sentence(trials: int) -> str:
    """How the time of training is divided, told beforehand."""
    return f"Half of the time to train goes to {trials} trials of settings, the rest to training with the best."


def result_sentence(found: dict[str, Any]) -> str:
    """What a search came to, for a person; ``found`` is that of a report."""
    trials, best, first = found["trials"], found["best"], found["trials"][0]
    ends = [each["outcome"] for each in trials]
    counts = f"{ends.count('cut short')} cut short, {ends.count('failed')} failed"
    gain = "" if first["loss"] is None else f", {first['loss']:.3f} without a change"
    return (
        f"{len(trials)} of {found['wanted']} trials of {60 * found['minutes']:.0f} s ({counts}). Best is number "
        f"{best['number']}: held-out loss {best['loss']:.3f}{gain}; {found_settings.sentence(best['settings'])}."
    )
