"""Rows of slow work, kept as JSON lines as they are computed, so that a killed stage goes on where it stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Rows:
    """One file; a row's key says all that it depends on besides the model (delete the file after training anew)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, Any] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    stored = json.loads(line)
                except ValueError:  # cut off by a kill
                    continue
                self._rows[stored["key"]] = stored["row"]

    def get(self, key: str, compute: Callable[[], Any]) -> Any:
        """The row of a key, computed where it is not there."""
        if key not in self._rows:
            # Through JSON, so that a row is the same whether it was just computed or read.
            line = json.dumps({"key": key, "row": compute()})
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"\n{line}")  # a line of its own, whatever the one before it came to
            self._rows[key] = json.loads(line)["row"]
        return self._rows[key]
