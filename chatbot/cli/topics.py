"""Commands for topics: list, discover, rename, merge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, in_session, last_line, progress_bars

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatbot.settings import Settings
    from retrieval.topics.topics import Topics

topics_app = typer.Typer(help="What customers ask about: list topics, find them again, rename and merge them.")

TopicId = Annotated[str, typer.Argument(metavar="ID", help="As `understudy topics` prints it.")]
_NAME_WIDTH = 44
_EXAMPLE = 160


@topics_app.callback(invoke_without_command=True)
def topics(
    context: typer.Context,
    examples: Annotated[bool, typer.Option(help="Show typical questions of each topic.")] = True,
    as_json: Json = False,
) -> None:
    """List the topics, the largest first: questions, share of all, and trend."""
    if context.invoked_subcommand is not None:
        return
    from chatbot.service.corpus import topics as service

    found = attempt(lambda: service.known(context.obj.desk()))
    _tell(found, service.rows(found), examples=examples)
    last_line(service.told(found), wanted=as_json)


@topics_app.command()
def discover(
    context: typer.Context,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Draw all topics anew instead of beginning from those there are.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find the topics of what is indexed. Ids, names you gave and merges stay."""
    from chatbot.service.corpus import topics as service
    from chatbot.service.serving.loader import load_current_retriever

    def work() -> tuple[Topics, Topics | None]:
        home = context.obj.desk()
        before = service.of_home(home)
        retriever = load_current_retriever(context.obj)
        with progress_bars() as report:
            return service.discover(home, retriever, _now(), afresh=afresh, report=report), before

    found, before = attempt(work)
    old = {topic.id for topic in before.topics} if before else set()
    new = [topic.id for topic in found.topics if topic.id not in old]
    gone = [one for one in found.gone if one.id in old]
    _tell(found, service.rows(found), examples=False)
    if before is not None:
        typer.echo(f"{len(found) - len(new)} topics live on, {len(new)} are new, {len(gone)} are gone.")
    last_line({**service.told(found), "new": new}, wanted=as_json)


@topics_app.command()
def rename(
    context: typer.Context,
    topic_id: TopicId,
    name: Annotated[str, typer.Argument(help="What to call it from now on.")],
    as_json: Json = False,
) -> None:
    """Give a topic a name that stays, whatever is discovered later."""
    from chatbot.service.corpus import topics as service

    settings = context.obj
    found = _edited(
        settings, "topic_renamed", topic_id, lambda: service.rename(settings.desk(), topic_id, name), name=name
    )
    typer.echo(f"{topic_id} is called {found.name(topic_id)} now.")
    last_line({"id": topic_id, "name": found.name(topic_id)}, wanted=as_json)


@topics_app.command()
def merge(
    context: typer.Context,
    topic_id: TopicId,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The topic that takes its questions over.")],
    as_json: Json = False,
) -> None:
    """Make one topic of two; what the second is called stays."""
    from chatbot.service.corpus import topics as service

    settings = context.obj
    found = _edited(
        settings,
        "topic_merged",
        topic_id,
        lambda: service.merge(settings.desk(), topic_id, into, _now()[:10]),
        into=into,
    )
    typer.echo(f"The questions of {topic_id} ({found.name(topic_id)}) belong to {into} ({found.name(into)}) now.")
    last_line({"id": topic_id, "into": into}, wanted=as_json)


def _tell(found: Topics, rows: list[dict[str, Any]], *, examples: bool) -> None:
    """The topics as a table, then what is gone."""
    if not found.topics:
        typer.echo(f"{found.questions:,} questions are too few for topics: import more (understudy import PATH).")
        return
    from chatbot.cli.printing import excerpt

    typer.echo(f"{'id':<5} {'name':<{_NAME_WIDTH}} {'questions':>9} {'share':>6}  trend")
    for row in rows:
        name = excerpt(row["name"], _NAME_WIDTH)
        trend = "" if row["trend"] is None else f"x {row['trend']:.2f}"
        typer.echo(f"{row['id'] or '':<5} {name:<{_NAME_WIDTH}} {row['questions']:>9,} {row['share']:>6.1%}  {trend}")
        for example in row["examples"] if examples else ():
            typer.echo(f"      - {excerpt(example, _EXAMPLE)}")
    typer.echo(f"Trend: share of the last {found.days} days of the history over the share before.")
    for one in found.gone:
        typer.echo(f"gone since {one.since}: {one.id} ({one.name})" + (f", now in {one.into}" if one.into else ""))


def _edited(settings: Settings, act: str, topic_id: str, edit: Callable[[], Topics], **detail: str) -> Topics:
    """Make an edit and record it."""
    from chatbot.clock import real_clock
    from chatbot.service import audit

    async def recorded(session: Any) -> Topics:
        await audit.record(session, real_clock().now(), audit.COMMAND_LINE, audit.Act(act), topic_id, **detail)
        return edit()

    return in_session(settings, recorded, write=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
