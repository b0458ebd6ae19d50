"""What went wrong outside of us, as one sentence with what to do: a full disk, a read-only folder, no memory.

Every command goes through here, so that such a thing is never a traceback. A mistake of ours still is one; so is
everything with ``UNDERSTUDY_LOG_LEVEL=DEBUG``.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError
from typer import Abort, Exit
from typer.core import TyperGroup

from chatbot.errors import NotStoredError, UnderstudyError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_FOLDER = frozenset({errno.EEXIST, errno.ENOTDIR})
_FULL_WORDS = re.compile(
    r"no space left|disk (?:is )?full|disk quota|file too large|file write failed|pytorchstreamwriter failed"
    r"|\d{1,20} requested and \d{1,20} written|os error (?:28|27|122)\b|write error",
    re.IGNORECASE,
)
"""How libraries tell of a full disk that pass no number on: numpy, torch, safetensors, faiss."""

_MEMORY_WORDS = re.compile(
    r"(?:can't|cannot|unable to) allocate|defaultcpuallocator|out of memory|bad_alloc", re.IGNORECASE
)
_ROOM = "Make room and run the same command again: what is stored is kept"
_NO_MEMORY = "The memory does not suffice for this; close other programs or use a machine with more."


class Commands(TyperGroup):
    """The commands; what they cannot help ends in a sentence and exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (Exit, Abort):
            raise
        except (OSError, RuntimeError, ValueError, MemoryError, UnderstudyError, ExceptionGroup) as error:
            words = None if os.environ.get("UNDERSTUDY_LOG_LEVEL", "").upper() == "DEBUG" else sentence(error)
            if words is None:
                raise
            typer.echo(f"understudy: {words}", err=True)
            raise typer.Exit(1) from None


def sentence(error: BaseException) -> str | None:
    """What to tell whoever typed the command; None where it is a mistake of ours."""
    return next((words for each in _causes(error) if (words := _of_one(each))), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it came from; of several at once each."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else []
        waiting += [cause for cause in (each.__cause__, each.__context__) if cause is not None]


def _of_one(error: BaseException) -> str | None:
    words = str(error)
    if isinstance(error, NotStoredError):
        return f"The database took no more, most likely for a full disk. {_ROOM}."
    if isinstance(error, UnderstudyError):
        return words
    if isinstance(error, ValidationError):
        return _of_settings(error)
    if isinstance(error, MemoryError) or _MEMORY_WORDS.search(words):
        return _NO_MEMORY
    if isinstance(error, OSError) and error.errno is not None:
        return _of_file(error)
    return f"The disk is full: {words.strip().splitlines()[0][:200]}. {_ROOM}." if _FULL_WORDS.search(words) else None


def _of_file(error: OSError) -> str | None:
    name = error.filename
    if error.errno in _FULL:
        return f"The disk is full{_at(error)}, or a file has grown to what this user may write. {_ROOM}."
    if error.errno in _FORBIDDEN:
        return (
            f"{error.strerror}{_at(error)}: it may not be read or written by this user, or lies on a read-only disk. "
            "Change its owner or mode, or name another folder with --home."
        )
    if error.errno in _NO_FOLDER:
        return (
            f"{error.strerror}{_at(error)}: a folder is needed there. Move the file away, or name another with --home."
        )
    if error.errno == errno.EMFILE:
        return "Too many files are open; raise the limit (ulimit -n 4096) and run the same command again."
    if name is None:
        return None
    return f"{error.strerror}{_at(error)}; see that it is there, is what it should be, and can be read by this user."


def _at(error: OSError) -> str:
    name = error.filename
    return f" at {Path(os.fsdecode(name))}" if isinstance(name, (str, bytes, os.PathLike)) else ""


def _of_settings(error: ValidationError) -> str | None:
    if error.title != "Settings":
        return None
    first = error.errors(include_url=False)[0]
    name = f"UNDERSTUDY_{str(first['loc'][0]).upper()}" if first["loc"] else "A setting"
    return f"{name} is {str(first.get('input'))[:100]!r}: {first['msg']}. docs/operations.md lists the settings."
