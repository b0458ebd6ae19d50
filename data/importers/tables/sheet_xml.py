"""The XML of a workbook as texts and rows, a piece at a time; knows no archives."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from data.importers.limits import Limits

_DEEPEST = 50


class WorkbookError(ValueError):
    """A file that is no workbook we can read; the message says what to do."""


class Texts:
    """Collects the texts of the shared table, each cut off at so many characters; how they are said is left out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ready: list[str] = []
        self._pieces: list[str] = []
        self._size = 0
        self._heard = False
        self._silent = False

    def parser(self) -> expat.XMLParserType:
        """What feeds it."""
        parser = parser_of(self._start, self._end)
        parser.CharacterDataHandler = self._characters
        return parser

    def drained(self) -> list[str]:
        """What has been read since."""
        ready, self._ready = self._ready, []
        return ready

    def _start(self, name: str, _: dict[str, str]) -> None:
        bare = bare_name(name)
        self._silent = self._silent or bare == "rPh"
        self._heard = bare == "t" and not self._silent

    def _end(self, name: str) -> None:
        bare = bare_name(name)
        self._heard = False
        if bare == "rPh":
            self._silent = False
        elif bare == "si":
            self._ready.append("".join(self._pieces))
            self._pieces, self._size = [], 0

    def _characters(self, text: str) -> None:
        if self._heard and self._size < self._most:
            self._pieces.append(text)
            self._size += len(text)


class Cells:
    """Collects the rows of a sheet as texts."""

    def __init__(self, limits: Limits, shared: Callable[[str], str]) -> None:
        self._limits = limits
        self._shared = shared
        self._ready: deque[tuple[int, list[str]]] = deque()
        self._line = 0
        self._row: list[str] = []
        self._place = 0
        self._kind = ""
        self._pieces: list[str] = []
        self._size = 0
        self._heard = False

    def parser(self) -> expat.XMLParserType:
        """What feeds it."""
        parser = parser_of(self._start, self._end)
        parser.CharacterDataHandler = self._characters
        return parser

    def drained(self) -> Iterator[tuple[int, list[str]]]:
        """What has been read since."""
        while self._ready:
            yield self._ready.popleft()

    def _start(self, name: str, values: dict[str, str]) -> None:
        bare = bare_name(name)
        if bare == "row":
            number = values.get("r", "")
            self._line = int(number) if number.isdigit() and len(number) < 10 else self._line + 1  # noqa: PLR2004
            self._row, self._place = [], 0
        elif bare == "c":
            self._place = _column(values.get("r", "")) or self._place
            self._kind = values.get("t", "")
            self._pieces, self._size = [], 0
        self._heard = bare in {"v", "t"}

    def _end(self, name: str) -> None:
        bare = bare_name(name)
        self._heard = False
        if bare == "c":
            text = "".join(self._pieces)
            if text and self._place <= self._limits.columns:
                self._row.extend([""] * (self._place - len(self._row)))
                self._row[self._place : self._place + 1] = [self._value(text)]
            self._place += 1
        elif bare == "row" and any(map(str.strip, self._row)):
            self._ready.append((self._line, self._row))

    def _characters(self, text: str) -> None:
        if self._heard and self._size <= self._limits.cell_characters:
            self._pieces.append(text)
            self._size += len(text)

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._shared(text)
        if self._kind == "b":
            return "true" if text == "1" else "false"
        return "" if self._kind == "e" else text


def parser_of(start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> expat.XMLParserType:
    """A parser that holds no more than a few elements within one another."""
    depth = 0

    def opened(name: str, values: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise WorkbookError("elements stand within one another deeper than any spreadsheet has them")
        start(name, values)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def ignored(_: str) -> None:
    """Nothing ends that matters."""


def _refuse(*_: object) -> None:
    """A workbook has no entities; one that has them is made to swell."""
    raise WorkbookError("the workbook holds a document type, as no spreadsheet writes one")


def bare_name(name: str) -> str:
    """The name of an element without its prefix."""
    return name.rpartition(":")[2]


def _column(reference: str) -> int:
    """The place of a cell such as "AB12", from 0; 0 where it is none."""
    place = 0
    for letter in reference[:4]:
        if not "A" <= letter <= "Z":
            break
        place = place * 26 + ord(letter) - ord("A") + 1
    return max(0, place - 1)
