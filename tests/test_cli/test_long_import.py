"""A long import: told of from the first second, kept at a kill, gone on with afterwards."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chatbot.cli import terminal
from data.importers.importer import ImportOptions
from data.intake import Accepted, take
from tests.test_cli.test_main import last, run

CONVERSATIONS = 6_000


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Every conversation's second row lies far behind its first."""
    names = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(CONVERSATIONS)]  # no number to mask
    rows = [f"T{n},customer,Where is my parcel {name}?\n" for n, name in enumerate(names)]
    rows += [f"T{n},agent,Parcel {name} is on its way.\n" for n, name in enumerate(names)]
    path = tmp_path / "table.csv"
    path.write_text("id,role,text\n" + "".join(rows))
    return path


def test_a_killed_import_has_kept_rows_and_goes_on(tmp_path: Path, table: Path) -> None:
    home = tmp_path / "home"
    words = [sys.executable, "-m", "chatbot", "--home", str(home), "import", str(table)]
    running = subprocess.Popen(words, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, stderr=subprocess.DEVNULL)
    try:
        while not stored(home / "app.db") and running.poll() is None:
            time.sleep(0.02)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    kept = stored(home / "app.db")
    assert 0 < kept < CONVERSATIONS
    again = last(run(home, "import", str(table), "--json"))
    assert again["kept"] == CONVERSATIONS
    assert again["unchanged"] == kept


def stored(path: Path) -> int:
    try:
        with sqlite3.connect(path) as database:
            found: int = database.execute("SELECT COUNT(*) FROM transcript").fetchone()[0]
    except sqlite3.OperationalError:  # no such table yet
        return 0
    return found


def test_progress_is_told_before_the_first_conversation_and_never_goes_back(table: Path) -> None:
    told: list[int] = []
    rows = take([table], options=ImportOptions(), report=lambda _, done, __: told.append(done))
    assert isinstance(next(rows), Accepted)
    assert len(told) > 2
    assert told[-1] > 0
    for _ in rows:
        pass
    assert told == sorted(told)
    assert told[-1] == table.stat().st_size


def test_a_line_of_progress_comes_after_the_first_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now)
    report = terminal._lines()
    lines = []
    for moment in (0, 0.5, 1.1, 2, 10, 17):
        now = moment
        report("import", int(10 * moment), 1000)
        lines.append(capsys.readouterr().err.count("ETA"))
    assert lines == [0, 0, 1, 0, 0, 1]


def test_a_step_that_begins_anew_is_told_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now)
    report = terminal._lines()
    for _ in range(2):
        for done in (0, 50, 100, 100):
            report("backtest", done, 100)
            now += 10
    told = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in told] == ["backtest: 50%", "backtest: done in 20 s"] * 2
