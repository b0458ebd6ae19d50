"""The widget's own reducer, asked from Python: a Node process that is given snapshots and events."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB = Path(__file__).resolve().parents[3] / "web"
SCRIPT = Path(__file__).resolve().parents[2] / "test_web/js/reducing.mjs"
SEEN = ("seq", "status", "messages", "handover", "rating", "agent", "contact")


class WidgetReducer:
    """What ``web/widget/state.js`` makes of events."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def agrees(self, before: dict[str, Any], events: list[Any], now: dict[str, Any]) -> bool:
        """Whether the snapshot of then, with the events since, gives the snapshot of now."""
        last = max([before["seq"], *(event.seq or 0 for event in events)])
        told = [{"seq": event.seq, "kind": event.kind, "payload": event.payload} for event in events]
        # Each twice, then the first half again: a reconnected stream and a second tab's answer bring what is known.
        doubled = [event for event in told for _ in range(2)] + told[: len(told) // 2]
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"before": before, "events": doubled}) + "\n")
        stdin.flush()
        return json.loads(stdout.readline()) == {**{name: now[name] for name in SEEN}, "seq": last}


@contextmanager
def widget_reducer(state: Path = WEB / "widget/state.js") -> Iterator[WidgetReducer | None]:
    """The reducer in a file, in a process of its own; None where there is no Node."""
    program = shutil.which("node")
    if program is None:
        yield None
        return
    command = [program, str(SCRIPT), state.as_uri()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield WidgetReducer(process)
        assert process.stdin is not None
        process.stdin.close()
