"""Commands on connectors: help desks that are called from here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import in_session, last_line

if TYPE_CHECKING:
    from collections.abc import Callable

connect_app = typer.Typer(no_args_is_help=True, help="Connectors: work in the tickets of another help desk.")
KINDS = {
    "chatwoot": "Chatwoot",
    "django-helpdesk": "django-helpdesk",
    "freshdesk": "Freshdesk",
    "front": "Front",
    "help-scout": "Help Scout",
    "intercom": "Intercom",
    "jira": "Jira Service Management",
    "mail": "E-mail",
    "request-tracker": "Request Tracker",
    "roundup": "Roundup",
    "roundup-notes": "Roundup with a property for notes",
    "zammad": "Zammad",
    "zendesk": "Zendesk",
}
"""Every kind that can be connected, as the commands are called, with its name; the service knows how."""


def _connects(kind: str) -> Callable[..., None]:
    """The command that connects one kind of help desk; what it asks for is what its kind says."""

    def connect(
        context: typer.Context,
        *,
        url: Annotated[str, typer.Option(prompt="Its address", help="Where it lies: https://support.example.")],
        user: Annotated[
            str | None, typer.Option(help="The account there, made for this alone. Left out: asked for.")
        ] = None,
        level: Annotated[
            Literal["shadow", "note", "draft", "answer"] | None,
            typer.Option(
                help="What it may do there. Left out: lay drafts where there are such, else write notes.",
            ),
        ] = None,
        shadow: Annotated[bool, typer.Option("--shadow", help="Write nothing there: `--level shadow`.")] = False,
        name: Annotated[str, typer.Option(help="How it is called here. Left out: as its kind.")] = "",
        last: Annotated[int, typer.Option(min=0, max=50, help="Show what it would write for so many tickets.")] = 50,
        page: Annotated[
            Path | None, typer.Option(help="Where the page that shows it goes. Left out: among the desk's reports.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        from chatbot.cli.connecting import Chosen, connect_desk

        chosen = Chosen(kind, name or kind, url, user, "shadow" if shadow else level)
        connect_desk(context.obj, chosen, last=last, page=page, as_json=as_json)

    connect.__doc__ = f"""Connect {KINDS[kind]}.

    The credentials are tried, and kept encrypted; a page shows what would be written for the newest tickets. What is
    not given is asked for, secrets without showing them; a script gives them by the environment, as
    UNDERSTUDY_CONNECT_PASSWORD. The same again changes the level, the address or the credentials.
    """
    return connect


for _kind in KINDS:
    connect_app.command(_kind)(_connects(_kind))


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
    for each in found:
        typer.echo(f"{each.ticket}  {each.state}  {each.at:%Y-%m-%d %H:%M} UTC\n{each.text}\n")
    told = [{"ticket": each.ticket, "state": each.state, "text": each.text} for each in found]
    last_line({"written": told}, wanted=as_json)


@connect_app.command("remove")
def remove(context: typer.Context, name: Annotated[str, typer.Argument(help="A name from `connect list`.")]) -> None:
    """Remove a connector and its credentials; the tickets that it brought stay."""
    from chatbot.clock import real_clock
    from chatbot.service.connectors import setting_up

    in_session(context.obj, lambda session: setting_up.remove(session, name, real_clock()), write=True)
    typer.echo(f"{name} is removed.")
