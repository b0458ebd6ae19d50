"""The command that offers a desk to programs that speak the Model Context Protocol, over stdin and stdout."""

from __future__ import annotations

from typing import Annotated

import typer

from chatbot.cli.terminal import attempt
from chatbot.errors import InputError


def mcp(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Option(help="Address of the running server (default: this desk's host and port).")
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            envvar="UNDERSTUDY_API_KEY",
            help="An API key with the scopes suggest, knowledge and agent; better in the environment than here.",
        ),
    ] = "",
) -> None:
    """Offer this desk to assistants as tools (Model Context Protocol, stdio): search, suggest, read a ticket.

    It asks a running server by an API key, and may do what the key may. Nothing is written.
    """
    attempt(lambda: _serve(url or f"http://{context.obj.host}:{context.obj.port}", key))


def _serve(url: str, key: str) -> None:
    from importlib.metadata import version

    try:
        from chatbot.cli.mcp_tools import Api, server
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "mcp":
            raise
        raise InputError("This needs the package mcp: pip install 'understudy[mcp]'.") from missing
    if not key:
        raise InputError(
            "An API key is needed in UNDERSTUDY_API_KEY: understudy keys create NAME --scope suggest --scope knowledge "
            "--scope agent."
        )
    server(Api(url, key), version("understudy")).run("stdio")
