"""Routes on which who looks after what the desk knows reads it: articles and past answers, with what stands behind.

They change nothing; that is ``knowledge``'s.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query

from chatbot.api.integration.knowledge import Name, Narrower
from chatbot.api.schemas import knowledge as schemas
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM
from chatbot.service.corpus import answers, articles
from chatbot.service.corpus.standings import words_digest
from data.importers.markdown_text import as_markdown

router = APIRouter(prefix="/v1", tags=["knowledge"], dependencies=FOR_THE_TEAM)

Words = Annotated[str, Query(max_length=500, description="Without any, all are listed.")]
Start = Annotated[int, Query(alias="cursor", ge=0, le=1_000_000, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
_FOUND = responses(401, 404)


@router.get("/articles", response_model=schemas.Articles, responses=responses(401))
async def list_articles(server: RunningDep, q: Words = "", cursor: Start = 0, limit: Limit = 50) -> dict[str, Any]:
    """Articles that have all these words, by title."""
    async with server.database.read() as session:
        found, total = await articles.listed(session, q, start=cursor, limit=limit)
    more = cursor + limit if total > cursor + limit else None
    return {"articles": [_line(each) for each in found], "total": total, "next": more}


@router.get("/articles/{slug:path}", response_model=schemas.ArticleRead, responses=_FOUND)
async def read_article(slug: Name, server: RunningDep, language: Narrower = None) -> dict[str, Any]:
    """An article, as it is stored and as Markdown; of several languages the first that came, unless one is named."""
    async with server.database.read() as session:
        found = await articles.one(session, slug, language)
        known = await server.serving.knows(session)
    article = found.article
    return {
        **_line(found),
        "text": article.text,
        "markdown": await asyncio.to_thread(as_markdown, article.text),
        "url": article.url,
        "questions": article.questions,
        "seen": found.seen,
        "retired": found.standing.last,
        "known": known,
    }


@router.post("/articles/preview", response_model=schemas.Preview, responses=responses(401, 413))
async def preview(body: schemas.PreviewRequest) -> dict[str, Any]:
    """An article as customers get to read it; nothing is stored."""
    return {"parts": await asyncio.to_thread(articles.parts_of, body.text)}


@router.get("/answers", response_model=schemas.PastAnswers, responses=responses(401, 503))
async def list_answers(
    server: RunningDep,
    q: Annotated[str, Query(max_length=500, description="A question in a customer's words.")] = "",
    retired: Annotated[bool, Query(description="Those that are out of use, and no others.")] = False,
    cursor: Start = 0,
    limit: Limit = 30,
) -> dict[str, Any]:
    """Past answers to a question, as the bot finds them; without one the newest."""
    look = partial(answers.found, text=q, retired=retired, start=cursor, limit=limit)
    passages, more = await server.serving.look(look)
    async with server.database.read() as session:
        told = await answers.told(session, passages)
    return {"answers": [_answer(each) for each in told], "next": cursor + limit if more else None}


@router.get("/answers/{answer_id:path}", response_model=schemas.AnswerRead, responses={**_FOUND, **responses(503)})
async def read_answer(answer_id: Name, server: RunningDep) -> dict[str, Any]:
    """A past answer and what stands behind it: its conversation, who else said the same, what articles say of it."""
    async with server.database.read() as session:
        found, moment = await answers.one(session, answer_id)
        known = await server.serving.knows(session)
    behind = await server.serving.look(partial(answers.behind, passage=found.passage))
    said = [{"role": turn.role, "author": turn.author, "text": turn.text, "at": turn.at} for turn in moment.context]
    return {
        **_answer(found),
        "seen": words_digest(found.passage),
        "turns": [*said, {"role": "agent", "author": moment.author, "text": moment.answer}],
        "alike": [{"id": each.id, "question": each.question, "answer": each.answer} for each in behind.alike],
        "articles": [
            {"slug": each.source_id, "title": each.title or each.source_id, "text": each.answer}
            for each in behind.articles
        ],
        "known": known,
    }


def _line(kept: articles.Kept) -> dict[str, Any]:
    article = kept.article
    return {
        "slug": article.slug,
        "title": article.title,
        "language": article.language,
        "updated": article.updated,
        "parts": kept.parts,
        "out": kept.standing.out,
        "changed": kept.changed,
    }


def _answer(one: answers.PastAnswer) -> dict[str, Any]:
    passage = one.passage
    return {
        "id": passage.id,
        "question": passage.question,
        "answer": passage.answer,
        "at": passage.created,
        "language": passage.language,
        "customers": one.customers,
        "state": "retired" if one.standing.out else "waits" if passage.waits else "in_use",
        "done": one.standing.last,
    }
