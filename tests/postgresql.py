"""A throw-away PostgreSQL server for tests, from Debian's package. Nothing of it outlives the run.

It listens on a Unix socket only. It does not sync to disk: what it acknowledged survives its death, not a power cut.
PostgreSQL refuses to run as root, so there it runs as the package's own user.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}
_USER = "postgres"
# Whoever is still connected, a server that was killed perhaps, is sent away before.
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_EMPTIED = (f"SELECT pg_terminate_backend(pid) {_OTHERS}", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL that Debian's packages installed; None without one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@dataclass
class Cluster:
    """A running server. ``lent`` gives an empty database in it, ``url`` a new one that stays."""

    folder: Path
    bin: Path
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _idle: list[str] = field(default_factory=list)

    def url(self) -> str:
        """The SQLAlchemy address of a new database."""
        return self.address(self._made())

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of an empty database for the length of the block; later blocks get it again, emptied.

        A new one is three hundred files, which hundreds of tests would make and leave to be deleted.
        """
        name = self._idle.pop() if self._idle else self._made()
        yield self.address(name)
        self.command("psql", "-q", "-d", name, *(part for step in _EMPTIED for part in ("-c", step)))
        self._idle.append(name)

    def _made(self) -> str:
        name = f"desk_{next(self._numbers)}"
        self.command("createdb", name)
        return name

    def address(self, name: str) -> str:
        """The SQLAlchemy address of a database by its name."""
        return f"postgresql+asyncpg://{_USER}@/{name}?host={self.folder}"

    def command(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's client programs against this server."""
        return _run([str(self.bin / program), "-h", str(self.folder), "-U", _USER, *arguments])

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server is gone for the length of the block, as if it had crashed."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def stop(self) -> None:
        """Stop the server without a good-bye; ``start`` brings it back with everything in it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)

    def start(self) -> None:
        """Start the server and wait until it takes connections. It ends with this process, however that ends."""
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *settings]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(_as_postgres(command, "--pdeathsig=QUIT"), stdout=log, stderr=log, cwd="/")
        for _ in range(600):
            if self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace"))
            ready = [str(self.bin / "pg_isready"), "-q", "-h", str(self.folder)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL did not start within a minute")


@contextmanager
def cluster(bin_folder: Path) -> Iterator[Cluster]:
    """A server in a folder of its own, gone at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="understudy-pg-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_USER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        made = [str(bin_folder / "initdb"), "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-N", "-E", "UTF8"]
        _run(_as_postgres([*made, "--locale=C"]))
        running = Cluster(folder, bin_folder)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_postgres(command: Sequence[str], *options: str) -> list[str]:
    user = [f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, *options, *command] if user or options else list(command)


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout
