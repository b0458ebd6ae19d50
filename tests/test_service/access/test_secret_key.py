"""The secret key: made whole and private, one of two first starts' alone, and refused where it cannot be trusted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from chatbot.home import Home
from chatbot.service.access import secret_key as room
from chatbot.service.access.secret_key import SecretKeyError, secret_key
from tests.test_cli.conftest import run_understudy


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


def put(home, content=b"x" * 32, mode=0o600):
    home.secret_key.write_bytes(content)
    home.secret_key.chmod(mode)


def test_it_is_made_once_and_nothing_is_left_beside_it(home):
    key = secret_key(home)
    assert len(key) == 32
    assert key == secret_key(home)
    assert home.secret_key.stat().st_mode & 0o7777 == 0o600
    assert [path.name for path in home.path.iterdir() if "secret" in path.name] == ["secret.key"]


def test_of_many_first_starts_at_once_all_have_the_same_key(home):
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: secret_key(home), range(32)))) == 1


def test_a_start_killed_before_it_is_on_the_disk_leaves_no_key_behind(home, monkeypatch):
    def die(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        secret_key(home)
    assert not home.secret_key.exists()


@pytest.mark.parametrize("size", [0, 1, 31, 33, 4096])
def test_another_length_is_refused(home, size):
    put(home, b"x" * size)
    with pytest.raises(SecretKeyError, match=rf"{size} bytes rather than 32.*backup"):
        secret_key(home)
    assert home.secret_key.stat().st_size == size, "nothing is replaced"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o666, 0o604, 0o700, 0o400, 0o4600])
def test_another_mode_is_refused(home, mode):
    put(home, mode=mode)
    with pytest.raises(SecretKeyError, match=f"mode {mode:04o} rather than 0600.*chmod 600"):
        secret_key(home)


def test_what_is_no_file_of_ours_is_refused(home, tmp_path, monkeypatch):
    elsewhere = tmp_path / "key"
    elsewhere.write_bytes(b"x" * 32)
    elsewhere.chmod(0o600)
    home.secret_key.symlink_to(elsewhere)
    with pytest.raises(SecretKeyError, match="is a link"):
        secret_key(home)
    home.secret_key.unlink()
    home.secret_key.symlink_to(tmp_path / "nothing")
    with pytest.raises(SecretKeyError, match="is a link"):
        secret_key(home)
    home.secret_key.unlink()
    home.secret_key.mkdir()
    with pytest.raises(SecretKeyError, match="is no file"):
        secret_key(home)
    home.secret_key.rmdir()
    os.mkfifo(home.secret_key, 0o600)
    with pytest.raises(SecretKeyError, match="is no file"):
        secret_key(home)
    home.secret_key.unlink()
    put(home)
    monkeypatch.setattr(room.os, "geteuid", lambda: 4711)
    with pytest.raises(SecretKeyError, match=r"another user.*4711"):
        secret_key(home)


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["inboxes", "keys", "rotate", "default"]])
def test_commands_that_need_it_say_one_sentence(home, command):
    put(home, b"")
    done = run_understudy(home.path, *command)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(told) == 1, done.stderr
    assert "0 bytes rather than 32" in told[0]
    assert home.secret_key.read_bytes() == b""


def test_what_commands_make_is_private(tmp_path):
    home = tmp_path / "new"
    assert run_understudy(home, "keys", "create", "desk", umask=0o022).returncode == 0
    found = [home, *home.rglob("*")]
    assert any(path.name == "app.db" for path in found)
    assert [path for path in found if path.stat().st_mode & 0o077] == []
