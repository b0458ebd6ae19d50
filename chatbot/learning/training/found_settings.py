"""The settings that a search has found for this desk: ``training.json`` in the home, taken by later runs.

They hold for the base they were found with, and give way to whatever somebody sets. A file that cannot be read, or
holds what is no setting, counts for nothing: training then goes by its own defaults.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from chatbot.home import write_atomically
from finetune.training_settings import METHODS, TrainSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chatbot.home import Home

FILE = "training.json"
NAMES = ("method", "lora_rank", "learning_rate", "batch_size", "weight_decay", "dropout")
"""What a search of settings may find."""
_WORDS = {"method": "method", "lora_rank": "LoRA rank", "learning_rate": "learning rate", "batch_size": "batch size"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What is in the file: settings by name, the base they are for, and when and how they were found."""

    settings: Mapping[str, Any]
    base: str | None
    created: str
    trials: int


def place(home: Home) -> Path:
    """Where it lies."""
    return home.path / FILE


def keep(home: Home, settings: Mapping[str, Any], *, base: str | None, created: str, trials: int) -> None:
    """Make these the desk's settings, in place of earlier ones."""
    told = {"settings": dict(settings), "base": base, "created": created, "trials": trials}
    write_atomically(place(home), json.dumps(told, indent=2) + "\n")


def kept(home: Home) -> Kept | None:
    """What an earlier search found; None where there was none, or the file is not ours."""
    try:
        told = json.loads(place(home).read_text(encoding="utf-8"))
        settings = {str(name): value for name, value in told["settings"].items()}
        found = Kept(settings, told["base"], str(told["created"]), int(told["trials"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if all(_is_setting(name, value) for name, value in settings.items()) else None


def with_found(settings: TrainSettings, found: Kept | None) -> TrainSettings:
    """The settings with what was found for their base, but for what somebody has set."""
    if found is None or found.base != settings.base:
        return settings
    if "method" in settings.given and settings.method != found.settings.get("method", settings.method):
        return settings  # the rates that were found are those of another method
    taken = {name: value for name, value in found.settings.items() if name not in settings.given}
    return replace(settings, **taken, found=tuple(taken))


def sentence(settings: Mapping[str, Any]) -> str:
    """Settings as words: "learning rate 0.001, batch size 4"."""
    return ", ".join(f"{word(name)} {value}" for name, value in settings.items())


def word(name: str) -> str:
    """What a setting is called."""
    return _WORDS.get(name, name.replace("_", " "))


def _is_setting(name: str, value: Any) -> bool:
    if name == "method":
        return value in METHODS
    known = name in NAMES and name in {each.name for each in fields(TrainSettings)}
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return known and number and value >= 0
