"""What a database's failure means, in a sentence: away, full, read-only, damaged, of a newer version, none at all.

Knows the errors of the drivers and of the migrations; a mistake of ours passes through untouched.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alembic.util import CommandError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from chatbot.errors import DatabaseAwayError, DatabaseUnusableError, NotStoredError, UnderstudyError

if TYPE_CHECKING:
    from collections.abc import Iterator

_AWAY = ("08", "53300", "57P")  # connection lost, too many of them, server going or coming
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_FULL = ("SQLITE_FULL", "SQLITE_IOERR")
_READONLY = ("SQLITE_READONLY", "SQLITE_PERM")
_CLOSED = ("SQLITE_CANTOPEN", "SQLITE_AUTH")
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_FULL_SENTENCE = "The disk took no more; nothing of this was stored. Send it again when there is room."
_AWAY_SENTENCE = "The database cannot be reached; try again in a moment."
_READONLY_SENTENCE = (
    "The database cannot be written: the file or its disk is read-only for this user. Change its owner or mode."
)
_CLOSED_SENTENCE = (
    "The database file cannot be opened. See that its folder is there, that this user may read and write both, "
    "and that the disk is not full."
)
_DAMAGED_SENTENCE = (
    "The database file is damaged or no SQLite database. Put a back-up in its place (docs/operations.md), or move it "
    "away and import again."
)


@contextmanager
def address() -> Iterator[None]:
    """Around the use of an address for the first time.

    Raises:
        DatabaseUnusableError: it is none.

    """
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise DatabaseUnusableError(
            "UNDERSTUDY_DATABASE_URL is no address of a database that can be used; expected "
            "postgresql+asyncpg://USER:PASSWORD@HOST/NAME or sqlite:///PATH."
        ) from None


@contextmanager
def first_use(url: str, *, server: bool) -> Iterator[None]:
    """Around the upgrade of the tables: what keeps it from working is told with the database's place.

    Raises:
        DatabaseUnusableError: the tables are those of a newer version.
        DatabaseAwayError: the server cannot be reached.

    """
    try:
        yield
    except CommandError as error:
        raise DatabaseUnusableError(
            f"The database was made by a newer version of Understudy ({error}). Install that version again, or put a "
            "back-up from before in its place."
        ) from None
    except DatabaseAwayError as error:
        if not server:
            raise
        place = make_url(url)
        raise DatabaseAwayError(
            f"The database at {place.host or place.query.get('host') or 'the default address'} cannot be reached "
            f"({_reason(error)}). See that PostgreSQL runs and takes connections, and that UNDERSTUDY_DATABASE_URL is "
            "right."
        ) from error


@contextmanager
def reached(*, server: bool, writing: bool = False) -> Iterator[None]:
    """Tell a lost or refused connection apart from a mistake of ours; the pool makes new ones by itself."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:  # SQLite's own: of a prepared statement
        told = _told(error, writing=writing)
        if told is None:
            raise
        raise told from error
    except (OSError, PoolTimeoutError) as error:
        if not server:
            raise
        raise DatabaseAwayError(_AWAY_SENTENCE) from error


def _told(error: DBAPIError | sqlite3.Error, *, writing: bool) -> UnderstudyError | None:
    """What an error of the driver means to a caller; None where it is a mistake of ours."""
    lost = False
    cause: BaseException | None = error
    if isinstance(error, DBAPIError):
        lost, cause = error.connection_invalidated, error.orig
    name, state = getattr(cause, "sqlite_errorname", ""), getattr(cause, "sqlstate", None) or ""
    if name.startswith(_FULL):
        return NotStoredError(_FULL_SENTENCE)
    for names, sentence in (
        (_READONLY, _READONLY_SENTENCE),
        (_CLOSED, _CLOSED_SENTENCE),
        (_DAMAGED, _DAMAGED_SENTENCE),
    ):
        if name.startswith(names) and (writing or names is not _READONLY):  # a reader that writes is our mistake
            return DatabaseUnusableError(sentence)
    if lost or state.startswith(_AWAY) or name.startswith(_BUSY):
        return DatabaseAwayError(_AWAY_SENTENCE)
    return None


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    return str(getattr(cause, "orig", None) or cause).partition("\n")[0][:200] or type(cause).__name__
