"""Import: reads, checks, cleans and masks files. What comes out may be stored; what is left out comes with a reason.

Streams: one conversation in memory at a time; what is needed of all the others lies on disk.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from data.cleaning.duplicates import fingerprints
from data.cleaning.html_text import plain_text
from data.cleaning.quality import DUPLICATE, SIGNATURE_CUT, clean, fingerprint
from data.importers import REGISTRY, UnknownFormatError, sources
from data.importers.articles import markdown_files
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.importers.limits import TimeUpError, exceeded
from data.importers.mail.boxes import files as mails
from data.masking.conversation import mask_conversation
from data.progress import Report, silent
from data.transcripts import Article, Conversation, article_to_json, conversation_to_json, web_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from data.cleaning.duplicates import Fingerprints

STEP = "import"
EMPTY_ARTICLE = "empty article"
_SIGNATURE_CHARACTERS = 1_500
"""Of a mail's end, in which those sign whose names may stand elsewhere."""

_MISSING = "there is no such file or folder; check the path."
_NO_ADDRESS = (
    "the address {url!r} of the article {slug!r} is left out, the article is kept: write a whole one, https://…"
)
_REPORT_EVERY = 16 * 1024
_REPORT_SECONDS = 0.5


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
    seen: Fingerprints | None = None,
    keep: Collection[str] = (),
    countries: Collection[str] = (),
) -> Iterator[Accepted | Dropped | Broken | Told]:
    """Everything in the given files and folders, in order; a bad row never stops the others.

    Reports bytes read of all files as they lie on disk. ``seen`` knows the conversations there were before, and grows;
    the same words under another id are a duplicate. ``keep`` names addresses and numbers of the desk's own that are not
    masked, ``countries`` where its customers are. Articles are published words: they are not masked at all.
    """
    options = options or ImportOptions()
    if seen is None:
        with fingerprints() as own:
            yield from take(paths, format, options=options, report=report, seen=own, keep=keep, countries=countries)
        return
    work: list[tuple[str, Path] | Broken] = []
    for path in paths:
        try:
            work += sources(path, format) if path.exists() else [Broken(path, None, _MISSING)]
        except UnknownFormatError as error:
            work.append(Broken(path, None, f"{error}."))
    progress = _Progress(sum(_size(*pair) for pair in work if not isinstance(pair, Broken)), report)
    for pair in work:
        if isinstance(pair, Broken):
            yield pair
            continue
        for row in _read(*pair, options, progress):
            if isinstance(row, Found) and isinstance(row.item, Article):
                url = row.item.url
                if url and web_address(url) is None:
                    yield Broken(pair[1], row.line, _NO_ADDRESS.format(slug=row.item.slug[:80], url=url[:80]))
            yield _checked(row, seen, keep, countries) if isinstance(row, Found) else row
    progress.finish()


def _read(name: str, path: Path, options: ImportOptions, progress: _Progress) -> Iterator[Found | Broken | Told]:
    """What a file holds, within the limits and for as long as they allow."""
    limits = options.limits
    line = None
    progress.begin(limits.seconds)
    try:
        for row in REGISTRY[name].read(path, options, progress.add):
            line = line if isinstance(row, Told) else row.line
            problem = exceeded(row.item, limits) if isinstance(row, Found) else None
            yield Broken(path, line, f"{problem}.") if problem else row
            progress.watch()
    except TimeUpError:
        yield Broken(
            path,
            line,
            f"the file took longer than {limits.seconds / 3600:g} hours; what was read until here is stored, the rest "
            "is not. Split it and import the parts, or raise UNDERSTUDY_IMPORT_SECONDS.",
        )


def prepared(
    conversation: Conversation, keep: Collection[str] = (), countries: Collection[str] = ()
) -> Accepted | Dropped:
    """Clean and mask one conversation, as every row of an import is."""
    return _checked(Found(0, conversation), None, keep, countries)


def content_digest(item: Conversation | Article) -> str:
    """SHA-256 of all that is kept of an item, in hexadecimal: equal if and only if nothing changed."""
    value = article_to_json(item) if isinstance(item, Article) else conversation_to_json(item)
    line = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode("ascii")).hexdigest()


def _checked(
    found: Found, seen: Fingerprints | None, keep: Collection[str], countries: Collection[str]
) -> Accepted | Dropped:
    item = found.item
    if found.against is not None:
        return Dropped(item.slug if isinstance(item, Article) else item.id, found.against)
    if isinstance(item, Article):
        linked = replace(item, url=web_address(item.url))
        return Accepted(linked) if item.text.strip() else Dropped(item.slug, EMPTY_ARTICLE)
    cleaned = clean(item)
    if cleaned.conversation is None:
        return Dropped(item.id, cleaned.reason or "", cleaned.turns)
    if seen is not None and seen.first(fingerprint(cleaned.conversation), item.id) != item.id:
        return Dropped(item.id, DUPLICATE, cleaned.turns)
    signed = item.turns if cleaned.turns[SIGNATURE_CUT] else ()
    ends = [plain_text(turn.text)[-_SIGNATURE_CHARACTERS:] for turn in signed]
    masked, counts = mask_conversation(cleaned.conversation, keep, countries, beside=ends)
    return Accepted(masked, counts, cleaned.turns)


def _size(name: str, path: Path) -> int:
    files = mails(path) if name == "mail" else markdown_files(path) if path.is_dir() else [path]
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
        self._spoke = 0.0
        self._end = 0.0

    def begin(self, seconds: float) -> None:
        """Another file, which may take so long."""
        self._end = time.monotonic() + seconds
        self._report(STEP, min(self._done, self._total), self._total)

    def watch(self) -> None:
        """See that the file's time is not up.

        Raises:
            TimeUpError: it is.

        """
        if time.monotonic() > self._end:
            raise TimeUpError

    def add(self, count: int) -> None:
        self.watch()
        self._done += count
        now = time.monotonic()
        if self._done - self._told >= _REPORT_EVERY or now - self._spoke > _REPORT_SECONDS:
            self._told, self._spoke = self._done, now
            self._report(STEP, min(self._done, self._total), self._total)

    def finish(self) -> None:
        self._report(STEP, self._total, self._total)
