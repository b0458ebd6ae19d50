"""Setting a connector up, step by step: what is asked for, what is tried, what it would write."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from chatbot.cli.terminal import attempt, in_session, last_line, progress_bars
from chatbot.errors import InputError, UnderstudyError

if TYPE_CHECKING:
    from pathlib import Path

    from chatbot.service.connectors.protocol import HelpDesk, Setting, Theirs
    from chatbot.service.outgoing.door import Door
    from chatbot.settings import Settings

_WIDTH = 100
_SHOWN = 5  # tickets on the terminal; the page has all


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was given on the command line. ``level`` None: as its abilities allow."""

    kind: str
    name: str
    url: str
    user: str | None
    level: str | None


def connect_desk(settings: Settings, chosen: Chosen, *, last: int, page: Path | None, as_json: bool) -> None:
    """Ask, try, keep, and show."""
    from chatbot.clock import real_clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.access.secret_key import secret_key
    from chatbot.service.connectors import setting_up
    from chatbot.service.outgoing.door import Door

    kind = setting_up.KINDS[chosen.kind]
    level = attempt(lambda: setting_up.allowed_level(kind, chosen.level))
    door = attempt(lambda: Door.of(settings))
    attempt(lambda: kind.checked(door, chosen.url))  # before anybody is asked for a secret
    given = attempt(lambda: {each.name: _asked(each, chosen) for each in kind.settings})
    newest = attempt(lambda: asyncio.run(_tried(door, kind, chosen.url, given, last)))
    encryptor = Encryptor(attempt(lambda: secret_key(settings.desk().create())))
    wanted = setting_up.Wanted(chosen.name, chosen.kind, chosen.url, given, level)
    made, path = in_session(
        settings,
        lambda session: setting_up.create(session, wanted, door, encryptor, real_clock()),
        write=True,
    )
    shown = _rehearse(settings, kind.title, newest, page or settings.desk().reports / f"connect-{made.id}.html")
    typer.echo(
        f"\n{made.id}: {made.level}. A running server begins within a second, and looks every "
        f"{settings.connector_seconds:g} s, or as its own UNDERSTUDY_CONNECTOR_SECONDS says."
    )
    if kind.to_ring:
        told = kind.to_ring.replace("{hook}", f"https://YOUR-DESK{path}")
        typer.echo(f"To be told at once (YOUR-DESK: where the help desk reaches this one), {told}")
    last_line({"id": made.id, "level": made.level, "hook": path, "would_write": shown}, wanted=as_json)


def _asked(setting: Setting, chosen: Chosen) -> str:
    """What was given for a setting: on the command line, by the environment, else by who is asked now.

    Raises:
        InputError: nothing was, and nobody can be asked.

    """
    if setting.name == "user" and chosen.user is not None:
        return chosen.user
    variable = f"UNDERSTUDY_CONNECT_{setting.name.upper()}"
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        if setting.optional:
            return ""
        raise InputError(f"{setting.says}: nobody is here to be asked; give it by {variable}.")
    default = "" if setting.optional else None
    said: str = typer.prompt(setting.says, default=default, hide_input=setting.secret, show_default=False)
    return said


async def _tried(door: Door, kind: type[HelpDesk], url: str, given: dict[str, str], last: int) -> list[Theirs]:
    """Say step by step what works, and give the newest tickets."""
    from chatbot.service.outgoing.failing import OutgoingError

    async with door.open() as client:
        desk = kind(client, kind.checked(door, url), given)
        try:
            async for step in desk.check():
                typer.echo(f"✓ {step}")
            return await desk.newest(last) if last else []
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
            raise OutgoingError(f"{url} answers something else: is it a {kind.title}?") from error


def _rehearse(settings: Settings, title: str, newest: list[Theirs], page: Path) -> list[dict[str, Any]]:
    """Show what would be written for each, on a page and the first of them here; it is connected all the same."""
    from chatbot.learning.rehearsal_page import write
    from chatbot.service.connectors.rehearsing import rehearsed
    from chatbot.service.serving.loader import load_current

    if not newest:
        return []
    try:
        loaded = load_current(settings)
        found = []
        with progress_bars() as report:
            for each in rehearsed(newest, loaded):
                found.append(each)
                report("asking for each ticket what would be written", len(found), len(newest))
    except UnderstudyError as error:
        typer.echo(f"Nothing would be written yet: {error}")
        return []
    for each in found[:_SHOWN]:
        how = "alone, " if each.alone else ""
        typer.echo(f"\n{each.ticket}  {how}{each.confidence:.0%} sure  {each.subject[:_WIDTH]}")
        typer.echo(f"    {each.words or '(nothing)'}")
    alone, noted = sum(each.alone for each in found), sum(each.words is not None for each in found)
    typer.echo(
        f"\nOf {len(found)} tickets {alone} would be answered alone at the level answer, {noted - alone} get a "
        f"suggestion, {len(found) - noted} are left to people: {write(page, title, found)}"
    )
    return [
        {
            "ticket": each.ticket,
            "subject": each.subject,
            "confidence": each.confidence,
            "alone": each.alone,
            "text": each.words,
        }
        for each in found
    ]
