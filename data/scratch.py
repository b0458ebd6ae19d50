"""A temporary database for what does not fit into memory: a file that is gone when it is closed. Knows no tables."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CACHE_KB = 16 * 1024
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")


@contextmanager
def scratch() -> Iterator[sqlite3.Connection]:
    """An empty database for the block, in no transaction that would have to be undone.

    Raises:
        OSError: the disk for temporary files takes no more.

    """
    database = sqlite3.connect("")
    try:
        # Nobody needs this file after a crash.
        for pragma in (f"cache_size=-{_CACHE_KB}", "journal_mode=OFF", "synchronous=OFF"):
            database.execute(f"PRAGMA {pragma}")
        yield database
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(_NO_ROOM):
            raise
        raise OSError(errno.ENOSPC, "no room in the folder for temporary files (TMPDIR)") from error
    finally:
        database.close()
