"""Model versions in the home folder: promoted, rolled back, made of our base. Trains and measures nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.home import copy_privately

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Current, Home
    from finetune.compress.pack import Bits
    from finetune.model.checkpoint import Manifest

OUR_BASE = "understudy-base"


def promote(home: Home, name: str, *, over: Current | None = None) -> None:
    """Let a model version serve after checking its files.

    Raises:
        NotFoundError: no such version.
        InputError: its files are not what its manifest says, or it is none that replies.

    """
    from finetune.model.checkpoint import REPLIES, CheckpointError, verify

    folder = home.version(home.models, name)
    if not folder.is_dir():
        raise NotFoundError(f"No model {name!r} here; `understudy models list` shows what there is.")
    try:
        kind = verify(folder).kind
    except CheckpointError as problem:
        raise InputError(str(problem)) from problem
    if kind != REPLIES:
        raise InputError(f"{name} is a {kind}, made to write texts from outlines: it does not answer customers.")
    home.promote(model=name, over=over)


def refused_for(manifest: Manifest) -> str:
    """Why its training did not let a version serve; empty where it did, or where nothing was measured."""
    bars = manifest.figures.get("bars") or ()
    return "; ".join(str(bar["sentence"]) for bar in bars if not bar["passed"])


def roll_back(home: Home) -> str:
    """Let the version before the current one serve again and return its name; twice goes forward again.

    Raises:
        NotFoundError: there is none.

    """
    now = home.current()
    previous = now.previous_model
    if previous is None:
        raise NotFoundError("There is no earlier model to go back to.")
    promote(home, previous, over=now)
    return previous


def adopt_base(home: Home) -> str:
    """Copy the base model that ships into the home as a version and let it serve; returns its name."""
    from finetune.compress.int8 import save_quantised
    from finetune.model.checkpoint import load_weights, new_version_folder, write_manifest
    from finetune.model.weights import BASE_FOLDER

    created = datetime.now(UTC).isoformat(timespec="seconds")
    folder = new_version_folder(home.models, created)
    copy_privately(BASE_FOLDER, folder)
    weights, _, _ = load_weights(BASE_FOLDER)
    save_quantised(weights, folder)
    write_manifest(folder, created=created, base=OUR_BASE, method="as shipped", settings={}, figures={})
    home.promote(model=folder.name)
    return folder.name


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A version made of another: its name, and the bytes of both on disk."""

    name: str
    bytes_before: int
    bytes_after: int


def shrink(home: Home, name: str, bits: Bits) -> Shrunk:
    """Write a model version anew with its weights packed into ``bits`` a number; the old one stays and serves on.

    Raises:
        NotFoundError: no such version.
        InputError: its files are not what its manifest says, it is packed already, or the disk is full.

    """
    from finetune.compress.pack import save_packed
    from finetune.model.checkpoint import CheckpointError, load_weights, new_version_folder, write_manifest
    from finetune.model.packed import is_packed
    from finetune.model.weights import PREFIX_FILE

    source = home.version(home.models, name)
    if not source.is_dir():
        raise NotFoundError(f"No model {name!r} here; `understudy models list` shows what there is.")
    if is_packed(source):
        raise InputError(f"{name} is packed already: shrink the version that it was made of.")
    try:
        weights, _, manifest = load_weights(source)
    except CheckpointError as problem:
        raise InputError(str(problem)) from problem
    created = datetime.now(UTC).isoformat(timespec="seconds")
    folder = new_version_folder(home.models, created)
    try:
        for path in source.iterdir():
            if path.name in manifest.files and (path.suffix == ".json" or path.name == PREFIX_FILE):
                shutil.copyfile(path, folder / path.name)
        save_packed(weights, folder, bits)
        write_manifest(
            folder,
            created=created,
            base=manifest.base,
            method=f"{manifest.method}, {bits} bits",
            settings=manifest.settings,
            figures={**manifest.figures, "packed": {"of": name, "bits": bits}},
        )
        load_weights(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Shrunk(folder.name, _size(source), _size(folder))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
