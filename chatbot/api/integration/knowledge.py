"""For other systems, with an API key: keep the articles up to date, delete, take a past answer out of use.

What was answered with 200 or 201 is stored; a running bot knows it within about a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel

from chatbot.api.schemas import knowledge as schemas
from chatbot.api.transport.dependencies import KeyHolderDep, Running, RunningDep, WorkDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.learning.erasure import erase
from chatbot.service.corpus import editing
from chatbot.service.corpus.editing import EditResult
from data.transcripts import Article

router = APIRouter(prefix="/v1", tags=["knowledge"])

_KEPT = responses(401, 413)
_FOUND = responses(401, 404, 413)
_CREATED = 201


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character, which is not text")
    return text


Name = Annotated[str, Path(min_length=1, max_length=600), AfterValidator(_without_nul)]
Narrower = Annotated[str | None, Query(max_length=200), AfterValidator(lambda text: text and _without_nul(text))]


@router.put(
    "/articles/{slug}",
    response_model=schemas.Kept,
    responses={**_KEPT, 201: {"model": schemas.Kept, "description": "It is new."}},
)
async def keep_article(
    holder: KeyHolderDep, slug: Name, body: schemas.ArticleRequest, work: WorkDep, once: OnceDep
) -> JSONResponse:
    """Store an article, or replace the one of the same slug and language."""
    del holder
    article = Article(slug, body.title, body.text, body.language, body.url, body.updated)
    return await _kept(once, slug, lambda: editing.keep_article(work.session, article))


@router.delete("/articles/{slug}", response_model=schemas.Kept, responses=_FOUND)
async def delete_article(
    holder: KeyHolderDep, slug: Name, work: WorkDep, once: OnceDep, server: RunningDep, language: Narrower = None
) -> JSONResponse:
    """Delete an article, in every language unless one is named."""
    del holder

    async def delete() -> EditResult:
        outcome = await editing.delete_article(work.session, slug, language)
        await _erase(server, slug)
        return outcome

    return await _kept(once, slug, delete)


@router.delete("/transcripts/{transcript_id:path}", response_model=schemas.Kept, responses=_FOUND)
async def delete_transcript(
    holder: KeyHolderDep, transcript_id: Name, work: WorkDep, once: OnceDep, server: RunningDep, source: Narrower = None
) -> JSONResponse:
    """Delete a past conversation from what the bot knows, of every source unless one is named."""
    del holder

    async def delete() -> EditResult:
        outcome = await editing.delete_transcript(work.session, transcript_id, source)
        await _erase(server, transcript_id)
        return outcome

    return await _kept(once, transcript_id, delete)


@router.post(
    "/retirements/{passage_id:path}",
    response_model=schemas.Kept,
    responses={**_FOUND, 201: {"model": schemas.Kept, "description": "It was in use until now."}},
)
async def retire(
    holder: KeyHolderDep, passage_id: Name, body: schemas.RetirementRequest, work: WorkDep, once: OnceDep
) -> JSONResponse:
    """Take a past answer or a piece of an article out of use: not found, not shown, not learnt from."""
    del holder
    return await _kept(once, passage_id, lambda: editing.retire(work.session, [passage_id], body.reason))


@router.delete("/retirements/{passage_id:path}", response_model=schemas.Kept, responses=_FOUND)
async def restore(holder: KeyHolderDep, passage_id: Name, work: WorkDep, once: OnceDep) -> JSONResponse:
    """Bring a retired passage back into use."""
    del holder
    return await _kept(once, passage_id, lambda: editing.restore(work.session, [passage_id]))


async def _erase(server: Running, name: str) -> None:
    """Before the commit: where a file cannot be written nothing is deleted, and the caller can try again."""
    await asyncio.to_thread(erase, server.settings.desk(), [name])


async def _kept(once: OnceDep, name: str, change: Callable[[], Awaitable[EditResult]]) -> JSONResponse:
    """Make a change, unless this request made it before, and tell what became of it."""

    async def write() -> tuple[int, BaseModel]:
        outcome = await change()
        status = _CREATED if outcome in {EditResult.NEW, EditResult.RETIRED} else 200
        return status, schemas.Kept(id=name, outcome=outcome.value)

    return await once(write)
