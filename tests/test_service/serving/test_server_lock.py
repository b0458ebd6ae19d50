"""One server an SQLite desk: the second is told who has it, a killed one leaves no lock, commands need none."""

from __future__ import annotations

import fcntl
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

from chatbot.errors import InputError
from chatbot.service.serving.server_lock import AlreadyServedError, require_free, server_lock, serving_now
from chatbot.settings import Settings
from tests.test_cli.conftest import run_understudy


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", host="127.0.0.1", port=8123)


def serve(settings, *words):
    """A server in a process of its own, once it holds the lock and knows its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chatbot", "--home", str(settings.home), "serve", "--port", "0", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(600):
        told = serving_now(settings)
        if told and told.address and not told.address.endswith(":0"):
            return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError("it did not start within a minute")


def test_a_second_is_refused_with_the_others_process_and_address(settings):
    with server_lock(settings) as tell_port:
        told = rf"process {os.getpid()} on \S+, http://127\.0\.0\.1:8123\."
        with pytest.raises(AlreadyServedError, match=told), server_lock(settings):
            pass
        tell_port(9000)
        with pytest.raises(AlreadyServedError, match=r"http://127\.0\.0\.1:9000"):
            require_free(settings)
    require_free(settings)
    with server_lock(settings):
        pass


@pytest.mark.parametrize("words", ["", "{", "[]", '{"pid": "x"}', "\x00"])
def test_what_stands_in_the_file_decides_nothing(settings, words):
    settings.desk().create()
    file = settings.home / "app.db.server"
    file.write_text(words)
    with server_lock(settings):
        file.write_text(words)
        with pytest.raises(AlreadyServedError, match=r"which one cannot be read\. Stop"):
            require_free(settings)


def test_who_only_looks_keeps_no_server_from_starting(settings):
    with server_lock(settings):
        pass
    looking = (settings.home / "app.db.server").open("a+")
    fcntl.flock(looking, fcntl.LOCK_EX)
    threading.Timer(0.2, looking.close).start()
    with server_lock(settings):
        pass


def test_a_home_that_cannot_be_written_is_one_sentence(settings, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(pathlib.Path, "open", refuse)
    with pytest.raises(InputError, match=r"Read-only file system.*--home"), server_lock(settings):
        pass


def test_two_homes_with_one_database_are_one_desk(settings, tmp_path):
    url = f"sqlite:///{tmp_path / 'one.db'}"
    with server_lock(settings.model_copy(update={"database_url": url})):
        other = Settings(home=tmp_path / "other", database_url=url)
        with pytest.raises(AlreadyServedError):
            require_free(other)


def test_a_postgresql_desk_has_no_lock(settings):
    shared = settings.model_copy(update={"database_url": "postgresql+asyncpg://desk@localhost/desk"})
    with server_lock(shared), server_lock(shared):
        require_free(shared)


def test_a_file_system_without_locks_serves(settings, monkeypatch, capsys):
    def unable(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unable)
    with server_lock(settings):
        pass


@pytest.mark.integration
def test_a_real_second_server_says_one_sentence_and_commands_go_on(settings):
    first = serve(settings)
    try:
        second = run_understudy(settings.home, "serve", "--port", "0")
        assert second.returncode == 1
        assert len(second.stderr.strip().splitlines()) == 1
        assert f"process {first.pid} on" in second.stderr
        assert "http://127.0.0.1:" in second.stderr
        for command in (["keys", "create", "desk"], ["retired"]):
            assert run_understudy(settings.home, *command).returncode == 0
        first.send_signal(signal.SIGKILL)
        first.wait(30)
        require_free(settings)
        again = serve(settings)
        again.terminate()
        again.wait(60)
    finally:
        first.kill()
        first.wait(30)
