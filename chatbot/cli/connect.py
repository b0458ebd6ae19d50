"""Commands on connectors: help desks that are called from here."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, in_session, last_line
from chatbot.errors import UnderstudyError

if TYPE_CHECKING:
    from chatbot.service.connectors.protocol import Theirs
    from chatbot.service.outgoing.door import Door
    from chatbot.settings import Settings

connect_app = typer.Typer(no_args_is_help=True, help="Connectors: work in the tickets of another help desk.")
_WIDTH = 100


@connect_app.command("django-helpdesk")
def django_helpdesk(
    context: typer.Context,
    *,
    url: Annotated[str, typer.Option(help="Where its pages are: https://support.example/helpdesk.")],
    user: Annotated[str, typer.Option(help="An account of its staff, made for this alone. Empty: a token.")] = "",
    password: Annotated[
        str,
        typer.Option(
            prompt="Password or token",
            hide_input=True,
            envvar="UNDERSTUDY_CONNECT_PASSWORD",
            help="Its password, or without --user a token of the REST framework. Better by the environment.",
        ),
    ],
    shadow: Annotated[bool, typer.Option("--shadow/--note", help="Write nothing there, or private notes.")] = False,
    name: Annotated[str, typer.Option(help="How it is called here.")] = "django-helpdesk",
    last: Annotated[int, typer.Option(min=0, max=50, help="Show what would be written for so many tickets.")] = 10,
    as_json: Json = False,
) -> None:
    """Connect a django-helpdesk: try the credentials, keep them encrypted, show what would be written."""
    from chatbot.clock import real_clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.access.secret_key import secret_key
    from chatbot.service.connectors import setting_up
    from chatbot.service.outgoing.door import Door
    from chatbot.storage.tables.connectors import Level

    settings: Settings = context.obj
    credential = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}" if user else f"Token {password}"
    door = attempt(lambda: Door.of(settings))
    newest = attempt(lambda: asyncio.run(_tried(door, url, credential, last)))
    encryptor = Encryptor(attempt(lambda: secret_key(settings.desk().create())))
    level = Level.SHADOW if shadow else Level.NOTE
    wanted = setting_up.Wanted(name, "django-helpdesk", url, credential, level)
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
    for each in shown:
        typer.echo(f"\n{each['ticket']}  {each['confidence']:.0%} sure  {each['subject'][:_WIDTH]}")
        typer.echo(f"    {each['note'] or '(nothing)'}")
    typer.echo(
        f"\n{made.id}: {made.level}. A running server begins within a second, and looks every "
        f"{settings.connector_seconds:g} s. To be told at once, in the help desk's settings.py:\n\n"
        f'HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS = lambda: ["https://YOUR-DESK{path}"]\n'
        f"HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS = HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS"
    )
    last_line({"id": made.id, "level": made.level, "hook": path, "would_write": shown}, wanted=as_json)


@connect_app.command("list")
def list_connectors(context: typer.Context, as_json: Json = False) -> None:
    """List connectors and how they do."""
    from chatbot.service.connectors import setting_up

    found = in_session(context.obj, setting_up.list_all, write=False)
    for each in found:
        when = f"read {each.synced_at:%Y-%m-%d %H:%M} UTC" if each.synced_at else "never read yet"
        typer.echo(f"{each.id}  {each.url}  {each.level}  {when}{f'  {each.error}' if each.error else ''}")
    told = [{"id": each.id, "kind": each.kind, "url": each.url, "level": each.level} for each in found]
    last_line({"connectors": told}, wanted=as_json)


@connect_app.command("written")
def written(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name from `connect list`.")],
    *,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """What was written there; of one in shadow, what would have been."""
    from chatbot.service.connectors import setting_up

    found = in_session(context.obj, lambda session: setting_up.written(session, name, limit=last), write=False)
    for ticket, state, text in found:
        typer.echo(f"{ticket}  {state}\n{text}\n")
    told = [{"ticket": ticket, "state": state, "text": text} for ticket, state, text in found]
    last_line({"written": told}, wanted=as_json)


@connect_app.command("remove")
def remove(context: typer.Context, name: Annotated[str, typer.Argument(help="A name from `connect list`.")]) -> None:
    """Remove a connector and its credentials; the tickets that it brought stay."""
    from chatbot.service.connectors import setting_up

    in_session(context.obj, lambda session: setting_up.remove(session, name), write=True)
    typer.echo(f"{name} is removed.")


async def _tried(door: Door, url: str, credential: str, last: int) -> list[Theirs]:
    """Say step by step what works, and give the newest tickets."""
    from chatbot.service.connectors.setting_up import help_desk

    async with door.open() as client:
        desk = help_desk("django-helpdesk", client, door.check(url), credential)
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
