"""A private copy of an index folder, for whoever has it mapped for long: a server.

A file that is cut short in place takes its pages from under whoever mapped it, and the system kills that process. The
copy has no name once it is opened, so nobody can change it; file systems that share blocks make it without copying.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = 1 << 30
_LOG = logging.getLogger(__name__)


@contextmanager
def private_copy(folder: Path) -> Iterator[Path]:
    """A copy of the files in a folder, gone at the end of the block; what was mapped until then stays.

    It stands beside the folder, or where temporary files do. Where neither has room the folder itself is yielded, which
    is logged.

    Raises:
        OSError: the folder cannot be read.

    """
    with ExitStack() as stack:
        for place in (folder.parent, Path(tempfile.gettempdir())):
            try:
                copy = Path(stack.enter_context(_temporary(place)))
                for path in folder.iterdir():
                    if path.is_file():
                        _copy(path, copy / path.name)
            except OSError as error:
                if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}:
                    raise
                stack.close()
            else:
                yield copy
                return
        _LOG.warning("There is no room for a copy of %s; do not change its files while they are served.", folder)
        yield folder


def _temporary(place: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=".opened-", dir=place, ignore_cleanup_errors=True)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as given, target.open("wb") as copy:
        with suppress(OSError):  # not on every file system, nor between two
            while os.copy_file_range(given.fileno(), copy.fileno(), _PART):
                pass
            return
        given.seek(0)
        copy.seek(0)
        shutil.copyfileobj(given, copy)
