"""Reads the export of any help desk: takes its records apart, gathers them, decides over all of them, gives them out.

What a tool calls a message stands in its own module (``kinds``); this one knows no tool.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from data.importers.documents import Share, UnreadableError, documents
from data.importers.helpdesks.assembly import Assembly, Team, is_rounded
from data.importers.helpdesks.gathered import Gathered, gathering
from data.importers.helpdesks.pieces import Kind, Left, Message, Person, Place, Ticket
from data.importers.helpdesks.shapes import wraps_of
from data.importers.helpdesks.xml_records import xml_records
from data.importers.importer import Broken, Found, ImportOptions, OnBytes, Told, ignore
from data.importers.json_records import Item, Text, Unread, records, sample
from data.importers.limits import KEY_CHARACTERS, clipped, too_large
from data.importers.rounded_ids import complaint
from data.importers.source_options import date_order
from data.importers.time_column import TimeColumn
from data.importers.visibility import Choices, Column, Rule, rules, told
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from data.importers.documents import Document
    from data.importers.helpdesks.pieces import Piece

Lines = "Callable[[Text, Place], Iterator[Piece | Unread]]"
_TOGETHER = 500  # messages of one conversation that are held before they are written
_VALUES_COUNTED, _VOICES_COUNTED, _VOICES_SHOWN = 5_000, 10_000, 8
_NONE_FOUND = "nothing in it is known from {title}: expected {expects}."


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """The importer of one tool's export.

    ``asks``: who is of the team does not stand in the export. ``in_order``: messages lie oldest first, whatever their
    times. ``titled``: the subject is what the customer asked, as in mail. ``hint`` is told where no
    ticket has messages, ``says`` always.
    ``lines`` reads texts that are not JSON, ``elements`` are the records of XML.
    """

    title: str
    expects: str
    kinds: tuple[Kind, ...] = ()
    asks: bool = False
    in_order: bool = False
    newest_first: bool = False
    titled: bool = False
    hint: str = ""
    says: str = ""
    elements: tuple[str, ...] = ()
    lines: Callable[[Text, Place], Iterator[Piece | Unread]] | None = None
    begins: Callable[[str], bool] | None = None
    suffixes: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """What its conversations are kept under, so that two tools may have a ticket 7 each."""
        return self.title.partition(" (")[0].casefold().replace(" ", "_")

    def kind_of(self, record: object) -> Kind | None:
        """Which of its records this is."""
        return next((kind for kind in self.kinds if kind.fits(record)), None) if isinstance(record, dict) else None

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every conversation, in the order in which they begin; nothing but the question where there is one."""
        if path.is_fifo():
            yield Broken(path, None, "this is a pipe. Save it as a file first.")
            return
        with gathering() as gathered:
            try:
                export = _Export(self, path, options, gathered)
            except ValueError as error:
                yield Broken(path, None, f"{error}.")
                return
            share = Share(on_bytes)
            yield from export.take(share.read)
            stops = export.decide()
            if stops:
                yield from (Broken(path, None, sentence) for sentence in stops)
                return
            yield from export.conversations(share)


@dataclass(slots=True)
class _Seen:
    """What was met on the way and is decided or told at the end."""

    left: Counter[str] = field(default_factory=Counter)
    flags: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    answers: int = 0
    messages: int = 0
    tickets: int = 0
    files: int = 0
    voices: Counter[str] = field(default_factory=Counter)


