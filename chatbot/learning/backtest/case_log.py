"""The file of a backtest: one case a line, appended as questions are replayed, so that a stopped backtest goes on.

The first line says what was replayed with; a file of something else is begun anew. A line that a kill has torn is cut
off. Knows lines and cases, not how a case comes about.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class Logged(Protocol):
    """What a line of a log holds: something with an id, which names in ``evidence_ids`` whose words are in it."""

    @property
    def id(self) -> str:
        """That of the question."""

    def to_json(self) -> dict[str, Any]:
        """As it is written."""


Row = TypeVar("Row", bound=Logged)


class CaseLog(Generic[Row]):
    """The cases of one file. ``digest`` tells whether a question is still the one that was replayed."""

    def __init__(self, path: Path, made_with: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Row]) -> None:
        """Open the file, or make it; what stands there counts if it was made with the same. ``read`` undoes to_json."""
        self.path = path
        self._read = read
        self._known: dict[str, tuple[str, Row]] = {}
        header = json.dumps({"played_with": dict(made_with)}, sort_keys=True) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._taken_up(header)
        with path.open("ab") as file:
            file.truncate(whole)
            if not whole:
                file.write(header.encode())

    def find(self, case_id: str, digest: str) -> Row | None:
        """The case, if this very question was replayed."""
        found = self._known.get(case_id)
        return found[1] if found is not None and found[0] == digest else None

    def add(self, digest: str, case: Row) -> None:
        """Append a case; it is in the file when this returns, whatever becomes of the process."""
        line = json.dumps({"digest": digest, "case": case.to_json()}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8", errors="surrogatepass") as file:
            file.write(f"{line}\n")
        self._known[case.id] = (digest, case)

    def _taken_up(self, header: str) -> int:
        """Read what is there; returns how many bytes of it are whole lines of this backtest."""
        try:
            with self.path.open("rb") as file:
                first = file.readline()
                if first.decode("utf-8", "replace") != header:
                    return 0
                whole = len(first)
                for line in file:
                    row = self._row(line)
                    if row is None:
                        break
                    self._known[row[1].id] = row
                    whole += len(line)
        except FileNotFoundError:
            return 0
        return whole

    def _row(self, line: bytes) -> tuple[str, Row] | None:
        """One line; None for one that is torn or not ours."""
        if not line.endswith(b"\n"):
            return None
        try:
            stored = json.loads(line.decode("utf-8", "surrogatepass"))
            return str(stored["digest"]), self._read(stored["case"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
