"""Commands that put the desk to the test: replay plays its past again, label asks a person to judge answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.admin import Json
from chatbot.cli.terminal import attempt, last_line, progress_bars, with_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.learning.backtest.verdicts import Labelling
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
    from chatbot.learning.replay.run import Wanted
    from chatbot.learning.replay.run import replay as run

    settings: Settings = context.obj

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            made = None
            if fit:
                from chatbot.learning.contracts.run import make_contract

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


def label(
    context: typer.Context,
    *,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=1000, help="How many replies to ask about.")] = 100,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 lets the system choose.")] = 0,
    as_json: Json = False,
) -> None:
    """Ask a person to judge replies: good, wrong or unsure, a key each. Ten minutes for a hundred.

    Prints an address for a browser on this machine. Every judgement is kept at once; Ctrl-C ends it, again goes on.
    """
    from chatbot.learning.backtest import verdicts
    from chatbot.learning.labelling.labelling import sitting

    settings: Settings = context.obj

    async def work(database: Database) -> Any:
        with progress_bars() as report:
            return await sitting(database, settings, count=count, report=report)

    labelling = with_database(settings, work)
    attempt(lambda: _serve_labelling(settings, labelling, port))
    said = labelling.said(verdicts.verdicts(settings.desk()))
    meaning = verdicts.meaning(labelling.cases, said, sure=settings.sure)
    typer.echo(f"\n{meaning}")
    if said:
        typer.echo("Next: understudy contracts fit (or train) puts them under the contract.")
    last_line({"asked": len(labelling.cases), "judged": len(said), "meaning": meaning}, wanted=as_json)


def _serve_labelling(settings: Settings, labelling: Labelling, port: int) -> None:
    import secrets

    from chatbot import logs
    from chatbot.api.agent.labelling import create_judging_app
    from chatbot.cli.demo import check_port
    from chatbot.learning.backtest import verdicts
    from chatbot.server import build

    here = settings.model_copy(update={"host": "127.0.0.1", "port": port})
    check_port(here.host, here.port)
    logs.configure("WARNING", as_json=settings.log_json)
    token = secrets.token_urlsafe(24)
    app = create_judging_app(labelling, token, lambda: verdicts.verdicts(settings.desk()))

    def tell(listening: int) -> None:
        typer.echo(
            f"\n  {len(labelling.cases)} replies to judge: open http://127.0.0.1:{listening}/#{token}"
            "\n\n  The address is good until Ctrl-C, which ends it; every judgement is kept at once.\n"
        )

    try:
        build(app, here, on_started=tell).run()
    except KeyboardInterrupt:  # how uvicorn passes Ctrl-C on once it has stopped
        return
