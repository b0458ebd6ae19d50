"""Where the bytes of files lie: in the home by their SHA-256, ``files/ab/cdef…``, a small picture beside each picture.

What has a name there is whole and on the disk: it was written beside, flushed and renamed. Knows no database; servers
that share one share the home folder too (ADR 41).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chatbot.home import lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SMALL = ".small"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of files of one home."""

    folder: Path

    def new(self) -> Path:
        """A place for a file that comes in; nobody opens it by this name."""
        beside = self.folder / "incoming"
        beside.mkdir(mode=0o700, parents=True, exist_ok=True)
        return beside / secrets.token_hex(16)

    def place(self, digest: str, *, small: bool = False) -> Path:
        """Where the bytes of this hash lie, if they are here."""
        return self.folder / digest[:2] / (digest[2:] + (SMALL if small else ""))

    def put(self, clean: Path, small: Path) -> str:
        """Move a clean file, and its small picture where there is one, to its place; its hash."""
        digest = hashlib.sha256()
        with clean.open("rb") as file:
            while piece := file.read(_CHUNK):
                digest.update(piece)
        place = self.place(digest.hexdigest())
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            if small.exists():
                _move(small, self.place(digest.hexdigest(), small=True))
            _move(clean, place)
        _flush(place.parent)
        _flush(self.folder)
        return digest.hexdigest()

    def everything(self) -> Iterator[tuple[str, Path]]:
        """Whatever lies here and the hash it belongs to, "" for what never arrived whole."""
        for path in self.folder.glob("*/*"):
            incoming = path.parent.name == "incoming"
            yield ("" if incoming else path.parent.name + path.name.removesuffix(SMALL)), path

    def forget(self, *paths: Path) -> None:
        """Remove what lies here."""
        for path in paths:
            with suppress(FileNotFoundError):
                path.unlink()

    def forget_old(self, paths: Iterable[Path], before: float) -> int:
        """Remove those last written before a time (seconds since 1970); how many.

        Looked at once more while nobody can ``put``: the same bytes may have come again since the paths were listed.
        """
        gone = 0
        for path in paths:
            with self._alone(), suppress(FileNotFoundError):
                if path.stat().st_mtime <= before:
                    path.unlink()
                    gone += 1
        return gone

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else, of whatever process, gives or takes a name here meanwhile."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:  # closing it lets go
            lock(file, wait=True)
            yield


def _move(source: Path, target: Path) -> None:
    """Give a file its name once it is on the disk. The same bytes again are as new: they will not be swept away."""
    _flush(source)
    source.replace(target)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
