"""Builds the folder of an index from passages: each once, with vectors, words and columns; complete or not at all."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.blocks import blocks_of
from data.progress import silent
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index import nearest
from retrieval.index.columns import Columns
from retrieval.index.manifest import FORMAT, IndexUnusableError, Manifest, building, checked_manifest, finish
from retrieval.index.passage_file import write_passages
from retrieval.index.postings import Postings
from retrieval.index.snapshot import (
    ANSWERS,
    LEXICAL_ANSWER,
    LEXICAL_QUESTION,
    QUESTIONS,
    TYPICAL,
    index_file,
    ranges,
)
from retrieval.index.state_file import StateFile, write_states
from retrieval.passages import PassageKind, as_read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from data.progress import Report
    from retrieval.encoder.encoder import Encoder
    from retrieval.passages import Passage

_MOST_VOICES = 64
"""Of those who said the same; nobody asks for so many."""
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
    earlier: Path | None = None,
) -> Manifest:
    """Build an index folder; it appears complete or not at all, and replaces one of the same name.

    Vectors go through the cache under ``vector_cache``, so that a build that was interrupted or follows another
    embeds only what is new. Passages of a kind with the same question and, but for case, white space and
    punctuation, the same answer are kept once, the first; each one's ``count`` becomes the number of questions that
    got its answer. States of tokens in parts of articles are taken from the index in ``earlier`` where that has them.
    Reports the steps "embed", "read" and "index", in texts, parts and passages. ``created`` and ``change``, the
    last change of the corpus among the passages, are noted in the manifest.

    Raises:
        OSError: the folder cannot be written; what stood there before still does.

    """
    kept, duplicates = _distinct(passages)
    cache = VectorCache(vector_cache, encoder)
    cache.fill([text for passage in kept for text in (passage.question, passage.answer)], report)
    with building(folder) as beside:
        articles = [passage for passage in kept if passage.kind is PassageKind.ARTICLE]
        parts = [as_read(passage, block) for passage in articles for block in blocks_of(passage.answer)]
        write_states(beside, parts, encoder, _states_in(earlier, encoder), report)
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


def _states_in(earlier: Path | None, encoder: Encoder) -> StateFile | None:
    """Those of an index of this encoder; None where there is none, or none that can be used."""
    if earlier is None:
        return None
    try:
        return StateFile.open(earlier, checked_manifest(earlier, encoder).dimension)
    except (IndexUnusableError, OSError, ValueError):
        return None


def normalised(answer: str) -> str:
    """What two answers must share to count as the same: all but case, white space and punctuation.

    An answer of nothing else is only the same as itself.
    """
    return " ".join(_BETWEEN_WORDS.split(answer.casefold())).strip() or answer


def identity(passage: Passage) -> tuple[str, str, str]:
    """What two passages must share to be kept once."""
    return passage.kind, passage.question, normalised(passage.answer)


def _distinct(passages: Iterable[Passage]) -> tuple[list[Passage], int]:
    """Each passage once, moments before articles, with its count and voices; and how many were dropped."""
    seen: dict[tuple[str, str, str], Passage] = {}
    total = 0
    for passage in passages:
        total += 1
        first = seen.setdefault(identity(passage), passage)
        if first is not passage:
            seen[identity(passage)] = _merged(first, passage)
    questions = Counter((kind, answer) for kind, _, answer in seen)
    counted = [
        passage if questions[kind, answer] == passage.count else replace(passage, count=questions[kind, answer])
        for (kind, _, answer), passage in seen.items()
    ]
    order = list(PassageKind)
    return sorted(counted, key=lambda passage: order.index(passage.kind)), total - len(seen)


def _merged(first: Passage, again: Passage) -> Passage:
    """A passage that came again: both said it, and it waits only where both do."""
    voices = tuple(dict.fromkeys((*first.voices, *again.voices)))[:_MOST_VOICES]
    waits = first.waits and again.waits
    return first if (voices, waits) == (first.voices, first.waits) else replace(first, voices=voices, waits=waits)


def _write_texts(folder: Path, passages: list[Passage]) -> tuple[str, ...]:
    """All files that need no vectors; returns the table of languages."""
    write_passages(folder, passages)
    columns = Columns.of(passages)
    columns.save(folder)
    Postings.build(passage.question for passage in passages).save(folder, LEXICAL_QUESTION)
    Postings.build(passage.answer for passage in passages).save(folder, LEXICAL_ANSWER)
    return columns.languages


def _write_vectors(
    folder: Path, passages: list[Passage], cache: VectorCache, dimension: int, report: Report
) -> dict[str, dict[str, Any]]:
    """The vectors and their indexes; returns the policy of each kind."""
    questions = _write_rows(folder / QUESTIONS, [passage.question for passage in passages], cache, dimension)
    answers = _write_rows(folder / ANSWERS, [passage.answer for passage in passages], cache, dimension)
    places = ranges(Counter(passage.kind for passage in passages))
    moments = answers[places.get(PassageKind.MOMENT, slice(0, 0))]
    typical = moments.mean(axis=0, dtype=np.float32) if len(moments) else np.zeros(dimension, dtype=np.float32)
    np.save(folder / TYPICAL, np.asarray(typical), allow_pickle=False)
    policy = {}
    for kind, where in places.items():

        def tell(step: str, done: int, _: int | None, before: int = where.start) -> None:
            report(step, before + done, len(passages))

        policy[kind.value] = nearest.build(questions[where], folder / index_file(kind), tell)
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
