"""Takes a JSON text of any size apart into its records: one document, pages after one another, or an object a line.

Only one record is in memory. The decoder is the standard library's, which reads numbers exactly and stops at the end of
a value: what is beyond a limit, or no JSON, is told with its line, and reading goes on where that can be.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.importers.limits import Limits, too_intricate, too_nested

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_SPACE = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r"\\.|[\"{}\[\],]", re.DOTALL)
_BARE = re.compile(r"[^\s,\]}]*")
_LINE = re.compile(r"\n(?=[{\[])")
_NEAR = 16
"""Characters before the end of what was read in which an error may only mean that the rest is missing."""
_DEEPEST = 6
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd") | {0: None}


def no_constant(name: str) -> Any:
    """Refuse NaN and the like."""
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=no_constant)


@dataclass(frozen=True, slots=True)
class Item:
    """One object. ``path`` is where it stands ("tickets[]", "" for the document), ``number`` counts those there."""

    path: str
    value: dict[str, Any]
    line: int
    number: int


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read, and why."""

    line: int
    message: str


class _MalformedError(Exception):
    """What follows is no JSON."""


class Text:
    """A window over the pieces of a text; ``at`` is how far it is read."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.buffer = ""
        self.at = 0
        self.ended = False
        self._line = 1
        self._counted = 0

    def more(self) -> bool:
        """Take in as much again as is unread, at least one piece; False at the end."""
        self.line()
        rest = len(self.buffer) - self.at
        pieces, size = [self.buffer[self.at :]], 0
        while size <= rest and not self.ended:
            piece = next(self._chunks, None)
            self.ended = piece is None
            pieces.append(piece or "")
            size += len(pieces[-1])
        self.buffer, self.at, self._counted = "".join(pieces), 0, 0
        return size > 0

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            found = _SPACE.match(self.buffer, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.more():
                return ""

    def line(self) -> int:
        """The line that is read next, from 1."""
        self._line += self.buffer.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def next_line(self) -> bool:
        """Go on at the next line that begins an object or list; False where there is none."""
        while True:
            if found := _LINE.search(self.buffer, self.at):
                self.at = found.end()
                return True
            self.at = max(self.at, len(self.buffer) - 1)
            if not self.more():
                return False


def records(text: Text, wraps: Collection[str], limits: Limits) -> Iterator[Item | Unread]:
    """Every object that stands in a list, or alone; objects at the paths of ``wraps`` are opened, not given out."""
    return _Reader(text, frozenset(wraps), limits).items()


class _Reader:
    def __init__(self, text: Text, wraps: frozenset[str], limits: Limits) -> None:
        self._text = text
        self._wraps = wraps
        self._limits = limits
        self._counts: dict[str, int] = {}
        self._inside = 0

    def items(self) -> Iterator[Item | Unread]:
        while self._text.peek():
            try:
                yield from self._value("")
            except _MalformedError as error:
                yield Unread(self._text.line(), str(error))
                if self._inside or not self._text.next_line():
                    return

    def _value(self, path: str) -> Iterator[Item | Unread]:
        first = self._text.peek()
        if first == "{" and path in self._wraps:
            yield from self._object(path)
        elif first == "[" and path.count("[]") < _DEEPEST:
            yield from self._array(path)
        else:
            self._counts[path] = self._counts.get(path, 0) + 1
            line = self._text.line()
            value = self._decoded()
            if isinstance(value, Unread):
                where = f"record {self._counts[path]:,}" + (f" of {path}" if path else "")
                yield Unread(line, f"{where} was left out: {value.message}")
            elif isinstance(value, dict):
                yield Item(path, value, line, self._counts[path])

    def _array(self, path: str) -> Iterator[Item | Unread]:
        text = self._text
        text.at += 1
        self._inside += 1
        while (first := text.peek()) != "]":
            if first == ",":
                text.at += 1
            else:
                yield from self._value(f"{path}[]")
                if text.peek() not in {",", "]"}:
                    raise _MalformedError(self._complaint("expected , or ] after a record"))
        text.at += 1
        self._inside -= 1

    def _object(self, path: str) -> Iterator[Item | Unread]:
        text = self._text
        text.at += 1
        self._inside += 1
        while (first := text.peek()) != "}":
            if first == ",":
                text.at += 1
                continue
            key = self._decoded() if first == '"' else None
            if not isinstance(key, str) or text.peek() != ":":
                raise _MalformedError(self._complaint("expected a key in double quotes with a colon after it"))
            text.at += 1
            yield from self._value(f"{path}.{key}" if path else key)
        text.at += 1
        self._inside -= 1

    def _decoded(self) -> object | Unread:
        """The value that comes next."""
        text = self._text
        while True:
            try:
                value, end = _DECODER.raw_decode(text.buffer, text.at)
            except json.JSONDecodeError as error:
                cut = len(text.buffer) - error.pos <= _NEAR or error.msg.startswith("Unterminated string")
                if text.ended or not cut:
                    raise _MalformedError(self._complaint(error.msg, error.pos)) from None
            except RecursionError:
                return self._left_out(too_nested(self._limits.depth))
            except ValueError as error:
                return self._left_out(f"JSON that cannot be read ({error})")
            else:
                if end < len(text.buffer) or text.ended:
                    return self._checked(value, end)
            if len(text.buffer) - text.at > self._limits.line_bytes:
                return self._left_out(self._too_long())
            text.more()

    def _checked(self, value: object, end: int) -> object | Unread:
        text = self._text
        raw = text.buffer[text.at : end]
        text.at = end
        if len(raw) > self._limits.line_bytes:
            return Unread(0, self._too_long())
        if isinstance(value, (dict, list)) and (problem := too_intricate(value, self._limits)):
            return Unread(0, f"{problem}.")
        if not raw.isascii():
            try:
                raw.encode()
            except UnicodeEncodeError as error:
                byte = ord(raw[error.start]) - 0xDC00
                return Unread(
                    0,
                    f"expected UTF-8, but a byte 0x{byte:02x} in it is not. Convert the file, for example: "
                    "iconv -f WINDOWS-1252 -t UTF-8 IN > OUT",
                )
        return scrubbed(value) if "\\u" in raw else value

    def _too_long(self) -> str:
        return (
            f"it is longer than {self._limits.line_bytes / 1e6:.1f} MB. Shorten pasted files in it, or raise "
            "UNDERSTUDY_IMPORT_LINE_BYTES."
        )

    def _left_out(self, message: str) -> Unread:
        self._skip()
        return Unread(0, message)

    def _skip(self) -> None:
        """Go behind the value that comes next without keeping it."""
        text, depth, quoted = self._text, 0, False
        if text.peek() not in {'"', "{", "["}:
            found = _BARE.match(text.buffer, text.at)
            text.at = found.end() if found else text.at
            return
        while True:
            for found in _MARK.finditer(text.buffer, text.at):
                text.at = found.end()
                mark = found[0]
                if mark == '"':
                    quoted = not quoted
                elif not quoted and mark in "{[":
                    depth += 1
                elif not quoted and mark in "}]":
                    depth -= 1
                if not quoted and not depth:
                    return
            text.at = len(text.buffer) - text.buffer.endswith("\\", text.at)
            if not text.more():
                raise _MalformedError("the file ends within it")

    def _complaint(self, what: str, position: int | None = None) -> str:
        text = self._text
        text.at = text.at if position is None else min(position, len(text.buffer))
        if text.ended and not text.buffer[text.at :].strip():
            return "the JSON ends too early (a cut download or copy?); what stands before was read. Fetch it again."
        return f"not JSON ({what}); what stands before was read. Export it anew."


def sample(head: str) -> object:
    """The value that a text begins with, as far as its head tells: cut behind its last whole part."""
    head = head.lstrip("\ufeff \t\r\n")
    try:
        return _DECODER.raw_decode(head)[0] if head else None
    except (ValueError, RecursionError):
        pass
    closers: list[str] = []
    quoted, cut, rest = False, 0, ""
    for found in _MARK.finditer(head):
        mark = found[0]
        if mark == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif mark in "{[":
            closers.append("}" if mark == "{" else "]")
            if len(closers) > _DEEPEST * 8:
                break  # nothing that deep is looked at, and it may be deeper than Python recurses
        elif mark in "}]" and closers:
            closers.pop()
        elif mark == "," and len(closers) <= _DEEPEST * 2:
            cut, rest = found.start(), "".join(reversed(closers))
    try:
        return _DECODER.decode(head[:cut] + rest) if cut else None
    except (ValueError, RecursionError):
        return None


def scrubbed(value: Any) -> Any:
    """Without lone surrogates and NULs: JSON can spell them, databases and UTF-8 cannot store them."""
    if isinstance(value, str):
        return value.translate(_SURROGATES)
    if isinstance(value, list):
        return [scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {scrubbed(key): scrubbed(item) for key, item in value.items()}
    return value
