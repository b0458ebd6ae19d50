"""Writers in the home folder: models that make texts of outlines, kept, listed and loaded. Trains none.

They lie beside the model versions and not among them, so that none can be made to serve customers.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatbot.errors import InputError, NameTakenError, NotFoundError
from chatbot.home import is_version_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from chatbot.dialogue.check.copying import LearntRuns
    from chatbot.dialogue.write.writer import Writer
    from chatbot.home import Home
    from finetune.model.checkpoint import Manifest

_RUNS_FILE = "learnt.safetensors"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a writer needs beside its weights: what it learnt, the words of each length, and the tones there were."""

    learnt: LearntRuns
    lengths: Mapping[str, float]
    tones: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For the manifest; the runs have a file of their own."""
        return {"source": self.learnt.source, "lengths": dict(self.lengths), "tones": list(self.tones)}


def folder_of(home: Home) -> Path:
    """Where writers lie, one folder each."""
    return home.models / "writers"


def writers(home: Home) -> dict[str, Manifest]:
    """All whole writers by name, oldest first."""
    from finetune.model.checkpoint import list_versions

    found = list_versions(folder_of(home))
    return {name: found[name] for name in sorted(found, key=lambda name: found[name].created)}


def check_free(home: Home, name: str) -> None:
    """See that a new writer can have this name.

    Raises:
        InputError: nothing can be called so.
        NameTakenError: there is one.

    """
    if not is_version_name(name):
        raise InputError(
            f"{name[:80]!r} cannot be the name of a writer: --name takes letters, digits, dots, - and _, a letter or "
            "digit first."
        )
    if (folder_of(home) / name).exists():
        raise NameTakenError(
            f"There is a writer {name!r} already. Give this one another name (--name), or delete the other: "
            f"{folder_of(home) / name}."
        )


def save(
    home: Home,
    name: str,
    model: Any,
    tokenizer: Any,
    kept: Kept,
    *,
    created: str,
    base: str,
    method: str,
    settings: Mapping[str, Any],
    figures: Mapping[str, Any],
) -> None:
    """Write a writer's folder, the manifest last, and read it back; what fails leaves nothing."""
    from safetensors.numpy import save_file

    from finetune.model.checkpoint import WRITER, load_weights, save_weights, write_manifest

    folder = folder_of(home) / name
    folder.mkdir(parents=True)
    try:
        save_weights(model, tokenizer, folder)
        save_file({"hashes": kept.learnt.hashes, "lines": kept.learnt.lines}, folder / _RUNS_FILE)
        told = {**settings, **kept.to_json()}
        write_manifest(folder, created=created, base=base, method=method, settings=told, figures=figures, kind=WRITER)
        load_weights(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def chosen(home: Home, name: str | None) -> str:
    """The writer of this name, or the newest.

    Raises:
        NotFoundError: there is none; the message says which there are.
        InputError: it is damaged.

    """
    from finetune.model.checkpoint import damaged_versions

    found = writers(home)
    damaged = damaged_versions(folder_of(home))
    if name in damaged:
        raise InputError(f"The writer {name!r} is damaged ({damaged[name]}): train it again under another name.")
    if not found:
        raise NotFoundError("There is no writer yet: `understudy train --pairs FILE` makes one (docs/writing.md).")
    if name is None:
        return list(found)[-1]
    if name not in found:
        raise NotFoundError(f"There is no writer {name[:80]!r}; there is {_listed(found)}.")
    return name


def load(home: Home, name: str) -> Writer:
    """A writer, ready to write.

    Raises:
        InputError: it cannot be used.

    """
    from safetensors.numpy import load_file

    from chatbot.dialogue.check.copying import LearntRuns
    from chatbot.dialogue.write.writer import Writer
    from chatbot.engine.client import inline
    from chatbot.engine.runners.numpy_runner import NumpyRunner
    from finetune.model.checkpoint import CheckpointError, load_weights

    folder = folder_of(home) / name
    try:
        weights, tokenizer, manifest = load_weights(folder)
        arrays = load_file(folder / _RUNS_FILE)
        learnt = LearntRuns(arrays["hashes"], arrays["lines"], str(manifest.settings["source"]))
        lengths = {str(key): float(words) for key, words in manifest.settings["lengths"].items()}
    except (CheckpointError, OSError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"The writer {name} cannot be used ({problem}): train it again.") from problem
    return Writer(inline(NumpyRunner(weights, name=name)), tokenizer, learnt, lengths)


def tones(home: Home, name: str) -> tuple[str, ...]:
    """The tones that a writer learnt."""
    return tuple(writers(home)[name].settings.get("tones", ()))


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
