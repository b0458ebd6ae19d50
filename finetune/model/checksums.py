"""Checksums of files: they tell a whole checkpoint or version from one that a kill or a bad disk has damaged."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SEAL = "seal.json"


def file_sums(folder: Path, *, leave_out: str) -> dict[str, str]:
    """SHA-256 of each file directly in ``folder``, by name, but for the one that will hold the sums."""
    return {path.name: digest(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != leave_out}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_checkpoint(folder: Path, counters: Mapping[str, Any]) -> None:
    """Write the seal of a training checkpoint, its last file; ``counters`` come back from ``read_seal``."""
    beside = folder / f"{SEAL}.tmp"
    sums = file_sums(folder, leave_out=SEAL)
    beside.write_text(json.dumps({**counters, "files": sums}), encoding="utf-8")
    beside.replace(folder / SEAL)


def read_seal(folder: Path) -> dict[str, Any]:
    """The counters a checkpoint was sealed with, and its files' sums under ``files``."""
    seal: dict[str, Any] = json.loads((folder / SEAL).read_text(encoding="utf-8"))
    return seal


def last_whole_checkpoint(work_folder: Path) -> Path | None:
    """The newest checkpoint whose seal fits its files; broken newer ones are removed."""
    folders = [path for path in work_folder.glob("checkpoint-*") if path.name.rpartition("-")[2].isdigit()]
    for folder in sorted(folders, key=lambda path: int(path.name.rpartition("-")[2]), reverse=True):
        if _whole(folder):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
    return None


def _whole(folder: Path) -> bool:
    try:
        files = read_seal(folder)["files"]
        return bool(files) and all(digest(folder / name) == expected for name, expected in files.items())
    except (OSError, ValueError, KeyError):
        return False
