"""Setting a connector up, step by step: what is asked for, what is tried, what it would write."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from chatbot.cli.terminal import attempt, in_session, last_line
from chatbot.errors import InputError, UnderstudyError

if TYPE_CHECKING:
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


def connect_desk(settings: Settings, chosen: Chosen, *, last: int, as_json: bool) -> None:
    """Ask, try, keep, and show."""
    from chatbot.clock import real_clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.access.secret_key import secret_key
    from chatbot.service.connectors import setting_up
    from chatbot.service.outgoing.door import Door

    kind = setting_up.KINDS[chosen.kind]
    level = attempt(lambda: setting_up.allowed_level(kind, chosen.level))
    given = attempt(lambda: {each.name: _asked(each, chosen) for each in kind.settings})
    door = attempt(lambda: Door.of(settings))
    newest = attempt(lambda: asyncio.run(_tried(door, kind, chosen.url, given, last)))
    encryptor = Encryptor(attempt(lambda: secret_key(settings.desk().create())))
    wanted = setting_up.Wanted(chosen.name, chosen.kind, chosen.url, given, level)
    made, path = in_session(
        settings,
        lambda session: setting_up.create(session, wanted, door, encryptor, real_clock()),
        write=True,
    )
    try:
        shown = _would_write(settings, newest) if newest else []
    except UnderstudyError as error:  # it is connected all the same
        typer.echo(f"Nothing would be written yet: {error}")
        shown = []
    for each in shown[:_SHOWN]:
        typer.echo(f"\n{each['ticket']}  {each['confidence']:.0%} sure  {each['subject'][:_WIDTH]}")
        typer.echo(f"    {each['note'] or '(nothing)'}")
    typer.echo(
        f"\n{made.id}: {made.level}. A running server begins within a second, and looks every "
        f"{settings.connector_seconds:g} s."
    )
    if kind.to_ring:
        typer.echo(f"To be told at once, {kind.to_ring.replace('{hook}', f'https://YOUR-DESK{path}')}")
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
    async with door.open() as client:
        desk = kind(client, door.check(url), given)
        async for step in desk.check():
            typer.echo(f"✓ {step}")
        return await desk.newest(last) if last else []


def _would_write(settings: Settings, newest: list[Theirs]) -> list[dict[str, Any]]:
    """What would be written for the customer's last message of each, had it just come."""
    from chatbot.service.serving.loader import load_pipeline
    from data.transcripts import Role, Turn

    pipeline = load_pipeline(settings)
    shown = []
    for theirs in newest:
        public = [each for each in theirs.remarks if each.audience == "customer"]
        last = max((place for place, each in enumerate(public, 1) if each.from_customer), default=0)
        turns = tuple(Turn(Role(each.role), each.text) for each in public[:last])
        best = pipeline.suggest(turns, 1) if turns else []
        sure = round(best[0].probability, 4) if best else 0.0
        note = best[0].text if best else None
        shown.append({"ticket": theirs.id, "subject": theirs.subject, "confidence": sure, "note": note})
    return shown
