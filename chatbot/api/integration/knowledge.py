"""Routes of what the desk knows, by API key or for leads: keep articles up to date, delete, retire past answers.

What was answered with 200 or 201 is stored; a running bot knows it within about a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.schemas import knowledge as schemas
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.learning.erasure import erase
from chatbot.service.audit import Actor
from chatbot.service.corpus import editing
from chatbot.service.corpus.editing import EditResult
from data.importers.markdown_text import plain_text
from data.transcripts import Article

router = APIRouter(prefix="/v1", tags=["knowledge"], dependencies=FOR_THE_TEAM)

_KEPT = responses(401, 409, 413)
_FOUND = responses(401, 404, 413)
_CREATED = 201


Name = Annotated[str, Path(min_length=1, max_length=600)]
Narrower = Annotated[str | None, Query(max_length=200)]


@router.put(
    "/articles/{slug:path}",
    response_model=schemas.Kept,
    responses={**_KEPT, 201: {"model": schemas.Kept, "description": "It is new."}},
)
async def keep_article(slug: Name, body: schemas.ArticleRequest, once: OnceDep, actor: ActorDep) -> JSONResponse:
    """Store an article, or replace the one of the same slug and language.

    409 `changed` where it is no longer as it was `seen`; nothing is stored then.
    """
    text = await asyncio.to_thread(plain_text, body.text) if body.format == "markdown" else body.text
    article = Article(slug, body.title, text, body.language, body.url, body.updated, tuple(body.questions))
    return await _edited(once, actor, slug, partial(editing.keep_article, seen=body.seen), article)


@router.delete("/articles/{slug:path}", response_model=schemas.Kept, responses=_FOUND)
async def delete_article(slug: Name, once: OnceDep, actor: ActorDep, language: Narrower = None) -> JSONResponse:
    """Delete an article, in every language unless one is named."""
    return await _edited(once, actor, slug, editing.delete_article, slug, language)


@router.delete("/transcripts/{transcript_id:path}", response_model=schemas.Kept, responses=_FOUND)
async def delete_transcript(
    transcript_id: Name, once: OnceDep, actor: ActorDep, source: Narrower = None
) -> JSONResponse:
    """Delete a past conversation from what the bot knows, of every source unless one is named."""
    return await _edited(once, actor, transcript_id, editing.delete_transcript, transcript_id, source)


@router.post(
    "/retirements/{passage_id:path}",
    response_model=schemas.Kept,
    responses={**_FOUND, 201: {"model": schemas.Kept, "description": "It was in use until now."}},
)
async def retire(passage_id: Name, body: schemas.RetirementRequest, once: OnceDep, actor: ActorDep) -> JSONResponse:
    """Take a past answer, a piece of an article or by its slug all of it out of use.

    It is not found, not shown and not learnt from.
    """
    return await _edited(once, actor, passage_id, editing.retire, [passage_id], body.reason)


@router.delete("/retirements/{passage_id:path}", response_model=schemas.Kept, responses=_FOUND)
async def restore(passage_id: Name, once: OnceDep, actor: ActorDep) -> JSONResponse:
    """Bring a retired passage, or by its slug all of an article, back into use."""
    return await _edited(once, actor, passage_id, editing.restore, [passage_id])


async def _edited(
    once: OnceDep, actor: Actor, name: str, edit: Callable[..., Awaitable[EditResult]], *args: object
) -> JSONResponse:
    """Make an edit, ``edit(session, …)``, unless this request made it before, record it, and tell what it did.

    What is left in files of what is deleted goes before the commit. Where a file cannot be written nothing is deleted,
    and the caller can try again.
    """

    async def write() -> tuple[int, BaseModel]:
        outcome = await edit(once.work.session, *args)
        await editing.note(once.work.session, once.server.clock.now(), actor, outcome, name)
        if outcome is EditResult.DELETED:
            await asyncio.to_thread(erase, once.server.settings.desk(), [name])
        status = _CREATED if outcome in {EditResult.NEW, EditResult.RETIRED} else 200
        return status, schemas.Kept(id=name, outcome=outcome.value)

    return await once(write)
