"""What all commands share: progress with an ETA, errors as sentences, work on the database, one JSON line last."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from chatbot.cli.troubles import sentence
from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping

    from chatbot.settings import Settings
    from chatbot.storage.database import Database, Session
    from data.progress import Report

_SECONDS_BETWEEN_LINES = 15.0
_SECONDS_TO_FIRST_LINE = 1.0

EXIT_SKIPPED = 3  # done, but some input was not
EXIT_MISSED = 4  # done, and a bar that was asked for is not reached
EXIT_STOPPED = 130  # as a shell counts Ctrl-C

Result = TypeVar("Result")


class PortTakenError(UnderstudyError):
    """Another program listens on the port."""

    code = "port_taken"
    title = "The port is taken"


class StoppedError(UnderstudyError):
    """The user pressed Ctrl-C during long work."""

    code = "stopped"
    title = "Stopped"


@contextmanager
def progress_bars() -> Iterator[Report]:
    """Yield a ``Report`` that draws on stderr: bars on a terminal, a line now and then elsewhere.

    Ctrl-C ends the work at its next report, between two steps rather than in the middle of one, also where it runs on
    another thread; a second Ctrl-C ends it at once.
    """
    with _stopping() as check:
        if sys.stderr.isatty():
            with _bars() as draw:
                yield _both(check, draw)
        else:
            yield _both(check, _lines())


@contextmanager
def _stopping() -> Iterator[Callable[[], None]]:
    """Turn the first SIGINT into a ``StoppedError`` raised by the check that is yielded."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stderr.write("\nStopping …\n")

    def check() -> None:
        if stopped:
            raise StoppedError("Stopped. Nothing is lost: the same command goes on from here.")

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:  # not the main thread, where no signal arrives
        yield check
        return
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def _both(check: Callable[[], None], draw: Report) -> Report:
    def report(step: str, done: int, total: int | None) -> None:
        check()
        draw(step, done, total)

    return report


@contextmanager
def _bars() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskID,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    # A long speed window keeps the ETA calm when batches differ in size.
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=120.0) as progress:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=total)
            elif done < progress.tasks[tasks[step]].completed:
                progress.reset(tasks[step], total=total)
            progress.update(tasks[step], completed=done, total=total)

        yield report


def _lines() -> Report:
    """A line after the first second, then every quarter of a minute, and one at the end; shorter work needs none.

    A step that is behind where it was has begun anew.
    """
    began: dict[str, float] = {}
    spoke: dict[str, float] = {}
    reached: dict[str, int] = {}
    ended: set[str] = set()

    def report(step: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done < reached.get(step, 0):
            ended.discard(step)
            for kept in (began, spoke):
                kept.pop(step, None)
        reached[step] = done
        elapsed = now - began.setdefault(step, now)
        finished = total is not None and done >= total
        pause = _SECONDS_BETWEEN_LINES if step in spoke else _SECONDS_TO_FIRST_LINE
        due = now - spoke.get(step, began[step]) >= pause
        if step in ended or not (due or (finished and step in spoke)):
            return
        spoke[step] = now
        if finished:
            ended.add(step)
            sys.stderr.write(f"{step}: done in {elapsed:.0f} s\n")
        elif total and done:
            left = elapsed / done * (total - done)
            sys.stderr.write(f"{step}: {100 * done / total:.0f}%  {elapsed:.0f} s, ETA {left:.0f} s\n")
        else:
            sys.stderr.write(f"{step}: {done:,}\n")
        sys.stderr.flush()

    return report


def with_database(settings: Settings, work: Callable[[Database], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine on this desk's database, its tables brought up to date first."""

    async def inside() -> Result:
        from chatbot.storage.database import open_database

        async with open_database(settings.database()) as database:
            return await work(database)

    return attempt(lambda: asyncio.run(inside()))


def with_progress(settings: Settings, work: Callable[[Database, Report], Coroutine[Any, Any, Result]]) -> Result:
    """``with_database`` for long work: its progress is drawn, and Ctrl-C ends it between two steps."""

    async def inside(database: Database) -> Result:
        with progress_bars() as report:
            return await work(database, report)

    return with_database(settings, inside)


def in_session(settings: Settings, work: Callable[[Session], Awaitable[Result]], *, write: bool) -> Result:
    """Run a coroutine in one session of this desk's database, which is committed at the end where it writes."""

    async def inside(database: Database) -> Result:
        async with database.write() if write else database.read() as session:
            return await work(session)

    return with_database(settings, inside)


def attempt(work: Callable[[], Result]) -> Result:
    """Do the work; an error that a user can act on becomes a sentence on stderr and exit status 1."""
    try:
        return work()
    except StoppedError as stopped:
        typer.echo(str(stopped), err=True)
        raise typer.Exit(EXIT_STOPPED) from None
    except UnderstudyError as problem:
        typer.echo(f"understudy: {sentence(problem)}", err=True)
        raise typer.Exit(1) from None


def check_port(host: str, port: int) -> None:
    """See that a server could listen here, before any work for it.

    Raises:
        PortTakenError: something listens there already.

    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise PortTakenError(
                f"Cannot listen on {host}:{port} ({problem.strerror}); choose another with --port."
            ) from None


def print_versions(told: Mapping[str, str], serving: str | None, previous: str | None) -> None:
    """A line a version, what is ``told`` of it beside its name; * serves."""
    for name, words in told.items():
        way_back = "  (roll back goes here)" if name == previous else ""
        typer.echo(f"{'*' if name == serving else ' '} {name}  {words}{way_back}")


def last_line(value: dict[str, Any], *, wanted: bool) -> None:
    """Print the result as one JSON line, where that was asked for."""
    if wanted:
        typer.echo(json.dumps(value, ensure_ascii=False, default=str))
