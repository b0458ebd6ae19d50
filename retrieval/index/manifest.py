"""The manifest of an index folder, its checksums, and how the folder appears complete or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrieval.encoder.encoder import Encoder

FORMAT = 3
MANIFEST = "manifest.json"
REBUILD = "run `understudy index` to build it again."


class IndexUnusableError(RuntimeError):
    """The folder holds no index this encoder can search; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index folder holds.

    ``files`` maps names to SHA-256; ``encoder`` is its fingerprint; ``change`` the last change of the corpus that is
    in it; ``policy`` tells for each kind how its questions are searched and the recall measured when it was built.
    """

    format: int
    encoder: str
    dimension: int
    counts: dict[str, int]
    duplicates: int
    files: dict[str, str]
    created: str | None = None
    change: int = 0
    policy: dict[str, dict[str, Any]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()


def checked_manifest(folder: Path, encoder: Encoder, *, shown: Path | None = None) -> Manifest:
    """The manifest of a folder, after comparing it with the encoder and with every file.

    ``shown`` is the folder that messages name, where this one is a copy of it.

    Raises:
        IndexUnusableError: there is no index, it is half-written, damaged, of another format, or was made by
            another encoder.

    """
    named = shown or folder
    manifest = _read_manifest(folder, named)
    if manifest.format != FORMAT:
        raise IndexUnusableError(
            f"The index in {named} has format {manifest.format}, this version reads {FORMAT}: {REBUILD}"
        )
    if (manifest.encoder, manifest.dimension) != (encoder.fingerprint, encoder.dimension):
        raise IndexUnusableError(
            f"The index in {named} was made by another encoder ({manifest.encoder}, dimension "
            f"{manifest.dimension}) than the one that is loaded ({encoder.fingerprint}, {encoder.dimension}). "
            f"Load that encoder, or {REBUILD}"
        )
    try:
        for name, expected in manifest.files.items():
            if "/" in name:
                raise IndexUnusableError(f"The manifest of the index {named} names a file elsewhere: {REBUILD}")
            if _digest(folder / name) != expected:
                raise IndexUnusableError(f"The file {named / name} is damaged or was changed: {REBUILD}")
    except (OSError, AttributeError, TypeError) as error:
        raise IndexUnusableError(f"The index in {named} cannot be read ({error}): {REBUILD}") from error
    return manifest


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """An empty folder to build in; what a failure leaves in it is taken away again, what a kill leaves the next time.

    Raises:
        OSError: it cannot be made.

    """
    beside = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def finish(built: Path, folder: Path, manifest: Manifest) -> Manifest:
    """Add the checksums to the manifest, write it, and give the folder its name; returns the manifest."""
    manifest = replace(manifest, files={path.name: _digest(path) for path in sorted(built.iterdir())})
    with (built / MANIFEST).open("w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(manifest), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside = folder.with_name(f"{folder.name}.replaced")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
    built.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)
    return manifest


def _read_manifest(folder: Path, named: Path) -> Manifest:
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**stored, "languages": tuple(stored.get("languages", ()))})
    except FileNotFoundError as error:
        state = "is half-written" if named.is_dir() else "does not exist"
        raise IndexUnusableError(f"The index {named} {state}: {REBUILD}") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise IndexUnusableError(f"The manifest of the index {named} cannot be read ({error}): {REBUILD}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
