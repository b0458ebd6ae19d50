"""What is refused of a model folder before anything in it is loaded: whatever would run its code or lead elsewhere.

A folder may come from anywhere. Weights are safetensors and the rest is JSON, and no class is taken from the folder.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

NO_CODE = {"trust_remote_code": False}
"""For every ``from_pretrained``: without it transformers asks on the terminal."""

_CONFIGS = ("config.json", "tokenizer_config.json", "generation_config.json", "processor_config.json")


class UntrustedModelError(ValueError):
    """The folder asks for more than to be read; the message says which file, as a part of a sentence."""


def refuse_code(folder: Path) -> None:
    """See that a folder asks for no code of its own and for no other folder; one that is not there passes.

    Raises:
        UntrustedModelError: it does.

    """
    for name in _CONFIGS:
        refuse_auto_map(_read(folder / name), f"{folder / name}")
    if (folder / "adapter_config.json").exists():
        raise UntrustedModelError(
            f"{folder / 'adapter_config.json'} names another model to load: merge the adapter into its base"
        )


def refuse_auto_map(config: dict[str, Any], where: str) -> None:
    """See that a config names no classes of its own.

    Raises:
        UntrustedModelError: it does.

    """
    for key in ("auto_map", "custom_pipelines"):
        if config.get(key):
            raise UntrustedModelError(
                f"{where} asks for code of its own ({key}), which is never run: take a plain GPT-2, or delete that "
                "entry if the weights are one"
            )


def _read(path: Path) -> dict[str, Any]:
    """A config as written; empty where it is missing or unreadable, which whoever loads it tells."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
