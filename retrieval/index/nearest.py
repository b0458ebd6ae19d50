"""Nearest questions of one kind: exact while they are few, through an inverted file when they are many.

Up to ``EXACT_UP_TO`` every vector is compared. Beyond, the vectors stand in lists around centres (IVF, Jégou et al.
2011, "Product quantization for nearest neighbor search"), one byte for each number; the lists nearest to the question
are read and the best candidates compared again with the vectors as they are stored. How many lists are read is
measured when the index is built. The only module that knows faiss, and it knows no passages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from data.progress import silent
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report

_FAISS: Any = faiss  # its type hints are those of the C++ classes, not of what they become in Python

EXACT_UP_TO = 30_000
"""Up to so many vectors all are compared: 4 ms of one slow core at 384 numbers each, an eighth of what embedding the
question costs there. Twice as many would take twice as long, lists take about 1.5 ms at 100,000."""
WANTED_RECALL = 0.98
"""Share of the ten nearest that must be found on average, or more lists are read."""

_PART = 8192
_FEW = 500
_BESIDE = 64
_CANDIDATES = 4
_ROOM = 8
_SAMPLED = 200
_TOP = 10
_FIRST_PROBES = 8
_LISTS_FACTOR = 2
_MOST_LISTS = 4096
_TRAINED_ON_EACH = 40
_ROUNDS = 8
_QUERIES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Nearest:
    """The opened index of n vectors: ``stored`` (n, d) float16, ``index`` of faiss, ``probes`` for inverted files."""

    stored: NDArray[np.float16]
    index: Any
    probes: int = 0

    @classmethod
    def open(cls, path: Path, stored: NDArray[np.float16], policy: Mapping[str, Any]) -> Nearest:
        """Read what ``build`` wrote.

        Raises:
            OSError, ValueError: the file cannot be read or does not belong to the vectors.

        """
        try:
            index = _FAISS.read_index(str(path))
        except RuntimeError as error:
            raise OSError(str(error)) from error
        if (index.ntotal, index.d) != stored.shape:
            raise ValueError(f"{path.name} holds {index.ntotal} vectors of {index.d} numbers, not {stored.shape}")
        return cls(stored, index, int(policy.get("probes", 0)))

    def search(
        self, vectors: NDArray[np.float32], k: int, passing: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest to each vector among those that pass, best first.

        Args:
            vectors: unit rows, shape (q, d).
            k: how many.
            passing: which may be found, shape (n); None is all. A narrow filter costs no recall: the fewer pass,
                the more lists are read, and where very few do, each of them is compared.

        Returns:
            Cosines and rows, each of shape (q, min(k, passing)).

        """
        allowed = self.index.ntotal if passing is None else int(np.count_nonzero(passing))
        k = min(k, allowed)
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if k <= 0 or not len(vectors):
            return _nothing(len(vectors))
        hidden = self.index.ntotal - allowed
        if passing is None or not hidden:
            return self._found(vectors, k, None, 1.0)
        if hidden <= _BESIDE:
            # A few deleted ones: asking for as many more is cheaper than asking for each whether it may be found.
            return _first_passing(*self._found(vectors, k + hidden, None, 1.0), passing, k)
        if self.probes and allowed <= _FEW:
            return self._compared(vectors, k, np.flatnonzero(passing))
        return self._found(vectors, k, passing, self.index.ntotal / allowed)

    def _found(
        self, vectors: NDArray[np.float32], k: int, passing: NDArray[np.bool_] | None, scale: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """From faiss; ``scale`` is by how much more lists must be read for a filter that leaves fewer in each."""
        selector = None if passing is None else _FAISS.IDSelectorBitmap(np.packbits(passing, bitorder="little"))
        if not self.probes:
            parameters = None if selector is None else _FAISS.SearchParameters(sel=selector)
            cosines, rows = self.index.search(vectors, k, params=parameters)
            return cosines, rows
        candidates = min(k * _CANDIDATES, int(self.index.ntotal / scale))
        room = candidates * _ROOM * self.index.nlist / self.index.ntotal
        probes = min(self.index.nlist, int(np.ceil(max(self.probes, room) * scale)))
        parts = []
        for start in range(0, len(vectors), _QUERIES_AT_ONCE):
            part = vectors[start : start + _QUERIES_AT_ONCE]
            parts.append(self._rescored(part, k, *self._probed(part, candidates, probes, selector)))
        return np.vstack([part[0] for part in parts]), np.vstack([part[1] for part in parts])

    def _probed(
        self, vectors: NDArray[np.float32], candidates: int, probes: int, selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        parameters = _FAISS.SearchParametersIVF(sel=selector, nprobe=probes)
        found: tuple[NDArray[np.float32], NDArray[np.int64]] = self.index.search(vectors, candidates, params=parameters)
        if probes < self.index.nlist and (found[1] < 0).any():
            return self._probed(vectors, candidates, self.index.nlist, selector)
        return found

    def _rescored(
        self, vectors: NDArray[np.float32], k: int, cosines: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best k of the candidates by the vectors as they are stored; both (q, candidates) to (q, k)."""
        candidates = np.asarray(self.stored[rows.ravel()], dtype=np.float32).reshape(*rows.shape, -1)
        exact = np.einsum("qd,qcd->qc", vectors, candidates)
        lengths = np.maximum(np.linalg.norm(candidates, axis=2), np.float32(1e-12))
        return best(np.where(rows < 0, -np.inf, exact / lengths).astype(cosines.dtype), rows, k)

    def _compared(
        self, vectors: NDArray[np.float32], k: int, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        few = unit(self.stored[rows])
        return best(vectors @ few.T, np.broadcast_to(rows, (len(vectors), len(rows))), k)


def build(stored: NDArray[np.float16], path: Path, report: Report = silent) -> dict[str, Any]:
    """Index vectors, shape (n, d), into a file; returns the policy that was chosen and what it finds.

    Reports step "index" in vectors.

    Raises:
        OSError: the file cannot be written.

    """
    count, dimension = stored.shape
    if count <= EXACT_UP_TO:
        index = _FAISS.IndexFlatIP(dimension)
        _add(index, stored, report)
        _write(index, path)
        return {"type": "flat", "recall@10": 1.0}
    lists = min(_MOST_LISTS, int(_LISTS_FACTOR * np.sqrt(count)))
    index = _FAISS.index_factory(dimension, f"IVF{lists},SQ8", _FAISS.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).choice(count, size=min(count, lists * _TRAINED_ON_EACH), replace=False)
    index.cp.niter = _ROUNDS
    index.train(unit(stored[np.sort(sample)]))
    _add(index, stored, report)
    _write(index, path)
    probes, recall = _tuned(stored, index)
    return {"type": "ivf", "lists": lists, "probes": probes, "recall@10": round(recall, 4)}


def best(
    scores: NDArray[np.float32], names: NDArray[np.int64], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The k highest of each row, best first, and their names; both (q, n) to (q, min(k, n))."""
    if k < scores.shape[1]:
        part = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        scores, names = np.take_along_axis(scores, part, axis=1), np.take_along_axis(names, part, axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(names, order, axis=1)


def exact_top(
    stored: NDArray[np.float16], vectors: NDArray[np.float32], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The k nearest of all, without an index and in bounded memory; the truth that recall is measured against."""
    cosines, rows = _nothing(len(vectors))
    for start, part in _parts(stored):
        names = np.broadcast_to(np.arange(start, start + len(part)), (len(vectors), len(part)))
        cosines, rows = best(np.hstack([cosines, vectors @ part.T]), np.hstack([rows, names]), k)
    return cosines, rows


def _tuned(stored: NDArray[np.float16], index: Any) -> tuple[int, float]:
    """How many lists to read, and the recall so reached on questions of the index, each without itself."""
    sample = np.sort(np.random.default_rng(1).choice(len(stored), size=min(len(stored), _SAMPLED), replace=False))
    queries = unit(stored[sample])
    truth = _without_self(exact_top(stored, queries, _TOP + 1)[1], sample)
    probes = _FIRST_PROBES
    while True:
        found = Nearest(stored, index, probes).search(queries, _TOP + 1)[1]
        recall = overlap(_without_self(found, sample), truth)
        if recall >= WANTED_RECALL or probes >= index.nlist:
            return probes, recall
        probes = min(index.nlist, max(probes + 1, int(probes * 1.5)))


def overlap(found: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Mean share of each row of the truth that was found."""
    shares = [len(np.intersect1d(row, wanted)) / len(wanted) for row, wanted in zip(found, truth, strict=True)]
    return float(np.mean(shares))


def _without_self(rows: NDArray[np.int64], own: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row less its own place, or less its last where twins pushed that out; (q, k) to (q, k - 1)."""
    kept = [
        row[row != place][: rows.shape[1] - 1] if place in row else row[:-1]
        for row, place in zip(rows, own, strict=True)
    ]
    return np.stack(kept)


def _first_passing(
    cosines: NDArray[np.float32], rows: NDArray[np.int64], passing: NDArray[np.bool_], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    hidden = (rows < 0) | ~passing[rows]
    return best(np.where(hidden, np.float32(-np.inf), cosines), np.where(hidden, -1, rows), k)


def _add(index: Any, stored: NDArray[np.float16], report: Report) -> None:
    for start, part in _parts(stored):
        index.add(part)
        report("index", start + len(part), len(stored))


def _write(index: Any, path: Path) -> None:
    try:
        _FAISS.write_index(index, str(path))
    except RuntimeError as error:  # how faiss tells of a full disk
        raise OSError(f"{path} cannot be written: {error}") from error


def _parts(stored: NDArray[np.float16]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for start in range(0, len(stored), _PART):
        yield start, unit(stored[start : start + _PART])


def _nothing(queries: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return np.empty((queries, 0), dtype=np.float32), np.empty((queries, 0), dtype=np.int64)
