"""Routes of topics: what customers ask about, and what who leads calls it. The same as `understudy topics`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter

from chatbot.api.schemas import topics as schemas
from chatbot.api.transport.dependencies import Running, RunningDep, WorkDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service.audit import Act, record
from chatbot.service.corpus import topics
from retrieval.topics.topics import Topics

router = APIRouter(prefix="/v1/topics", tags=["knowledge"], dependencies=FOR_THE_TEAM)

_CHANGES = responses(401, 404, 409, 413)


@router.get("", response_model=schemas.Topics, responses=responses(401, 503))
async def list_topics(server: RunningDep) -> dict[str, Any]:
    """The topics, the largest first, and last what belongs to none; empty until some were looked for."""
    return await _told(server, await asyncio.to_thread(topics.of_home, server.settings.desk()))


@router.put("/{topic_id}/name", response_model=schemas.Topics, responses=_CHANGES)
async def rename(
    topic_id: str, body: schemas.TopicName, server: RunningDep, work: WorkDep, actor: ActorDep
) -> dict[str, Any]:
    """Call a topic something that stays, whatever is discovered later. 409 where it is not called as was `seen`."""
    now = server.clock.now()
    await record(work.session, now, actor, Act.TOPIC_RENAMED, topic_id, name=body.name)
    return await _edited(server, partial(topics.rename, topic_id=topic_id, name=body.name, seen=body.seen))


@router.put("/{topic_id}/into", response_model=schemas.Topics, responses=_CHANGES)
async def merge(
    topic_id: str, body: schemas.TopicInto, server: RunningDep, work: WorkDep, actor: ActorDep
) -> dict[str, Any]:
    """Make one topic of two: what is asked belongs to the one that is named in the body, now and later."""
    now = server.clock.now()
    await record(work.session, now, actor, Act.TOPIC_MERGED, topic_id, into=body.topic)
    return await _edited(server, partial(topics.merge, topic_id=topic_id, into=body.topic, on=now.date().isoformat()))


async def _edited(server: Running, edit: Callable[..., Topics]) -> dict[str, Any]:
    """The topics after an edit of their file, which whoever records it makes one after the other."""
    return await _told(server, await asyncio.to_thread(edit, server.settings.desk()))


async def _told(server: Running, found: Topics | None) -> dict[str, Any]:
    told = (
        {"topics": [], "gone": [], "questions": 0, "days": 0, "created": None} if found is None else topics.told(found)
    )
    return {**told, "known": await server.serving.up_to_date()}
