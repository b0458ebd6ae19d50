"""Commands that learn: tune teaches the encoder this desk's ways, train does that, fine-tunes GPT-2 and promises."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.terminal import Json, attempt, last_line, progress_bars, with_database

if TYPE_CHECKING:
    from chatbot.learning.training.request import TrainingRequest
    from chatbot.settings import Settings
    from chatbot.storage.database import Database

_TUNING_SHARE = 0.2
_LONGEST_TUNING = 10.0
_MODEL, _LOOP, _CARE = "What is trained", "How it is trained", "What is watched"


class Method(StrEnum):
    """The ways to fine-tune: ``finetune.train.methods.METHODS``, which is too heavy to import for a help text."""

    FULL = "full"
    LORA = "lora"
    PREFIX = "prefix"


def tune(
    context: typer.Context,
    minutes: Annotated[float, typer.Option(min=0.1, help="Time budget of the training loop.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Seed of shuffling and dropout.")] = 0,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to what served before; again goes forward.")] = False,
    as_json: Json = False,
) -> None:
    """Teach the encoder which answers this desk gives to which questions; kept only if it finds more."""
    from chatbot.cli import printing
    from chatbot.learning import encoder_tuning

    settings: Settings = context.obj
    if undo:
        typer.echo(f"{attempt(lambda: encoder_tuning.undo(settings.desk()))} serves now.")
        return

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            return await encoder_tuning.tune(
                database, settings.desk().create(), minutes=minutes, seed=seed, report=report
            )

    outcome = with_database(settings, work)
    printing.print_tuning(outcome)
    last_line(outcome, wanted=as_json)


def train(
    context: typer.Context,
    *,
    base: Annotated[
        str | None,
        typer.Option(
            help="The GPT-2 to start from: a Hugging Face folder or hub name. Default: ours.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    method: Annotated[
        Method,
        typer.Option(
            help="full trains every weight; lora small matrices beside them, for a fraction of the memory; prefix only "
            "what is put before each prompt, the least of all.",
            rich_help_panel=_MODEL,
        ),
    ] = Method.FULL,
    encoder: Annotated[
        bool,
        typer.Option(
            "--encoder/--no-encoder", help="Tune the encoder first (understudy tune).", rich_help_panel=_MODEL
        ),
    ] = True,
    contract: Annotated[
        bool,
        typer.Option(
            "--contract/--no-contract",
            help="Find thresholds that keep the error budget afterwards (understudy contracts fit).",
            rich_help_panel=_MODEL,
        ),
    ] = True,
    from_scratch: Annotated[
        Path | None,
        typer.Option(
            metavar="DATASETS_DIR",
            exists=True,
            file_okay=False,
            help="Instead of this desk, train a base of your own from the dialogue sets in this folder, as ours was. "
            "Takes --minutes and --seed only, many hours of them.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(
            min=0.1, help="Time budget of all training loops; what is measured comes on top.", rich_help_panel=_LOOP
        ),
    ] = 30.0,
    epochs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Passes over the answers, at most.", rich_help_panel=_LOOP)
    ] = 4,
    patience: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Stop after so many evaluations without gain; 0 never stops.",
            rich_help_panel=_LOOP,
        ),
    ] = 3,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            min=0.0,
            help="Peak of the rate. Default: by method and size of the base.",
            rich_help_panel=_LOOP,
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Examples at once, each process. Default: by the size.", rich_help_panel=_LOOP
        ),
    ] = None,
    max_tokens: Annotated[
        int,
        typer.Option(
            metavar="N", min=64, help="Length of an example; longer ones cost time and memory.", rich_help_panel=_LOOP
        ),
    ] = 512,
    gradient_checkpointing: Annotated[
        bool,
        typer.Option("--gradient-checkpointing", help="Less memory for a third more time.", rich_help_panel=_LOOP),
    ] = False,
    processes: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Train in so many processes, one for each GPU.", rich_help_panel=_LOOP),
    ] = 1,
    fsdp: Annotated[
        bool,
        typer.Option("--fsdp", help="Divide a model that no GPU can hold among them.", rich_help_panel=_LOOP),
    ] = False,
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of sampling, shuffling and initialisation.", rich_help_panel=_LOOP)
    ] = 0,
    canaries: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=64,
            help="Invented secrets put into the training once each and asked for afterwards: a model that tells one "
            "remembers too much and does not serve. They are no part of your data; 0 leaves them out.",
            rich_help_panel=_CARE,
        ),
    ] = 4,
    wandb: Annotated[
        bool,
        typer.Option(
            "--wandb",
            help="Log to Weights & Biases, not to TensorBoard. Without WANDB_API_KEY it stays on this machine.",
            rich_help_panel=_CARE,
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Tune the encoder, then fine-tune a GPT-2 on this desk's answers; each serves only if held-out ones say so.

    Last, past questions are played through all of it to find what can be promised (`understudy contracts`).

    Ends with a page in reports/: loss curves, figures before and after, sample answers. Interrupted, it goes on.

    `understudy models rollback` goes back to the version before.
    """
    from chatbot.learning.training.request import TrainingRequest

    settings: Settings = context.obj
    if from_scratch is not None:
        if base is not None or method is not Method.FULL:
            raise typer.BadParameter(
                "it makes a base and takes no --base and no --method: train on the result afterwards.",
                param_hint="--from-scratch",
            )
        _pretrain(settings, from_scratch, minutes, seed, as_json=as_json)
        return
    if learning_rate == 0:
        raise typer.BadParameter("0 learns nothing; try 0.0005.", param_hint="--learning-rate")
    request = TrainingRequest(
        base=base,
        method=str(method),
        minutes=minutes,
        seed=seed,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        max_tokens=max_tokens,
        patience=patience,
        gradient_checkpointing=gradient_checkpointing,
        tracker="wandb" if wandb else "tensorboard",
        processes=processes,
        fsdp=fsdp,
        canaries=canaries,
    )
    _fine_tune(settings, request, encoder=encoder, contract=contract, as_json=as_json)


