"""Commands on webhooks: where other systems are told of what happens."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, in_session, last_line

if TYPE_CHECKING:
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.outgoing.door import Door
    from chatbot.service.webhooks.endpoints import Webhook
    from chatbot.settings import Settings

WebhookId = Annotated[str, typer.Argument(help="An id from `webhooks list`.")]

webhooks_app = typer.Typer(no_args_is_help=True, help="Webhooks: tell other systems of what happens.")


@webhooks_app.command("add")
def add(
    context: typer.Context,
    url: Annotated[
        str, typer.Argument(help="Where it is told: https, or a host that UNDERSTUDY_OUTGOING_ALLOW names.")
    ],
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", help="An event, message.created. May be repeated; the default is all."),
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: Json = False,
) -> None:
    """Tell another system of what happens from now on. Its secret is shown once; kept is only its encrypted form."""
    from chatbot.clock import real_clock
    from chatbot.service.webhooks import endpoints

    change = endpoints.Change(url=url, description=description, types=kind or [])
    door, encryptor = _door(context.obj), _encryptor(context.obj)
    made, secret = in_session(
        context.obj,
        lambda session: endpoints.create(session, change, door, encryptor, real_clock()),
        write=True,
    )
    typer.echo(f"{made.id}\nsecret  {secret}")
    last_line({"id": made.id, "secret": secret}, wanted=as_json)


@webhooks_app.command("list")
def list_webhooks(context: typer.Context, as_json: Json = False) -> None:
    """List webhooks and how they do."""
    from chatbot.service.webhooks import endpoints

    found = in_session(context.obj, endpoints.list_all, write=False)
    for each in found:
        typer.echo(f"{each.id}  {each.url}  {', '.join(each.types) or 'everything'}  {_state(each)}")
    last_line({"webhooks": [_as_json(each) for each in found]}, wanted=as_json)


@webhooks_app.command("test")
def send_test(context: typer.Context, webhook_id: WebhookId, as_json: Json = False) -> None:
    """Send a test now, and tell what came back."""
    from chatbot.clock import real_clock
    from chatbot.service.webhooks import sending
    from chatbot.storage.database import open_database

    settings: Settings = context.obj
    door, encryptor = _door(settings), _encryptor(settings)

    async def send() -> dict[str, Any]:
        async with open_database(settings.database()) as database:
            return await sending.send_test(database, door, webhook_id, encryptor, real_clock())

    sent = attempt(lambda: asyncio.run(send()))
    tried = sent["tries"][-1]
    typer.echo(f"{sent['state']}: {tried['status'] or tried['error']} after {tried['ms']} ms")
    last_line(sent, wanted=as_json)
    if sent["state"] != "delivered":
        raise typer.Exit(1)


@webhooks_app.command("rotate")
def rotate(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    overlap_hours: Annotated[
        float, typer.Option(min=0, max=720, help="How long the secret before signs as well.")
    ] = 24,
) -> None:
    """Draw another secret, shown once."""
    from chatbot.clock import real_clock
    from chatbot.service.webhooks import endpoints

    encryptor, overlap = _encryptor(context.obj), timedelta(hours=overlap_hours)
    changed, secret = in_session(
        context.obj,
        lambda session: endpoints.rotate(session, webhook_id, encryptor, real_clock(), overlap=overlap),
        write=True,
    )
    typer.echo(f"secret  {secret}\nThe one before signs as well until {changed.old_until:%Y-%m-%d %H:%M} UTC.")


@webhooks_app.command("resend")
def resend(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    since: Annotated[datetime, typer.Option(help="Of what happened since then, UTC: all that was given up.")],
) -> None:
    """Send anew what was given up; a running server does so within two seconds."""
    from datetime import UTC

    from chatbot.clock import real_clock
    from chatbot.service.webhooks import deliveries

    at = since.replace(tzinfo=since.tzinfo or UTC)
    count = in_session(
        context.obj,
        lambda session: deliveries.resend_failed(session, webhook_id, at, real_clock()),
        write=True,
    )
    typer.echo(f"{count:,} are sent anew.")


@webhooks_app.command("switch")
def switch(
    context: typer.Context,
    webhook_id: WebhookId,
    *,
    on: Annotated[bool, typer.Option("--on/--off", help="On again it gets all that happened meanwhile.")],
) -> None:
    """Switch a webhook off, or on again."""
    from chatbot.clock import real_clock
    from chatbot.service.webhooks import endpoints

    door, change = _door(context.obj), endpoints.Change(on=on)
    changed = in_session(
        context.obj, lambda session: endpoints.alter(session, webhook_id, change, door, real_clock()), write=True
    )
    typer.echo(f"{changed.id}  {changed.url}  {_state(changed)}")


@webhooks_app.command("remove")
def remove(context: typer.Context, webhook_id: WebhookId) -> None:
    """Remove a webhook and what is kept of its deliveries."""
    from chatbot.clock import real_clock
    from chatbot.service.webhooks import endpoints

    in_session(context.obj, lambda session: endpoints.remove(session, webhook_id, real_clock()), write=True)
    typer.echo(f"{webhook_id} is removed.")


def _door(settings: Settings) -> Door:
    from chatbot.service.outgoing.door import Door

    return attempt(lambda: Door.of(settings))


def _encryptor(settings: Settings) -> Encryptor:
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.access.secret_key import secret_key

    return Encryptor(attempt(lambda: secret_key(settings.desk().create())))


def _state(webhook: Webhook) -> str:
    waits = f", {webhook.pending:,} wait" if webhook.pending else ""
    if not webhook.on:
        return f"off: {webhook.off_because}{waits}"
    if webhook.failing_since:
        return f"failing since {webhook.failing_since:%Y-%m-%d %H:%M} UTC, {webhook.failures} tries{waits}"
    return f"well{waits}" if webhook.delivered_at else f"nothing delivered yet{waits}"


def _as_json(webhook: Webhook) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(webhook).items()
    }
