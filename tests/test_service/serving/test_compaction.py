"""Building an index beside the server: one process at a time, ended with the server, never a reason to fail."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from chatbot.service.background.loops import Heart
from chatbot.service.serving.compaction import Compaction
from chatbot.settings import Settings


@pytest.fixture
def compaction(tmp_path):
    return Compaction(Settings(home=tmp_path / "desk"), Heart("building an index", 60, time.monotonic))


def runs(compaction, monkeypatch, *command):
    monkeypatch.setattr(compaction, "command", lambda: list(command))


async def test_one_at_a_time_and_a_rest_after_it(compaction, monkeypatch):
    runs(compaction, monkeypatch, sys.executable, "-c", "")
    assert compaction.start()
    assert not compaction.start()
    await compaction._task
    assert not compaction.start()
    compaction._not_before = 0
    assert compaction.start()
    await compaction._task


async def test_the_server_ends_it(compaction, monkeypatch, tmp_path):
    began = tmp_path / "began"
    code = f"import pathlib, time; pathlib.Path({str(began)!r}).touch(); time.sleep(60)"
    runs(compaction, monkeypatch, sys.executable, "-c", code)
    assert compaction.start()
    async with asyncio.timeout(20):
        while not began.exists():  # noqa: ASYNC110 - it is a process
            await asyncio.sleep(0.01)
        await compaction.stop()
    await compaction.stop()


@pytest.mark.parametrize("command", [("/no/such/program",), (sys.executable, "-c", "raise SystemExit(3)")])
async def test_a_failure_is_logged_and_harms_nobody(compaction, monkeypatch, command, capsys):
    from chatbot import logs

    logs.configure("INFO", as_json=True)
    runs(compaction, monkeypatch, *command)
    compaction.start()
    await compaction._task
    assert '"level": "error"' in capsys.readouterr().err


async def test_the_command_is_one_that_exists(compaction):
    *before, word = compaction.command()
    assert word == "index"
    child = await asyncio.create_subprocess_exec(
        *before, word, "--help", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    assert b"search index" in out
