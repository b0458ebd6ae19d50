"""`understudy exam`: a desk graded by a file of questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import EXIT_MISSED, EXIT_SKIPPED, attempt, last_line, progress_bars

if TYPE_CHECKING:
    from collections.abc import Mapping

_BARS = "Bars of a build"


def exam(
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help='Questions: lines {"question", "must": ["30 days"], "who": "bot"}, or a table.'
        ),
    ],
    *,
    against: Annotated[
        Path | None, typer.Option(metavar="EXAM.json", help="An earlier exam, to see what was gained and lost.")
    ] = None,
    min_good: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", min=0, max=1, help="Exit with 4 where fewer are good: 0.8.", rich_help_panel=_BARS
        ),
    ] = None,
    max_wrong: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", min=0, max=1, help="Exit with 4 where more are wrong: 0.02.", rich_help_panel=_BARS
        ),
    ] = None,
    max_handed_over: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=1,
            help="Exit with 4 where more go to a person though the bot should have answered: 0.15.",
            rich_help_panel=_BARS,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Grade what serves by a file of questions: what a good answer says, what it never says, who should answer.

    Ten lines of your own are enough (docs/exam.md). Ends with a page in reports/. Interrupted, it goes on.
    """
    from chatbot.learning.exam.exam_run import Bars
    from chatbot.learning.exam.exam_run import exam as run

    def work() -> dict[str, Any]:
        with progress_bars() as report:
            bars = Bars(min_good, max_wrong, max_handed_over)
            return run(context.obj, source, bars, against=against, report=report)

    typer.echo("Reading the questions and opening the desk …", err=True)
    outcome = attempt(work)
    for sentence in outcome["broken"]:
        typer.echo(sentence, err=True)
    _print(outcome)
    last_line(outcome, wanted=as_json)
    if outcome["missed"]:
        raise typer.Exit(EXIT_MISSED)
    if outcome["broken"]:
        raise typer.Exit(EXIT_SKIPPED)


def _print(outcome: Mapping[str, Any]) -> None:
    """The answer first, then the kinds, and where to read on."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(outcome["headline"], style="bold", markup=False, highlight=False)
    console.print(outcome["graded"], markup=False, highlight=False)
    table = Table("kind", "n", "good", "wrong", "handed over", "incomplete", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for row in [*outcome["kinds"], outcome["total"]]:
        shares = (_share(row, verdict) for verdict in ("good", "wrong", "handed_over"))
        table.add_row(escape(row["name"]), f"{row['questions']:,}", *shares, f"{row['incomplete']:,}")
    console.print(table)
    total, seconds = outcome["total"], outcome["seconds"]
    if total["suggested"]:
        suggested = f"{total['suggested_well']:,} of {total['suggested']:,}"
        console.print(f"Handed over with a good answer shown first to the agent: {suggested}.", highlight=False)
    console.print(
        f"Processor time an answer: {seconds['mean']:.3f} s on average, {seconds['p95']:.3f} s at most for 95%.",
        highlight=False,
    )
    if outcome["against"]:
        better = ", ".join(each["id"] for each in outcome["changes"] if each["gained"]) or "none"
        worse = ", ".join(each["id"] for each in outcome["changes"] if not each["gained"]) or "none"
        told = f"Against {outcome['against']}: better {better}; not better {worse}."
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    for note in outcome["notes"]:
        console.print(note, style="yellow", markup=False, highlight=False)
    for sentence in outcome["missed"]:
        console.print(f"Missed: {sentence}", style="red", markup=False, highlight=False)
    console.print(f"Page: {outcome['page']}", markup=False, highlight=False, soft_wrap=True)


def _share(row: Mapping[str, Any], verdict: str) -> str:
    share = row["shares"][verdict]
    return f"{row[verdict]:,}  {share['share']:.0%} ({100 * share['low']:.0f}\u2013{100 * share['high']:.0f})"
