"""Reads the lines of a file, plain or gzip, one at a time: a bad file costs its bad lines, never the memory or the run.

Works on bytes. What is wrong with a file comes out as ``Broken`` with the line and what to do about it.
"""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.importers.importer import Broken, OnBytes, ignore
from data.importers.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 64 * 1024
_UNPACKED = 64 * 1024 * 1024  # bytes a file may unpack to whatever its ratio: a small one of much the same is honest
_GZIP_MAGIC = b"\x1f\x8b"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line feed; ``number`` counts from 1."""

    number: int
    data: bytes


class _Counting(io.RawIOBase):
    """A raw file that tells how much of it has been read."""

    def __init__(self, raw: io.FileIO, on_bytes: OnBytes) -> None:
        super().__init__()
        self._raw = raw
        self._on_bytes = on_bytes
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # typeshed's Buffer is 3.12
        count = self._raw.readinto(buffer)
        if count:
            self.count += count
            self._on_bytes(count)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _SwollenError(Exception):
    """A gzip file unpacks to more than ``Limits.ratio`` times its size; the message is the sentence about it."""


class _Unpacked(gzip.GzipFile):
    """A gzip file that stops where it swells beyond measure. Only ``readline`` and ``read1`` watch."""

    def __init__(self, raw: io.BufferedIOBase, packed: _Counting, ratio: int) -> None:
        super().__init__(fileobj=raw)
        self._packed = packed
        self._ratio = ratio
        self._size = 0

    def readline(self, size: int | None = -1) -> bytes:
        return self._watched(super().readline(-1 if size is None else size))

    def read1(self, size: int = -1) -> bytes:
        return self._watched(super().read1(size))

    def _watched(self, data: bytes) -> bytes:
        self._size += len(data)
        if self._size > max(_UNPACKED, self._ratio * self._packed.count):
            raise _SwollenError(
                f"the gzip file has swollen from {self._packed.count / 1e6:.2f} to {self._size / 1e6:.0f} MB, more "
                f"than {self._ratio} times; the lines before were read, the rest was not. If it is a real export, "
                "unpack it and import what comes out, or raise UNDERSTUDY_IMPORT_RATIO."
            )
        return data


class _Recoded:
    """The lines of a file in another encoding, however they end, as UTF-8; bytes it does not have stay as they are."""

    def __init__(self, file: Any, encoding: str) -> None:
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        self._text = io.TextIOWrapper(file, encoding, errors)

    def readline(self, size: int) -> bytes:
        return self._text.readline(size).encode("utf-8", "surrogateescape")


def lines(
    path: Path, on_bytes: OnBytes = ignore, limits: Limits | None = None, encoding: str | None = None
) -> Iterator[Line | Broken]:
    """Every line in order; blank ones too. Ends after a ``Broken`` that leaves nothing more to read.

    A line beyond ``limits.line_bytes`` is skipped without being held in memory. With an ``encoding`` lines are turned
    into UTF-8; without one they are passed on as they are, and UTF-16 is told.
    """
    number = 0
    limits = limits or Limits()
    try:
        counting = _Counting(io.FileIO(path), on_bytes)
        with io.BufferedReader(counting, _CHUNK) as raw:
            head = raw.peek(2)[:2]
            if problem := _unreadable(path, head):
                yield problem
                return
            file = _Unpacked(raw, counting, limits.ratio) if head == _GZIP_MAGIC else raw
            recoded = _Recoded(file, encoding) if encoding else None
            for item in _split(path, recoded or file, limits.line_bytes):
                number = item.line or number if isinstance(item, Broken) else item.number
                yield item
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        cut = isinstance(error, EOFError)
        what = "ends too early (a cut download or copy?)" if cut else f"is damaged here ({error})"
        yield Broken(path, number + 1, f"the gzip file {what}; the lines before were read. Fetch it again.")
    except _SwollenError as error:
        yield Broken(path, number + 1, str(error))
    except UnicodeError as error:
        yield Broken(path, number + 1, f"the file is not in the encoding {encoding} ({error}); name the right one.")
    except OSError as error:
        yield Broken(path, number + 1 if number else None, _no_access(error))


def decode(path: Path, line: Line) -> str | Broken:
    """The line as UTF-8 text, or what is wrong with its bytes."""
    try:
        return line.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return not_utf8(path, line.number, line.data[error.start], error.start + 1)


def not_utf8(path: Path, number: int, byte: int, position: int) -> Broken:
    """The message for a byte (0..255) that UTF-8 does not have at ``position``, counted from 1."""
    return Broken(
        path,
        number,
        f"expected UTF-8, but byte 0x{byte:02x} at position {position} is not (Latin-1 or Windows-1252?). "
        "Convert the file, for example: iconv -f WINDOWS-1252 -t UTF-8 IN > OUT",
    )


def _no_access(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file; check the path."
    return f"the file cannot be read ({error.strerror or error}); check its permissions."


def _unreadable(path: Path, head: bytes) -> Broken | None:
    """What is wrong with a file as a whole, told by its first two bytes."""
    if not head:
        return Broken(path, None, "the file is empty.")
    if path.name.lower().endswith(".gz") and head != _GZIP_MAGIC:
        return Broken(
            path,
            None,
            "the name ends in .gz, but this is not a gzip file. Rename it if it is plain text, or fetch it again.",
        )
    if head == b"PK":
        return Broken(path, None, "this is a ZIP archive (or an Excel workbook). Unpack it or save it as CSV first.")
    return None


def _utf16(path: Path, data: bytes) -> Broken | None:
    """UTF-16 in the first line: a byte order mark, or a zero byte in every other place."""
    if data[:2] in _UTF16_BOMS:
        place = 0
    elif b"\x00" in data[:2]:
        place = data.index(b"\x00")
    else:
        return None
    return Broken(
        path,
        1,
        f"expected UTF-8, but byte 0x{data[place]:02x} at position {place + 1} looks like UTF-16. "
        "Convert the file, for example: iconv -f UTF-16 -t UTF-8 IN > OUT",
    )


def _split(path: Path, file: io.BufferedIOBase | _Recoded, limit: int) -> Iterator[Line | Broken]:
    number = 0
    while data := file.readline(limit + 1):
        number += 1
        if number == 1:
            if not isinstance(file, _Recoded) and (problem := _utf16(path, data)):
                yield problem
                return
            data = data.removeprefix(_UTF8_BOM)
        if len(data) > limit and not data.endswith(b"\n"):
            size = len(data)
            while data and not data.endswith(b"\n"):
                data = file.readline(_CHUNK)
                size += len(data)
            yield Broken(
                path,
                number,
                f"the line is {size / 1e6:.1f} MB long; at most {limit / 1e6:.1f} MB are read. Put one conversation on "
                "a line, shorten pasted files in it, or raise UNDERSTUDY_IMPORT_LINE_BYTES.",
            )
            continue
        yield Line(number, data.rstrip(b"\r\n"))
    if number == 0:
        yield Broken(path, None, "the file is empty.")