def _fine_tune(settings: Settings, request: TrainingRequest, *, encoder: bool, contract: bool, as_json: bool) -> None:
    from dataclasses import replace

    from chatbot.cli import printing
    from chatbot.cli.contracts import print_contract
    from chatbot.learning import encoder_tuning
    from chatbot.learning.contracts import run as contract_run
    from chatbot.learning.training import run as training

    home = settings.desk()
    tuning_minutes = min(_LONGEST_TUNING, request.minutes * _TUNING_SHARE) if encoder else 0.0
    request = replace(request, minutes=request.minutes - tuning_minutes)

    async def work(database: Database) -> dict[str, Any]:
        training.check(home, request)
        with progress_bars() as report:
            tuned = None
            # A run that goes on has tuned already; with another encoder its evidence would be another one.
            if tuning_minutes and home.current().index and not training.interrupted(home, request):
                tuned = await encoder_tuning.tune_if_enough(
                    database, home.create(), minutes=tuning_minutes, seed=request.seed, report=report
                )
            outcome = await training.train(database, home.create(), request, report=report)
            made = None
            if contract:
                made = await contract_run.make_contract_if_enough(database, settings, seed=request.seed, report=report)
        return {**outcome, "encoder": tuned, "contract": made}

    outcome = with_database(settings, work)
    if outcome["encoder"]:
        printing.print_tuning(outcome["encoder"])
    printing.print_training(outcome)
    if outcome["contract"]:
        print_contract(outcome["contract"])
    last_line(outcome, wanted=as_json)


def _pretrain(settings: Settings, datasets: Path, minutes: float, seed: int, *, as_json: bool) -> None:
    from chatbot.cli import printing
    from chatbot.learning.training import pretraining

    def work() -> dict[str, Any]:
        with progress_bars() as report:
            return pretraining.pretrain(settings.desk().create(), datasets, minutes=minutes, seed=seed, report=report)

    outcome = attempt(work)
    printing.print_base(outcome)
    last_line(outcome, wanted=as_json)
