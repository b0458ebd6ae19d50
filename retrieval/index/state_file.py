"""The token states of the parts of articles, beside the index, so that the first question reads none of them anew.

``states.bin`` holds 8-bit rows (tokens, dimension), text after text in the order of their hashes, ``states-keys.npy``
the hashes and ``states-ends.npy`` behind which row each text ends. What is not in it, an article that came in since, is
for the reader to compute. Mapped: pages that no question needs cost no memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.progress import silent
from retrieval.encoder.token_states import ReadsTokens
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.encoder.encoder import Encoder

STATES, KEYS, ENDS = "states.bin", "states-keys.npy", "states-ends.npy"
_AT_ONCE = 256


class StateFile:
    """The states of some texts. Immutable; any number of threads may read."""

    def __init__(self, keys: NDArray[np.uint64], ends: NDArray[np.int64], rows: NDArray[np.int8]) -> None:
        """Take over the sorted ``keys`` (n), their ``ends`` (n), and the ``rows`` (tokens, dimension).

        Raises:
            ValueError: they do not fit each other.

        """
        if len(keys) != len(ends) or (int(ends[-1]) if len(ends) else 0) != len(rows):
            raise ValueError("its states of tokens do not fit its articles")
        self._keys, self._ends, self._rows = keys, ends, rows

    @classmethod
    def open(cls, folder: Path, dimension: int) -> StateFile:
        """Those in an index folder; none where its encoder showed no tokens.

        Raises:
            OSError, ValueError: they cannot be read.

        """
        path = folder / STATES
        if not path.exists():
            return cls(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty((0, dimension), np.int8))
        keys, ends = (np.load(folder / name, allow_pickle=False) for name in (KEYS, ENDS))
        rows = np.memmap(path, np.int8, mode="r") if path.stat().st_size else np.empty(0, np.int8)
        return cls(keys, ends, rows.reshape(-1, dimension))

    def __len__(self) -> int:
        """How many texts have states."""
        return len(self._keys)

    def find(self, text: str) -> NDArray[np.int8] | None:
        """The states of a text, (tokens, dimension), in steps of 1/127; None where they are not kept."""
        key = hashes([text])[0]
        place = int(np.searchsorted(self._keys, key))
        if place == len(self._keys) or self._keys[place] != key:
            return None
        return self._rows[int(self._ends[place - 1]) if place else 0 : int(self._ends[place])]


def write_states(
    folder: Path, texts: Sequence[str], encoder: Encoder, earlier: StateFile | None = None, report: Report = silent
) -> None:
    """Write the states of texts into an index folder; what ``earlier``, of the same encoder, holds is not computed.

    An encoder that does not show its tokens has none to write. Reports step "read", in texts.
    """
    if not isinstance(encoder, ReadsTokens):
        return
    found = dict(zip(hashes(texts).tolist(), texts, strict=True))
    keys, ends = sorted(found), [0]
    report("read", 0, len(keys))
    with (folder / STATES).open("wb") as file:
        for start in range(0, len(keys), _AT_ONCE):
            part = [found[key] for key in keys[start : start + _AT_ONCE]]
            known = {text: None if earlier is None else earlier.find(text) for text in part}
            new = [text for text, rows in known.items() if rows is None]
            made = dict(zip(new, encoder.states(new), strict=True))
            for text, rows in known.items():
                states = made[text].narrow if rows is None else rows
                file.write(states.tobytes())
                ends.append(ends[-1] + len(states))
            report("read", len(ends) - 1, len(keys))
    np.save(folder / KEYS, np.array(keys, dtype=np.uint64), allow_pickle=False)
    np.save(folder / ENDS, np.array(ends[1:], dtype=np.int64), allow_pickle=False)
