"""The index: an immutable snapshot of passages with the vectors and words of their questions and answers, in a folder.

``passages.jsonl``, a column file for everything filters ask, ``questions.npy`` and ``answers.npy`` (float16,
memory-mapped), ``questions-<kind>.faiss``, ``lexical-question-*`` and ``lexical-answer-*``, and ``manifest.json``,
written last: a folder without a matching manifest does not open. What came after it is ``live_index.py``'s.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from data.progress import silent
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index.columns import Columns, Lookup
from retrieval.index.manifest import (
    FORMAT,
    REBUILD,
    IndexUnusableError,
    Manifest,
    building,
    checked_manifest,
    finish,
)
from retrieval.index.nearest import Nearest, best, build
from retrieval.index.passage_file import PassageFile, write_passages
from retrieval.index.postings import Postings
from retrieval.passages import Passage, PassageKind
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.encoder.encoder import Encoder


_QUESTIONS = "questions.npy"
_ANSWERS = "answers.npy"
_TYPICAL = "typical-answer.npy"
_LEXICAL_QUESTION = "lexical-question"
_LEXICAL_ANSWER = "lexical-answer"
_BETWEEN_WORDS = re.compile(
    r"[\s.,;:!?'\"()\[\]\-\u00a1\u00ab\u00bb\u00bf\u2010-\u2027\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]+"
)


def build_index(
    passages: Iterable[Passage],
    encoder: Encoder,
    folder: Path,
    vector_cache: Path,
    report: Report = silent,
    *,
    created: str | None = None,
    change: int = 0,
) -> Manifest:
    """Build an index folder; it appears complete or not at all, and replaces one of the same name.

    Vectors go through the cache under ``vector_cache``, so that a build that was interrupted or follows another
    embeds only what is new. Passages of a kind with the same question and, but for case, white space and
    punctuation, the same answer are kept once, the first; each one's ``count`` becomes the number of questions that
    got its answer. Reports the steps "embed" and "index", in texts and passages. ``created`` and ``change``, the
    last change of the corpus among the passages, are noted in the manifest.

    Raises:
        OSError: the folder cannot be written; what stood there before still does.

    """
    kept, duplicates = _distinct(passages)
    cache = VectorCache(vector_cache, encoder)
    cache.fill([text for passage in kept for text in (passage.question, passage.answer)], report)
    with building(folder) as beside:
        manifest = Manifest(
            format=FORMAT,
            encoder=encoder.fingerprint,
            dimension=encoder.dimension,
            counts={kind: sum(passage.kind is kind for passage in kept) for kind in PassageKind},
            duplicates=duplicates,
            files={},
            created=created,
            change=change,
            policy=_write_vectors(beside, kept, cache, encoder.dimension, report),
            languages=_write_texts(beside, kept),
        )
        return finish(beside, folder, manifest)


class PassageIndex:
    """An opened index. Immutable, so any number of threads may search it. Made by ``open``.

    A *place* is the number of a passage; those of one kind stand together.
    """

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        """Map the files of a folder whose manifest was checked."""
        self.manifest = manifest
        self.passages = PassageFile(folder)
        self.columns = Columns.open(folder, manifest.languages)
        self.lexical_question = Postings.open(folder, _LEXICAL_QUESTION)
        self.lexical_answer = Postings.open(folder, _LEXICAL_ANSWER)
        self.typical_answer: NDArray[np.float32] = np.load(folder / _TYPICAL, allow_pickle=False)
        """Mean of the moments' answer vectors, shape (dimension); zeros where there are none."""
        self._questions = np.asarray(np.load(folder / _QUESTIONS, mmap_mode="r", allow_pickle=False))
        self._answers = np.asarray(np.load(folder / _ANSWERS, mmap_mode="r", allow_pickle=False))
        self._ranges = _ranges(manifest.counts)
        self._nearest = {
            kind: Nearest.open(folder / _index_file(kind), self._questions[where], manifest.policy[kind])
            for kind, where in self._ranges.items()
        }
        parts = (self.columns, self.lexical_question, self.lexical_answer, self._questions, self._answers)
        if {len(part) for part in parts} != {len(self.passages)}:
            raise ValueError("its files hold different numbers of passages")

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> PassageIndex:
        """Open an index folder after checking it against its manifest.

        Raises:
            IndexUnusableError: there is no index, it is half-written, damaged, of another format, or was made
                by another encoder.

        """
        manifest = checked_manifest(folder, encoder)
        try:
            return cls(manifest, folder)
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
        return _unit_rows(self._questions, places)

    def answer_vectors(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors of the answers at these places, shape (len(places), dimension)."""
        return _unit_rows(self._answers, places)

    def _search_one(
        self, vectors: NDArray[np.float32], k: int, kind: PassageKind, passing: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        where = self._ranges[kind]
        cosines, rows = self._nearest[kind].search(vectors, k, None if passing is None else passing[where])
        return cosines, np.where(rows < 0, -1, rows + where.start)


def normalised(answer: str) -> str:
    """What two answers must share to count as the same: all but case, white space and punctuation.

    An answer of nothing else is only the same as itself.
    """
    return " ".join(_BETWEEN_WORDS.split(answer.casefold())).strip() or answer


def identity(passage: Passage) -> tuple[str, str, str]:
    """What two passages must share to be kept once."""
    return passage.kind, passage.question, normalised(passage.answer)


def _distinct(passages: Iterable[Passage]) -> tuple[list[Passage], int]:
    """Each passage once, moments before articles, with its count; and how many were dropped."""
    seen: dict[tuple[str, str, str], Passage] = {}
    total = 0
    for passage in passages:
        total += 1
        seen.setdefault(identity(passage), passage)
    questions = Counter((kind, answer) for kind, _, answer in seen)
    counted = [
        passage if questions[kind, answer] == passage.count else replace(passage, count=questions[kind, answer])
        for (kind, _, answer), passage in seen.items()
    ]
    order = list(PassageKind)
    return sorted(counted, key=lambda passage: order.index(passage.kind)), total - len(seen)


def _ranges(counts: dict[str, int]) -> dict[PassageKind, slice]:
    """Where the passages of each kind stand; kinds without any are left out."""
    ranges, start = {}, 0
    for kind in PassageKind:
        if count := counts.get(kind, 0):
            ranges[kind] = slice(start, start + count)
            start += count
    return ranges


def _index_file(kind: PassageKind) -> str:
    return f"questions-{kind}.faiss"


def _write_texts(folder: Path, passages: list[Passage]) -> tuple[str, ...]:
    """All files that need no vectors; returns the table of languages."""
    write_passages(folder, passages)
    columns = Columns.of(passages)
    columns.save(folder)
    Postings.build(passage.question for passage in passages).save(folder, _LEXICAL_QUESTION)
    Postings.build(passage.answer for passage in passages).save(folder, _LEXICAL_ANSWER)
    return columns.languages


def _write_vectors(
    folder: Path, passages: list[Passage], cache: VectorCache, dimension: int, report: Report
) -> dict[str, dict[str, Any]]:
    """The vectors and their indexes; returns the policy of each kind."""
    questions = _write_rows(folder / _QUESTIONS, [passage.question for passage in passages], cache, dimension)
    answers = _write_rows(folder / _ANSWERS, [passage.answer for passage in passages], cache, dimension)
    ranges = _ranges(Counter(passage.kind for passage in passages))
    moments = answers[ranges.get(PassageKind.MOMENT, slice(0, 0))]
    typical = moments.mean(axis=0, dtype=np.float32) if len(moments) else np.zeros(dimension, dtype=np.float32)
    np.save(folder / _TYPICAL, np.asarray(typical), allow_pickle=False)
    policy = {}
    for kind, where in ranges.items():

        def tell(step: str, done: int, _: int | None, before: int = where.start) -> None:
            report(step, before + done, len(passages))

        policy[kind.value] = build(questions[where], folder / _index_file(kind), tell)
    return policy


def _write_rows(path: Path, texts: list[str], cache: VectorCache, dimension: int) -> NDArray[np.float16]:
    """The vectors of texts as a float16 file, which is returned mapped; shape (len(texts), dimension).

    Written, not mapped: on a full disk a write is refused, whereas a mapping kills the process.
    """
    with path.open("wb") as file:
        header = {"descr": "<f2", "fortran_order": False, "shape": (len(texts), dimension)}
        np.lib.format.write_array_header_1_0(file, header)
        for part in cache.read_in_parts(texts):
            file.write(part.astype("<f2").tobytes())
    stored: NDArray[np.float16] = np.load(path, mmap_mode="r", allow_pickle=False)
    return stored


def _unit_rows(stored: NDArray[np.float16], places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float32]:
    return unit(stored[np.asarray(places, dtype=np.int64)])
