"""Commands that learn: tune teaches the encoder this desk's ways, train does that and then fine-tunes GPT-2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli_admin import Json
from chatbot.terminal import attempt, last_line, progress_bars, with_database

if TYPE_CHECKING:
    from chatbot.settings import Settings
    from chatbot.storage.database import Database

_TUNING_SHARE = 0.2
_LONGEST_TUNING = 10.0


def tune(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(min=0.1, help="Time budget of the training loop.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Seed of shuffling and dropout.")] = 0,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to what served before; again goes forward.")] = False,
    as_json: Json = False,
) -> None:
    """Teach the encoder which answers this desk gives to which questions; kept only if it finds more."""
    from chatbot import reports
    from chatbot.service import tuning

    settings: Settings = context.obj
    if undo:
        typer.echo(f"{attempt(lambda: tuning.undo(settings.desk()))} serves now.")
        return

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            return await tuning.tune(database, settings.desk().create(), minutes=minutes, seed=seed, report=report)

    outcome = with_database(settings, work)
    reports.print_tuning(outcome)
    last_line(outcome, wanted=as_json)


def train(
    context: typer.Context,
    base: Annotated[str | None, typer.Option(help="A Hugging Face GPT-2: folder or hub name. Default: ours.")] = None,
    method: Annotated[str, typer.Option(help="full, or lora for a fraction of the memory.")] = "full",
    minutes: Annotated[float, typer.Option(min=0.1, help="Time budget of both training loops.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Seed of sampling, shuffling and initialisation.")] = 0,
    encoder: Annotated[bool, typer.Option("--encoder/--no-encoder", help="Tune the encoder first.")] = True,
    as_json: Json = False,
) -> None:
    """Tune the encoder, then fine-tune a GPT-2 on this desk's answers; each serves only if held-out ones say so."""
    from chatbot import reports
    from chatbot.service import training, tuning

    settings: Settings = context.obj
    tuning_minutes = min(_LONGEST_TUNING, minutes * _TUNING_SHARE) if encoder else 0.0
    wish = training.Wish(base=base, method=method, minutes=minutes - tuning_minutes, seed=seed)

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            tuned = None
            if tuning_minutes and settings.desk().current().index:
                tuned = await tuning.tune_if_enough(
                    database, settings.desk().create(), minutes=tuning_minutes, seed=seed, report=report
                )
            outcome = await training.train(database, settings.desk().create(), wish, report=report)
        return {**outcome, "encoder": tuned}

    outcome = with_database(settings, work)
    if outcome["encoder"]:
        reports.print_tuning(outcome["encoder"])
    reports.print_training(outcome)
    last_line(outcome, wanted=as_json)
