"""A mailbox by IMAP, in a thread: reads without a trace, lays mails down, sets flags. Deletes nothing.

Every folder is opened for reading alone (EXAMINE) but where a flag is set, and every mail is looked at by BODY.PEEK.
"""

from __future__ import annotations

import imaplib
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from imapclient import imapclient
from imapclient.exceptions import LoginError

from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.desks.mailing.letter import DRAFTS, FIELDS, INBOX, SENT, Letter, letter_of
from chatbot.service.outgoing.door import OutgoingError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from chatbot.service.connectors.desks.mailing.places import Place
    from chatbot.service.outgoing.lines import Lines

SECONDS = 30.0
"""What one answer of a server may take."""
_MOST_BYTES = 64 * 1024 * 1024
_HEADERS = f"BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS)})]"
_WHOLE = 2_000_000  # of a longer mail the beginning is read, where its words are
_AT_ONCE, _IDS_AT_ONCE, _FOUND = 200, 8, 400
_LAST = 50
_MARGIN, _DAYS = timedelta(minutes=20), timedelta(days=1)
_MOVED = timedelta(hours=1)
_WAIT = 30.0
_BUSY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "too many", "try again", "temporar", "throttl")
_FLAGS = {DRAFTS: ("\\Draft", "\\Seen"), SENT: ("\\Seen",)}
_SPECIAL = {DRAFTS: imapclient.DRAFTS, SENT: imapclient.SENT}


class _Wire(imaplib.IMAP4):
    """Speaks over a connection that is there already, and takes no answer without bounds."""

    def __init__(self, line: socket.socket, host: str) -> None:
        self._line = line
        super().__init__(host)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        del timeout
        return self._line

    def read(self, size: int) -> bytes:
        if size > _MOST_BYTES:
            raise OSError("the server answers too much")
        return super().read(size)


class _Imap(imapclient.IMAPClient):  # type: ignore[misc]  # it has no types
    def __init__(self, line: socket.socket, host: str) -> None:
        self._line = line
        super().__init__(host, ssl=False, timeout=SECONDS)
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - the library's own
        return _Wire(self._line, self.host)


