"""The lock of an SQLite desk: one server at a time, because SQLite's one answers, follows and builds for itself.

The system holds the lock for as long as the process lives, so a killed server leaves none; what stands in the file,
``app.db.server`` beside the database, only tells people who has it. Commands beside a running server need no lock.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import structlog

from chatbot.errors import InputError, UnderstudyError
from chatbot.home import lock
from chatbot.storage.database import sqlite_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chatbot.settings import Settings

_MOST = 4096
_LOOKS = 10
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class ServerTold:
    """What a server says of itself in the file: ``who`` for people, ``address`` where that could be read."""

    who: str
    address: str | None = None


class AlreadyServedError(UnderstudyError):
    """Another server has this desk; the message says which."""

    code = "already_served"
    title = "Another server serves this desk"

    def __init__(self, told: ServerTold) -> None:
        super().__init__(
            f"Another server serves this desk: {told.who}. Stop that one first, or give this one another --home."
        )
        self.told = told


@contextmanager
def server_lock(settings: Settings) -> Iterator[Callable[[int], None]]:
    """Hold the desk's lock; yields what tells it the port, once that is known. PostgreSQL's desks have none.

    Raises:
        AlreadyServedError: another process has it.
        InputError: the folder of the database cannot be written.

    """
    path = sqlite_file(settings.database())
    if path is None:
        yield lambda _: None
        return
    with _opened(path) as file:
        for _ in range(_LOOKS):
            with suppress(AlreadyServedError):  # who only looked whether it is free lets go at once
                _take(file)
                break
            time.sleep(_PAUSE)
        else:
            _take(file)
        _write(file, settings, settings.port)
        try:
            yield lambda port: _write(file, settings, port)
        finally:
            with suppress(OSError):
                _empty(file)


def require_free(settings: Settings) -> None:
    """See that no other server has the desk, before work that comes ahead of serving.

    Raises:
        AlreadyServedError: one has.

    """
    path = sqlite_file(settings.database())
    if path is not None and _file_of(path).exists():
        with _opened(path) as file:
            _take(file)


def serving_now(settings: Settings) -> ServerTold | None:
    """The server that has an SQLite desk at the moment; None where there is none."""
    try:
        require_free(settings)
    except AlreadyServedError as other:
        return other.told
    return None


def _opened(database: Path) -> IO[str]:
    """The file of a database's lock, made where it is missing."""
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _file_of(database).open("a+", encoding="utf-8")
    except (FileExistsError, NotADirectoryError):
        raise  # a file where the home should be
    except OSError as error:
        raise InputError(
            f"{database.parent} cannot be written ({error.strerror}): give the user who runs this the right to, or "
            "name another folder with --home."
        ) from error


def _file_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.server")


def _take(file: IO[str]) -> None:
    try:
        lock(file, wait=False)
    except BlockingIOError:
        raise AlreadyServedError(_told(file)) from None


def _told(file: IO[str]) -> ServerTold:
    try:
        file.seek(0)
        told = json.loads(file.read(_MOST))
        return ServerTold(f"process {int(told['pid'])} on {told['host']}, {told['address']}", str(told["address"]))
    except (OSError, ValueError, KeyError, TypeError):
        return ServerTold("which one cannot be read")


def _write(file: IO[str], settings: Settings, port: int) -> None:
    """Tell who has the lock; a disk that takes nothing keeps nobody from serving."""
    told = {"pid": os.getpid(), "host": socket.gethostname(), "address": settings.local_address(port)}
    try:
        _empty(file)
        file.write(json.dumps(told) + "\n")
        file.flush()
    except OSError as error:
        structlog.get_logger("lock").warning("could not write who serves", error=str(error))


def _empty(file: IO[str]) -> None:
    file.seek(0)
    file.truncate()
