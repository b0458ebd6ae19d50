"""Compaction: builds a new index in a process of its own, when much has changed beside the one that serves.

The process is `understudy index` at a low priority. The server goes on answering and loads the new index as it does any
that is promoted; a build that fails or is killed changes nothing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from chatbot.service.background.loops import Heart
    from chatbot.settings import Settings

_REST_SECONDS = 600.0  # after a build, whatever came of it
QUIET_SECONDS = 12 * 3600.0
"""A build that takes longer is told of; that of a million passages takes a few hours on two cores."""


class Compaction:
    """Starts the builds of one server, one at a time. Use it from the event loop, and ``stop`` it before that ends."""

    def __init__(self, settings: Settings, heart: Heart) -> None:
        self._settings = settings
        self._heart = heart
        self._task: asyncio.Task[None] | None = None
        self._not_before = float("-inf")
        self._log = structlog.get_logger("compaction")

    def start(self) -> bool:
        """Begin a build, unless one is under way or was a short time ago."""
        if self._task is not None or time.monotonic() < self._not_before:
            return False
        self._heart.beat()
        self._task = asyncio.create_task(self._build(), name="compaction")
        return True

    async def stop(self) -> None:
        """End a build that is under way; the vectors it has computed are kept."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def command(self) -> list[str]:
        """The command line of a build."""
        nice = shutil.which("nice")
        home = str(self._settings.home.absolute())
        return [*([nice, "-n", "15"] if nice else []), sys.executable, "-m", "chatbot", "--home", home, "index"]

    async def _build(self) -> None:
        started = time.monotonic()
        self._log.info("building a new index in the background")
        environment = {**os.environ}
        if self._settings.database_url is not None:
            environment["UNDERSTUDY_DATABASE_URL"] = self._settings.database_url
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command(),
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                status = await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
            seconds = round(time.monotonic() - started, 1)
            if status:
                self._log.error("the build failed; `understudy index` says why", status=status, seconds=seconds)
            else:
                self._log.info("the new index is built", seconds=seconds)
        except Exception:  # noqa: BLE001 - logged, and tried again after a rest
            self._log.exception("the build could not be started")
        finally:
            self._task = None
            self._heart.rest()
            self._not_before = time.monotonic() + _REST_SECONDS
