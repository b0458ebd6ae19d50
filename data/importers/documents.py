"""Opens what an export comes in (a plain file, gzip, a ZIP archive) as pieces of text, in constant memory.

Bytes that are no UTF-8 come through as lone surrogates, so that who reads a record can tell of it. Knows no formats.
"""

from __future__ import annotations

import codecs
import gzip
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from data.importers.importer import OnBytes, ignore
from data.importers.limits import Limits, clipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK = 256 * 1024
_UNPACKED = 64 * 1024 * 1024  # bytes that may come out whatever the ratio
_MEMBERS = 200_000
_GATHERING = 0.15  # of the time an import takes; the rest is what is done with the conversations
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SUFFIXES = (".json", ".ndjson", ".jsonl", ".xml", ".txt")


class UnreadableError(Exception):
    """A file or a member of an archive cannot be read further; the message is the sentence about it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text: the file itself (``name`` is empty) or a member of an archive. ``chunks`` may raise UnreadableError."""

    name: str
    chunks: Iterator[str]


class Share:
    """Bytes read; most are passed on as conversations come out, which is what takes the time."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes = on_bytes
        self._read = self._told = 0

    def read(self, count: int) -> None:
        """So many more bytes are read."""
        self._read += count
        self.done(0.0)

    def done(self, share: float) -> None:
        """That part of what was gathered is given out."""
        upto = round(self._read * (_GATHERING + (1 - _GATHERING) * share))
        self._on_bytes(upto - self._told)
        self._told = upto


@contextmanager
def documents(path: Path, on_bytes: OnBytes = ignore, limits: Limits | None = None) -> Iterator[Iterator[Document]]:
    """The texts in a file, one after the other; each has to be read before the next.

    Raises:
        UnreadableError: while reading; there is no such file, it is damaged, or unpacks beyond measure.

    """
    try:
        with path.open("rb") as file:
            yield _opened(file, path, on_bytes, limits or Limits())
    except FileNotFoundError:
        raise UnreadableError("there is no such file; check the path.") from None
    except OSError as error:
        raise UnreadableError(f"the file cannot be read ({error.strerror or error}).") from error


def _opened(file: IO[bytes], path: Path, on_bytes: OnBytes, limits: Limits) -> Iterator[Document]:
    head = file.read(4)
    if not head:
        raise UnreadableError("the file is empty.")
    file.seek(0)
    if head == _ZIP:
        yield from _members(file, on_bytes, limits)
    elif head[:2] == _GZIP:
        yield Document("", _text(_gunzipped(file, on_bytes, limits)))
    elif path.name.lower().endswith(".gz"):
        raise UnreadableError("the name ends in .gz, but this is not a gzip file. Rename it, or fetch it again.")
    else:
        yield Document("", _text(_read(file, on_bytes)))


def _read(file: IO[bytes], on_bytes: OnBytes) -> Iterator[bytes]:
    while data := file.read(CHUNK):
        on_bytes(len(data))
        yield data


def _gunzipped(file: IO[bytes], on_bytes: OnBytes, limits: Limits) -> Iterator[bytes]:
    before = size = 0
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            while data := unpacked.read(CHUNK):
                size += len(data)
                packed = file.tell()
                _measured(size, packed, limits)
                on_bytes(packed - before)
                before = packed
                yield data
    except EOFError:
        raise UnreadableError("the gzip file ends too early (a cut download or copy?). Fetch it again.") from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableError(f"the gzip file is damaged ({error}). Fetch it again.") from None


def _members(file: IO[bytes], on_bytes: OnBytes, limits: Limits) -> Iterator[Document]:
    try:
        archive = zipfile.ZipFile(file)
        listed = archive.infolist()
    except (zipfile.BadZipFile, ValueError, UnicodeError, NotImplementedError) as error:
        raise UnreadableError(f"the ZIP archive is damaged ({error}). Fetch it again.") from None
    if len(listed) > _MEMBERS:
        raise UnreadableError(f"the archive has {len(listed):,} files; at most {_MEMBERS:,} are read. Split it.")
    packed = size = 0
    for member in listed:
        name = member.filename
        if member.is_dir() or not name.lower().endswith(SUFFIXES) or "__MACOSX" in name:
            continue
        packed += member.compress_size

        def unpacked(member: zipfile.ZipInfo = member, packed: int = packed) -> Iterator[bytes]:
            nonlocal size
            try:
                with archive.open(member) as one:
                    while data := one.read(CHUNK):
                        size += len(data)
                        _measured(size, packed, limits)
                        yield data
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
                what = "needs a password" if isinstance(error, RuntimeError) else "is damaged"
                raise UnreadableError(
                    f"{clipped(member.filename, 100)} in the archive {what} ({clipped(str(error), 100)}); "
                    "the files before were read. Unpack it and import what comes out."
                ) from None

        yield Document(name, _text(unpacked()))
        on_bytes(member.compress_size)


def _measured(size: int, packed: int, limits: Limits) -> None:
    if size > max(_UNPACKED, limits.ratio * packed):
        raise UnreadableError(
            f"it has swollen from {packed / 1e6:.2f} to {size / 1e6:.0f} MB, more than {limits.ratio} times; the rest "
            "was not read. If it is a real export, unpack it and import what comes out, or raise "
            "UNDERSTUDY_IMPORT_RATIO."
        )


def _text(pieces: Iterator[bytes]) -> Iterator[str]:
    decoder = None
    for data in pieces:
        if decoder is None:
            wide = _MARKS.get(data[:2])
            decoder = codecs.getincrementaldecoder(wide or "utf-8-sig")("replace" if wide else "surrogateescape")
        if text := decoder.decode(data):
            yield text
    if decoder is not None and (text := decoder.decode(b"", final=True)):
        yield text
