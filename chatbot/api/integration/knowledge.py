"""Routes of what the desk knows, by API key: keep the articles up to date, delete, take a past answer out of use.

What was answered with 200 or 201 is stored; a running bot knows it within about a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import knowledge as schemas
from chatbot.api.transport.dependencies import FOR_KEY_HOLDERS
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.learning.erasure import erase
from chatbot.service.corpus import editing
from chatbot.service.corpus.editing import EditResult
from data.transcripts import Article

router = APIRouter(prefix="/v1", tags=["knowledge"], dependencies=FOR_KEY_HOLDERS)

_KEPT = responses(401, 413)
_FOUND = responses(401, 404, 413)
_CREATED = 201


Name = Annotated[str, Path(min_length=1, max_length=600)]
Narrower = Annotated[str | None, Query(max_length=200)]


@router.put(
    "/articles/{slug}",
    response_model=schemas.Kept,
    responses={**_KEPT, 201: {"model": schemas.Kept, "description": "It is new."}},
)
async def keep_article(slug: Name, body: schemas.ArticleRequest, once: OnceDep) -> JSONResponse:
    """Store an article, or replace the one of the same slug and language."""
    article = Article(slug, body.title, body.text, body.language, body.url, body.updated, tuple(body.questions))
    return await _edited(once, slug, editing.keep_article, article)


@router.delete("/articles/{slug}", response_model=schemas.Kept, responses=_FOUND)
async def delete_article(slug: Name, once: OnceDep, language: Narrower = None) -> JSONResponse:
    """Delete an article, in every language unless one is named."""
    return await _edited(once, slug, editing.delete_article, slug, language, erasing=True)


@router.delete("/transcripts/{transcript_id:path}", response_model=schemas.Kept, responses=_FOUND)
async def delete_transcript(transcript_id: Name, once: OnceDep, source: Narrower = None) -> JSONResponse:
    """Delete a past conversation from what the bot knows, of every source unless one is named."""
    return await _edited(once, transcript_id, editing.delete_transcript, transcript_id, source, erasing=True)


@router.post(
    "/retirements/{passage_id:path}",
    response_model=schemas.Kept,
    responses={**_FOUND, 201: {"model": schemas.Kept, "description": "It was in use until now."}},
)
async def retire(passage_id: Name, body: schemas.RetirementRequest, once: OnceDep) -> JSONResponse:
    """Take a past answer or a piece of an article out of use: not found, not shown, not learnt from."""
    return await _edited(once, passage_id, editing.retire, [passage_id], body.reason)


@router.delete("/retirements/{passage_id:path}", response_model=schemas.Kept, responses=_FOUND)
async def restore(passage_id: Name, once: OnceDep) -> JSONResponse:
    """Bring a retired passage back into use."""
    return await _edited(once, passage_id, editing.restore, [passage_id])


async def _edited(
    once: OnceDep, name: str, edit: Callable[..., Awaitable[EditResult]], *args: object, erasing: bool = False
) -> JSONResponse:
    """Make an edit, ``edit(session, …)``, unless this request made it before, and tell what it did.

    ``erasing``: what is left of it in files goes before the commit. Where a file cannot be written nothing is deleted,
    and the caller can try again.
    """

    async def write() -> tuple[int, BaseModel]:
        outcome = await edit(once.work.session, *args)
        if erasing:
            await asyncio.to_thread(erase, once.server.settings.desk(), [name])
        status = _CREATED if outcome in {EditResult.NEW, EditResult.RETIRED} else 200
        return status, schemas.Kept(id=name, outcome=outcome.value)

    return await once(write)
