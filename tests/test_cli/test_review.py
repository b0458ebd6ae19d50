"""`understudy review`: what waits, decided by ids and by keys on a real terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.queries import harvest
from data.transcripts import Conversation, Role, Turn
from tests.test_cli.test_main import last, run

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = ("Press the seal in.", "Oil the lid.", "Send 50 euros.")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A desk of three harvested conversations, the last of which a customer closed."""
    place = tmp_path / "home"

    async def fill() -> None:
        async with open_database(Settings(home=place).database()) as database, database.write() as session:
            for number, answer in enumerate(ANSWERS):
                turns = (Turn(Role.CUSTOMER, f"question {number}"), Turn(Role.AGENT, answer, "Mira"))
                item = Conversation(f"c{number}", turns, labels={"created": "2026-03-01"}, source="understudy")
                await harvest.store(session, item, held=number == 2)

    asyncio.run(fill())
    return place


def waiting(home: Path) -> list[str]:
    return [one["id"] for one in last(run(home, "review", "--json"))["waiting"]]  # type: ignore[attr-defined]


def test_the_list_and_decisions_by_id(home: Path) -> None:
    told = run(home, "review", "--list")
    assert "c0:1  Mira, 2026-03-01\n  Q: question 0\n  A: Press the seal in." in told
    assert "the customer closed it" in told
    assert "3 answers wait" in told
    assert waiting(home) == ["c0:1", "c1:1", "c2:1"]
    assert last(run(home, "review", "--approve", "c0:1", "--json")) == {"approved": ["c0:1"]}
    assert "no harvested answer 'c9:1'" in run(home, "review", "--reject", "c1:1", "c9:1", exit_code=1)
    assert waiting(home) == ["c1:1", "c2:1"]
    run(home, "review", "c1:1", "c2:1", "--reject", "--reason", "wrong")
    assert "Nothing waits." in run(home, "review")
    assert [row["reason"] for row in last(run(home, "retired", "--json"))["retired"]] == ["wrong", "wrong"]  # type: ignore[attr-defined]


def test_words_cannot_move_the_cursor_or_turn_round(home: Path) -> None:
    async def poison() -> None:
        async with open_database(Settings(home=home).database()) as database, database.write() as session:
            turns = (Turn(Role.CUSTOMER, "a\x1b[2Jb"), Turn(Role.AGENT, "\u202eyap\nsecond line", "Mi\x1b[8mra"))
            await harvest.store(session, Conversation("c9", turns, source="understudy"), held=False)

    asyncio.run(poison())
    told = run(home, "review", "--list")
    assert not {"\x1b", "\u202e"} & set(told)
    assert "A: \ufffdyap\n     second line" in told


@pytest.mark.parametrize("wrong", [["c0:1"], ["--approve"], ["--approve", "--reject", "c0:1"]])
def test_ids_need_a_decision_and_a_decision_needs_ids(home: Path, wrong: list[str]) -> None:
    run(home, "review", *wrong, exit_code=2)
    assert len(waiting(home)) == 3


def test_a_key_each_on_a_terminal(home: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "chatbot", "--home", str(home), "review"]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as process:
        assert process.stdout is not None
        told = b""
        for number, key in enumerate((b"a", b"R", b"q"), start=1):
            while f"{number}/3".encode() not in told:  # what is typed before it is asked for counts for nothing
                said = os.read(process.stdout.fileno(), 1000)
                assert said, told
                told += said
            _until_asked(process, theirs)
            os.write(ours, key)
        told += process.communicate(timeout=60)[0]
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, told
    assert b"1/3  c0:1" in told
    assert b"1 answer waits" in told
    assert waiting(home) == ["c2:1"]
    assert [row["id"] for row in last(run(home, "retired", "--json"))["retired"]] == ["c1:1"]  # type: ignore[attr-defined]


def _until_asked(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Wait until a key is read, for which the terminal no longer waits for whole lines."""
    while termios.tcgetattr(terminal)[3] & termios.ICANON:
        assert process.poll() is None
        time.sleep(0.01)


def test_the_doctor_counts_what_waits(home: Path) -> None:
    assert "answers of 3 live ones wait" in " ".join(run(home, "doctor", exit_code=1).split())
