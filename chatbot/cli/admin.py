"""Commands that look after a desk: doctor, model versions, API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from chatbot.cli.options import Json
from chatbot.cli.switching import go_back, let_serve
from chatbot.cli.terminal import attempt, last_line, print_versions, with_database
from chatbot.service.access.scopes import Scope

if TYPE_CHECKING:
    from finetune.compress.pack import Bits

keys_app = typer.Typer(no_args_is_help=True, help="API keys for help desks: create, list, revoke.")
models_app = typer.Typer(no_args_is_help=True, help="Model versions: list, promote, roll back, shrink.")


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check this desk: folder, secret, server, database, encoder, index, model; and what to do about what is wrong."""
    import asyncio

    from chatbot.service.monitoring.doctor import examine

    findings = attempt(lambda: asyncio.run(examine(context.obj)))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject:<10} {finding.sentence}")
    last_line({each.subject: {"ok": each.ok, "detail": each.sentence} for each in findings}, wanted=as_json)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@models_app.command("list")
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List model versions, oldest first; * serves. Writers, which never do, stand below."""
    from chatbot.service.serving.model_versions import refused_for
    from chatbot.service.serving.writers import folder_of, writers
    from finetune.model.checkpoint import damaged_versions, list_versions

    home = context.obj.desk()
    current = attempt(home.current)
    versions = list_versions(home.models)
    damaged = damaged_versions(home.models)
    told = {
        name: f"{manifest.base}, {manifest.method}" + (", held back after training" if refused_for(manifest) else "")
        for name, manifest in versions.items()
    }
    told |= {name: f"damaged, cannot be used: {problem}" for name, problem in damaged.items()}
    print_versions(told, current.model, current.previous_model)
    if not told:
        typer.echo("No models yet: understudy train makes one.")
    written = writers(home)
    if written:
        typer.echo("Writers, which make texts of outlines (understudy write) and never answer customers:")
    for name, manifest in written.items():
        typer.echo(f"  {name}  {manifest.base}, {manifest.method}, of {manifest.settings.get('source', '?')}")
    for name, problem in damaged_versions(folder_of(home)).items():
        typer.echo(f"  {name}  damaged, cannot be used: {problem}")
    found = {"serving": current.model, "previous": current.previous_model, "models": list(versions)}
    last_line({**found, "writers": list(written)}, wanted=as_json)


@models_app.command("promote")
def promote_model(
    context: typer.Context, name: Annotated[str, typer.Argument(help="A name from `models list`.")]
) -> None:
    """Let a version serve; a running server takes it up between two answers."""
    from chatbot.service.serving.model_versions import refused_for
    from finetune.model.checkpoint import list_versions

    home = context.obj.desk()
    let_serve(context.obj, "model", name)
    manifest = list_versions(home.models).get(name)
    if manifest is not None and (why := refused_for(manifest)):
        typer.echo(f"Its training had held it back: {why}. Go back with: understudy models rollback", err=True)


@models_app.command("rollback")
def roll_back_model(context: typer.Context) -> None:
    """Let the model before the current one serve again; again goes forward."""
    go_back(context.obj, "model")


@models_app.command("shrink")
def shrink_model(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name from `models list`.")],
    bits: Annotated[
        Literal["4", "8", "16"],
        typer.Option(
            help="Of each weight: 8 loses next to nothing, 4 a little, 16 only leaves out weights that are 0."
        ),
    ] = "4",
    as_json: Json = False,
) -> None:
    """Make a version that takes less room on disk; it serves as fast as before, once you promote it."""
    from chatbot.service.serving import model_versions

    wanted: dict[str, Bits] = {"4": 4, "8": 8, "16": 16}
    made = attempt(lambda: model_versions.shrink(context.obj.desk(), name, wanted[bits]))
    typer.echo(
        f"{made.name} takes {made.bytes_after / 1e6:.1f} MB where {name} takes {made.bytes_before / 1e6:.1f} MB. "
        f"Let it serve: understudy models promote {made.name}"
    )
    told = {"version": made.name, "of": name, "bits": int(bits)}
    last_line({**told, "bytes_before": made.bytes_before, "bytes_after": made.bytes_after}, wanted=as_json)


@keys_app.command("create")
def create_key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may be used for; several are named one by one. Without any: for everything."),
    ] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="NAME", help="The one person it acts for; without, the request says who.")
    ] = None,
) -> None:
    """Make a key. It is shown once; only its hash is stored."""
    from chatbot.service.access import api_keys

    made = with_database(
        context.obj, lambda database: api_keys.create(database, name, scopes=scope or None, agent=agent)
    )
    typer.echo(made)
    if not scope:
        typer.echo("This key may do everything; --scope makes one that may not.", err=True)


@keys_app.command("list")
def list_keys(context: typer.Context) -> None:
    """List keys by name, and what they are for; never the keys themselves."""
    from chatbot.service.access import api_keys

    for key in with_database(context.obj, api_keys.list_all):
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        held = "everything" if key.scopes is None else ",".join(key.scopes)
        person = f" as {key.agent}" if key.agent else ""
        typer.echo(f"{key.id}  {key.hint}…  {key.created_at:%Y-%m-%d}  {key.name}  {held}{person}  {state}".rstrip())


@keys_app.command("revoke")
def revoke_key(context: typer.Context, key_id: Annotated[str, typer.Argument(help="An id from `keys list`.")]) -> None:
    """Revoke a key: it is refused at once."""
    from chatbot.service.access import api_keys

    with_database(context.obj, lambda database: api_keys.revoke(database, key_id))
    typer.echo(f"{key_id} is revoked.")
