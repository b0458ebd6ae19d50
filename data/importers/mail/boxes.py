"""Where the mails of an mbox or EML file, a Maildir or a folder of such files begin and end; reads none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from data.importers.importer import OnBytes

MAIL_BYTES = 40 * 1024 * 1024
"""Of one mail, attachments as they travel included; help desks and mail servers refuse larger ones."""
HEADER_BYTES = 256 * 1024
_LINE = 64 * 1024
_FROM = re.compile(rb"From \S{1,200}[^\n]{0,200}\d\d:\d\d[^\n]{0,100}\r?\n?")
_FIELD = re.compile(rb"[!-9;-~]{1,100}:")
_ENDS = (".eml", ".emlx", ".mbox", ".mbx")
_FOLDERS = ("cur", "new")


@dataclass(frozen=True, slots=True)
class Place:
    """One mail: its file, where it begins there and how long it is; ``line`` counts from 1 in an mbox."""

    path: Path
    start: int
    size: int
    line: int


def is_mailbox(path: Path) -> bool:
    """Whether a folder is a Maildir or holds mails as files."""
    return bool(_maildir(path)) or any(_is_mail(file) for file in path.iterdir())


def begins_as_mbox(path: Path) -> bool:
    """Whether a file whose name says nothing is an mbox."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as opened:
            return is_mbox(opened.read(1024))
    except OSError:
        return False


def is_mbox(head: bytes) -> bool:
    """Whether a file begins as an mbox does."""
    return _FROM.match(head) is not None


def files(path: Path) -> list[Path]:
    """The files of a mailbox; of a folder every mail in it, folders within it too."""
    if not path.is_dir():
        return [path]
    maildir = _maildir(path)
    if maildir:
        found = (file for folder in maildir for file in folder.iterdir() if not file.name.startswith("."))
        return sorted(file for file in found if file.is_file())
    return sorted(file for file in path.rglob("*") if _is_mail(file))


def places(file: Path, on_bytes: OnBytes) -> Iterator[Place]:
    """The mails of one file in its order.

    Raises:
        OSError: the file cannot be read.

    """
    with file.open("rb") as opened:
        head = opened.read(_LINE).lstrip(b"\xef\xbb\xbf\r\n")
    if not is_mbox(head):
        size = file.stat().st_size
        on_bytes(size)
        yield Place(file, 0, size, 1)
        return
    yield from _mbox(file, on_bytes)


def content(place: Place, most: int = MAIL_BYTES) -> bytes:
    """The bytes of a mail, at most so many, with the ``>`` before "From " taken away that mbox needs."""
    with place.path.open("rb") as opened:
        opened.seek(place.start)
        data = opened.read(min(place.size, most))
    if place.start or is_mbox(data):
        data = data.partition(b"\n")[2]
        data = re.sub(rb"(?m)^>(>{0,20}From )", rb"\1", data)
    return data


def header(place: Place) -> bytes:
    """The beginning of a mail, its header in it."""
    data = content(place, HEADER_BYTES)
    ends = [end for mark in (b"\n\n", b"\n\r\n") if (end := data.find(mark)) >= 0]
    return data[: min(ends) + 1] if ends else data


def _mbox(file: Path, on_bytes: OnBytes) -> Iterator[Place]:
    """An mbox begins a mail at a "From " line after an empty one, where a header follows."""
    start, begins, number = 0, 0, 0
    candidate: tuple[int, int] | None = None
    blank, whole = True, True
    position = 0
    with file.open("rb") as opened:
        while line := opened.readline(_LINE):
            number += whole
            if candidate is not None:
                if _FIELD.match(line) or line.startswith(b">From "):
                    if candidate[0] > start:
                        yield Place(file, start, candidate[0] - start, begins)
                    start, begins = candidate
                candidate = None
            if whole and blank and line.startswith(b"From ") and _FROM.fullmatch(line):
                candidate = (position, number)
            blank = whole and not line.strip()
            whole = line.endswith(b"\n")
            position += len(line)
            on_bytes(len(line))
    if position > start:
        yield Place(file, start, position - start, begins or 1)


def _maildir(path: Path) -> list[Path]:
    folders = [path / name for name in _FOLDERS]
    return folders if all(folder.is_dir() for folder in folders) else []


def _is_mail(file: Path) -> bool:
    return file.name.lower().endswith(_ENDS) and file.is_file()
