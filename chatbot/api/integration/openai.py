"""Routes in the form of OpenAI's chat completions: the reply is the whole pipeline's, checked and decided.

Nothing is sent to anyone and nothing stored. A streamed reply is cut into pieces only after it was decided: what such a
tool has shown cannot be taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, StreamingResponse

from chatbot.api.schemas import openai as schemas
from chatbot.api.transport.dependencies import FOR_KEY_HOLDERS, RunningDep
from chatbot.api.transport.problems import responses
from chatbot.dialogue.answer import Answer
from chatbot.dialogue.text.blank import is_blank
from chatbot.dialogue.text.sentences import sentences
from chatbot.errors import InputError
from chatbot.service.serving.loaded import Loaded
from data.transcripts import Role, Turn

router = APIRouter(prefix="/v1", tags=["chat completions"], dependencies=FOR_KEY_HOLDERS)

_ROLES = {"user": Role.CUSTOMER, "assistant": Role.BOT}


@router.get("/models", responses=responses(401))
async def models() -> schemas.ModelList:
    """What can be asked: the desk."""
    return schemas.ModelList(data=[schemas.ModelGiven()])


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

    Where it is not sure, the reply is the sentence that hands over to a person.
    """
    if body.messages[-1].role != "user" or is_blank(body.messages[-1].text()):
        raise InputError("The last message has to be the customer's: role user, with some text.")
    turns = [Turn(_ROLES[each.role], each.text()) for each in body.messages if each.role in _ROLES]
    loaded, answer = await server.serving.ask(lambda pipeline: pipeline.answer(turns))
    clock = server.clock
    name, created = clock.new_id("chatcmpl"), int(clock.now().timestamp())
    added = _added(answer, loaded)
    if body.stream:
        return StreamingResponse(_chunks(name, created, answer.reply, added), media_type="text/event-stream")
    message = schemas.ReplyMessage(content=answer.reply)
    whole = schemas.ChatCompletion(
        id=name, created=created, choices=[schemas.Choice(message=message)], understudy=added
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


def _chunks(name: str, created: int, reply: str, added: schemas.Added) -> Iterator[str]:
    """Server-sent events: who speaks, the reply by sentences, the end with what we add, and ``[DONE]``."""

    def event(delta: dict[str, str], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        head = {"id": name, "object": "chat.completion.chunk", "created": created, "model": schemas.MODEL}
        return f"data: {json.dumps({**head, 'choices': [choice], **more}, ensure_ascii=False)}\n\n"

    yield event({"role": "assistant", "content": ""})
    for sentence in sentences(reply):
        yield event({"content": sentence})
    yield event({}, "stop", understudy=added.model_dump())
    yield "data: [DONE]\n\n"
