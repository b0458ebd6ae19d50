"""A model version as the dialogue uses it: its voice, and what it foretells where its tokenizer allows that.

torch is imported when one is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.dialogue.foretelling import Foreteller
    from chatbot.dialogue.voice import Voice


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What serves of a version; all None where none does. ``notes`` says what is missing."""

    name: str | None = None
    voice: Voice | None = None
    foreteller: Foreteller | None = None
    notes: tuple[str, ...] = ()


def load_model(folder: Path) -> ServedModel:
    """The version in ``folder``; one that cannot be used is noted and done without."""
    from chatbot.dialogue.completion import SECONDS
    from chatbot.dialogue.foretelling import Foreteller
    from chatbot.dialogue.vocabulary import UnfitTokenizerError
    from chatbot.dialogue.voice import Voice
    from chatbot.engine.door import inline
    from chatbot.engine.torch_runner import TorchRunner
    from finetune import checkpoint

    name = folder.name
    try:
        model, tokenizer, _ = checkpoint.load(folder)
    except (checkpoint.CheckpointError, OSError) as error:
        return ServedModel(notes=(f"The model {name} cannot be used ({error}); answering from retrieval only.",))
    client = inline(TorchRunner(model, name=name))
    voice = Voice(client, tokenizer)
    try:
        foreteller = Foreteller(client, tokenizer, seconds=SECONDS)
    except UnfitTokenizerError as error:
        return ServedModel(name, voice, notes=(f"The model {name} cannot complete drafts: {error}.",))
    return ServedModel(name, voice, foreteller)
