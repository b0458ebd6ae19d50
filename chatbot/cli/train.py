"""Commands that learn: tune trains an adapter over the encoder; train does that, fine-tunes GPT-2, makes a contract."""

from __future__ import annotations

from dataclasses import fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.contracts import Questions, keep_questions
from chatbot.cli.options import Json, options_of
from chatbot.cli.terminal import EXIT_SKIPPED, attempt, last_line, progress_bars, with_progress
from chatbot.cli.writing import Name, PairsFile, PairsFrom, train_writer
from chatbot.errors import InputError
from finetune.training_settings import CARE, LOOP, MODEL, REPLIES, VARIED, TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.settings import Settings
    from chatbot.storage.database import Database
    from data.progress import Report

_PACKAGES = ("torch", "transformers", "accelerate", "peft", "optuna", "sentence_transformers")
"""Of the extra "train", which serving does without."""


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
    _require_packages()
    home = settings.desk().create()
    outcome = with_progress(
        settings,
        lambda database, report: encoder_tuning.tune(database, home, minutes=minutes, seed=seed, report=report),
    )
    printing.print_tuning(outcome)
    last_line(outcome, wanted=as_json)


FromScratch = Annotated[
    Path | None,
    typer.Option(
        metavar="DATASETS_DIR",
        exists=True,
        file_okay=False,
        help="Instead of this desk, train a base of your own from the dialogue sets in this folder, as ours was. "
        "Takes --minutes, many hours of them, --seed, and --search, which then searches its size: layers, width, heads "
        "and context.",
        rich_help_panel=MODEL,
    ),
]


FoundSettings = Annotated[
    bool,
    typer.Option(
        "--found-settings/--no-found-settings",
        help="Take what an earlier --search has found for this desk (training.json in the home; delete it to be rid of "
        "it), but for what you set yourself.",
        rich_help_panel=LOOP,
    ),
]


TunedEncoder = Annotated[
    bool,
    typer.Option("--encoder/--no-encoder", help="Tune the encoder first (understudy tune).", rich_help_panel=MODEL),
]


MadeContract = Annotated[
    bool,
    typer.Option(
        "--contract/--no-contract",
        help="Find thresholds that keep the error budget afterwards (understudy contracts fit).",
        rich_help_panel=MODEL,
    ),
]


Wandb = Annotated[
    bool,
    typer.Option(
        "--wandb",
        help="Log to Weights & Biases, not to TensorBoard. Without WANDB_API_KEY it stays on this machine.",
        rich_help_panel=CARE,
    ),
]


@options_of(TrainSettings, but=("tracker",))
def train(
    context: typer.Context,
    chosen: TrainSettings,
    *,
    encoder: TunedEncoder = True,
    contract: MadeContract = True,
    questions: Questions = None,
    from_scratch: FromScratch = None,
    pairs: PairsFile = None,
    pairs_from: PairsFrom = None,
    name: Name = None,
    found_settings: FoundSettings = True,
    wandb: Wandb = False,
    as_json: Json = False,
) -> None:
    """Tune the encoder, then fine-tune a GPT-2 on this desk's answers; each serves only if held-out ones say so.

    Last, past questions are asked again with all of it, to find what can be promised (`understudy contracts`).

    Ends with a page in reports/: loss curves, figures before and after, sample answers. Interrupted, it goes on.

    `understudy models rollback` goes back to the version before.
    """
    settings: Settings = context.obj
    _check_pairs(pairs, pairs_from, name, questions=bool(questions), from_scratch=from_scratch is not None)
    if pairs is not None or pairs_from is not None:
        _refuse_of_replies(_given(context, chosen))
    if from_scratch is not None:
        _pretrain(settings, from_scratch, chosen, as_json=as_json)
        return
    _require_packages()
    if chosen.learning_rate == 0:
        raise typer.BadParameter("0 learns nothing; try 0.0005.", param_hint="--learning-rate")
    if wandb:
        chosen = replace(chosen, tracker="wandb")
    if pairs is not None or pairs_from is not None:
        train_writer(context, chosen, pairs, pairs_from, name, as_json=as_json)
        return
    if questions and not contract:
        raise typer.BadParameter(
            "they are cases of the contract, which --no-contract leaves out.", param_hint="--questions"
        )
    chosen = replace(chosen, given=_given(context, chosen))
    if found_settings and not chosen.search:
        chosen = _with_found(settings, chosen)
    broken = keep_questions(settings, questions)
    _fine_tune(settings, chosen, encoder=encoder, contract=contract, as_json=as_json)
    if broken:
        raise typer.Exit(EXIT_SKIPPED)


def _check_pairs(file: Path | None, kind: object, name: str | None, *, questions: bool, from_scratch: bool) -> None:
    """See that what is asked of a writer goes together."""
    if file is None and kind is None:
        if name is not None:
            raise typer.BadParameter("it names a writer, which --pairs or --pairs-from trains.", param_hint="--name")
        return
    if file is not None and kind is not None:
        raise typer.BadParameter("give a file or what the pairs are made of, not both.", param_hint="--pairs")
    if from_scratch:
        raise typer.BadParameter("it makes a base; train a writer on it afterwards.", param_hint="--from-scratch")
    if questions:
        raise typer.BadParameter("they are cases of a contract, which a writer has none of.", param_hint="--questions")


