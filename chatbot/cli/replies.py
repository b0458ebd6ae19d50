"""Commands that write and judge replies: answer, rank, complete, explain; one at a time or a file of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import EXIT_SKIPPED, attempt, last_line, progress_bars, with_database

if TYPE_CHECKING:
    from chatbot.settings import Settings
    from data.transcripts import Turn

Questions = Annotated[
    Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "turns": […]} ending in a customer turn.')
]
Output = Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="A line each; an interrupted run goes on here.")]


def answer(context: typer.Context, source: Questions, target: Output, as_json: Json = False) -> None:
    """Answer a file of questions: {"id", "reply", "decision", "confidence", "mode", "evidence": […]} a line."""
    _batch(context.obj, "answer", source, target, as_json)


def rank(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "turns": […], "candidates": […]}.')],
    target: Annotated[
        Path, typer.Argument(metavar="OUT.jsonl", help='Lines {"id", "scores": […]}, higher = more likely ours.')
    ],
    as_json: Json = False,
) -> None:
    """Score candidate replies by how likely this desk's agents would send them."""
    _batch(context.obj, "rank", source, target, as_json)


def complete(
    context: typer.Context,
    draft: Annotated[str, typer.Argument(help="What was typed so far, in quotes, or IN.jsonl for a batch.")],
    target: Annotated[
        Path | None,
        typer.Argument(
            metavar="OUT.jsonl",
            help='For a batch: lines {"id", "turns", "draft"} become {"id", "completion", "confidence"}.',
        ),
    ] = None,
    *,
    turns: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help='The conversation, a turn a line: {"role", "text"}.')
    ] = None,
    customer: Annotated[str | None, typer.Option(help="What the customer wrote, instead of --turns.")] = None,
    as_json: Json = False,
) -> None:
    """Complete an agent's half-typed sentence, or print nothing where the rest is not sure."""
    from chatbot.service.serving.loader import load_pipeline

    settings: Settings = context.obj
    if sum(option is not None for option in (turns, customer, target)) > 1:
        raise typer.BadParameter("give one of --turns, --customer and OUT.jsonl", param_hint="complete")
    if target is not None:
        _batch(settings, "complete", Path(draft), target, as_json)
        return
    said = attempt(lambda: _said(turns, customer))
    completion = attempt(lambda: load_pipeline(settings).complete(said, draft))
    if as_json:
        last_line({"completion": completion.text, "confidence": round(completion.confidence, 4)}, wanted=True)
    elif completion.text:
        typer.echo(f"{draft}{completion.text}")


def explain(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="A message id, a question in words, or IN.jsonl for a batch.")],
    target: Annotated[
        Path | None, typer.Argument(metavar="OUT.jsonl", help="For a batch: where the traces go.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show why: evidence, candidates, checks, score and decision of an answer."""
    from chatbot.cli.explain import print_trace
    from chatbot.service.answering import batch
    from chatbot.service.serving.promise import promise_of

    settings: Settings = context.obj
    if target is not None:
        _batch(settings, "explain", Path(message), target, as_json)
        return
    trace = with_database(settings, lambda database: batch.explain_one(settings, database, message))
    if as_json:
        last_line(trace, wanted=True)
    else:
        print_trace(trace, promise_of(settings))


def _batch(settings: Settings, task: str, source: Path, target: Path, as_json: bool) -> None:
    from chatbot.service.answering import batch

    with progress_bars() as report:
        outcome = attempt(lambda: batch.run(settings, task, source, target, report=report))
    for sentence in outcome.broken:
        typer.echo(sentence, err=True)
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    typer.echo(f"{outcome.done} lines written to {target}{skipped}")
    last_line(outcome.to_json(), wanted=as_json)
    if outcome.skipped:
        raise typer.Exit(EXIT_SKIPPED)


def _said(turns: Path | None, customer: str | None) -> tuple[Turn, ...]:
    """The conversation that the options name; empty without any."""
    from chatbot.errors import InputError
    from data.transcripts import Role, Turn, turns_from_json

    if customer is not None:
        return (Turn(Role.CUSTOMER, customer),)
    if turns is None:
        return ()
    try:
        lines = turns.read_text(encoding="utf-8").splitlines()
        return tuple(turns_from_json([json.loads(line) for line in lines if line.strip()]))
    except (OSError, ValueError) as problem:
        raise InputError(f'{turns}: expected a turn a line, {{"role": "customer", "text": …}}: {problem}') from problem
