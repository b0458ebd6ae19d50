"""Takes an XML text of any size apart into records: elements of certain names as objects, one in memory at a time.

A document that declares entities is refused: they are how a small file becomes a large one. Knows no tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.parsers import expat  # entities are refused, the depth and the size of a record are bounded

from data.importers.json_records import Item, Unread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from data.importers.json_records import Text
    from data.importers.limits import Limits

_ENTITIES = "it declares entities, which an export does not; nothing more of it was read."


class _StopError(Exception):
    """Reading cannot go on; the message says why."""


def xml_records(text: Text, elements: Collection[str], limits: Limits) -> Iterator[Item | Unread]:
    """Every outermost element of these names. Names come with _ for -, an element with text alone as text."""
    builder = _Builder(elements, limits)
    parser = expat.ParserCreate("utf-8")  # as it is decoded, whatever the text says of itself
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.write
    parser.EntityDeclHandler = builder.refuse
    builder.parser = parser
    try:
        while True:
            piece, text.at = text.buffer[text.at :], len(text.buffer)
            parser.Parse(piece.encode("utf-8", "replace"), False)
            yield from builder.taken()
            if not text.more():
                parser.Parse(b"", True)
                yield from builder.taken()
                return
    except expat.ExpatError as error:
        yield from builder.taken()
        yield Unread(error.lineno, f"not XML ({expat.ErrorString(error.code)}); what stands before was read.")
    except _StopError as error:
        yield from builder.taken()
        yield Unread(parser.CurrentLineNumber, str(error))


class _Builder:
    def __init__(self, elements: Collection[str], limits: Limits) -> None:
        self.done: list[Item | Unread] = []
        self.parser: Any = None
        self._elements = elements
        self._limits = limits
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._size = self._values = self._number = 0
        self._line = 1

    def taken(self) -> list[Item | Unread]:
        """The records that are whole by now."""
        done, self.done = self.done, []
        return done

    def refuse(self, *_: object) -> None:
        raise _StopError(_ENTITIES)

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self._open:
            if name not in self._elements:
                return
            self._size = self._values = 0
            self._number += 1
            self._line = self.parser.CurrentLineNumber
        self._values += 1
        if len(self._open) > self._limits.depth or self._values > self._limits.values:
            raise _StopError(f"record {self._number:,} is nested too deep or holds too many values; no more was read.")
        self._open.append((name, {}, []))

    def write(self, words: str) -> None:
        if self._open:
            self._size += len(words)
            if self._size <= self._limits.line_bytes:
                self._open[-1][2].append(words)

    def end(self, name: str) -> None:
        if not self._open:
            return
        name, fields, words = self._open.pop()
        text = "".join(words)
        value: Any = fields or (text if text.strip() else "")
        if self._open:
            _put(self._open[-1][1], name.replace("-", "_"), value)
        elif self._size > self._limits.line_bytes:
            self.done.append(Unread(self._line, f"record {self._number:,} was left out: it is too long."))
        else:
            record = value if isinstance(value, dict) else {}
            self.done.append(Item(name, record, self._line, self._number))


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    """An element that comes again makes a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
