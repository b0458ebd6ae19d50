"""Finds in which encoding the bytes of a table are: UTF-8 wherever they can be, else what charset-normalizer finds.

A file that is UTF-8 but for some rows stays UTF-8, and those rows are broken; a name of an encoding that was guessed
is told. Reads the file once, a line at a time.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from typing import TYPE_CHECKING

from data.importers.limits import clipped
from data.importers.streams import Line, lines
from data.importers.tables.column_words import known
from data.importers.visibility_words import fold

if TYPE_CHECKING:
    from pathlib import Path

    from data.importers.limits import Limits

UTF8 = "utf-8"
_WESTERN = "cp1252"
_ONE_BYTE = [_WESTERN, "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r", "mac_roman"]
_SEVERAL = ["gb18030", "big5", "cp932", "euc_jp", "cp949"]
_NAMES = {_WESTERN: "Windows-1252", "gb18030": "GB 18030", "cp932": "Shift JIS", "utf-16": "UTF-16"}
_FAMILIES = ("utf-8", "utf-16", "ascii", "cp", "iso8859", "koi8", "mac", "gb", "big5", "euc", "shift", "johab")
_GZIP = b"\x1f\x8b"
_SAMPLE = 64 * 1024
_LIKE_WESTERN = frozenset({"cp1250", "cp1254", "mac_roman"})
_NEAR = 0.07
"""How much more disorder than in the best reading the usual one of the West may show."""


def encoding_of(path: Path, limits: Limits) -> str:
    """The name of the codec that reads the file."""
    head = _head(path)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" in head[:2]:
        return "utf-16-be" if head[:1] == b"\x00" else "utf-16-le"
    good = bad = 0
    sample = bytearray()
    for line in lines(path, limits=limits):
        if not isinstance(line, Line) or line.data.isascii():
            continue
        try:
            line.data.decode(UTF8)
            good += 1
        except UnicodeDecodeError:
            bad += 1
            if len(sample) < _SAMPLE:
                sample += line.data[: _SAMPLE // 4] + b"\n"
    if not bad or good >= bad:
        return UTF8
    first = head.split(b"\n", 1)[0]
    return _guessed(bytes(sample), first)


def ends_lines_as_old_macs(path: Path) -> bool:
    """Whether lines end in a carriage return alone."""
    head = _head(path) if path.is_file() else b""
    return b"\r" in head[:-1] and b"\n" not in head


def named(name: str | None) -> str | None:
    """The codec that a user names.

    Raises:
        ValueError: there is none of that name that reads a table.

    """
    if name is None:
        return None
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        codec = ""
    if not codec.startswith(_FAMILIES):
        raise ValueError(f"there is no encoding {clipped(name, 40)!r}; for example utf-8, cp1252, cp1250, gb18030")
    return UTF8 if codec.startswith(UTF8) else codec


def sentence(encoding: str) -> str:
    """What was taken, and what to do where it is wrong."""
    return (
        f"the file is not UTF-8; it was read as {_NAMES.get(encoding, encoding)}. If letters came out wrong, save it "
        "as UTF-8, or name its encoding, for example --column encoding=cp1250."
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            start = file.read(2)
            file.seek(0)
            if start != _GZIP:
                return file.read(4096)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return unpacked.read(4096)
    except (OSError, EOFError, zlib.error):
        return b""


def _guessed(sample: bytes, header: bytes) -> str:
    """The reading in which the header has most names that we know, then the one with least disorder."""
    from charset_normalizer import from_bytes

    several = _SEVERAL if _in_runs(sample) else []
    found = list(from_bytes(sample, cp_isolation=[*_ONE_BYTE, *several], threshold=0.3))
    if not found:
        return _WESTERN
    best, names = found[0], [match.encoding for match in found]
    western = next((match for match in found if match.encoding == _WESTERN), None)
    if _WESTERN in best.could_be_from_charset or (
        western is not None
        and best.encoding in _LIKE_WESTERN
        and western.chaos <= best.chaos + _NEAR
        and western.coherence >= best.coherence
    ):
        names.insert(0, _WESTERN)
    return max(names, key=lambda name: _names_known(header, name))


def _in_runs(sample: bytes) -> bool:
    """Whether bytes above ASCII stand mostly beside others: in the West they stand alone."""
    high = [byte > 127 for byte in sample]  # noqa: PLR2004
    alone = sum(
        one and not before and not after
        for before, one, after in zip([False, *high], high, [*high[1:], False], strict=False)
    )
    return 2 * alone < sum(high)


def _names_known(header: bytes, encoding: str) -> int:
    text = header.decode(encoding, "replace")
    for delimiter in (";", "\t", "|"):
        text = text.replace(delimiter, ",")
    return sum(known(fold(name.strip(' "\r'))) for name in text.split(","))
