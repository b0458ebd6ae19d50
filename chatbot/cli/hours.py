"""Commands on the desk's opening hours: show them, lay others down, tell customers of none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, in_session, last_line

if TYPE_CHECKING:
    from chatbot.service.conversations.desk_hours import LaidDown
    from chatbot.service.conversations.rules import Rules
    from chatbot.settings import Settings

hours_app = typer.Typer(no_args_is_help=True, help="Opening hours: when customers are told that people answer.")


@hours_app.command("show")
def show_hours(context: typer.Context, as_json: Json = False) -> None:
    """Show the hours that count, and who laid them down."""
    from chatbot.service.conversations import desk_hours

    rules = _rules(context.obj)
    _print(in_session(context.obj, lambda session: desk_hours.told(rules, session), write=False), as_json=as_json)


@hours_app.command("set")
def set_hours(
    context: typer.Context,
    hours: Annotated[
        str,
        typer.Argument(
            help='Such as `Mon-Fri 09:00-17:00, Sat 10:00-14:00 Europe/Berlin closed 2026-12-24..2026-12-26`; "" '
            "where customers are to be told of none."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Lay down other hours than those of UNDERSTUDY_HOURS; a running server tells customers of them at once."""
    from chatbot.service.audit import COMMAND_LINE
    from chatbot.service.conversations import desk_hours

    rules = _rules(context.obj)
    laid = in_session(
        context.obj, lambda session: desk_hours.lay_down(rules, session, COMMAND_LINE, hours.strip()), write=True
    )
    _print(laid, as_json=as_json)


def _rules(settings: Settings) -> Rules:
    from chatbot.clock import real_clock
    from chatbot.service.conversations.office_hours import OfficeHours
    from chatbot.service.conversations.rules import Rules

    return Rules(real_clock(), hours=attempt(lambda: OfficeHours.of(settings.hours)))


def _print(laid: LaidDown, *, as_json: bool) -> None:
    written = laid.hours.text() if laid.hours else None
    typer.echo(written or "Customers are told of no hours.")
    if laid.by is not None and laid.at is not None:
        typer.echo(f"Laid down by {laid.by}, {laid.at:%Y-%m-%d %H:%M} UTC.")
    elif written:
        typer.echo("From UNDERSTUDY_HOURS.")
    last_line({"hours": written, "by": laid.by, "at": laid.at and laid.at.isoformat()}, wanted=as_json)
