"""A full disk, a folder that may not be written, a database that is gone or no longer ours: a sentence."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.cli.troubles import sentence
from chatbot.errors import DatabaseUnusableError
from chatbot.home import Home
from chatbot.server import build
from chatbot.settings import Settings

ROOM = "Make room and run the same command again"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "table.csv"
    names = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(2000)]
    path.write_text("question,answer\n" + "".join(f"Where is {n} {n}?,Behind {n} there.\n" for n in names))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, table: Path) -> Path:
    home = tmp_path_factory.mktemp("made") / "home"
    told(home, "import", str(table), code=0)
    return home


def told(home: Path, *words: str, code: int = 1) -> str:
    """What the command says on standard error; one sentence where it fails."""
    result = CliRunner().invoke(app, ["--home", str(home), *words])
    assert result.exit_code == code, (result.output, result.exception)
    if code:
        assert isinstance(result.exception, SystemExit)
        assert result.stderr.count("understudy: ") == 1
        assert "Traceback" not in result.stderr
    return result.stderr


def test_a_database_of_a_newer_version(tmp_path: Path, made: Path, table: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    with sqlite3.connect(home / "app.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'zzz999'")
    for words in (["import", str(table)], ["index"], ["serve", "--port", "0"]):
        assert "newer version of Understudy" in told(home, *words)


@pytest.mark.parametrize("content", [b"no database at all" * 1000, None])
def test_a_database_that_is_damaged(tmp_path: Path, made: Path, table: Path, content: bytes | None) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    path = home / "app.db"
    if content is None:  # its head is sound
        content = path.read_bytes()
        content = content[:4096] + os.urandom(len(content) - 4096)
    path.write_bytes(content)
    assert "back-up" in told(home, "import", str(table))


def test_a_database_that_cannot_be_opened_or_written(tmp_path: Path, table: Path) -> None:
    home = tmp_path / "home"
    (home / "app.db").mkdir(parents=True)
    assert "cannot be opened" in told(home, "import", str(table))


def test_a_server_that_is_gone(tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDY_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    for words in (["import", str(table)], ["index"], ["serve", "--port", "0"]):
        said = told(tmp_path, *words)
        assert "127.0.0.1" in said
        assert "See that PostgreSQL runs" in said


@pytest.mark.parametrize("url", ["nonsense", "mysql://somebody@somewhere/name", "oracle+nothing://x"])
def test_an_address_of_no_database(tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("UNDERSTUDY_DATABASE_URL", url)
    assert "expected postgresql+asyncpg://" in told(tmp_path, "import", str(table))


def test_a_setting_that_is_none(tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDY_IMPORT_TURNS", "many")
    assert "UNDERSTUDY_IMPORT_TURNS is 'many'" in told(tmp_path, "import", str(table))


def test_a_home_that_is_a_file(tmp_path: Path, table: Path) -> None:
    (tmp_path / "home").write_text("")
    for words in (["import", str(table)], ["index"], ["train"], ["serve", "--port", "0"]):
        assert "a folder is needed there" in told(tmp_path / "home", *words) or words == ["train"]


@pytest.mark.parametrize("words", [["index"], ["serve", "--port", "0"]])
def test_a_home_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    def create(self: Home) -> Home:
        raise OSError(errno.EROFS, "Read-only file system", str(self.path))

    monkeypatch.setattr(Home, "create", create)
    assert f"Read-only file system at {tmp_path}" in told(tmp_path, *words)


@pytest.mark.parametrize("blocks", [100, 300])
def test_a_disk_that_is_full_while_importing(tmp_path: Path, table: Path, blocks: int) -> None:
    understudy = f"{sys.executable} -m chatbot --home {tmp_path / 'home'} import {table}"
    words = ["bash", "-c", f"ulimit -f {blocks}; exec {understudy}"]
    ended = subprocess.run(
        words, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ROOM in ended.stderr


def test_a_server_that_cannot_start_raises_why(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        raise DatabaseUnusableError("The database is in pieces.")
        yield

    with pytest.raises(DatabaseUnusableError, match="in pieces"):
        build(FastAPI(lifespan=lifespan), Settings(port=0)).run()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), "disk is full at /a/b"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), ROOM),
        (OSError("196608 requested and 153536 written"), ROOM),
        (RuntimeError("PytorchStreamWriter failed writing file data/7: file write failed"), ROOM),
        (Exception("Error while serializing: I/O error: No space left on device (os error 28)"), ROOM),
        (PermissionError(errno.EACCES, "Permission denied", "/a/b"), "Permission denied at /a/b"),
        (OSError(errno.EROFS, "Read-only file system", "/a/b"), "read-only disk"),
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/a/b"), "/a/b; see that it is there"),
        (MemoryError(), "memory does not suffice"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (ExceptionGroup("several", [ValueError("a"), OSError(errno.ENOSPC, "No space left on device")]), ROOM),
    ],
)
def test_sentences(error: Exception, words: str) -> None:
    assert words in str(sentence(error))
    outer = RuntimeError("a step failed")
    outer.__cause__ = error
    assert words in str(sentence(outer))


@pytest.mark.parametrize("error", [RuntimeError("index out of range"), ValueError("x"), KeyError("a"), OSError("odd")])
def test_mistakes_of_ours_are_not_hidden(error: Exception) -> None:
    assert sentence(error) is None
