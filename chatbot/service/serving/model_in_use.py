"""Loads a model version for the dialogue: to write replies, and to complete drafts where its tokenizer allows that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.engine.client import Client, Inline
from chatbot.engine.engine import Engine
from chatbot.service.serving.available_memory import available_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chatbot.dialogue.complete.model_completions import ModelCompleter
    from chatbot.dialogue.write.language_model import ReplyModel
    from chatbot.engine.client import Host

_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What serves of a version; all None where none does. ``notes`` says what is missing."""

    name: str | None = None
    reply_model: ReplyModel | None = None
    completer: ModelCompleter | None = None
    notes: tuple[str, ...] = ()
    engine: Engine | None = None


def load_model(
    folder: Path,
    *,
    hosting: Callable[[Engine], Host] = Inline,
    free: Callable[[], int | None] = available_memory,
    threads: int = 1,
) -> ServedModel:
    """The version in ``folder``; one that cannot be used is noted and done without.

    Args:
        folder: the version's.
        hosting: what steps its engine: whoever waits for it, or a server's worker.
        free: the memory there is, bytes; None where nobody knows.
        threads: of the engine. One beside a server's other work: two that wait for each other are slower than one.

    """
    from chatbot.dialogue.complete.byte_vocabulary import UnfitTokenizerError
    from chatbot.dialogue.complete.completer import SECONDS
    from chatbot.dialogue.complete.model_completions import ModelCompleter
    from chatbot.dialogue.write.language_model import ReplyModel
    from chatbot.engine.runners.choose import choose_runner
    from finetune.compress.int8 import quantised, read_quantised
    from finetune.model import checkpoint
    from finetune.model.packed import is_packed

    name = folder.name
    if problem := too_large(folder, free()):
        return ServedModel(notes=(f"{problem} Answering from retrieval only.",))
    try:
        weights, tokenizer, manifest = checkpoint.load_weights(folder)
        rounded = quantised(weights) if is_packed(folder) else read_quantised(folder, manifest.files)
    except (checkpoint.CheckpointError, OSError) as error:
        return ServedModel(notes=(f"The model {name} cannot be used ({error}); answering from retrieval only.",))
    chosen = choose_runner(weights, name=name, rounded=rounded, threads=threads)
    notes = (f"The model {name}: {chosen.sentence()}",) if chosen.slower else ()
    engine = Engine(chosen.runner)
    client = Client(hosting(engine))
    reply_model = ReplyModel(client, tokenizer)
    try:
        completer = ModelCompleter(client, tokenizer, seconds=SECONDS)
    except UnfitTokenizerError as error:
        unfit = f"The model {name} cannot complete drafts: {error}."
        return ServedModel(name, reply_model, notes=(*notes, unfit), engine=engine)
    return ServedModel(name, reply_model, completer, notes, engine)


def too_large(folder: Path, free: int | None) -> str | None:
    """What to tell of a version that needs more memory than there is; None where it fits or nobody knows."""
    from finetune.model.memory_needed import needed_bytes

    needed = needed_bytes(folder)
    if free is None or needed <= free:
        return None
    return (
        f"The model {folder.name} needs about {needed / _MEBIBYTE:,.0f} MiB to load and {free / _MEBIBYTE:,.0f} MiB "
        "are free: give the server more memory, or `understudy models rollback`."
    )
