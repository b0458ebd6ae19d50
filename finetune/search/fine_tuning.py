"""Which settings of fine-tuning suit a desk: rate, batch size, decay, and whether all weights are trained or LoRA's.

Every trial is the real thing, only shorter: the same base, the same examples, the same minutes. The first one is what
would have been done without a search, so that the best is never worse than that on what it was judged by. Rates are
searched around what the method and the size of the base take anyway, a fifth to five times of it, because they differ
by a factor of four between methods and of ten between sizes.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from data.progress import Report, silent
from finetune.model.loading import load_base
from finetune.search.study import Found, Search, run
from finetune.train.fine_tune import fine_tune, fingerprint
from finetune.train.resolve import check, resolved
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import optuna

    from finetune.examples import Example

_METHODS = ("full", "lora")
"""A prefix learns too slowly for short trials."""
_RANKS = (4, 8, 16, 32)
_RATE = (0.2, 5.0)
_BATCH = (0.5, 1.0, 2.0)
_SHARES = {"weight_decay": (0.0, 0.2), "dropout": (0.0, 0.3)}
"""Searched as they are, where there is such a setting."""
_AFTERWARDS: dict[str, Any] = {"preferences": False, "soup": 1, "distil": False}
"""What builds on a training that is over, or on several: no part of a trial."""
_FIELDS = frozenset(each.name for each in fields(TrainSettings))


def search_settings(
    train: Sequence[Example],
    heldout: Sequence[Example],
    settings: TrainSettings,
    work_folder: Path,
    *,
    minutes: float,
    enough: Callable[[], bool],
    report: Report = silent,
) -> Found:
    """Try ``settings.search`` settings, each for some minutes; what ``settings.given`` names stays as it is.

    The same call goes on after an interruption. Losses are nats per labelled token of the same held-out examples.

    Raises:
        TrainingError: the settings do not go together, or no trial could be trained.

    """
    check(settings)
    plain = {name: value for name, value in _AFTERWARDS.items() if name in _FIELDS}
    base = replace(settings, search=0, tracker="none", tracker_folder=None, **plain)
    parameters = sum(weight.numel() for weight in load_base(settings.base)[0].parameters())
    trial_folder = work_folder / "trial"

    def attempt(values: Mapping[str, Any], minutes: float, report: Report) -> float | None:
        chosen = replace(base, **values, minutes=minutes)
        return fine_tune(train, heldout, chosen, trial_folder, report).fit.heldout_loss

    return run(
        Search(
            work_folder,
            fingerprint(train, base),
            settings.search,
            minutes,
            seed=settings.seed,
            enough=enough,
        ),
        lambda trial: _suggested(trial, base, parameters),
        attempt,
        log_folder=trial_folder,
        first=[_as_it_is(base, parameters)],
        report=report,
    )


def _suggested(trial: optuna.Trial, settings: TrainSettings, parameters: int) -> dict[str, Any]:
    """What this trial changes."""
    free = _FIELDS - set(settings.given)
    chosen: dict[str, Any] = {}
    if "method" in free:
        chosen["method"] = trial.suggest_categorical("method", _METHODS)
    if chosen.get("method", settings.method) == "lora":
        chosen["lora_rank"] = trial.suggest_categorical("lora_rank", _RANKS)
    usual = resolved(_usual(settings, chosen.get("method", settings.method)), parameters)
    if "learning_rate" in free:
        rate = usual.learning_rate * trial.suggest_float("learning_rate", *_RATE, log=True)
        chosen["learning_rate"] = float(f"{rate:.3g}")
    if "batch_size" in free:
        chosen["batch_size"] = max(1, round(usual.batch_size * trial.suggest_categorical("batch_size", _BATCH)))
    for name, limits in _SHARES.items():
        if name in free:
            chosen[name] = round(trial.suggest_float(name, *limits), 3)
    return chosen


def _as_it_is(settings: TrainSettings, parameters: int) -> dict[str, Any]:
    """The values that change nothing, as a trial takes them."""
    usual = resolved(_usual(settings, settings.method), parameters)
    same = {name: getattr(usual, name) for name in _SHARES if name in _FIELDS}
    return {
        "method": settings.method,
        "lora_rank": settings.lora_rank,
        "learning_rate": (settings.learning_rate or usual.learning_rate) / usual.learning_rate,
        "batch_size": 1.0,
        **{name: value for name, value in same.items() if value is not None},
    }


def _usual(settings: TrainSettings, method: Any) -> TrainSettings:
    """The settings with a rate and a batch size by the method and the size of the base."""
    return replace(settings, method=method, learning_rate=None, batch_size=None)
