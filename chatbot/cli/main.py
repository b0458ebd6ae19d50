"""The command line: one thin function a command; the work is in the rooms below.

Exit status: 0 done, 1 could not be done (the message says why), 2 wrong usage, 3 done but some input was skipped.
Heavy libraries are imported inside the commands so that `understudy --help` is instant.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.admin import Json, doctor, keys_app, models_app
from chatbot.cli.contracts import contracts_app
from chatbot.cli.corpus import forget, restore, retire, retired
from chatbot.cli.inboxes import inboxes_app
from chatbot.cli.replay import label, replay
from chatbot.cli.replies import answer, complete, explain, rank
from chatbot.cli.terminal import EXIT_SKIPPED, attempt, last_line, progress_bars, with_database
from chatbot.cli.topics import topics_app
from chatbot.cli.train import train, tune
from chatbot.settings import Settings
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from chatbot.service.corpus.importing import ImportSummary
    from chatbot.storage.database import Database

app = typer.Typer(
    name="understudy",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Learns customer support from your past transcripts, answers where it is sure, hands over where it is not. "
    "To look around: understudy demo. With your own data: understudy import FILE --index, then train, then serve.",
)
app.add_typer(keys_app, name="keys")
app.add_typer(inboxes_app, name="inboxes")
app.add_typer(models_app, name="models")
app.add_typer(topics_app, name="topics")
app.add_typer(contracts_app, name="contracts")


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


@app.command("import")
def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files (.jsonl, .jsonl.gz, .csv) or folders of Markdown.")],
    format_name: Annotated[
        str | None, typer.Option("--format", help="jsonl, csv or articles; guessed from the name.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="For CSV, FIELD=COLUMN, e.g. --column text=body --column id=ticket_id."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="Your own address, @domain or phone number, left unmasked. May be repeated."),
    ] = None,
    index: Annotated[bool, typer.Option("--index", help="Build the search index right after.")] = False,
    as_json: Json = False,
) -> None:
    """Take in transcripts or articles; personal data is masked first. Again = only what is new."""
    from chatbot.cli import printing
    from chatbot.service.corpus import importing
    from data.importers import ImportOptions

    settings: Settings = context.obj
    choices = ImportOptions(columns=dict(_pair(text) for text in column or []))

    async def work(database: Database) -> ImportSummary:
        with progress_bars() as report:
            return await importing.import_paths(
                database, paths, format_name=format_name, options=choices, keep=keep or (), report=report
            )

    settings.desk().create()
    summary = with_database(settings, work)
    printing.print_import(summary, indexed=index)
    manifest = _index(settings) if index else None
    last_line({**summary.to_json(), **({"index": manifest} if manifest else {})}, wanted=as_json)
    if summary.broken_count:
        raise typer.Exit(EXIT_SKIPPED if summary.kept else 1)


@app.command()
def index(context: typer.Context, as_json: Json = False) -> None:
    """(Re)build the search index from everything imported; only new texts are computed."""
    last_line(_index(context.obj), wanted=as_json)


@app.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A question in a customer's words.")],
    *,
    count: Annotated[int, typer.Option("-k", "--count", min=1, max=100, help="How many hits.")] = 5,
    kind: Annotated[list[PassageKind] | None, typer.Option(help="Only past answers, or only articles.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only this language, e.g. en. May be repeated.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what was created on this ISO date or later.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Look among what was retired.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show why each hit is there.")] = False,
    as_json: Json = False,
) -> None:
    """Find the past answers and articles that fit a question best."""
    from chatbot.cli import printing
    from chatbot.service.serving.loader import load_current_retriever
    from data.times import parse_time

    if since is not None and parse_time(since) is None:
        raise typer.BadParameter(f"expected an ISO date such as 2025-06-30, found {since!r}", param_hint="--since")
    found = attempt(lambda: load_current_retriever(context.obj))
    hits = found.search(text, count, kinds=kind, languages=language, since=since, retired=retired)
    printing.print_hits(hits, explained=explain)
    last_line({"hits": [printing.hit_to_json(hit, explained=explain) for hit in hits]}, wanted=as_json)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on (default 8080).")] = None,
) -> None:
    """Serve the API and the widget for this desk."""
    from chatbot.cli.demo import check_port
    from chatbot.server import serve as run

    changes = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    settings: Settings = context.obj.model_copy(update=changes)
    attempt(lambda: check_port(settings.host, settings.port))
    attempt(lambda: run(settings))


@app.command()
def demo(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8080,
) -> None:
    """Prepare and serve the sample shop; prints the addresses of its page and of the API docs."""
    from chatbot.cli import demo as sample
    from chatbot.server import serve as run

    settings: Settings = context.obj.model_copy(update={"host": host, "port": port, "demo": True})
    attempt(lambda: sample.check_port(host, port))
    attempt(lambda: asyncio.run(sample.prepare(settings)))
    sample.print_addresses(settings)
    attempt(lambda: run(settings))


for command in (answer, rank, complete, explain, train, tune, replay, label, doctor, forget, retire, restore, retired):
    app.command()(command)


def main() -> None:
    """Entry point of the `understudy` command."""
    # Set before any model library is imported: no library's own progress bars.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that wait spinning slow everything else on a small machine, and themselves: encoding ran at 8 texts/s with
    # them and at 28 without, on two cores with a neighbour.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    app()


def _index(settings: Settings) -> dict[str, Any]:
    from chatbot.cli import printing
    from chatbot.service.corpus import importing

    async def work(database: Database) -> dict[str, Any]:
        with progress_bars() as report:
            return await importing.build_index(database, settings.desk().create(), report=report)

    built = with_database(settings, work)
    printing.print_index(built)
    return built


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"expected --column FIELD=COLUMN, found {text!r}")
    return name.strip(), value.strip()