@contextmanager
def told(host: str) -> Iterator[None]:
    """What goes wrong, as a sentence."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise OutgoingError(f"{host} has no certificate that can be trusted: {error.verify_message}.") from error
    except imaplib.IMAP4.error as error:
        said = " ".join(str(error).split())[:200]
        if any(word.lower() in said.lower() for word in _BUSY):
            raise BusyError(f"{host} is busy: {said}", _WAIT) from error
        if isinstance(error, LoginError):
            raise OutgoingError(f"{host} refuses the credentials of the mailbox.") from error
        raise OutgoingError(f"{host} does not do what it is asked: {said}") from error
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise OutgoingError(f"{host} does not answer as a mailbox does ({type(error).__name__}).") from error


class Mailbox:
    """One mailbox, signed in to. Everything blocks, and raises what ``told`` tells."""

    def __init__(self, line: socket.socket, place: Place, lines: Lines, user: str, password: str) -> None:
        secured = lines.tls.wrap_socket(line, server_hostname=place.host) if place.secure else line
        self._imap = _Imap(secured, place.host)
        self._names: dict[str, str | None] = {INBOX: place.folder}
        try:
            if not place.secure:
                self._secure(place.host, lines)
            if user.isascii() and password.isascii():
                self._imap.login(user, password)
            else:
                self._imap.plain_login(user, password)
        except BaseException:
            self._imap.shutdown()
            raise

    def _secure(self, host: str, lines: Lines) -> None:
        if self._imap.has_capability("STARTTLS"):
            self._imap.starttls(lines.tls)
        elif not lines.may_be_plain(host):
            raise OutgoingError(
                f"{host} offers no TLS. Plain IMAP is for hosts of your own that UNDERSTUDY_OUTGOING_ALLOW names."
            )

    @property
    def line(self) -> socket.socket:
        """The connection as it is now."""
        line: socket.socket = self._imap.socket()
        return line

    def close(self) -> None:
        """Sign out."""
        try:
            self._imap.logout()
        except (OSError, EOFError, imaplib.IMAP4.error):
            self.drop()

    def drop(self) -> None:
        """End the connection, whatever its state."""
        with suppress(OSError):
            self._imap.shutdown()

    def folder(self, folder: str) -> str | None:
        """What a folder is called there; None where there is none."""
        if folder not in self._names:
            self._names[folder] = self._imap.find_special_folder(_SPECIAL[folder])
        return self._names[folder]

    def count(self) -> int:
        """Mails in the inbox."""
        return int(self._open(INBOX)[b"EXISTS"])

    def arrived(self, folder: str, since: datetime, most: int) -> list[int]:
        """UIDs of the mails that came since, oldest first, and of those that were moved here lately."""
        if self.folder(folder) is None:
            return []
        count = int(self._open(folder)[b"EXISTS"])
        if not count:
            return []
        uids = set(self._imap.search(["SINCE", (since - _DAYS).date()]))
        self._imap.use_uid = False
        last = self._imap.fetch(range(max(1, count - _LAST + 1), count + 1), ["UID", "INTERNALDATE"])
        self._imap.use_uid = True
        dates = {int(each[b"UID"]): each[b"INTERNALDATE"] for each in last.values()}
        recent = {uid for uid in uids - dates.keys() if uid > 0}
        for some in _chunks(sorted(recent)[-most * 2 :], _AT_ONCE):
            dates |= {uid: each[b"INTERNALDATE"] for uid, each in self._imap.fetch(some, ["INTERNALDATE"]).items()}
        chosen, latest = [], None
        for uid, at in sorted(dates.items()):
            if at >= since - _MARGIN or (latest is not None and at < latest - _MOVED):
                chosen.append(uid)
            latest = at if latest is None else max(latest, at)
        return chosen[-most:]

    def mentioning(self, folder: str, needles: Sequence[str], *, own: bool = False) -> list[int]:
        """UIDs of mails that have one of these in their Message-ID or, unless ``own``, among those they answer."""
        if self.folder(folder) is None:
            return []
        self._open(folder)
        found: set[int] = set()
        for some in _chunks(list(needles), _IDS_AT_ONCE):
            wanted: Any = None
            for needle in some:
                for field in ("Message-ID", "References", "In-Reply-To")[: 1 if own else 3]:
                    one = ["HEADER", field, needle]
                    wanted = one if wanted is None else ["OR", wanted, one]
            found |= set(self._imap.search(wanted))
        return sorted(found)[-_FOUND:]

    def letters(self, folder: str, uids: Sequence[int], validity: int | None = None) -> list[Letter]:
        """Mails by their headers; none where the folder is not the one any more that ``validity`` is of."""
        if not uids:
            return []
        now = int(self._open(folder).get(b"UIDVALIDITY", 0))
        if validity not in {None, now}:
            return []
        found = []
        for some in _chunks(list(uids), _AT_ONCE):
            wanted = ["FLAGS", "INTERNALDATE", "RFC822.SIZE", _HEADERS]
            for uid, each in self._imap.fetch(some, wanted).items():
                raw = next((value for key, value in each.items() if key.startswith(b"BODY[")), None)
                if raw is None or b"INTERNALDATE" not in each:
                    continue  # deleted meanwhile
                flags = (flag.decode("latin-1") for flag in each.get(b"FLAGS", ()) if isinstance(flag, bytes))
                at = each[b"INTERNALDATE"].astimezone(UTC)
                size = int(each.get(b"RFC822.SIZE", 0))
                if "\\Deleted" not in (kept := frozenset(flags)):
                    found.append(letter_of(folder, uid, now, kept, at, size, raw))
        return found

    def whole(self, letter: Letter) -> bytes:
        """A mail with its words; without what lies far behind them in a very long one."""
        self._open(letter.folder)
        part = "BODY.PEEK[]" if letter.size <= _WHOLE else f"BODY.PEEK[]<0.{_WHOLE}>"
        each = self._imap.fetch([letter.uid], [part]).get(letter.uid, {})
        return next((value for key, value in each.items() if key.startswith(b"BODY[")), b"") or b""

    def lay(self, folder: str, data: bytes) -> None:
        """Lay a mail into the folder of drafts, or of what was sent.

        Raises:
            OutgoingError: there is no such folder.

        """
        name = self.folder(folder)
        if name is None:
            raise OutgoingError(f"The mailbox has no folder for {'drafts' if folder == DRAFTS else 'sent mails'}.")
        self._imap.append(name, data, _FLAGS[folder], datetime.now(UTC))

    def flag(self, folder: str, uids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Set and take away flags, such as the server keeps."""
        name = self.folder(folder)
        if not uids or name is None:
            return
        kept = self._imap.select_folder(name).get(b"PERMANENTFLAGS", (b"\\*",))
        free = b"\\*" in kept
        known = {flag.decode("latin-1").lower() for flag in kept if isinstance(flag, bytes)}
        for flags, change in ((add, self._imap.add_flags), (remove, self._imap.remove_flags)):
            if can := [flag for flag in flags if free or flag.lower() in known]:
                change(list(uids), can, silent=True)

    def _open(self, folder: str) -> dict[bytes, Any]:
        opened: dict[bytes, Any] = self._imap.select_folder(self.folder(folder), readonly=True)
        return opened


def _chunks(values: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
