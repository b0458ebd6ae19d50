"""Columns: what filters and look-ups need to know of each passage, as arrays, so that a million are filtered at once.

One .npy file for each column, memory-mapped when opened. Ids are kept as 64-bit hashes. Knows no vectors and no texts.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from data.times import parse_time
from retrieval.passages import PassageKind
from retrieval.vectors import hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from retrieval.index.filters import Filters
    from retrieval.passages import Passage

UNKNOWN_TIME = np.iinfo(np.int64).min
"""``created`` of a passage without a date that has one meaning."""

_KINDS = tuple(PassageKind)
_NO_LANGUAGE = -1
_FEW = 32
_MOST_LANGUAGES = np.iinfo(np.int16).max
_TYPES = {
    "kind": np.int8,
    "language": np.int16,
    "created": np.int64,
    "source": np.uint64,
    "id": np.uint64,
    "outcome": np.float32,
    "count": np.int32,
    "links": np.int16,
    "agent": np.uint64,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of n passages, each of shape (n).

    ``kind`` is the number of the PassageKind, ``language`` a place in ``languages`` or -1, ``created`` UTC seconds
    since 1970 or ``UNKNOWN_TIME``, ``source`` and ``id`` are hashes, ``links`` is how many addresses the answer names,
    ``agent`` is the key of who answered, 0 where nobody is named.
    """

    kind: NDArray[np.int8]
    language: NDArray[np.int16]
    created: NDArray[np.int64]
    source: NDArray[np.uint64]
    id: NDArray[np.uint64]
    outcome: NDArray[np.float32]
    count: NDArray[np.int32]
    links: NDArray[np.int16]
    agent: NDArray[np.uint64]
    languages: tuple[str, ...] = ()

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Columns:
        """The columns of passages, in their order."""
        table: dict[str, int] = {}
        languages = [_number(passage.language, table) for passage in passages]
        return cls(
            kind=np.array([_KINDS.index(passage.kind) for passage in passages], dtype=np.int8),
            language=np.array(languages, dtype=np.int16),
            created=np.array([seconds(passage.created) for passage in passages], dtype=np.int64),
            source=hashes(passage.source_id for passage in passages),
            id=hashes(passage.id for passage in passages),
            outcome=np.array([passage.outcome for passage in passages], dtype=np.float32),
            count=np.array([passage.count for passage in passages], dtype=np.int32),
            links=np.array([min(len(passage.links), _MOST_LANGUAGES) for passage in passages], dtype=np.int16),
            agent=np.array([_agent(passage) for passage in passages], dtype=np.uint64),
            languages=tuple(table),
        )

    def save(self, folder: Path) -> None:
        """Write one file for each column; the languages go into the manifest."""
        for name in _TYPES:
            np.save(folder / f"column-{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, languages: Sequence[str]) -> Columns:
        """Map what ``save`` wrote.

        Raises:
            OSError, ValueError: a file is missing or is none of these columns.

        """
        columns: dict[str, NDArray[Any]] = {
            # A plain view of the map: numpy's own memmap class makes every operation slower.
            name: np.asarray(np.load(folder / f"column-{name}.npy", mmap_mode="r", allow_pickle=False))
            for name in _TYPES
        }
        if any(columns[name].dtype != kind or columns[name].ndim != 1 for name, kind in _TYPES.items()):
            raise ValueError("a column has another type than it should")
        if len({len(column) for column in columns.values()}) != 1:
            raise ValueError("the columns are not equally long")
        return cls(**columns, languages=tuple(languages))

    def joined(self, other: Columns) -> Columns:
        """These passages, then the others, as new columns."""
        table = {language: number for number, language in enumerate(self.languages)}
        moved = np.array([_number(language, table) for language in other.languages] + [_NO_LANGUAGE], dtype=np.int16)
        named = [field.name for field in fields(self) if field.name not in {"language", "languages"}]
        return Columns(
            language=np.concatenate([self.language, moved[other.language]]),
            languages=tuple(table),
            **{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in named},
        )

    def __len__(self) -> int:
        """How many passages."""
        return len(self.kind)

    def passing(self, filters: Filters) -> NDArray[np.bool_]:
        """Which passages pass, whether retired or not, shape (n).

        Raises:
            ValueError: ``since`` or ``before`` is no point in time.

        """
        since, before = filters.since, filters.before
        # Comparisons of whole columns, because looking each row up in a table takes ten times as long.
        passing = np.ones(len(self), dtype=np.bool_)
        if len(filters.wanted) < len(_KINDS):
            passing &= _any_of(self.kind, [kind_number(kind) for kind in filters.wanted])
        if filters.languages is not None:
            spoken = [number for number, each in enumerate(self.languages) if _speaks(each, filters.languages)]
            passing &= _any_of(self.language, [_NO_LANGUAGE, *spoken])
        articles = self.of_kind(PassageKind.ARTICLE)
        if since is not None:
            passing &= (self.created >= _limit(since)) | ((self.created == UNKNOWN_TIME) & articles)
        if before is not None:
            passing &= ((self.created > UNKNOWN_TIME) & (self.created < _limit(before))) | articles
        if filters.exclude_sources:
            passing &= ~_any_of(self.source, hashes(filters.exclude_sources))
        return passing

    def of_kind(self, kind: PassageKind, places: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.bool_]:
        """Which of the passages at these places are of a kind, by default of all."""
        return np.equal(self.kind[places], np.int8(_KINDS.index(kind)))


class Lookup:
    """Finds places by hash in a column that need not be sorted."""

    def __init__(self, column: NDArray[np.uint64]) -> None:
        """Sort the column's places once: 0.1 s for a million."""
        self._order = np.argsort(column, kind="stable").astype(np.int32)
        self._sorted = np.asarray(column)[self._order]

    def places(self, wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
        """All places of these hashes, shape (found), ascending for each hash."""
        first = np.searchsorted(self._sorted, wanted, side="left")
        last = np.searchsorted(self._sorted, wanted, side="right")
        runs = [self._order[start:end] for start, end in zip(first.tolist(), last.tolist(), strict=True) if start < end]
        return np.concatenate(runs).astype(np.int64) if runs else np.empty(0, dtype=np.int64)


def _any_of(column: NDArray[Any], wanted: Sequence[int] | NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which rows hold one of the values, shape (n); a few values are compared one by one."""
    if len(wanted) > _FEW:
        return np.isin(column, np.asarray(wanted, dtype=column.dtype))
    found = np.zeros(len(column), dtype=np.bool_)
    for value in wanted:
        found |= column == column.dtype.type(value)
    return found


def kind_number(kind: PassageKind) -> int:
    """What the column ``kind`` holds for a kind."""
    return _KINDS.index(kind)


def _agent(passage: Passage) -> int:
    """The key of the first agent who is named, as a number."""
    return next((int(voice.agent, 16) for voice in passage.voices if voice.agent), 0)


def seconds(created: str | None) -> int:
    """UTC seconds since 1970 of a date or time, or ``UNKNOWN_TIME``."""
    moment = parse_time(created)
    return UNKNOWN_TIME if moment is None else int(moment.timestamp())


def _limit(text: str) -> int:
    limit = seconds(text)
    if limit == UNKNOWN_TIME:
        raise ValueError(f"{text!r} is no date or time such as 2024-12-31 or 2024-12-31T10:15:00Z")
    return limit


def _number(language: str | None, table: dict[str, int]) -> int:
    """The place of a language in the table, which grows by new ones; beyond 32,767 they count as unknown."""
    if language is None or (language not in table and len(table) >= _MOST_LANGUAGES):
        return _NO_LANGUAGE
    return table.setdefault(language, len(table))


def _speaks(language: str, wanted: Collection[str]) -> bool:
    """Basic filtering of RFC 4647: "en" also wants "en-GB", "en-GB" not "en"."""
    tag = language.casefold().replace("_", "-")
    ranges = (each.casefold().replace("_", "-") for each in wanted)
    return any(tag == each or tag.startswith(f"{each}-") for each in ranges)
