"""Commands that look after inboxes: which pages may write, who has to sign in, and the keys that vouch for visitors."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, in_session, last_line
from chatbot.service.visitors.identity import Algorithm

if TYPE_CHECKING:
    from chatbot.service.visitors.inboxes import Change, Inbox
    from chatbot.settings import Settings

Origins = Annotated[
    list[str] | None,
    typer.Option("--origin", help="A page's origin that may hold the widget, https://shop.example. May be repeated."),
]
Ancestors = Annotated[
    list[str] | None,
    typer.Option("--frame-ancestor", help="An origin that may show the chat page in a frame. May be repeated."),
]
Verified = Annotated[
    bool | None,
    typer.Option(
        "--verified-only/--anonymous-too", help="Whether writing takes a signed identity.", show_default=False
    ),
]
Rate = Annotated[
    str | None, typer.Option(help='What it takes from all visitors together, "600/minute"; "" for no limit.')
]
InboxId = Annotated[str, typer.Argument(help="An id from `inboxes list`.")]
Kind = Annotated[
    Algorithm,
    typer.Option(
        "--algorithm",
        help="HS256: a secret that we draw. EdDSA, RS256: your public key. user_hash: HMAC of the user's id, as "
        "Intercom and Chatwoot have it.",
    ),
]
PublicKey = Annotated[
    Path | None, typer.Option("--public-key", exists=True, dir_okay=False, help="PEM file, for EdDSA and RS256.")
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--secret-file", exists=True, dir_okay=False, help="A secret you already sign with; else one is drawn."
    ),
]

inboxes_app = typer.Typer(
    no_args_is_help=True, help="Inboxes: where customers write from, which pages may, and who has to sign in."
)
inbox_keys_app = typer.Typer(
    no_args_is_help=True, help="Keys that vouch for an inbox's visitors: rotate, list, revoke."
)
inboxes_app.add_typer(inbox_keys_app, name="keys")


@inboxes_app.command("create")
def create_inbox(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    *,
    origin: Origins = None,
    frame_ancestor: Ancestors = None,
    verified_only: Verified = None,
    rate: Rate = None,
    as_json: Json = False,
) -> None:
    """Make an inbox; its id goes into the page: <support-chat inbox="ID">."""
    from chatbot.clock import real_clock
    from chatbot.service.visitors import inboxes

    change = _change(name, origin, frame_ancestor, verified_only, rate)

    inbox = in_session(context.obj, lambda session: inboxes.create(session, change, real_clock()), write=True)
    typer.echo(f'{inbox.id}\n<support-chat inbox="{inbox.id}"></support-chat>')
    last_line(asdict(inbox), wanted=as_json)


@inboxes_app.command("change")
def change_inbox(
    context: typer.Context,
    inbox_id: InboxId,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    origin: Origins = None,
    frame_ancestor: Ancestors = None,
    verified_only: Verified = None,
    rate: Rate = None,
) -> None:
    """Change the settings given here; --origin "" alone empties the list. A running server knows within two seconds."""
    from chatbot.clock import real_clock
    from chatbot.service.visitors import inboxes

    change = _change(name, origin, frame_ancestor, verified_only, rate)
    inbox = in_session(context.obj, lambda session: inboxes.alter(session, inbox_id, change, real_clock()), write=True)
    typer.echo(_line(inbox))


@inboxes_app.command("list")
def list_inboxes(context: typer.Context, as_json: Json = False) -> None:
    """List inboxes and what they ask for."""
    from chatbot.service.visitors import inboxes

    found = in_session(context.obj, inboxes.list_all, write=False)
    for inbox in found:
        typer.echo(_line(inbox))
    last_line({"inboxes": [asdict(inbox) for inbox in found]}, wanted=as_json)


@inbox_keys_app.command("rotate")
def rotate(
    context: typer.Context,
    inbox_id: InboxId,
    *,
    algorithm: Kind = Algorithm.HS256,
    public_key: PublicKey = None,
    secret_file: SecretFile = None,
    overlap_hours: Annotated[float, typer.Option(min=0, help="How long the key before it goes on being good.")] = 24,
) -> None:
    """Make a key (the first or the next one). A secret is shown once; kept is only its encrypted form."""
    from chatbot.clock import real_clock
    from chatbot.service.access.encryption import Encryptor
    from chatbot.service.access.secret_key import secret_key
    from chatbot.service.visitors import inbox_keys

    file = secret_file if algorithm in {Algorithm.HS256, Algorithm.USER_HASH} else public_key
    given = None if file is None else attempt(lambda: _read(file))
    settings: Settings = context.obj
    overlap = timedelta(hours=overlap_hours)

    encryptor = Encryptor(attempt(lambda: secret_key(settings.desk().create())))
    key, secret, older = in_session(
        settings,
        lambda session: inbox_keys.rotate_key(
            session, inbox_id, algorithm, encryptor, real_clock(), overlap=overlap, given=given
        ),
        write=True,
    )
    typer.echo(f"kid     {key.id}")
    if secret and given is None:
        typer.echo(f"secret  {secret}")
    for one in older:
        typer.echo(f"{one.id} is good until {one.expires_at:%Y-%m-%d %H:%M} UTC.")


@inbox_keys_app.command("list")
def list_inbox_keys(context: typer.Context, inbox_id: InboxId) -> None:
    """List an inbox's keys; never the secrets."""
    from chatbot.service.visitors import inbox_keys

    for key in in_session(context.obj, lambda session: inbox_keys.list_keys(session, inbox_id), write=False):
        ends = f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else ""
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ends
        typer.echo(f"{key.id}  {key.algorithm}  {key.created_at:%Y-%m-%d}  {state}".rstrip())


@inbox_keys_app.command("revoke")
def revoke_inbox_key(
    context: typer.Context, key_id: Annotated[str, typer.Argument(help="A kid from `inboxes keys list`.")]
) -> None:
    """Revoke a key at once: whoever signed in by it is signed out."""
    from chatbot.clock import real_clock
    from chatbot.service.visitors import inbox_keys

    in_session(context.obj, lambda session: inbox_keys.revoke_key(session, key_id, real_clock()), write=True)
    typer.echo(f"{key_id} is revoked.")


def _change(
    name: str | None,
    origins: list[str] | None,
    ancestors: list[str] | None,
    verified_only: bool | None,
    rate: str | None,
) -> Change:
    from chatbot.service.visitors.inboxes import Change

    return Change(
        name=name,
        origins=None if origins is None else tuple(origins),
        frame_ancestors=None if ancestors is None else tuple(ancestors),
        verified_only=verified_only,
        rate=rate,
    )


def _read(file: Path) -> str:
    from chatbot.errors import InputError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as text.") from error


def _line(inbox: Inbox) -> str:
    asks = ["signed identity"] if inbox.verified_only else []
    asks += [inbox.rate] if inbox.rate else []
    return f"{inbox.id}  {inbox.name}  {' '.join(inbox.origins) or '(own pages only)'}  {', '.join(asks)}".rstrip()
