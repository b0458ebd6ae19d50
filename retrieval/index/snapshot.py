"""The index: an immutable snapshot of passages with the vectors and words of their questions and answers, in a folder.

``passages.jsonl``, a column file for everything filters ask, ``questions.npy`` and ``answers.npy`` (float16,
memory-mapped), ``questions-<kind>.faiss``, ``lexical-question-*`` and ``lexical-answer-*``, ``states*`` (see
``state_file``), and ``manifest.json``, written last: a folder without a matching manifest does not open. Made by
``build``; what came after it is ``live_index``'s.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from retrieval.index.columns import Columns, Lookup
from retrieval.index.manifest import REBUILD, IndexUnusableError, Manifest, checked_manifest
from retrieval.index.nearest import Nearest, best
from retrieval.index.passage_file import PassageFile
from retrieval.index.postings import Postings
from retrieval.index.private_copy import private_copy
from retrieval.index.state_file import StateFile
from retrieval.passages import PassageKind
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.encoder.encoder import Encoder


QUESTIONS = "questions.npy"
ANSWERS = "answers.npy"
TYPICAL = "typical-answer.npy"
LEXICAL_QUESTION = "lexical-question"
LEXICAL_ANSWER = "lexical-answer"


class PassageIndex:
    """An opened index. Immutable, so any number of threads may search it. Made by ``open``.

    A *place* is the number of a passage; those of one kind stand together.
    """

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        """Map the files of a folder whose manifest was checked."""
        self.manifest = manifest
        self.passages = PassageFile(folder)
        self.columns = Columns.open(folder, manifest.languages)
        self.lexical_question = Postings.open(folder, LEXICAL_QUESTION)
        self.lexical_answer = Postings.open(folder, LEXICAL_ANSWER)
        self.typical_answer: NDArray[np.float32] = np.load(folder / TYPICAL, allow_pickle=False)
        """Mean of the moments' answer vectors, shape (dimension); zeros where there are none."""
        self._questions = np.asarray(np.load(folder / QUESTIONS, mmap_mode="r", allow_pickle=False))
        self._answers = np.asarray(np.load(folder / ANSWERS, mmap_mode="r", allow_pickle=False))
        self.states = StateFile.open(folder, manifest.dimension)
        """Of the tokens in the parts of articles."""
        self._ranges = ranges(manifest.counts)
        self._nearest = {
            kind: Nearest.open(folder / index_file(kind), self._questions[where], manifest.policy[kind])
            for kind, where in self._ranges.items()
        }
        parts = (self.columns, self.lexical_question, self.lexical_answer, self._questions, self._answers)
        if {len(part) for part in parts} != {len(self.passages)}:
            raise ValueError("its files hold different numbers of passages")

    @classmethod
    def open(cls, folder: Path, encoder: Encoder, *, private: bool = False) -> PassageIndex:
        """Open an index folder after checking it against its manifest.

        ``private`` opens a copy that nobody can change, for who keeps it open while others work in the folder.

        Raises:
            IndexUnusableError: there is no index, it is half-written, damaged, of another format, or was made
                by another encoder.

        """
        try:
            with private_copy(folder) if private and folder.is_dir() else nullcontext(folder) as opened:
                return cls(checked_manifest(opened, encoder, shown=folder), opened)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexUnusableError(f"The index in {folder} cannot be read ({error}): {REBUILD}") from error

    def __len__(self) -> int:
        """How many passages can be found."""
        return len(self.passages)

    def count(self, kind: PassageKind | None = None) -> int:
        """How many passages of a kind, or in all."""
        return len(self.passages) if kind is None else self.manifest.counts.get(kind, 0)

    @cached_property
    def ids(self) -> Lookup:
        """Finds places by the hash of a passage's id."""
        return Lookup(self.columns.id)

    @cached_property
    def sources(self) -> Lookup:
        """Finds places by the hash of a source's id."""
        return Lookup(self.columns.source)

    def search(
        self,
        vectors: NDArray[np.float32],
        k: int,
        kind: PassageKind | None = None,
        passing: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest questions to each vector, best first.

        Args:
            vectors: unit rows, shape (n, dimension).
            k: how many; less are found where the index holds less.
            kind: only passages of this kind.
            passing: only these places, shape (len(self)); None is all.

        Returns:
            Cosines and places in ``passages``, each of shape (n, min(k, count)).

        """
        wanted = [each for each in self._nearest if kind is None or each is kind]
        found = [self._search_one(vectors, k, each, passing) for each in wanted]
        if not found:
            empty = (len(vectors), 0)
            return np.empty(empty, dtype=np.float32), np.empty(empty, dtype=np.int64)
        if len(found) == 1:
            return found[0]
        return best(np.hstack([part[0] for part in found]), np.hstack([part[1] for part in found]), k)

    def question_vectors(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors of the questions at these places, shape (len(places), dimension)."""
        return unit(self._questions[np.asarray(places, dtype=np.int64)])

    def answer_vectors(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors of the answers at these places, shape (len(places), dimension)."""
        return unit(self._answers[np.asarray(places, dtype=np.int64)])

    def _search_one(
        self, vectors: NDArray[np.float32], k: int, kind: PassageKind, passing: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        where = self._ranges[kind]
        cosines, rows = self._nearest[kind].search(vectors, k, None if passing is None else passing[where])
        return cosines, np.where(rows < 0, -1, rows + where.start)


def ranges(counts: dict[str, int]) -> dict[PassageKind, slice]:
    """Where the passages of each kind stand; kinds without any are left out."""
    found, start = {}, 0
    for kind in PassageKind:
        if count := counts.get(kind, 0):
            found[kind] = slice(start, start + count)
            start += count
    return found


def index_file(kind: PassageKind) -> str:
    """The name of the file that finds the nearest questions of a kind."""
    return f"questions-{kind}.faiss"
