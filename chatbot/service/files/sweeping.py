"""Forgets files: what was uploaded and never sent, and bytes that no file has any more, a forgotten conversation's say.

Bytes are laid down before their file is stored, so what is young is left alone.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from chatbot.service.background.loops import every
from chatbot.storage.queries import files as stored

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.service.background.loops import Heart, Loop, Loops
    from chatbot.service.files.keeping import Files
    from chatbot.service.files.shelf import Shelf
    from chatbot.storage.database import Database

UNSENT_FOR = timedelta(days=1)
_YOUNG_SECONDS = 3600.0
_EVERY_SECONDS = 600.0
QUIET_SECONDS = 1800.0
"""How long the loop may take for one round and the pause after it."""


def start(loops: Loops, database: Database, files: Files) -> Loop:
    """Begin to sweep."""
    sweeping = partial(keep_sweeping, database=database, files=files)
    return loops.start("forgetting files", sweeping, quiet=QUIET_SECONDS)


async def keep_sweeping(heart: Heart, *, database: Database, files: Files) -> None:
    """Look every ten minutes, until cancelled."""
    work = partial(sweep, database, files)
    await every(_EVERY_SECONDS, heart, work, log="files", failed="could not look for files to forget")


async def sweep(database: Database, files: Files, *, young: float = _YOUNG_SECONDS) -> int:
    """One round; how many things it removed from the shelf. What is younger than ``young`` seconds stays."""
    async with database.write() as session:
        await stored.forget_unsent(session, files.clock.now() - UNSENT_FOR)
    before = time.time() - young
    old = await asyncio.to_thread(_old, files.shelf, before)
    async with database.read() as session:
        used = await stored.in_use(session, {digest for digest, _ in old if digest})
    gone = [path for digest, path in old if digest not in used]
    return await asyncio.to_thread(files.shelf.forget_old, gone, before)


def _old(shelf: Shelf, before: float) -> list[tuple[str, Path]]:
    found = []
    for digest, path in shelf.everything():
        try:
            if path.stat().st_mtime <= before:
                found.append((digest, path))
        except FileNotFoundError:
            continue
    return found
