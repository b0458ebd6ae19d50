"""Commands on the contract: what a desk promises of its answers, found on its own history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.switching import go_back, let_serve
from chatbot.cli.terminal import EXIT_SKIPPED, attempt, in_session, last_line, print_versions, with_progress

if TYPE_CHECKING:
    from chatbot.settings import Settings

contracts_app = typer.Typer(
    no_args_is_help=True,
    help="What this desk promises of its answers: fit, list, promote, roll back, hold to another promise, stop.",
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
    writes: Annotated[
        bool,
        typer.Option(
            "--writes",
            help="Also try whether the model may write replies where nothing that agents said is sure enough. It "
            "writes on each question (about two seconds each), and may do so where that answers more, and no worse.",
        ),
    ] = False,
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
        settings, lambda database, report: make_contract(database, settings, seed=seed, writes=writes, report=report)
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
    let_serve(context.obj, "contract", name)


@contracts_app.command("rollback")
def roll_back_contract(context: typer.Context) -> None:
    """Let the contract before the current one serve again; again goes forward."""
    go_back(context.obj, "contract")


@contracts_app.command("hold")
def hold(
    context: typer.Context,
    risk: Annotated[
        float | None, typer.Argument(help="The share of automatic answers that may be wrong, such as 0.05.")
    ] = None,
    sure: Annotated[float | None, typer.Option(help="How sure that has to be; as now where it is not given.")] = None,
    as_set: Annotated[
        bool, typer.Option("--as-set", help="Back to what UNDERSTUDY_RISK and UNDERSTUDY_SURE say.")
    ] = False,
) -> None:
    """Show what contracts are held to, or hold them to something else; a running server follows within seconds."""
    from chatbot.clock import real_clock
    from chatbot.service.audit import COMMAND_LINE
    from chatbot.service.serving import promise

    settings: Settings = context.obj
    if risk is not None or sure is not None or as_set:
        now = attempt(lambda: promise.promise_of(settings))
        wanted = (
            None
            if as_set
            else attempt(lambda: promise.read(now.risk if risk is None else risk, now.sure if sure is None else sure))
        )
        in_session(
            settings,
            lambda session: promise.lay_down(session, real_clock(), COMMAND_LINE, settings, wanted),
            write=True,
        )
    typer.echo(f"Promised: {attempt(lambda: promise.promise_of(settings)).terms}.")


@contracts_app.command("stop")
def stop(context: typer.Context, why: Annotated[str, typer.Option(help="What colleagues read of it.")] = "") -> None:
    """Answer nothing alone, at once and whatever is promised: everything goes to people until `contracts resume`."""
    _switch(context.obj, on=False, why=why)
    typer.echo("Nothing is answered alone until `understudy contracts resume`.")


@contracts_app.command("resume")
def resume(context: typer.Context) -> None:
    """Answer alone again what the contract lets."""
    _switch(context.obj, on=True)
    typer.echo("What the contract lets is answered alone again.")


def _switch(settings: Settings, *, on: bool, why: str = "") -> None:
    from chatbot.clock import real_clock
    from chatbot.service.audit import COMMAND_LINE
    from chatbot.service.serving import alone

    in_session(settings, lambda session: alone.switch(real_clock(), session, COMMAND_LINE, on=on, why=why), write=True)
