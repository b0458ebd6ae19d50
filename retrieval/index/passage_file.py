"""The passages of an index as a file: one JSON line each, read where it is needed and not before.

``passages.jsonl`` with ``passages.offsets.npy`` beside it, the byte at which each line starts and where the last one
ends. A million passages cost 8 MB of memory; the texts stay on disk.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, overload

import numpy as np

from data.transcripts import web_address
from retrieval.passages import Passage, PassageKind
from retrieval.voices import Voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

PASSAGES = "passages.jsonl"

_OFFSETS = "passages.offsets.npy"
_KEPT = 4096


def write_passages(folder: Path, passages: Iterable[Passage]) -> None:
    """Write both files, with line feeds as the only line ends and lone surrogates kept."""
    offsets = [0]
    with (folder / PASSAGES).open("wb") as file:
        for passage in passages:
            line = json.dumps(asdict(passage), ensure_ascii=False) + "\n"
            offsets.append(offsets[-1] + file.write(line.encode("utf-8", "surrogatepass")))
    np.save(folder / _OFFSETS, np.array(offsets, dtype=np.int64), allow_pickle=False)


class PassageFile(Sequence[Passage]):
    """The passages of a file, in order. Any number of threads may read; the last few thousand asked for stay."""

    def __init__(self, folder: Path) -> None:
        """Open what ``write_passages`` wrote.

        Raises:
            OSError, ValueError: a file is missing, or the two do not belong together.

        """
        self._offsets: NDArray[np.int64] = np.load(folder / _OFFSETS, allow_pickle=False)
        size = (folder / PASSAGES).stat().st_size
        if self._offsets.dtype != np.int64 or not len(self._offsets) or self._offsets[-1] != size:
            raise ValueError(f"{_OFFSETS} does not belong to {PASSAGES}")
        self._bytes: mmap.mmap | bytes = b""
        if size:
            with (folder / PASSAGES).open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._read = lru_cache(_KEPT)(self._parsed)

    def __len__(self) -> int:
        """How many passages."""
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> list[Passage]: ...
    def __getitem__(self, place: int | slice) -> Passage | list[Passage]:
        """One passage, or those of a slice."""
        if isinstance(place, slice):
            return [self._read(each) for each in range(*place.indices(len(self)))]
        return self._read(range(len(self))[place])

    def __iter__(self) -> Iterator[Passage]:
        """All of them, without pushing what searches ask for out of the memory."""
        return map(self._parsed, range(len(self)))

    def _parsed(self, place: int) -> Passage:
        row = json.loads(self._bytes[self._offsets[place] : self._offsets[place + 1]].decode("utf-8", "surrogatepass"))
        voices = tuple(Voice(*voice) for voice in row["voices"])
        own = {"kind": PassageKind(row["kind"]), "links": tuple(row["links"]), "url": web_address(row["url"])}
        return Passage(**{**row, **own, "voices": voices})
