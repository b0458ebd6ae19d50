"""Routes in the form of OpenAI's chat completions: the reply is the whole pipeline's, checked and decided.

Nothing is sent to anyone and nothing stored. A streamed reply is cut into pieces only after it was decided: what such a
tool has shown cannot be taken back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse

from chatbot.api.schemas import openai as schemas
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.streaming import UNTOUCHED
from chatbot.api.transport.team import FOR_THE_TEAM
from chatbot.dialogue.answer import Answer
from chatbot.dialogue.text.blank import is_blank
from chatbot.dialogue.text.sentences import sentences
from chatbot.errors import InputError, NotFoundError
from chatbot.service.serving import alone
from chatbot.service.serving.loaded import Loaded
from chatbot.service.serving.token_count import count
from data.transcripts import Role, Turn

router = APIRouter(prefix="/v1", tags=["chat completions"], dependencies=FOR_THE_TEAM)

_ROLES = {"user": Role.CUSTOMER, "assistant": Role.BOT}


@router.get("/models", responses=responses(401))
async def models() -> schemas.ModelList:
    """What can be asked: the desk."""
    return schemas.ModelList(data=[schemas.ModelGiven()])


@router.get("/models/{model}", responses=responses(401, 404))
async def model(model: str) -> schemas.ModelGiven:
    """The desk, by the one name it has."""
    if model != schemas.MODEL:
        raise NotFoundError(f"There is one model here, {schemas.MODEL}.")
    return schemas.ModelGiven()


@router.post(
    "/chat/completions",
    response_model=schemas.ChatCompletion,
    responses={
        **responses(401, 413, 503),
        200: {"content": {"text/event-stream": {}}, "description": "The reply, whole or (`stream`) in chunks."},
    },
)
async def chat(body: schemas.ChatRequest, server: RunningDep) -> Any:
    """What the bot would say to a conversation, in OpenAI's form; the decision is in `understudy`.

    Where it is not sure, the reply is the sentence that hands over to a person. Errors have OpenAI's `error` as well.
    """
    read = body.read()
    if not read or read[-1].role != "user" or is_blank(read[-1].text()):
        raise InputError("The last message has to be the customer's: role user, with some text.")
    turns = [Turn(_ROLES[each.role], each.text()) for each in read if each.role in _ROLES and not is_blank(each.text())]
    loaded, answer = await server.serving.ask(lambda pipeline: pipeline.answer(turns))
    async with server.database.read() as session:
        answer = await alone.allowed(session, answer)
    clock = server.clock
    name, created = clock.new_id("chatcmpl"), int(clock.now().timestamp())
    added = _added(answer, loaded)
    usage = await _usage(turns, answer.reply)
    if body.stream:
        counted = usage if body.stream_options and body.stream_options.include_usage else None
        chunks = _chunks(name, created, answer.reply, added, counted)
        return StreamingResponse(chunks, media_type="text/event-stream", headers=UNTOUCHED)
    message = schemas.ReplyMessage(content=answer.reply)
    whole = schemas.ChatCompletion(
        id=name, created=created, choices=[schemas.Choice(message=message)], usage=usage, understudy=added
    )
    return JSONResponse(whole.model_dump())


def _added(answer: Answer, loaded: Loaded) -> schemas.Added:
    evidence = [
        schemas.CitedEvidence(id=item.id, kind=item.kind, title=item.title, url=item.url) for item in answer.evidence
    ]
    return schemas.Added(
        decision=answer.decision.value,
        reason=answer.reason,
        confidence=answer.confidence,
        mode=answer.mode,
        evidence=evidence,
        model=loaded.model,
        index=loaded.index,
    )


async def _usage(turns: list[Turn], reply: str) -> schemas.Usage:
    prompt, completion = await asyncio.to_thread(lambda: (count([turn.text for turn in turns]), count([reply])))
    return schemas.Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _chunks(name: str, created: int, reply: str, added: schemas.Added, usage: schemas.Usage | None) -> Iterator[str]:
    """Server-sent events: who speaks, the reply by sentences, the end with what we add, and ``[DONE]``.

    With ``usage`` every chunk has that field, null but in one of its own before the end.
    """
    head = {"id": name, "object": "chat.completion.chunk", "created": created, "model": schemas.MODEL}

    def line(**rest: Any) -> str:
        return f"data: {json.dumps({**head, **rest}, ensure_ascii=False)}\n\n"

    def event(delta: dict[str, str], finish: str | None = None, **more: Any) -> str:
        uncounted = {} if usage is None else {"usage": None}
        return line(choices=[{"index": 0, "delta": delta, "finish_reason": finish}], **uncounted, **more)

    yield event({"role": "assistant", "content": ""})
    for sentence in sentences(reply):
        yield event({"content": sentence})
    yield event({}, "stop", understudy=added.model_dump())
    if usage is not None:
        yield line(choices=[], usage=usage.model_dump())
    yield "data: [DONE]\n\n"