class _Export:
    """One file of a help desk."""

    def __init__(self, desk: HelpDesk, path: Path, options: ImportOptions, gathered: Gathered) -> None:
        self._desk = desk
        self._path = path
        self._options = options
        self._gathered = gathered
        self._times = TimeColumn(date_order(options.columns))
        self._choices = Choices.of(options.columns)
        self._team = Team.of(options.columns)
        self._seen = _Seen()
        self._rules: dict[str, Rule] = {}

    def take(self, on_bytes: OnBytes) -> Iterator[Broken]:
        """Gather all records of all documents in the file."""
        before = self._seen
        try:
            with documents(self._path, on_bytes, self._options.limits) as found:
                for document in found:
                    yield from self._document(document)
        except UnreadableError as error:
            yield Broken(self._path, None, str(error))
            return
        if not (before.messages or before.tickets or before.left):
            text = _NONE_FOUND.format(title=self._desk.title, expects=self._desk.expects)
            yield Broken(self._path, None, text)

    def _document(self, document: Document) -> Iterator[Broken]:
        text = Text(document.chunks)
        first = text.peek()
        place = Place(self._path.name.split(".")[0], document.name, 0, "")
        if self._desk.lines is not None and self._desk.begins and self._desk.begins(text.buffer):
            yield from self._pieces(self._desk.lines(text, place), place, text)
        elif first == "<" and self._desk.elements:
            yield from self._records(xml_records(text, self._desk.elements, self._options.limits), place, set())
        elif first in {"{", "["} and self._desk.kinds:
            wraps, places = wraps_of(
                sample(text.buffer[text.at :]), lambda record: self._desk.kind_of(record) is not None
            )
            yield from self._records(records(text, wraps, self._options.limits), place, places)

    def _records(self, found: Iterator[Item | Unread], place: Place, places: set[str]) -> Iterator[Broken]:
        for item in found:
            if isinstance(item, Unread):
                yield self._broken(item.line, item.message, place)
                continue
            here = Place(place.stem, place.member, item.number, item.path)
            kind = self._desk.kind_of(item.value)
            if kind is not None:
                yield from self._pieces(kind.read(item.value, here), here, item.line)
            elif item.path in places:
                keys = clipped(", ".join(sorted(item.value)[:8]), 200) or "no keys"
                where = f"record {item.number:,}" + (f" of {item.path}" if item.path else "")
                said = f"{where} was left out: expected {self._desk.expects}, found {keys}."
                yield self._broken(item.line, said, here)

    def _broken(self, line: int, message: str, place: Place) -> Broken:
        return Broken(
            self._path, line or None, f"in {clipped(place.member, 100)}: {message}" if place.member else message
        )

    def _pieces(self, found: Iterable[Piece | Unread], place: Place, where: int | Text) -> Iterator[Broken]:
        """Keep what a record adds; ``where`` is its line, or the text that is read at it."""
        for key, group in groupby(found, lambda piece: str(getattr(piece, "conversation", ""))):
            line = where if isinstance(where, int) else where.line()
            parts: list[Ticket | Message] = []
            for piece in group:
                if isinstance(piece, Unread):
                    yield self._broken(piece.line, piece.message, place)
                elif isinstance(piece, Person):
                    if piece.id:
                        self._gathered.add_person(piece)
                elif isinstance(piece, Left):
                    self._seen.left[piece.what] += 1
                else:
                    parts.append(piece)
                if len(parts) >= _TOGETHER:
                    yield from self._keep(key, parts, line, place)
                    parts = []
            yield from self._keep(key, parts, line, place)

    def _keep(self, key: str, parts: list[Ticket | Message], line: int, place: Place) -> Iterator[Broken]:
        if not parts:
            return
        if not key or len(key) > KEY_CHARACTERS or is_rounded(key):
            what = "has no id" if not key else f"has an id of {len(key):,} characters"
            what = complaint(key, "it") if key and is_rounded(key) else f"{what}; every conversation needs its own."
            yield self._broken(line, f"record {place.number:,} was left out: {what}", place)
            return
        self._note(parts)
        self._gathered.add(parts, line)

    def _note(self, parts: list[Ticket | Message]) -> None:
        seen = self._seen
        for piece in parts:
            if isinstance(piece, Ticket):
                seen.tickets += 1
                continue
            seen.messages += not piece.opening
            seen.files += piece.files
            self._times.add(piece.at)
            if piece.opening:
                continue
            customer = piece.role in {Role.CUSTOMER, Role.NOTE}
            seen.answers += not customer
            for name, value in piece.flags.items():
                flag = (name, value, customer)
                if flag in seen.flags or len(seen.flags) < _VALUES_COUNTED:
                    seen.flags[flag] += 1
            if self._desk.asks and piece.role is None:
                voice = piece.name or piece.author
                if voice in seen.voices or len(seen.voices) < _VOICES_COUNTED:
                    seen.voices[voice] += 1

    def decide(self) -> list[str]:
        """Why the export cannot be imported yet."""
        if self._desk.asks and self._seen.voices and self._team.others is None:
            return [self._question()]
        columns: dict[str, Column] = {}
        counts: Counter[str] = Counter()
        blanks: Counter[str] = Counter()
        for (name, value, customer), count in self._seen.flags.items():
            column = columns.setdefault(name, Column(name))
            blank = column.blank
            column.add(value, customer=customer)
            counts[name] += 0 if customer else count
            blanks[name] += count if column.blank > blank else 0
        for name, column in columns.items():
            column.blank = blanks[name]
            column.absent = self._seen.answers - counts[name]
        self._rules, questions = rules(columns, self._choices)
        self._columns = columns
        return [question.message for question in questions]

    def _question(self) -> str:
        people = (self._gathered.person(voice) for voice, _ in self._seen.voices.most_common(_VOICES_SHOWN))
        named = zip(self._seen.voices.most_common(_VOICES_SHOWN), people, strict=True)
        shown = [f"{clipped((who.name if who else '') or voice, 60)} ({count:,})" for (voice, count), who in named]
        return (
            f"{self._desk.title} does not say who of these is your team: {', '.join(shown)}. Nothing of this file was "
            f"stored. Name them: --column 'agent_value=NAME|NAME' (names, ids, addresses or @your.domain); "
            "all others are customers. Programs: --column 'bot_value=NAME'."
        )

    def conversations(self, share: Share) -> Iterator[Found | Broken | Told]:
        """What was decided, then every conversation."""
        possible = self._times.open_readings()
        for sentence in self._sentences(possible):
            yield Told(self._path, sentence)
        assembly = Assembly(
            gathered=self._gathered,
            team=self._team,
            rules=self._rules,
            times=self._times,
            possible=possible,
            options=self._options,
            asks=self._desk.asks,
            in_order=self._desk.in_order,
            newest_first=self._desk.newest_first,
            titled=self._desk.titled,
            source=self._options.source or self._desk.source,
        )
        total, done = self._gathered.size() or 1, 0
        for key, line, parts, size in self._gathered.conversations():
            if problem := too_large(key, parts, size, self._options.limits):
                yield Broken(self._path, line, f"{problem}.")
            else:
                yield assembly.conversation(key, line, self._gathered.pieces(key))
            done += size
            share.done(done / total)

    def _sentences(self, possible: tuple[int, ...]) -> Iterator[str]:
        seen = self._seen
        yield f"read as an export of {self._desk.title}."
        if self._desk.says:
            yield self._desk.says
        if seen.tickets and not seen.messages and self._desk.hint:
            yield self._desk.hint
        yield from (told(rule, self._columns[name]) for name, rule in self._rules.items())
        yield from self._times.told("its messages", possible)
        if seen.left:
            yield f"left out: {', '.join(f'{count:,} {what}' for what, count in seen.left.most_common())}."
        if seen.files:
            yield f"{seen.files:,} attachments hang on its messages; they are counted and not read."
