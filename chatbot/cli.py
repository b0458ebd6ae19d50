"""The command line: one thin function a command; the work is in the rooms below.

Exit status: 0 done, 1 could not be done (the message says why), 2 wrong usage, 3 done but some input was skipped.
Heavy libraries are imported inside the commands so that `understudy --help` is instant.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from chatbot.errors import UnderstudyError
from chatbot.progress import progress_bars
from chatbot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

EXIT_SKIPPED = 3
Result = TypeVar("Result")

app = typer.Typer(
    name="understudy",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Learns customer support from your past transcripts, answers where it is sure, hands over where it is not.\n\n"
    "First steps: `understudy demo`, or with your own data `understudy import FILE --index`, `understudy train`, `understudy serve`.",
)
keys_app = typer.Typer(no_args_is_help=True, help="API keys for help desks: create, list, revoke.")
models_app = typer.Typer(no_args_is_help=True, help="Model versions: list, promote, roll back.")
app.add_typer(keys_app, name="keys")
app.add_typer(models_app, name="models")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON line last.")]


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="Folder of this desk [env UNDERSTUDY_HOME; default ./var].", show_default=False),
    ] = None,
) -> None:
    """Read the settings once; every command finds them in the context."""
    context.obj = Settings() if home is None else Settings(home=home)


@app.command("import")
def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files (.jsonl, .jsonl.gz, .csv) or folders of Markdown articles.")],
    format_name: Annotated[str | None, typer.Option("--format", help="jsonl, csv or articles; guessed from the name.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="For CSV, FIELD=COLUMN, e.g. --column text=body --column id=ticket_id."),
    ] = None,
    index: Annotated[bool, typer.Option("--index", help="Build the search index right after.")] = False,
    as_json: Json = False,
) -> None:
    """Take in transcripts or articles; personal data is masked first. Again = only what is new."""
    from chatbot import reports
    from chatbot.service import learning
    from data.importers import ImportOptions

    settings: Settings = context.obj
    columns = dict(_pair(text, "--column") for text in column or [])

    async def work() -> learning.ImportSummary:
        from chatbot.storage.database import open_database

        settings.desk().create()
        async with open_database(settings.database()) as database:
            with progress_bars() as report:
                return await learning.import_paths(
                    database, paths, format_name=format_name, options=ImportOptions(columns=columns), report=report
                )

    summary = _run(work)
    reports.print_import(summary)
    manifest = _index(settings) if index else None
    _last_line({**summary.to_json(), **({"index": manifest} if manifest else {})}, as_json)
    if summary.broken_count:
        raise typer.Exit(EXIT_SKIPPED if summary.new + summary.changed + summary.unchanged else 1)


@app.command()
def index(context: typer.Context, as_json: Json = False) -> None:
    """(Re)build the search index from everything imported; only new texts are computed."""
    _last_line(_index(context.obj), as_json)


@app.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A question in a customer's words.")],
    count: Annotated[int, typer.Option("-k", "--count", min=1, max=100, help="How many hits.")] = 5,
    as_json: Json = False,
) -> None:
    """Find the past answers and articles closest to a question."""
    from chatbot import reports
    from chatbot.service.answering import load_retriever

    hits = _try(lambda: load_retriever(context.obj.desk()).search(text, count))
    reports.print_hits(hits)
    _last_line({"hits": [reports.hit_to_json(hit) for hit in hits]}, as_json)


@app.command()
def train(
    context: typer.Context,
    base: Annotated[str | None, typer.Option(help="A Hugging Face GPT-2: folder or hub name. Default: ours.")] = None,
    method: Annotated[str, typer.Option(help="full, lora or prefix.")] = "full",
    minutes: Annotated[float, typer.Option(min=0.1, help="Time budget of the training loop.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Seed of shuffling and initialisation.")] = 0,
    as_json: Json = False,
) -> None:
    """Fine-tune a GPT-2 on this desk's answers with their evidence; promoted only if held-out figures do not get worse."""
    from chatbot import reports
    from chatbot.service import training

    settings: Settings = context.obj
    wish = training.Wish(base=base, method=method, minutes=minutes, seed=seed)

    async def work() -> dict[str, Any]:
        from chatbot.storage.database import open_database

        async with open_database(settings.database()) as database:
            with progress_bars() as report:
                return await training.train(database, settings.desk().create(), wish, report=report)

    outcome = _run(work)
    reports.print_training(outcome)
    _last_line(outcome, as_json)


@app.command()
def answer(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "turns": […]} ending in a customer turn.')],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One answer a line; an interrupted run goes on here.")],
    as_json: Json = False,
) -> None:
    """Answer a file of questions: {"id", "reply", "decision", "confidence", "mode", "evidence": […]} a line."""
    _batch(context.obj, "answer", source, target, as_json)


@app.command()
def rank(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "turns": […], "candidates": [str…]}.')],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help='Lines {"id", "scores": [float…]}, higher = more likely ours.')],
    as_json: Json = False,
) -> None:
    """Score candidate replies by how likely this desk's agents would send them."""
    _batch(context.obj, "rank", source, target, as_json)


