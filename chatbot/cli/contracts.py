"""Commands on the contract: what a desk promises of its answers, found on its own history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import EXIT_SKIPPED, attempt, last_line, print_versions, with_progress

if TYPE_CHECKING:
    from chatbot.settings import Settings

contracts_app = typer.Typer(
    no_args_is_help=True, help="What this desk promises of its answers: fit, list, promote, roll back."
)


Questions = Annotated[
    list[Path] | None,
    typer.Option(
        "--questions",
        metavar="FILE",
        help="Written questions (docs/exam.md) as cases beside the past. Kept in the home for later contracts; may be "
        "given again.",
    ),
]


@contracts_app.command("fit")
def fit_contract(
    context: typer.Context,
    questions: Questions = None,
    seed: Annotated[int, typer.Option(help="Seed of sampling and fitting.")] = 0,
    as_json: Json = False,
) -> None:
    """Ask past questions again, find thresholds that keep the error budget, and let them serve if they do not lose.

    UNDERSTUDY_RISK and UNDERSTUDY_SURE set the budget, UNDERSTUDY_PRACTICE how many questions. Interrupted, it goes on.
    """
    from chatbot.cli import printing
    from chatbot.learning.contracts.make_contract import make_contract

    settings: Settings = context.obj
    broken = keep_questions(settings, questions)
    outcome = with_progress(
        settings, lambda database, report: make_contract(database, settings, seed=seed, report=report)
    )
    printing.print_contract(outcome)
    last_line({**outcome, "broken": broken}, wanted=as_json)
    if broken:
        raise typer.Exit(EXIT_SKIPPED)


def keep_questions(settings: Settings, files: list[Path] | None) -> list[str]:
    """Keep files of questions in the home; tells and returns what is wrong with lines that cannot be used."""
    from chatbot.learning.contracts.written_questions import keep

    broken = attempt(lambda: keep(settings.desk().create(), files or []))
    for sentence in broken:
        typer.echo(sentence, err=True)
    return broken


@contracts_app.command("list")
def list_contracts(context: typer.Context, as_json: Json = False) -> None:
    """List contracts with what they promise, oldest first; * serves."""
    from chatbot.service.serving import contract_versions as contract_folder

    def promise(name: str) -> str:
        try:
            return contract_folder.load(home.contracts / name).sentence()
        except contract_folder.ContractError as problem:
            return str(problem)

    home = context.obj.desk()
    current, names = attempt(home.current), contract_folder.versions(home)
    print_versions({name: promise(name) for name in names}, current.contract, current.previous_contract)
    if not names:
        typer.echo("No contracts yet: understudy train or understudy contracts fit makes one.")
    last_line({"serving": current.contract, "previous": current.previous_contract, "contracts": names}, wanted=as_json)


@contracts_app.command("promote")
def promote_contract(
    context: typer.Context, name: Annotated[str, typer.Argument(help="A name from `contracts list`.")]
) -> None:
    """Let a contract serve; a running server takes it up between two answers."""
    from chatbot.service.serving.contract_versions import promote

    attempt(lambda: promote(context.obj.desk(), name))
    typer.echo(f"{name} serves now.")


@contracts_app.command("rollback")
def roll_back_contract(context: typer.Context) -> None:
    """Let the contract before the current one serve again; again goes forward."""
    from chatbot.service.serving.contract_versions import roll_back

    typer.echo(f"{attempt(lambda: roll_back(context.obj.desk()))} serves now.")
