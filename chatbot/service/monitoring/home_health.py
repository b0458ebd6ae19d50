"""Looks at the home folder: who may read it, what it says that serves, and how the server does that has it now."""

from __future__ import annotations

import http.client
import json
import os
import stat
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chatbot.errors import NotReadyError
from chatbot.service.serving.server_lock import serving_now
from chatbot.storage.database import sqlite_file

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.home import Home
    from chatbot.settings import Settings

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SECONDS = 5.0
_NAMED = 3


def examine_home(home: Home) -> str:
    """A sentence on whose the folder is.

    Raises:
        NotReadyError: others than its owner may look into it, or it is another user's.

    """
    if not home.path.is_dir():
        return "None yet; the first import or start makes one."
    found = home.path.stat()
    if found.st_uid != os.geteuid():
        raise NotReadyError(f"{home.path} belongs to another user (id {found.st_uid}): run as that user, or chown it.")
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        open_to_others = [path.name for path in sorted(home.path.iterdir()) if _open(path)]
        named = ", ".join(open_to_others[:_NAMED]) + (" …" if len(open_to_others) > _NAMED else "")
        raise NotReadyError(
            f"Others may look into {home.path} (mode {stat.S_IMODE(found.st_mode):04o})"
            + (f" and read {named}" if named else "")
            + f": `chmod -R go= {home.path}` makes it its owner's alone."
        )
    return f"{home.path} is its owner's alone."


def examine_current(home: Home) -> str:
    """A sentence on what ``current.json`` names.

    Raises:
        CurrentUnusableError: it cannot be used.

    """
    current = home.current()
    named = {"index": current.index, "model": current.model, "adapter": current.adapter, "contract": current.contract}
    return (
        "current.json names " + (", ".join(f"{kind} {name}" for kind, name in named.items() if name) or "nothing") + "."
    )


def examine_server(settings: Settings) -> str:
    """A sentence on the server that has the desk, asked how it does.

    Raises:
        NotReadyError: it is not ready, or does not answer.

    """
    if sqlite_file(settings.database()) is None:
        return "Any number may serve this desk; /health/ready of each tells how it does."
    now = serving_now(settings)
    if now is None:
        return "None runs on this desk."
    if now.address is None:
        return "One runs on this desk; where is not known."
    missing = _missing(now.address)
    if missing:
        raise NotReadyError(f"{now.who} is not ready: {' '.join(missing)}")
    return f"{now.who} is ready."


def _missing(address: str) -> list[str]:
    """What the server at an address of this machine lacks."""
    parts = urlsplit(address)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts.hostname or "", parts.hostname)  # noqa: S104 - not bound to
    connection = http.client.HTTPConnection(host or "127.0.0.1", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        told = json.loads(connection.getresponse().read(1_000_000))
        return [str(sentence) for sentence in told["missing"]]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return [f"it does not answer ({type(error).__name__})."]
    finally:
        connection.close()


def _open(path: Path) -> bool:
    """Whether others may read it; a link's own mode says nothing."""
    return not path.is_symlink() and bool(stat.S_IMODE(path.stat().st_mode) & _OTHERS)
