"""Import: reads, checks, cleans and masks files. What comes out may be stored; what is left out comes with a reason.

Streams: one conversation in memory at a time, plus 16 bytes for each to know duplicates by.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.cleaning.quality import DUPLICATE, clean, fingerprint
from data.importers import REGISTRY, UnknownFormatError, sources
from data.importers.articles import markdown_files
from data.importers.importer import Broken, Found, ImportOptions
from data.masking.conversation import mask_conversation
from data.progress import Report, silent
from data.transcripts import Article, Conversation, article_to_json, conversation_to_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

STEP = "import"
EMPTY_ARTICLE = "empty article"

_MISSING = "there is no such file or folder; check the path."
_REPORT_EVERY = 16 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """A conversation or article ready to be stored; counts of what was masked in it and which turns it lost."""

    item: Conversation | Article
    masked: Counter[str] = field(default_factory=Counter)
    turn_drops: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A conversation or article not worth keeping; ``id`` is its id or slug."""

    id: str
    reason: str
    turn_drops: Counter[str] = field(default_factory=Counter)


def take(
    paths: Sequence[Path],
    format: str | None = None,  # noqa: A002  # the name users know it by
    *,
    options: ImportOptions | None = None,
    report: Report = silent,
    seen: dict[bytes, str] | None = None,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
) -> Iterator[Accepted | Dropped | Broken]:
    """Everything in the given files and folders, in order; a bad row never stops the others.

    Reports bytes read of all files as they lie on disk. ``seen`` maps fingerprints to ids of conversations
    known already and grows; the same words under another id are a duplicate. ``keep`` names addresses and numbers
    of the desk's own that are not masked, ``countries`` where its customers are. Articles are published
    words: they are not masked at all.
    """
    options = options or ImportOptions()
    seen = {} if seen is None else seen
    work: list[tuple[str, Path] | Broken] = []
    for path in paths:
        try:
            work += sources(path, format) if path.exists() else [Broken(path, None, _MISSING)]
        except UnknownFormatError as error:
            work.append(Broken(path, None, f"{error}."))
    progress = _Progress(sum(_size(pair[1]) for pair in work if not isinstance(pair, Broken)), report)
    for pair in work:
        if isinstance(pair, Broken):
            yield pair
            continue
        name, path = pair
        for row in REGISTRY[name].read(path, options, progress.add):
            yield row if isinstance(row, Broken) else _checked(row, seen, keep, countries)
    progress.finish()


def prepared(
    conversation: Conversation, keep: Collection[str] = (), countries: Collection[str] = ()
) -> Accepted | Dropped:
    """Clean and mask one conversation, as every row of an import is."""
    return _checked(Found(0, conversation), {}, keep, countries)


def content_digest(item: Conversation | Article) -> str:
    """SHA-256 of all that is kept of an item, in hexadecimal: equal if and only if nothing changed."""
    value = article_to_json(item) if isinstance(item, Article) else conversation_to_json(item)
    line = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode("ascii")).hexdigest()


def _checked(
    found: Found, seen: dict[bytes, str], keep: Collection[str], countries: Collection[str]
) -> Accepted | Dropped:
    item = found.item
    if isinstance(item, Article):
        return Accepted(item) if item.text.strip() else Dropped(item.slug, EMPTY_ARTICLE)
    cleaned = clean(item)
    if cleaned.conversation is None:
        return Dropped(item.id, cleaned.reason or "", cleaned.turns)
    if seen.setdefault(fingerprint(cleaned.conversation), item.id) != item.id:
        return Dropped(item.id, DUPLICATE, cleaned.turns)
    masked, counts = mask_conversation(cleaned.conversation, keep, countries)
    return Accepted(masked, counts, cleaned.turns)


def _size(path: Path) -> int:
    files = markdown_files(path) if path.is_dir() else [path]
    try:
        return sum(file.stat().st_size for file in files)
    except OSError:
        return 0


class _Progress:
    """Adds up bytes and reports them, but not at every one."""

    def __init__(self, total: int, report: Report) -> None:
        self._total = total
        self._report = report
        self._done = 0
        self._told = 0

    def add(self, count: int) -> None:
        self._done += count
        if self._done - self._told >= _REPORT_EVERY:
            self._told = self._done
            self._report(STEP, min(self._done, self._total), self._total)

    def finish(self) -> None:
        self._report(STEP, self._total, self._total)
