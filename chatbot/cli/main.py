"""The command line: registers every command, and serves.

Exit status: 0 done, 1 could not be done (the message says why), 2 wrong usage, 3 done but some input was skipped,
4 done but a bar that was asked for was missed.
Heavy libraries are imported inside the commands so that `understudy --help` is instant.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from chatbot.cli.admin import doctor, keys_app, models_app
from chatbot.cli.agents import agents_app, first_link
from chatbot.cli.answers import answers
from chatbot.cli.audit import audit_app
from chatbot.cli.connect import connect_app
from chatbot.cli.contracts import contracts_app
from chatbot.cli.corpus import forget, import_, index, mask, restore, retire, retired, search
from chatbot.cli.exam import exam
from chatbot.cli.hours import hours_app
from chatbot.cli.inboxes import inboxes_app
from chatbot.cli.label import label
from chatbot.cli.mcp import mcp
from chatbot.cli.replay import replay
from chatbot.cli.replies import answer, complete, explain, rank
from chatbot.cli.review import review
from chatbot.cli.terminal import attempt, check_port
from chatbot.cli.topics import topics_app
from chatbot.cli.train import train, tune
from chatbot.cli.troubles import Commands
from chatbot.cli.webhooks import webhooks_app
from chatbot.cli.writing import pairs, write
from chatbot.settings import Settings

app = typer.Typer(
    name="understudy",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Learns customer support from your past transcripts, answers where it is sure, hands over where it is not. "
    "To look around: understudy demo. With your own data: understudy import FILE --index, then train, then serve.",
)
app.add_typer(agents_app, name="agents")
app.add_typer(keys_app, name="keys")
app.add_typer(inboxes_app, name="inboxes")
app.add_typer(hours_app, name="hours")
app.add_typer(models_app, name="models")
app.add_typer(topics_app, name="topics")
app.add_typer(contracts_app, name="contracts")
app.add_typer(audit_app, name="audit")
app.add_typer(webhooks_app, name="webhooks")
app.add_typer(connect_app, name="connect")


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of this desk (default: $UNDERSTUDY_HOME, else ./var).", show_default=False),
    ] = None,
) -> None:
    """Read the settings once; every command finds them in the context."""
    context.obj = Settings() if home is None else Settings(home=home)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on (default 8080).")] = None,
) -> None:
    """Serve the API and the widget for this desk; prints a link for the first admin while there is none."""
    from chatbot.server import serve as run
    from chatbot.service.serving.server_lock import require_free

    changes = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    settings: Settings = context.obj.model_copy(update=changes)
    attempt(lambda: require_free(settings))
    attempt(lambda: check_port(settings.host, settings.port))
    tell_link = first_link(settings)
    attempt(lambda: run(settings, on_started=tell_link))


def demo(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8080,
) -> None:
    """Prepare and serve the sample shop; prints addresses, what it promises, and its replay and exam."""
    from chatbot.cli.demo import prepare, print_addresses, trained
    from chatbot.cli.demo_desk import open_desk
    from chatbot.server import serve as run
    from chatbot.service.serving.server_lock import require_free

    settings: Settings = context.obj.model_copy(update={"host": host, "port": port, "demo": True, "held_back": 0.0})
    attempt(lambda: require_free(settings))
    attempt(lambda: check_port(host, port))
    attempt(lambda: asyncio.run(prepare(settings)))
    print_addresses(settings, attempt(lambda: trained(settings)))
    with open_desk(settings) as opened:
        attempt(lambda: run(settings, on_started=opened))


app.command("import")(import_)
for command in (
    index,
    search,
    answers,
    serve,
    demo,
    answer,
    rank,
    complete,
    explain,
    train,
    pairs,
    write,
    tune,
    replay,
    exam,
    label,
    mcp,
    review,
    doctor,
    mask,
    forget,
    retire,
    restore,
    retired,
):
    app.command()(command)


def main() -> None:
    """Entry point of the `understudy` command."""
    os.umask(0o077)  # what a desk keeps is its owner's alone, whichever library writes it
    # Set before any model library is imported: no library's own progress bars.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that wait spinning slow everything else on a small machine, and themselves: encoding ran at 8 texts/s with
    # them and at 28 without, on two cores with a neighbour.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    app()


if __name__ == "__main__":  # `python -m chatbot.cli.main`, as `python -m chatbot` is
    main()