def _refuse_of_replies(given: Sequence[str]) -> None:
    """See that a writer is not given what is only known of replies."""
    groups = {each.name: each.metadata.get("group") for each in fields(TrainSettings)}
    for name in given:
        if groups[name] in (VARIED, REPLIES):
            raise typer.BadParameter(
                "it is for replies to customers; a writer learns from its pairs alone.",
                param_hint=f"--{name.replace('_', '-')}",
            )


def _given(context: typer.Context, chosen: TrainSettings) -> tuple[str, ...]:
    """The settings that somebody has set, by whatever way but the default."""
    sources = {name: context.get_parameter_source(name) for name in chosen.asked()}
    return tuple(name for name, source in sources.items() if source is not None and source.name != "DEFAULT")


def _with_found(settings: Settings, chosen: TrainSettings) -> TrainSettings:
    """With what a search has found, which is told."""
    from chatbot.learning.training import found_settings

    kept = found_settings.kept(settings.desk())
    chosen = found_settings.with_found(chosen, kept)
    if kept is not None and chosen.found:
        taken = found_settings.sentence({name: getattr(chosen, name) for name in chosen.found})
        typer.echo(
            f"Found by a search on {kept.created[:10]}: {taken} (--no-found-settings leaves this out).", err=True
        )
    return chosen


def _require_packages() -> None:
    """See that what only training needs is installed.

    Raises:
        InputError: it is not, as where only what serves was.

    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(
            f"Training needs {', '.join(missing)}, which serving does without and which "
            f"{'are' if missing[1:] else 'is'} not installed here: pip install 'understudy[train]'."
        )


def _fine_tune(settings: Settings, chosen: TrainSettings, *, encoder: bool, contract: bool, as_json: bool) -> None:
    from chatbot.cli import printing
    from chatbot.learning import encoder_tuning
    from chatbot.learning.contracts.make_contract import make_contract_if_enough
    from chatbot.learning.time_plan import LEARN, PROMISE, TUNE, TimePlan
    from chatbot.learning.training import training_run as training
    from chatbot.learning.training.settings_search import plan_sentence

    home = settings.desk()
    attempt(lambda: training.check(home, chosen))
    home.create()
    left_out = [*([] if encoder else [TUNE]), *([] if contract else [PROMISE])]
    plan = TimePlan(chosen.minutes, left_out)
    typer.echo(plan.sentence(), err=True)
    if chosen.search:
        typer.echo(plan_sentence(chosen.search), err=True)

    async def work(database: Database, report: Report) -> dict[str, Any]:
        tuned = made = None
        # A run that goes on has tuned already; with another encoder its evidence would be another one.
        if encoder and home.current().index and not training.interrupted(home, chosen):
            with plan.step(TUNE):
                tuned = await encoder_tuning.tune_if_enough(
                    database, home, minutes=plan.may_take(TUNE) / 60, seed=chosen.seed, report=report
                )
        if contract:
            with plan.step(PROMISE):
                made = await make_contract_if_enough(
                    database, settings, seed=chosen.seed, seconds=plan.may_take(PROMISE), report=report
                )
        with plan.step(LEARN):
            outcome = await training.train(database, home, chosen, plan=plan, report=report)
        if tuned and tuned["promoted"] and home.current().adapter != tuned["version"]:
            tuned = {**tuned, "verdict": f"{tuned['version']} finds more, but does not serve: the contract says why."}
        return {**outcome, "encoder": tuned, "contract": made, "time": plan.to_json()}

    outcome = with_progress(settings, work)
    if outcome["encoder"]:
        printing.print_tuning(outcome["encoder"])
    printing.print_training(outcome)
    if outcome["contract"]:  # last: it says what may be answered with all of it, and what that would need
        printing.print_contract(outcome["contract"])
    printing.print_time(outcome["time"])
    printing.print_serving(home.current())
    last_line(outcome, wanted=as_json)


def _pretrain(settings: Settings, datasets: Path, chosen: TrainSettings, *, as_json: bool) -> None:
    if chosen.base is not None or chosen.method != "full":
        raise typer.BadParameter(
            "it makes a base and takes no --base and no --method: train on the result afterwards.",
            param_hint="--from-scratch",
        )
    _require_packages()
    from chatbot.cli import printing
    from chatbot.learning.training import pretraining

    def work() -> dict[str, Any]:
        with progress_bars() as report:
            return pretraining.pretrain(
                settings.desk().create(),
                datasets,
                minutes=chosen.minutes,
                seed=chosen.seed,
                search=chosen.search,
                report=report,
            )

    outcome = attempt(work)
    printing.print_base(outcome)
    last_line(outcome, wanted=as_json)
