"""Which size of GPT-2 learns most in the time there is: layers, width, heads and context of a base from scratch.

What wins in short trials is smaller than what would win in the whole time, for small models learn fast and then stop;
so a search is worth its time for a base that is to be trained for hours, in trials of many minutes. Heads are always 64
wide, as in every GPT-2.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import torch

from data.progress import Report, silent
from finetune.library_logs import quiet
from finetune.pretrain.base_fit import CONTEXT_TOKENS, LEARNING_RATE, base_settings, fit_base
from finetune.pretrain.pretrain import new_model, prepare
from finetune.search.study import Found, Search, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import optuna

HEAD = 64
LAYERS = (2, 3, 4, 6, 8, 12)
WIDTHS = (128, 192, 256, 384, 512, 768)
CONTEXTS = (512, CONTEXT_TOKENS)
SIZE = ("layers", "width", "heads", "context")
"""Of what is found, the parts that ``new_model`` takes; the rest is how it is trained."""
_RATE = (0.3, 3.0)
_FIRST = {"layers": 6, "width": 384, "context": CONTEXT_TOKENS, "learning_rate": 1.0}


def search_size(
    datasets: Path,
    work: Path,
    *,
    trials: int,
    minutes: float,
    seed: int = 0,
    examples: int = 60_000,
    enough: Callable[[], bool],
    report: Report = silent,
) -> Found:
    """Try ``trials`` sizes, each for some minutes, on the examples in ``work``, which are made where there are none.

    The same call goes on after an interruption. Losses are nats per token of the same held-out answers.

    Raises:
        TrainingError: no trial could be trained.

    """
    tokenizer, train, heldout = prepare(datasets, work, count=examples, seed=seed)
    folder = work / "search"
    trial_folder = folder / "trial"

    def attempt(values: Mapping[str, Any], minutes: float, report: Report) -> float | None:
        _begin(trial_folder, values)
        torch.manual_seed(seed)
        settings = base_settings(learning_rate=values["learning_rate"], minutes=minutes, seed=seed + 1)
        with quiet():
            model = new_model(tokenizer, **{name: values[name] for name in SIZE})
            return fit_base(model, tokenizer, train, heldout, settings, trial_folder, report).heldout_loss

    return run(
        Search(folder, f"size {seed}", trials, minutes, seed=seed, enough=enough),
        _suggested,
        attempt,
        log_folder=trial_folder,
        first=[_FIRST],
        report=report,
    )


def _suggested(trial: optuna.Trial) -> dict[str, Any]:
    width = trial.suggest_categorical("width", WIDTHS)
    rate = LEARNING_RATE * trial.suggest_float("learning_rate", *_RATE, log=True)
    return {
        "layers": trial.suggest_categorical("layers", LAYERS),
        "width": width,
        "heads": width // HEAD,
        "context": trial.suggest_categorical("context", CONTEXTS),
        "learning_rate": float(f"{rate:.3g}"),
    }


def _begin(folder: Path, values: Mapping[str, Any]) -> None:
    """Clear the folder of another trial's checkpoints; those of this one, interrupted, are gone on from."""
    note = folder / "values.json"
    told = json.dumps(dict(values), sort_keys=True)
    if note.exists() and note.read_text(encoding="utf-8") == told:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    note.write_text(told, encoding="utf-8")