@app.command()
def explain(
    context: typer.Context,
    message: Annotated[str, typer.Argument(help="A message id, a question in words, or IN.jsonl for a batch.")],
    target: Annotated[Path | None, typer.Argument(metavar="OUT.jsonl", help="For a batch: where the traces go.")] = None,
    as_json: Json = False,
) -> None:
    """Show why: evidence, candidates, checks, score and decision of an answer."""
    from chatbot import reports
    from chatbot.service import batch

    settings: Settings = context.obj
    if target is not None:
        _batch(settings, "explain", Path(message), target, as_json)
        return
    trace = _run(lambda: batch.explain_one(settings, message))
    reports.print_trace(trace)
    _last_line(trace, as_json)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the API and the widget for this desk."""
    from chatbot.server import serve as run

    settings: Settings = context.obj
    changes = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    _try(lambda: run(settings.model_copy(update=changes)))


@app.command()
def demo(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8080,
) -> None:
    """Prepare and serve the sample shop; prints the addresses of its page and of the API docs."""
    from chatbot import demo as sample
    from chatbot.server import serve as run

    settings: Settings = context.obj.model_copy(update={"host": host, "port": port, "demo": True})
    _try(lambda: sample.check_port(host, port))
    _run(lambda: sample.prepare(settings))
    sample.print_addresses(settings)
    _try(lambda: run(settings))


@app.command()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check this desk: database, encoder, index, model, and what to do about what is missing."""
    from chatbot.service.doctor import examine

    findings = _run(lambda: examine(context.obj))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject:<10} {finding.sentence}")
    _last_line({finding.subject: {"ok": finding.ok, "detail": finding.sentence} for finding in findings}, as_json)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@models_app.command("list")
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List model versions, newest last; * serves."""
    from finetune.checkpoint import list_versions

    home = context.obj.desk()
    current = home.current()
    names = [version.name for version in list_versions(home.models)]
    for name in names:
        typer.echo(f"{'*' if name == current.model else ' '} {name}{'  (roll back goes here)' if name == current.previous_model else ''}")
    _last_line({"serving": current.model, "previous": current.previous_model, "models": names}, as_json)


@models_app.command("promote")
def promote_model(context: typer.Context, name: Annotated[str, typer.Argument(help="A name from `models list`.")]) -> None:
    """Let a version serve; a running server takes it up between two answers."""
    from chatbot.service.training import promote

    _try(lambda: promote(context.obj.desk(), name))
    typer.echo(f"{name} serves now.")


@models_app.command("rollback")
def roll_back_model(context: typer.Context) -> None:
    """Let the version before the current one serve again."""
    from chatbot.service.training import roll_back

    typer.echo(f"{_try(lambda: roll_back(context.obj.desk()))} serves now.")


@keys_app.command("create")
def create_key(context: typer.Context, name: Annotated[str, typer.Argument(help="Who will use it.")]) -> None:
    """Make a key. It is shown once; only its hash is stored."""
    from chatbot.service import keys

    typer.echo(_with_database(context.obj, lambda database: keys.create(database, name)))


@keys_app.command("list")
def list_keys(context: typer.Context) -> None:
    """List keys by name; never the keys themselves."""
    from chatbot.service import keys

    for key in _with_database(context.obj, keys.list_all):
        typer.echo(f"{key.id}  {key.name}  {key.created_at:%Y-%m-%d}{'  revoked' if key.revoked_at else ''}")


@keys_app.command("revoke")
def revoke_key(context: typer.Context, key_id: Annotated[str, typer.Argument(help="An id from `keys list`.")]) -> None:
    """Make a key useless at once."""
    from chatbot.service import keys

    _with_database(context.obj, lambda database: keys.revoke(database, key_id))
    typer.echo(f"{key_id} is revoked.")


def main() -> None:
    """Entry point of the `understudy` command."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app(standalone_mode=False)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\nStopped. Nothing is lost: the same command goes on from here.\n")
        sys.exit(130)
    except typer.TyperException as problem:
        problem.show()
        sys.exit(problem.exit_code)


def _batch(settings: Settings, task: str, source: Path, target: Path, as_json: bool) -> None:
    from chatbot.service import batch

    with progress_bars() as report:
        outcome = _try(lambda: batch.run(settings, task, source, target, report=report))
    for sentence in outcome.broken:
        typer.echo(sentence, err=True)
    typer.echo(f"{outcome.done} lines written to {target}" + (f", {outcome.skipped} skipped" if outcome.skipped else ""))
    _last_line(outcome.to_json(), as_json)
    if outcome.skipped:
        raise typer.Exit(EXIT_SKIPPED)


def _index(settings: Settings) -> dict[str, Any]:
    from chatbot import reports
    from chatbot.service import learning

    async def work() -> dict[str, Any]:
        from chatbot.storage.database import open_database
        from retrieval.encoder import SentenceEncoder

        async with open_database(settings.database()) as database:
            with progress_bars() as report:
                return await learning.build_index(
                    database, settings.desk().create(), SentenceEncoder.load(), report=report
                )

    manifest = _run(work)
    reports.print_index(manifest)
    return manifest


def _with_database(settings: Settings, work: Callable[[Any], Coroutine[Any, Any, Result]]) -> Result:
    async def inside() -> Result:
        from chatbot.storage.database import open_database

        async with open_database(settings.database()) as database:
            return await work(database)

    return _run(inside)


def _run(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine and turn what a user can act on into a sentence and exit status 1."""
    return _try(lambda: asyncio.run(work()))


def _try(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except UnderstudyError as problem:
        typer.echo(f"understudy: {problem}", err=True)
        raise typer.Exit(1) from None


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"expected {option} FIELD=COLUMN, found {text!r}")
    return name.strip(), value.strip()


def _last_line(value: dict[str, Any], wanted: bool) -> None:
    if wanted:
        typer.echo(json.dumps(value, ensure_ascii=False))
