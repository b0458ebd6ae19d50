"""Commands on what the desk knows: import, index, search, forget, retire, restore, retired."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import EXIT_SKIPPED, attempt, in_session, last_line, progress_bars, with_progress
from chatbot.settings import Settings
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from data.importers.importer import ImportOptions

Passages = Annotated[
    list[str],
    typer.Argument(metavar="ID…", help="Passages as `understudy search` prints them, or slugs of whole articles."),
]

Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", help="Your own address, @domain or phone number, left unmasked. May be repeated."),
]
ColumnOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="What stands where and means what, e.g. --column text=body --column private_value=staff "
        "--column dates=dmy; see docs/importing.md. May be repeated.",
    ),
]
UseMapping = Annotated[
    Path | None, typer.Option("--mapping", help="A saved mapping of columns or paths; nothing is asked.")
]
SaveMapping = Annotated[
    Path | None,
    typer.Option("--save-mapping", help="Where to keep what is answered about an unknown table or JSON."),
]


def forget(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of conversations or slugs of articles.")],
    as_json: Json = False,
) -> None:
    """Delete conversations or articles: they can no longer be found, shown or learnt from."""
    from chatbot.clock import real_clock
    from chatbot.learning.erasure import erase
    from chatbot.service import audit
    from chatbot.service.corpus import editing

    async def forgotten(session: Any) -> int:
        gone = await editing.forget(session, names)
        for name in names:
            await audit.record(session, real_clock().now(), audit.COMMAND_LINE, audit.Act.ERASED, name)
        return gone

    gone = in_session(context.obj, forgotten, write=True)
    attempt(lambda: erase(context.obj.desk(), names))
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
    """Take past answers, pieces of articles or whole articles out of use; their conversations and articles stay."""
    from chatbot.service.corpus import editing

    _edit(context.obj, passages, lambda session: editing.retire(session, passages, reason))
    typer.echo(f"Retired: {', '.join(passages)}. understudy restore brings them back.")
    last_line({"retired": passages}, wanted=as_json)


def restore(context: typer.Context, passages: Passages, as_json: Json = False) -> None:
    """Bring retired passages or articles back into use."""
    from chatbot.service.corpus import editing

    _edit(context.obj, passages, lambda session: editing.restore(session, passages))
    typer.echo(f"In use again: {', '.join(passages)}.")
    last_line({"restored": passages}, wanted=as_json)


def retired(context: typer.Context, as_json: Json = False) -> None:
    """List retired passages with their reasons, the oldest first."""
    from chatbot.storage.queries import retirements

    found = in_session(context.obj, retirements.everything, write=False)
    for one in found:
        typer.echo(f"{one.passage_id}  {one.at:%Y-%m-%d}  {one.reason}".rstrip())
    if not found:
        typer.echo("Nothing is retired.")
    rows = [{"id": one.passage_id, "reason": one.reason, "at": one.at.isoformat()} for one in found]
    last_line({"retired": rows}, wanted=as_json)


def import_(
    context: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Exports of help desks, tables, mailboxes, JSON lines, or folders of Markdown.")
    ],
    *,
    format_name: Annotated[
        str | None, typer.Option("--format", help="Its name, as zendesk or csv; else told by what stands in the file.")
    ] = None,
    column: ColumnOptions = None,
    keep: Keep = None,
    index: Annotated[bool, typer.Option("--index", help="Build the search index right after.")] = False,
    look: Annotated[
        bool, typer.Option("--preview", help="Show ten conversations as they would be learnt; store nothing.")
    ] = False,
    mapping: UseMapping = None,
    save_mapping: SaveMapping = None,
    as_json: Json = False,
) -> None:
    """Import transcripts or articles; personal data is masked first. Importing again adds only what is new."""
    from chatbot.cli import printing
    from chatbot.cli.mapping import Mappings, mapped
    from chatbot.service.corpus import importing
    from data.importers.importer import ImportOptions

    settings: Settings = context.obj
    choices = ImportOptions(columns=dict(_pair(text) for text in column or []), limits=settings.import_limits())
    own = (*settings.keep, *(keep or ()))
    format_name, choices = mapped(
        settings, paths, format_name, choices, own, Mappings(mapping, save_mapping), context=context
    )
    if look:
        _preview(settings, paths, format_name, choices, own, as_json=as_json)
        return

    settings.desk().create()
    summary = with_progress(
        settings,
        lambda database, report: importing.import_paths(
            database,
            paths,
            format_name=format_name,
            options=choices,
            keep=own,
            countries=settings.country,
            report=report,
        ),
    )
    printing.print_import(summary, indexed=index)
    manifest = _index(settings) if index else None
    last_line({**summary.to_json(), **({"index": manifest} if manifest else {})}, wanted=as_json)
    if summary.broken_count:
        raise typer.Exit(EXIT_SKIPPED if summary.kept else 1)


def _preview(
    settings: Settings,
    paths: list[Path],
    format_name: str | None,
    choices: ImportOptions,
    keep: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    from chatbot.cli.preview import print_preview
    from chatbot.service.corpus.preview import preview

    with progress_bars() as report:
        found = attempt(
            lambda: preview(
                paths, format_name=format_name, options=choices, keep=keep, countries=settings.country, report=report
            )
        )
    print_preview(found)
    last_line(found.to_json(), wanted=as_json)
    if found.broken_count:
        raise typer.Exit(EXIT_SKIPPED if found.kept else 1)


def mask(
    context: typer.Context,
    keep: Keep = None,
    all_: Annotated[bool, typer.Option("--all", help="Also what today's rules have masked already.")] = False,
    as_json: Json = False,
) -> None:
    """Mask the personal data of stored transcripts anew, where older rules did; stopped, it goes on where it was."""
    from chatbot.cli import printing
    from chatbot.service.corpus import masking

    settings: Settings = context.obj
    own = (*settings.keep, *(keep or ()))
    summary = with_progress(
        settings,
        lambda database, report: masking.mask_anew(
            database, keep=own, countries=settings.country, everything=all_, report=report
        ),
    )
    printing.print_masked(summary)
    last_line(summary.to_json(), wanted=as_json)


def index(context: typer.Context, as_json: Json = False) -> None:
    """(Re)build the search index from everything imported; only new texts are computed."""
    last_line(_index(context.obj), wanted=as_json)


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
    from retrieval.index.filters import Filters

    if since is not None and parse_time(since) is None:
        raise typer.BadParameter(f"expected an ISO date such as 2025-06-30, found {since!r}", param_hint="--since")
    found = attempt(lambda: load_current_retriever(context.obj))
    filters = Filters(
        kinds=frozenset(kind) if kind else None,
        languages=frozenset(language) if language else None,
        since=since,
        retired=retired,
    )
    hits = found.search(text, count, filters)
    printing.print_hits(hits, explained=explain)
    last_line({"hits": [printing.hit_to_json(hit, explained=explain) for hit in hits]}, wanted=as_json)


def _edit(settings: Settings, names: list[str], edit: Callable[[Any], Awaitable[Any]]) -> None:
    """Make an edit and record it for each of what was named."""
    from chatbot.clock import real_clock
    from chatbot.service import audit
    from chatbot.service.corpus import editing

    async def edited(session: Any) -> None:
        outcome = await edit(session)
        for name in names:
            await editing.note(session, real_clock().now(), audit.COMMAND_LINE, outcome, name)

    in_session(settings, edited, write=True)


def _index(settings: Settings) -> dict[str, Any]:
    from chatbot.cli import printing
    from chatbot.learning.indexing import build_index

    home = settings.desk().create()
    built = with_progress(settings, lambda database, report: build_index(database, home, report=report))
    printing.print_index(built)
    return built


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"expected --column FIELD=COLUMN, found {text!r}")
    return name.strip(), value.strip()
