"""Commands that look after the desk's people: invite, list, role, disable, and a link for a forgotten password."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import in_session, last_line
from chatbot.service.access.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.service.access.people import Person
    from chatbot.settings import Settings

Who = Annotated[str, typer.Argument(metavar="EMAIL", help="Address or id from `agents list`.")]

agents_app = typer.Typer(
    no_args_is_help=True, help="The people who answer: invite, list, roles, disable, links for a new password."
)


@agents_app.command("invite")
def invite(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address they will sign in with.")],
    name: Annotated[str, typer.Option(help="What customers and colleagues read.")],
    role: Annotated[
        Role,
        typer.Option(help="agent answers, lead also looks after what the desk knows, admin after people and keys."),
    ] = Role.AGENT,
    as_json: Json = False,
) -> None:
    """Invite somebody: prints a link, good once and for seven days, by which they choose a password."""
    from chatbot.clock import real_clock
    from chatbot.service.access import people
    from chatbot.service.audit import COMMAND_LINE

    person, token = in_session(
        context.obj,
        lambda session: people.invite(session, real_clock(), COMMAND_LINE, email=email, name=name, role=role),
        write=True,
    )
    _tell_link(context.obj, person, token, as_json=as_json)


@agents_app.command("list")
def list_people(context: typer.Context, as_json: Json = False) -> None:
    """List everybody, with address, role and whether they can sign in."""
    from chatbot.service.access import people

    found = in_session(context.obj, people.listed, write=False)
    for person in found:
        typer.echo(_line(person))
    if not found:
        typer.echo("Nobody yet: `understudy serve` prints a link for the first admin.")
    last_line({"people": [asdict(person) for person in found]}, wanted=as_json)


@agents_app.command("role")
def role(context: typer.Context, who: Who, role: Annotated[Role, typer.Argument()]) -> None:
    """Give somebody another role; they are signed out and sign in under it."""
    from chatbot.service.access import people

    typer.echo(_line(_changed(context.obj, who, people.change_role, role)))


@agents_app.command("disable")
def disable(context: typer.Context, who: Who) -> None:
    """Let somebody in no more, from now on; what they wrote stays theirs."""
    from chatbot.service.access import people

    typer.echo(_line(_changed(context.obj, who, people.disable)))


@agents_app.command("enable")
def enable(context: typer.Context, who: Who) -> None:
    """Let somebody in again, by the password they had."""
    from chatbot.service.access import people

    typer.echo(_line(_changed(context.obj, who, people.enable)))


@agents_app.command("link")
def link(context: typer.Context, who: Who, as_json: Json = False) -> None:
    """Print a link for a new password, good once and for an hour; for who has not come yet, their invitation anew."""
    from chatbot.service.access import people

    person, token = _changed(context.obj, who, people.new_link)
    _tell_link(context.obj, person, token, as_json=as_json)


@agents_app.command("remove-factor")
def remove_factor(context: typer.Context, who: Who) -> None:
    """Take away somebody's second factor, passkeys and link to a provider, lost or stolen; their password counts."""
    from chatbot.service.access import factors, people

    async def act(session: Any, clock: Any, actor: Any, person_id: str) -> Any:
        await factors.take_away(session, clock.now(), actor, person_id)
        return await people.find(session, person_id)

    typer.echo(_line(_changed(context.obj, who, act)))


def first_link(settings: Settings) -> Callable[[int], None]:
    """What prints the link that makes the first admin, once the port is known; nothing where there is an admin."""
    from chatbot.clock import real_clock
    from chatbot.service.access import links

    token = in_session(settings, lambda session: links.first(session, real_clock()), write=True)

    def tell(port: int) -> None:
        if token is not None:
            typer.echo(
                f"\n  Nobody looks after this desk yet. Whoever opens this link does, once and within a day:"
                f"\n  {links.address(settings.address(port), token)}\n"
            )

    return tell


def _changed(settings: Settings, who: str, act: Callable[..., Any], *args: object) -> Any:
    """Do something to somebody: ``act(session, clock, actor, id, …)``."""
    from chatbot.clock import real_clock
    from chatbot.service.access import people
    from chatbot.service.audit import COMMAND_LINE

    async def work(session: Any) -> Any:
        person = await people.find(session, who)
        return await act(session, real_clock(), COMMAND_LINE, person.id, *args)

    return in_session(settings, work, write=True)


def _tell_link(settings: Settings, person: Person, token: str, *, as_json: bool) -> None:
    from chatbot.service.access import links

    begins, hint = _reached(settings)
    address = links.address(begins, token)
    typer.echo(_line(person))
    if hint:
        typer.echo(hint, err=True)
    typer.echo(address)
    last_line({**asdict(person), "link": address}, wanted=as_json)


def _reached(settings: Settings) -> tuple[str, str | None]:
    """What a link begins with, and what is said where people may reach the server by another address."""
    from chatbot.service.serving.server_lock import serving_now

    if settings.public_url is not None:
        return settings.public_url, None
    now = serving_now(settings)
    if now is not None and now.address is not None:
        return now.address, "Whoever is at another machine needs another address: set UNDERSTUDY_PUBLIC_URL."
    return settings.address(), (
        "Where the server listens is not known here (UNDERSTUDY_PORT says so, or UNDERSTUDY_PUBLIC_URL, where browsers "
        "reach it): put its address in front of /console/ if it is another."
    )


def _line(person: Person) -> str:
    factor = "  second factor" if person.second_factor else ""
    return f"{person.id}  {person.name} <{person.email}>  {person.role}  {person.state}{factor}"
