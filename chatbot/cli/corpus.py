"""Commands that change what the desk knows: forget, retire, restore, retired. A running server follows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.admin import Json
from chatbot.cli.terminal import attempt, last_line, with_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Passages = Annotated[list[str], typer.Argument(metavar="PASSAGE_ID…", help="As `understudy search` prints them.")]


def forget(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of conversations or slugs of articles.")],
    as_json: Json = False,
) -> None:
    """Delete conversations or articles: they can no longer be found, shown or learnt from."""
    from chatbot.service.corpus import editing

    gone = _written(context, lambda session: editing.forget(session, names))
    attempt(lambda: editing.erase(context.obj.desk(), names))
    typer.echo(
        f"{gone} forgotten. `understudy index` takes the words out of the index files as well; "
        "importing the same file again would bring them back."
    )
    last_line({"forgotten": gone}, wanted=as_json)


def retire(
    context: typer.Context,
    passages: Passages,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks at it later.")] = "",
    as_json: Json = False,
) -> None:
    """Take past answers or pieces of articles out of use; their conversations and articles stay."""
    from chatbot.service.corpus import editing

    _written(context, lambda session: editing.retire(session, passages, reason))
    typer.echo(f"Retired: {', '.join(passages)}. understudy restore brings them back.")
    last_line({"retired": passages}, wanted=as_json)


def restore(context: typer.Context, passages: Passages, as_json: Json = False) -> None:
    """Bring retired passages back into use."""
    from chatbot.service.corpus import editing

    _written(context, lambda session: editing.restore(session, passages))
    typer.echo(f"In use again: {', '.join(passages)}.")
    last_line({"restored": passages}, wanted=as_json)


def retired(context: typer.Context, as_json: Json = False) -> None:
    """List retired passages with their reasons, the oldest first."""
    from chatbot.service.corpus import editing

    async def work(database: Any) -> Any:
        async with database.read() as session:
            return await editing.retired(session)

    found = with_database(context.obj, work)
    for one in found:
        typer.echo(f"{one.passage_id}  {one.at:%Y-%m-%d}  {one.reason}".rstrip())
    if not found:
        typer.echo("Nothing is retired.")
    rows = [{"id": one.passage_id, "reason": one.reason, "at": one.at.isoformat()} for one in found]
    last_line({"retired": rows}, wanted=as_json)


def _written(context: typer.Context, change: Callable[[Any], Awaitable[Any]]) -> Any:
    async def work(database: Any) -> Any:
        async with database.write() as session:
            return await change(session)

    return with_database(context.obj, work)
