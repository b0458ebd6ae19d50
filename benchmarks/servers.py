"""Server processes that a benchmark starts, kills with -9 and starts again on the same port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.postgresql import binaries, cluster

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_TRIES = 20
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class ServerProcess:
    """One of them."""

    home: Path
    database_url: str | None
    port: int = field(
        default_factory=lambda: free_port()  # noqa: PLW0108 - defined below
    )
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it listens; again where a client's own end has taken the port for a moment."""
        for _ in range(_TRIES):
            if await self._listening():
                return
            await asyncio.sleep(0.5)
        raise RuntimeError("the server did not start")

    async def _listening(self) -> bool:
        arguments = [str(self.home), str(self.port), *([self.database_url] if self.database_url else [])]
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.stub_server", *arguments),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            line = await self.process.stdout.readline()
        if not line:
            await self.process.wait()
        return bool(line)

    async def kill(self) -> None:
        """As a crash does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident bytes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


@asynccontextmanager
async def running(home: Path, count: int, database_url: str | None) -> AsyncIterator[list[ServerProcess]]:
    """So many server processes on one database."""
    servers = [ServerProcess(home, database_url) for _ in range(count)]
    try:
        for server in servers:
            await server.start()
        yield servers
    finally:
        for server in servers:
            if server.process is not None and server.process.returncode is None:
                await server.kill()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def home_and_database(kind: str) -> Iterator[tuple[Path, str | None]]:
    """An empty home and, for "postgresql", the address of a database in a cluster of its own; both go at the end."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = None
        if kind == "postgresql":
            found = binaries()
            if found is None:
                raise SystemExit("PostgreSQL is not installed: apt install postgresql")
            url = stack.enter_context(cluster(found)).url()
        yield home, url
