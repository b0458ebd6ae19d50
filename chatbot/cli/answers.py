"""The answers command: what this desk can answer, and what its customers asked that nothing answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatbot.cli.options import Json
from chatbot.cli.terminal import attempt, last_line, progress_bars

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.service.corpus.inventory import Answer, AnsweringArticle, Inventory
    from retrieval.passages import Passage

_EXAMPLES = 2
_WIDTH = 110
_MOST = 30
"""Groups, or lone questions, that are printed; --json has all."""


def answers(
    context: typer.Context,
    article: Annotated[str | None, typer.Option(metavar="SLUG", help="Only this article.")] = None,
    unanswered: Annotated[
        bool, typer.Option("--unanswered", help="List past questions whose reply rests on nothing instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what this desk can answer: sections of articles and what agents said alike, each with its questions."""
    from chatbot.errors import NotFoundError
    from chatbot.service.corpus.inventory import inventory
    from chatbot.service.serving.loader import load_current_retriever

    if article is not None and unanswered:
        raise typer.BadParameter("it stands alone", param_hint="--unanswered")

    def work() -> Inventory:
        retriever = load_current_retriever(context.obj)
        with progress_bars() as report:
            found = inventory(retriever, report)
        if article is not None and all(one.slug != article for one in found.articles):
            raise NotFoundError(f"No article {article!r} is indexed; understudy answers lists all of them.")
        return found

    found = attempt(work)
    shown = [one for one in found.articles if article in {None, one.slug}]
    if unanswered:
        _tell_lone(found.lone)
        last_line({"unanswered": [_lone(one) for one in found.lone], "figures": found.figures}, wanted=as_json)
        return
    for one in shown:
        _tell_article(one, whole=article is not None)
    groups = found.groups if article is None else ()
    if article is None:
        _tell_groups(groups)
        _tell_figures(found.figures)
    told = {"articles": [_article(one) for one in shown], "said_alike": [_group(one) for one in groups]}
    last_line({**told, "figures": found.figures}, wanted=as_json)


def _tell_article(article: AnsweringArticle, *, whole: bool) -> None:
    from chatbot.cli.printing import excerpt

    count = _counted(article.questions, "past question")
    typer.echo(f"\n{article.title} ({article.slug}): {count}")
    for question in article.added:
        typer.echo(f"        you added: {excerpt(question, _WIDTH)}")
    for section in article.sections if whole else [one for one in article.sections if one.said]:
        typer.echo(f"  {len(section.said):>4}  {excerpt(section.text, _WIDTH)}")
        _tell_examples(section)
    if not whole and (unasked := sum(not one.said for one in article.sections)):
        typer.echo(f"     0  {_counted(unasked, 'other section')} (understudy answers --article {article.slug})")


def _tell_groups(groups: Sequence[Answer]) -> None:
    from chatbot.cli.printing import excerpt

    if groups:
        typer.echo("\nSaid alike by your agents, and like no article. Where it is a rule of yours, write it into one:")
    for group in groups[:_MOST]:
        count = _counted(group.customers, "customer")
        typer.echo(f"  {len(group.said):>4}  to {count}: {excerpt(group.text, _WIDTH)}  ({group.said[0].id})")
        _tell_examples(group)
    if len(groups) > _MOST:
        typer.echo(f"  … and {len(groups) - _MOST:,} more, with --json.")


def _tell_lone(lone: Sequence[Passage]) -> None:
    from chatbot.cli.printing import excerpt

    for passage in lone[:_MOST]:
        typer.echo(f"{passage.id}  {(passage.created or '')[:10]}\n  Asked: {_asked(passage)}")
        typer.echo(f"  Reply: {excerpt(passage.answer, _WIDTH)}")
    if len(lone) > _MOST:
        typer.echo(f"… and {len(lone) - _MOST:,} more, with --json.")
    count = _counted(len(lone), "past question")
    typer.echo(
        f"{count} got a reply like no article and like no other reply. Write an article on what will be asked again, "
        "or add the question to the article that answers it (docs/importing.md)."
    )


def _tell_figures(figures: dict[str, int]) -> None:
    everything = max(1, figures["past_answers"])
    typer.echo(
        f"\n{figures['past_answers']:,} past answers: {figures['on_articles']:,} "
        f"({figures['on_articles'] / everything:.0%}) rest on {figures['articles']:,} articles, "
        f"{figures['in_groups']:,} are in {figures['groups']:,} groups that say the same, {figures['on_nothing']:,} "
        f"stand alone (understudy answers --unanswered), {figures['courtesies']:,} only thank, greet or say yes."
    )


def _tell_examples(answer: Answer) -> None:
    for asked in _examples(answer, _asked):
        typer.echo(f"          - {asked}")


def _examples(answer: Answer, shown: Callable[[Passage], str]) -> list[str]:
    """The first different questions."""
    return list(dict.fromkeys(map(shown, answer.said)))[:_EXAMPLES]


def _asked(passage: Passage) -> str:
    """What was asked: how the conversation began, and the latest."""
    from chatbot.cli.printing import excerpt

    opening, _, latest = passage.question.partition("\n")
    return f"{excerpt(opening, _WIDTH // 2)} / {excerpt(latest, _WIDTH // 2)}" if latest else excerpt(opening, _WIDTH)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _article(article: AnsweringArticle) -> dict[str, Any]:
    return {
        "slug": article.slug,
        "title": article.title,
        "language": article.language,
        "questions": article.questions,
        "added": list(article.added),
        "sections": [_group(section) for section in article.sections],
    }


def _group(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.text,
        "questions": len(answer.said),
        "customers": answer.customers,
        "examples": _examples(answer, lambda passage: passage.question),
        "passages": [passage.id for passage in answer.said],
    }


def _lone(passage: Passage) -> dict[str, Any]:
    return {"id": passage.id, "at": passage.created, "question": passage.question, "reply": passage.answer}
