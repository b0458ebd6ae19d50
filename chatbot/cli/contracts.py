"""Commands on the contract: what a desk promises of its answers, found on its own history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, last_line, progress_bars, with_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatbot.settings import Settings
    from chatbot.storage.database import Database

contracts_app = typer.Typer(
    no_args_is_help=True, help="What this desk promises of its answers: fit, list, promote, roll back."
)


@contracts_app.command("fit")
def fit_contract(
    context: typer.Context,
    seed: Annotated[int, typer.Option(help="Seed of sampling and fitting.")] = 0,
    as_json: Json = False,
) -> None:
    """Play past questions, find thresholds that keep the error budget, and let them serve if they do not lose.

    UNDERSTUDY_RISK and UNDERSTUDY_SURE set the budget, UNDERSTUDY_PRACTICE how many questions. Interrupted, it goes on.
    """
    from chatbot.learning.contracts.make_contract import make_contract

    settings: Settings = context.obj

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            return await make_contract(database, settings, seed=seed, report=report)

    outcome = with_database(settings, work)
    print_contract(outcome)
    last_line(outcome, wanted=as_json)


@contracts_app.command("list")
def list_contracts(context: typer.Context, as_json: Json = False) -> None:
    """List contracts with what they promise, oldest first; * serves."""
    from chatbot.service.serving import contract_versions as contract_folder

    home = context.obj.desk()
    current, names = home.current(), contract_folder.versions(home)
    for name in names:
        mark = "*" if name == current.contract else " "
        way_back = "  (roll back goes here)" if name == current.previous_contract else ""
        try:
            told = contract_folder.load(home.contracts / name).sentence()
        except contract_folder.ContractError as problem:
            told = str(problem)
        typer.echo(f"{mark} {name}  {told}{way_back}")
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
    """Let the contract before the current one serve again, or none; again goes forward."""
    from chatbot.service.serving.contract_versions import roll_back

    typer.echo(f"{attempt(lambda: roll_back(context.obj.desk()))} serves now.")


def print_contract(outcome: Mapping[str, Any]) -> None:
    """What was measured on the newest questions, then the verdict."""
    from rich.console import Console

    console = Console()
    told = outcome.get("figures")
    if told:
        cases = told["cases"]
        judges = ", ".join(f"{count:,} by {name}" for name, count in sorted(told["judged_by"].items()))
        console.print(
            f"Of {cases['measured']:,} newest questions {told['answered']:,} would be answered alone "
            f"({told['coverage']:.0%}), {told['wrong']:,} of these otherwise than the team did. Judged {judges}. "
            f"The probability is off by {told['ece']:.1%} on average; area under the risk-coverage curve "
            f"{told['area']:.3f}, by similarity alone {told['area_by_similarity']:.3f}. Fitted on "
            f"{cases['fitted']:,} older questions, thresholds chosen on {cases['chosen']:,}.",
            highlight=False,
        )
    console.print(outcome["verdict"], markup=False, highlight=False)
