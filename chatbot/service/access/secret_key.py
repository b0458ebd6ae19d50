"""The key that signs a desk's tokens and encrypts its inboxes' secrets: ``secret.key`` in the home folder.

Made once, whole or not at all, and checked each time: a key that is short, or that others may read, would sign tokens
anybody can make. Replaces no key by itself, because another one signs everybody out.
"""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home

LENGTH = 32
_MODE = 0o600
_BACK = "put the one of this desk back from a backup"
_ANEW = (
    f"{_BACK}, or delete the file: the next start makes a new one, which signs everybody out and closes the inboxes' "
    "secrets for good"
)


class SecretKeyError(UnderstudyError):
    """The key cannot be trusted; the message says what to do."""

    code = "secret_key_unusable"
    title = "The secret key cannot be used"


def secret_key(home: Home) -> bytes:
    """The key of a home folder that exists; made where there is none.

    Raises:
        SecretKeyError: it is not 32 bytes of a private file of ours, or cannot be read or made.

    """
    path = home.secret_key
    try:
        if not path.is_symlink() and not path.exists():
            _make(path)
        return _checked(path)
    except OSError as error:
        raise SecretKeyError(
            f"The secret key {path} cannot be read or made ({error.strerror}): run as the user whose home folder it "
            "is, with room on the disk."
        ) from error


def examine(home: Home) -> str:
    """A sentence on the key that is there, or that the first start makes one.

    Raises:
        SecretKeyError: as ``secret_key``.

    """
    if not home.secret_key.is_symlink() and not home.secret_key.exists():
        return "None yet; the first start makes one."
    secret_key(home)
    return f"{LENGTH} bytes, for its owner only."


def _make(path: Path) -> None:
    """Write a key beside, on the disk before it has its name; of two that do so at once the first one's counts."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
    finally:
        beside.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _checked(path: Path) -> bytes:
    """The key, after looking at the very file that is read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise SecretKeyError(f"The secret key {path} is a link: {_BACK} as a file.") from error
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SecretKeyError(f"The secret key {path} is no file: {_BACK}.")
        if found.st_uid != os.geteuid():
            raise SecretKeyError(
                f"The secret key {path} belongs to another user (id {found.st_uid}, this is {os.geteuid()}): run as "
                "that user, or chown the home folder."
            )
        mode = stat.S_IMODE(found.st_mode)
        if mode != _MODE:
            raise SecretKeyError(
                f"The secret key {path} has mode {mode:04o} rather than 0600: `chmod 600 {path}`; if others may have "
                f"read it, {_ANEW}."
            )
        key = os.read(descriptor, LENGTH + 1)
    finally:
        os.close(descriptor)
    if len(key) != LENGTH:
        size = found.st_size
        raise SecretKeyError(f"The secret key {path} has {size} bytes rather than {LENGTH}: {_ANEW}.")
    return key
