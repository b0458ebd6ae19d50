"""The importer of mail: mbox, EML and Maildir. Read twice: the headers of all, then one conversation at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from data.aliases import alias
from data.importers.importer import Broken, Found, ImportOptions, OnBytes, Told, ignore
from data.importers.limits import too_large
from data.importers.mail import own as addresses
from data.importers.mail.body import body_of
from data.importers.mail.boxes import MAIL_BYTES, content, files, header, places
from data.importers.mail.header import BULK, bare, header_of
from data.importers.mail.index import Index
from data.importers.opening import with_subject
from data.scratch import scratch
from data.transcripts import Conversation, Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from data.importers.mail.boxes import Place
    from data.importers.mail.header import Header
    from data.importers.mail.index import Thread

_FIRST_PASS = 4
"""The first reading does a fourth of the work."""
_OFTEN = 50
COPIES = "copies of the same mail"
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What the parser of mail raises over a mail that is none."""


@dataclass(frozen=True, slots=True)
class Mails:
    """The importer of mailboxes."""

    suffixes: tuple[str, ...] = (".mbox", ".mbx", ".eml", ".emlx")
    expects: str = "mail: an mbox or EML file, a Maildir, or a folder of such files"

    def read(self, path: Path, options: ImportOptions, on_bytes: OnBytes = ignore) -> Iterator[Found | Broken | Told]:
        """Every conversation; nothing where it is not clear whose mails these are."""
        if path.is_fifo():
            yield Broken(path, None, "this is a pipe, and it has to be read twice. Save it as a file first.")
            return
        try:
            with scratch() as database:
                yield from _Reading(path, options, on_bytes, Index(database)).all()
        except OSError as error:
            yield Broken(path, None, f"the mails cannot be read ({error.strerror or error}); check its permissions.")


class _Reading:
    """One mailbox."""

    def __init__(self, path: Path, options: ImportOptions, on_bytes: OnBytes, index: Index) -> None:
        self._path = path
        self._options = options
        self._on_bytes = on_bytes
        self._index = index
        self._skipped: Counter[str] = Counter()

    def all(self) -> Iterator[Found | Broken | Told]:
        try:
            said = self._options.columns
            named = said.get("agent_address") or said.get("agent_value")
            team = addresses.named(named) if named else None
        except ValueError as error:
            yield Broken(self._path, None, f"{error}.")
            return
        any_mail = False
        for file in files(self._path):
            for place in places(file, lambda count: self._on_bytes(count // _FIRST_PASS)):
                any_mail = True
                if broken := self._noted(place):
                    yield broken
        if not any_mail:
            yield Broken(self._path, None, "there are no mails in it.")
            return
        self._index.settle()
        if team is None:
            try:
                team, sentence = addresses.found(*self._index.often(_OFTEN))
            except ValueError as error:
                yield from self._told()
                yield Broken(self._path, None, f"{error}.")
                return
            yield Told(self._path, sentence)
        self._index.join(team.has)
        for thread in self._index.threads():
            yield from self._conversation(thread, team.has)
            self._on_bytes(thread.size - thread.size // _FIRST_PASS)
        yield from self._told()

    def _noted(self, place: Place) -> Broken | None:
        """Keep where a mail is and what its header says; a message where it is none."""
        try:
            found = header_of(header(place))
        except _UNREADABLE:
            return _broken(place, "this mail's header cannot be read; it was left out.")
        if not found.sender and not found.recipients and not found.subject:
            return _broken(place, 'expected a mail: lines such as "From: …" and "Subject: …", then an empty one.')
        if found.skipped:
            self._skipped[found.skipped] += 1
        elif not self._index.add(place, found):
            self._skipped[COPIES] += 1
        return None

    def _told(self) -> Iterator[Told]:
        if self._skipped:
            counts = ", ".join(f"{name} {count:,}" for name, count in sorted(self._skipped.items()))
            yield Told(self._path, f"left out: {counts}.")

    def _conversation(self, thread: Thread, is_own: Callable[[str], bool]) -> Iterator[Found | Broken]:
        if problem := too_large("of " + thread.first.path.name, thread.mails, 0, self._options.limits):
            yield _broken(thread.first, f"{problem}.")
            return
        turns: list[Turn] = []
        first: Header | None = None
        asked: set[str] = set()
        for place in self._index.mails(thread):
            if place.size > MAIL_BYTES:
                yield _broken(
                    place, f"the mail is {place.size / 1e6:.0f} MB long; at most {MAIL_BYTES / 1e6:.0f} MB are read."
                )
                continue
            try:
                head = header_of(header(place))
                if head.group and not is_own(head.group):
                    self._skipped[BULK] += 1
                    continue
                turn = _turn(head, content(place), asked, is_own)
            except _UNREADABLE:
                yield _broken(place, "this mail cannot be read; it was left out.")
                continue
            first = first or head
            turns.append(turn)
        if first is not None:
            yield Found(thread.first.line, self._made(first, tuple(turns)))

    def _made(self, first: Header, turns: tuple[Turn, ...]) -> Conversation:
        key = first.ids[1] if len(first.ids) > 1 and first.own else "".join(first.ids[:1])
        key = key or f"{first.sender} {first.at} {first.subject}"
        title = bare(first.subject)
        at = next((turn.at for turn in turns if turn.at), None)
        return Conversation(
            id=f"mail-{blake2b(key.encode('utf-8', 'replace'), digest_size=8).hexdigest()}",
            turns=with_subject(turns, title or None),
            language=self._options.language,
            labels={**({"title": title} if title else {}), **({"created": at[:10]} if at else {})},
            source=self._options.source,
        )


def _turn(head: Header, data: bytes, asked: set[str], is_own: Callable[[str], bool]) -> Turn:
    """A mail as a turn. ``asked`` are the people outside who wrote before; who writes now is added.

    What the team wrote to itself, or to others than who asked, is internal.
    """
    body = body_of(data)
    extras = {"attachments": body.attachments} if body.attachments else {}
    at = head.at or None
    outside = {one for one in head.recipients if not is_own(one)}
    through_form = {one for one in head.reply_to if not is_own(one)} if not outside else set()
    if head.sender and not is_own(head.sender):
        through_form = {head.sender, *(one for one in head.reply_to if not is_own(one))}
    elif not is_own(head.sender):
        return Turn(Role.NOTE, body.text, None, at, extras)
    if through_form:
        asked |= through_form
        return Turn(Role.CUSTOMER, body.text, alias("customer", min(through_form)), at, extras)
    public = not head.doubted and bool(outside & asked if asked else outside)
    return Turn(Role.AGENT if public else Role.NOTE, body.text, head.name or head.sender, at, extras)


def _broken(place: Place, message: str) -> Broken:
    return Broken(place.path, place.line, message)
