"""What is refused of an encoder's folder before anything in it is loaded: code of its own, and pickled weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_OURS = "sentence_transformers."


class UntrustedEncoderError(ValueError):
    """The folder asks for more than to be read; the message says which file, as a part of a sentence."""


def refuse_code(folder: Path) -> None:
    """See that a folder names no class of its own and that its weights are safetensors.

    Raises:
        UntrustedEncoderError: it does, or they are not.

    """
    modules = _read(folder / "modules.json")
    for module in modules if isinstance(modules, list) else []:
        kind = module.get("type") if isinstance(module, dict) else None
        if not (isinstance(kind, str) and kind.startswith(_OURS)):
            raise UntrustedEncoderError(f"{folder / 'modules.json'} asks for code of its own ({str(kind)[:80]!r})")
    for path in sorted(folder.rglob("*config*.json")):
        config = _read(path)
        if isinstance(config, dict) and config.get("auto_map"):
            raise UntrustedEncoderError(f"{path} asks for code of its own (auto_map)")
    for path in sorted(folder.rglob("pytorch_model*.bin")):
        if not any(path.parent.glob("*.safetensors")):
            raise UntrustedEncoderError(f"{path} is pickled; weights must be safetensors")


def _read(path: Path) -> Any:
    """JSON as written; None where it is missing or unreadable, which whoever loads it tells."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
