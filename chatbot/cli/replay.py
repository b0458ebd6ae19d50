"""`understudy replay`: past questions asked again, and what would have become of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import last_line, with_progress

if TYPE_CHECKING:
    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.progress import Report


def replay(
    context: typer.Context,
    *,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the newest N questions. Default: UNDERSTUDY_PRACTICE.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only what was asked on this ISO date or later.")] = None,
    minutes_per_answer: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            min=0.1,
            help="Minutes an answer takes an agent. Default: from the times in your transcripts, else 4.",
        ),
    ] = None,
    fit: Annotated[bool, typer.Option("--fit", help="Make a new contract first (understudy contracts fit).")] = False,
    as_json: Json = False,
) -> None:
    """Ask past questions again: what would have been answered alone, and does that say what your team said?

    Counts only questions that the contract was not made of. Ends with a page in reports/. Interrupted, it goes on.
    """
    from chatbot.cli import printing
    from chatbot.learning.contracts.make_contract import make_contract
    from chatbot.learning.replay.replay_run import ReplayOptions
    from chatbot.learning.replay.replay_run import replay as run

    settings: Settings = context.obj

    async def work(database: Database, report: Report) -> dict[str, Any]:
        made = await make_contract(database, settings, report=report) if fit else None
        wanted = ReplayOptions(last=last, since=since, minutes=minutes_per_answer)
        return {**await run(database, settings, wanted, report=report), "contract": made}

    outcome = with_progress(settings, work)
    if outcome["contract"]:
        typer.echo(outcome["contract"]["verdict"])
    printing.print_replay(outcome)
    last_line(outcome, wanted=as_json)
