"""Model versions in the home folder: promoted, rolled back, made of our base. Trains and measures nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chatbot.errors import InputError, NotFoundError
from chatbot.home import copy_privately

if TYPE_CHECKING:
    from chatbot.home import Current, Home

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
