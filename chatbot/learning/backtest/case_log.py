"""The file of a backtest: one case a line, appended as questions are replayed, so that a stopped backtest goes on.

The first line says what was replayed with; a file of something else is begun anew. A line that a kill has torn is cut
off. Knows lines and cases, not how a case comes about.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chatbot.learning.backtest.case import case_from_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chatbot.learning.backtest.case import Case


class CaseLog:
    """The cases of one file. ``digest`` tells whether a question is still the one that was replayed."""

    def __init__(self, path: Path, made_with: Mapping[str, Any]) -> None:
        """Open the file, or make it; what stands there counts if it was made with the same."""
        self.path = path
        self._known: dict[str, tuple[str, Case]] = {}
        header = json.dumps({"played_with": dict(made_with)}, sort_keys=True) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._taken_up(header)
        with path.open("ab") as file:
            file.truncate(whole)
            if not whole:
                file.write(header.encode())

    def find(self, case_id: str, digest: str) -> Case | None:
        """The case, if this very question was replayed."""
        found = self._known.get(case_id)
        return found[1] if found is not None and found[0] == digest else None

    def add(self, digest: str, case: Case) -> None:
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
                    row = _row(line)
                    if row is None:
                        break
                    self._known[row[1].id] = row
                    whole += len(line)
        except FileNotFoundError:
            return 0
        return whole


def _row(line: bytes) -> tuple[str, Case] | None:
    """One line; None for one that is torn or not ours."""
    if not line.endswith(b"\n"):
        return None
    try:
        stored = json.loads(line.decode("utf-8", "surrogatepass"))
        return str(stored["digest"]), case_from_json(stored["case"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
