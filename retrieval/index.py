"""The index: an immutable snapshot of passages with their question and answer vectors, in one folder.

``questions-<kind>.faiss`` (exact inner product), ``answers.npy`` (float16, memory-mapped), ``passages.jsonl``
and ``manifest.json``, written last: a folder without a matching manifest does not open. The only module that
knows faiss.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from data.progress import silent
from retrieval.encoder import unit
from retrieval.passages import Passage, PassageKind
from retrieval.vectors import VectorCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.encoder import Encoder

FORMAT = 1
MANIFEST = "manifest.json"

_PASSAGES = "passages.jsonl"
_ANSWERS = "answers.npy"


class IndexUnusableError(RuntimeError):
    """The folder holds no index this encoder can search; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index folder holds. ``files`` maps names to SHA-256; ``encoder`` is its fingerprint."""

    format: int
    encoder: str
    dimension: int
    counts: dict[str, int]
    duplicates: int
    files: dict[str, str]
    created: str | None = None


def build_index(
    passages: Iterable[Passage],
    encoder: Encoder,
    folder: Path,
    vector_cache: Path,
    report: Report = silent,
    *,
    created: str | None = None,
) -> Manifest:
    """Build an index folder; it appears complete or not at all, and replaces one of the same name.

    Vectors go through the cache under ``vector_cache``, so that a build that was interrupted or follows
    another embeds only what is new. Passages with the same kind, question and answer are kept once, the first.
    Reports the steps "embed" and "index", in texts and passages. ``created`` is noted in the manifest.
    """
    kept, duplicates = _distinct(passages)
    cache = VectorCache(vector_cache, encoder)
    cache.fill([text for passage in kept for text in (passage.question, passage.answer)], report)

    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    _write_passages(building / _PASSAGES, kept)
    _write_answers(building / _ANSWERS, [passage.answer for passage in kept], cache, encoder.dimension)
    done = 0
    for kind, group in groupby(kept, key=lambda passage: passage.kind):
        index = faiss.IndexFlatIP(encoder.dimension)
        for part in cache.read_in_parts([passage.question for passage in group]):
            index.add(part)
            report("index", done := done + len(part), len(kept))
        faiss.write_index(index, str(building / _questions(kind)))
    manifest = Manifest(
        format=FORMAT,
        encoder=encoder.fingerprint,
        dimension=encoder.dimension,
        counts={kind: sum(passage.kind is kind for passage in kept) for kind in PassageKind},
        duplicates=duplicates,
        files={path.name: _digest(path) for path in sorted(building.iterdir())},
        created=created,
    )
    _write_text(building / MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
    _put_in_place(building, folder)
    return manifest


class PassageIndex:
    """An opened index. Immutable, so any number of threads may search it. Made by ``open``."""

    def __init__(self, manifest: Manifest, passages: list[Passage], questions: dict[PassageKind, Any], answers: Any):  # noqa: ANN204
        """Put together what ``open`` has read; passages of one kind stand together, as in the files."""
        self.manifest = manifest
        self.passages = passages
        self._questions = questions
        self._answers = answers
        counts = Counter(passage.kind for passage in passages)
        self._starts = {PassageKind.MOMENT: 0, PassageKind.ARTICLE: counts[PassageKind.MOMENT]}

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> PassageIndex:
        """Open an index folder after checking it against its manifest.

        Raises:
            IndexUnusableError: there is no index, it is half-written, damaged, of another format, or was made
                by another encoder.

        """
        manifest = _read_manifest(folder)
        if manifest.format != FORMAT:
            raise IndexUnusableError(
                f"The index in {folder} has format {manifest.format}, this version reads {FORMAT}: {_REBUILD}"
            )
        if (manifest.encoder, manifest.dimension) != (encoder.fingerprint, encoder.dimension):
            raise IndexUnusableError(
                f"The index in {folder} was made by another encoder ({manifest.encoder}, dimension "
                f"{manifest.dimension}) than the one that is loaded ({encoder.fingerprint}, {encoder.dimension}). "
                f"Load that encoder, or {_REBUILD}"
            )
        try:
            for name, expected in manifest.files.items():
                if _digest(folder / name) != expected:
                    raise IndexUnusableError(f"The file {folder / name} is damaged or was changed: {_REBUILD}")
            passages = _read_passages(folder / _PASSAGES)
            questions = {
                kind: faiss.read_index(str(folder / _questions(kind)))
                for kind in PassageKind
                if manifest.counts.get(kind)
            }
            answers = np.load(folder / _ANSWERS, mmap_mode="r", allow_pickle=False) if passages else None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise IndexUnusableError(f"The index in {folder} cannot be read ({error}): {_REBUILD}") from error
        return cls(manifest, passages, questions, answers)

    def __len__(self) -> int:
        """How many passages can be found."""
        return len(self.passages)

    def count(self, kind: PassageKind | None = None) -> int:
        """How many passages of a kind, or in all."""
        return len(self.passages) if kind is None else self.manifest.counts.get(kind, 0)

    def search(
        self, vectors: NDArray[np.float32], k: int, kind: PassageKind | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The k nearest questions to each vector, best first.

        Args:
            vectors: unit rows, shape (n, dimension).
            k: how many; less are found where the index holds less.
            kind: only passages of this kind.

        Returns:
            Cosines and places in ``passages``, each of shape (n, min(k, count)).

        """
        found = [
            self._search_one(vectors, k, each) for each in self._questions if (kind is None or each is kind) and k > 0
        ]
        if not found:
            empty = (len(vectors), 0)
            return np.empty(empty, dtype=np.float32), np.empty(empty, dtype=np.int64)
        if len(found) == 1:
            return found[0]
        scores = np.hstack([part[0] for part in found])
        places = np.hstack([part[1] for part in found])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(places, order, axis=1)

    def answer_vectors(self, places: Sequence[int]) -> NDArray[np.float32]:
        """Unit vectors of the answers at these places, shape (len(places), dimension)."""
        if not len(places):
            return np.empty((0, self.manifest.dimension), dtype=np.float32)
        return unit(np.asarray(self._answers[np.asarray(places, dtype=np.int64)], dtype=np.float32))

    @cached_property
    def typical_answer(self) -> NDArray[np.float32]:
        """Mean of the moments' answer vectors, shape (dimension); zeros where there are none."""
        count = self.count(PassageKind.MOMENT)
        if not count:
            return np.zeros(self.manifest.dimension, dtype=np.float32)
        return np.asarray(self._answers[:count].mean(axis=0, dtype=np.float32))

    def _search_one(
        self, vectors: NDArray[np.float32], k: int, kind: PassageKind
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        index = self._questions[kind]
        scores, places = index.search(np.ascontiguousarray(vectors, dtype=np.float32), min(k, index.ntotal))
        return scores, places + self._starts[kind]


_REBUILD = "run `understudy index` to build it again."


def _distinct(passages: Iterable[Passage]) -> tuple[list[Passage], int]:
    """Each passage once, moments before articles; and how many were dropped."""
    seen: dict[tuple[str, str, str], Passage] = {}
    count = 0
    for passage in passages:
        count += 1
        seen.setdefault((passage.kind, passage.question, passage.answer), passage)
    order = list(PassageKind)
    return sorted(seen.values(), key=lambda passage: order.index(passage.kind)), count - len(seen)


def _questions(kind: PassageKind) -> str:
    return f"questions-{kind}.faiss"


def _write_passages(path: Path, passages: list[Passage]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
        for passage in passages:
            file.write(json.dumps(asdict(passage), ensure_ascii=False) + "\n")


def _read_passages(path: Path) -> list[Passage]:
    with path.open(encoding="utf-8", errors="surrogatepass", newline="\n") as file:
        rows = (json.loads(line) for line in file)
        return [Passage(**{**row, "kind": PassageKind(row["kind"])}) for row in rows]


def _write_answers(path: Path, answers: list[str], cache: VectorCache, dimension: int) -> None:
    if not answers:
        return
    stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(len(answers), dimension))
    start = 0
    for part in cache.read_in_parts(answers):
        stored[start : start + len(part)] = part
        start += len(part)
    stored.flush()


def _read_manifest(folder: Path) -> Manifest:
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        state = "is half-written" if folder.is_dir() else "does not exist"
        raise IndexUnusableError(f"The index {folder} {state}: {_REBUILD}") from error
    except (OSError, ValueError, TypeError) as error:
        raise IndexUnusableError(f"The manifest of the index {folder} cannot be read ({error}): {_REBUILD}") from error


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(building: Path, folder: Path) -> None:
    """Rename a finished folder to its name; what stood there before goes first to the side, then away."""
    aside = folder.with_name(f"{folder.name}.replaced")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
    building.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
