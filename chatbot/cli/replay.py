"""Commands that put the desk to the test: replay plays its past again, label asks a person to judge answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import last_line, progress_bars, with_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.settings import Settings
    from chatbot.storage.database import Database


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
    """Play past questions again: what would have been answered alone, and does that say what your team said?

    Counts only questions that the contract was not made of. Ends with a page in reports/. Interrupted, it goes on.
    """
    from chatbot.learning.replay.replay_run import Wanted
    from chatbot.learning.replay.replay_run import replay as run

    settings: Settings = context.obj

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            made = None
            if fit:
                from chatbot.learning.contracts.make_contract import make_contract

                made = await make_contract(database, settings, report=report)
            outcome = await run(
                database, settings, Wanted(last=last, since=since, minutes=minutes_per_answer), report=report
            )
        return {**outcome, "contract": made}

    outcome = with_database(settings, work)
    if outcome["contract"]:
        typer.echo(outcome["contract"]["verdict"])
    _print_replay(outcome)
    last_line(outcome, wanted=as_json)


def _print_replay(outcome: Mapping[str, Any]) -> None:
    """The answer first, then what became of the questions, and where to read on."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(outcome["headline"], style="bold", markup=False, highlight=False)
    console.print(outcome["promise"], markup=False, highlight=False)
    total, saved = outcome["total"], outcome["saved"]
    table = Table(show_header=False)
    for words, name in (
        ("answered alone", "answered"),
        ("asked back", "asked_back"),
        ("suggested to an agent", "suggested"),
        ("handed over", "handed_over"),
    ):
        table.add_row(words, f"{total[name]:,}", f"{total[name] / max(1, total['cases']):.0%}")
    console.print(table)
    kind = "measured" if saved["measured"] else "assumed"
    console.print(
        f"Saved: {saved['minutes']:.0f} minutes of agents' time ({saved['low']:.0f} to {saved['high']:.0f}, "
        f"{saved['sure']:.0%} sure), at {saved['an_answer']:.1f} minutes an answer ({kind}).",
        highlight=False,
    )
    for warning in outcome["warnings"]:
        console.print(warning, style="yellow", markup=False, highlight=False)
    console.print(f"Page: {outcome['page']}", markup=False, highlight=False, soft_wrap=True)
