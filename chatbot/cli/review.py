"""`understudy review`: a person judges the answers of live conversations, one key each."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, in_session, last_line, progress_bars

if TYPE_CHECKING:
    from chatbot.service.corpus.contradictions import Conflict
    from chatbot.service.corpus.review import Waiting
    from chatbot.settings import Settings
    from chatbot.storage.database import Session

_KEYS = "[a]pprove  [r]eject  [s]kip  [q]uit "


def review(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="Answers, as --list prints them.")] = None,
    *,
    show: Annotated[bool, typer.Option("--list", help="Print what waits, and ask nothing.")] = False,
    contradictions: Annotated[
        bool, typer.Option("--contradictions", help="List past answers that say otherwise than an article instead.")
    ] = False,
    approve: Annotated[bool, typer.Option("--approve", help="Use these answers like imported ones.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Take these answers out of use.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks at it later.")] = "",
    as_json: Json = False,
) -> None:
    """Judge answers that were given in live conversations: until then they are suggested to agents and sent to nobody.

    Without options it shows one after the other and takes a key for each. Every decision is kept at once.
    --contradictions looks at all past answers instead, and makes a page of it in reports/.
    """
    settings: Settings = context.obj
    if approve and reject:
        raise typer.BadParameter("give one of --approve and --reject", param_hint="review")
    if contradictions:
        if ids or approve or reject or show:
            raise typer.BadParameter("it stands alone", param_hint="--contradictions")
        _contradictions(settings, as_json=as_json)
        return
    if bool(ids) != (approve or reject):
        raise typer.BadParameter("--approve and --reject need ids, and ids need one of them", param_hint="review")
    if ids:
        _decide(settings, ids, "approve" if approve else "reject", reason)
        last_line({"approved" if approve else "rejected": ids}, wanted=as_json)
        return
    found = _waiting(settings)
    if show or as_json or not sys.stdin.isatty():
        for one in found:
            typer.echo(_shown(one) + "\n")
        typer.echo(_left(len(found)))
        last_line(
            {"waiting": [{k: v for k, v in asdict(one).items() if k != "place"} for one in found]}, wanted=as_json
        )
        return
    _ask(settings, found, reason)


def _contradictions(settings: Settings, *, as_json: bool) -> None:
    """List what past answers and articles say against each other; the article is what is sent meanwhile."""
    from chatbot.learning.contradictions_page import write
    from chatbot.service.corpus.contradictions import conflicts
    from chatbot.service.serving.loader import load_current_retriever

    def work() -> list[Conflict]:
        retriever = load_current_retriever(settings)
        with progress_bars() as report:
            return conflicts(retriever, report)

    found = attempt(work)
    page = write(settings.desk().reports, found)
    for one in found:
        where, told = one.found.article, f", said {one.passage.count} times" if one.passage.count > 1 else ""
        typer.echo(f"{one.passage.id}  {(one.passage.created or '')[:10]}{told}: {_lines(one.found.said)}")
        typer.echo(f"  Reply:   {_lines(one.found.reply)}")
        typer.echo(f"  Article: {_lines(one.found.sentence)}\n           {where.title or ''} ({where.source_id})\n")
    if found:
        typer.echo(
            f"{len(found):,} past answers say otherwise than an article. The article is the desk's word, and where "
            "a question finds it they are not sent: understudy retire ID… takes them out of use, or correct the "
            "article and import it again."
        )
    else:
        typer.echo("No past answer was found that says otherwise than an article.")
    typer.echo(f"Page: {page}")
    last_line({"contradictions": [one.to_json() for one in found], "page": str(page)}, wanted=as_json)


def _ask(settings: Settings, found: list[Waiting], reason: str) -> None:
    """Show one after the other and do what its key says."""
    import click

    done = {"a": "approve", "r": "reject"}
    left = len(found)
    for number, one in enumerate(found, start=1):
        typer.echo(f"\n{number}/{len(found)}  {_shown(one)}")
        typer.echo(_KEYS, nl=False)
        key = ""
        while key not in {*done, "s", "q"}:
            key = click.getchar().lower()
        typer.echo(key)
        if key == "q":
            break
        if key in done:
            _decide(settings, [one.id], done[key], reason, seen=one.seen)
            left -= 1
    typer.echo(f"\n{_left(left)}")


def _decide(settings: Settings, ids: list[str], decision: str, reason: str, *, seen: str | None = None) -> None:
    """Decide of all of them or of none."""
    from chatbot.clock import real_clock
    from chatbot.service.audit import COMMAND_LINE, Act, record
    from chatbot.service.corpus import review as service

    decide, act = (service.approve, Act.APPROVED) if decision == "approve" else (service.reject, Act.RETIRED)

    async def all_of_them(session: Session) -> None:
        await service.lock(session, ids)
        changed = [one for one in ids if await decide(session, one, reason, seen=seen)]
        for one in changed:
            await record(session, real_clock().now(), COMMAND_LINE, act, one)

    in_session(settings, all_of_them, write=True)
    typer.echo(f"{'Approved' if decision == 'approve' else 'Rejected'}: {', '.join(ids)}.")


def _waiting(settings: Settings) -> list[Waiting]:
    from chatbot.service.corpus import review as service

    return in_session(settings, service.page, write=False)


def _shown(one: Waiting) -> str:
    """One answer for people: whose it is, the question it would be filed under, the answer."""
    who = _lines(one.agent or "an agent")
    held = "; the customer closed it, so it is not suggested either" if one.closed_by == "customer" else ""
    return f"{one.id}  {who}, {(one.at or '')[:10]}{held}\n  Q: {_lines(one.question)}\n  A: {_lines(one.answer)}"


def _lines(text: str) -> str:
    """The text on a terminal; what would move its cursor or turn its letters round is shown as what it is."""
    shown = ("".join(each if each.isprintable() else "\ufffd" for each in line) for line in text.splitlines())
    return "\n     ".join(shown)


def _left(count: int) -> str:
    if not count:
        return "Nothing waits."
    return (
        f"{count:,} answer{'s wait' if count > 1 else ' waits'}: understudy review, or --approve ID… and --reject ID…."
    )
