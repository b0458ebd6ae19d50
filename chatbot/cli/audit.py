"""Commands of the audit log: whether its chain holds, and all of it as JSON lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import in_session, last_line

if TYPE_CHECKING:
    from chatbot.storage.database import Session

audit_app = typer.Typer(no_args_is_help=True, help="The audit log: who did what to people, keys and data.")


@audit_app.command("verify")
def verify(
    context: typer.Context,
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="What verify printed once; it has to be in the log still.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that no line was changed, removed or put in; exit 1 and the first that breaks the chain where one was."""
    from chatbot.service import audit

    found = in_session(context.obj, lambda session: audit.verify(session, head), write=False)
    if found.broken is None:
        typer.echo(
            f"{found.lines:,} lines, the chain holds. The last has the hash {found.hash or '-'}; note it elsewhere."
        )
    else:
        typer.echo(f"The chain is broken: {found.broken}. Before that, {found.lines:,} lines hold.", err=True)
    last_line(
        {"ok": found.broken is None, "lines": found.lines, "hash": found.hash, "broken": found.broken}, wanted=as_json
    )
    if found.broken is not None:
        raise typer.Exit(1)


@audit_app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to; without, to the terminal.")] = None,
) -> None:
    """Write the whole log as JSON lines, oldest first; that this was done is its next line."""
    from chatbot.clock import real_clock
    from chatbot.service import audit

    async def work(session: Session) -> list[str]:
        rows = [json.dumps(audit.as_json(row), ensure_ascii=False) async for row in audit.lines(session)]
        await audit.record(session, real_clock().now(), audit.COMMAND_LINE, audit.Act.EXPORTED, "audit log")
        return rows

    lines = in_session(context.obj, work, write=True)
    text = "".join(f"{line}\n" for line in lines)
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
        typer.echo(f"{len(lines):,} lines written to {file}.")
