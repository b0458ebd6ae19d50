"""Routes of review, by API key: the answers of live conversations that wait, and what a person decides of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chatbot.api.integration.knowledge import Name
from chatbot.api.schemas import review as schemas
from chatbot.api.transport.dependencies import RunningDep
from chatbot.api.transport.idempotency import OnceDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, ActorDep
from chatbot.service.audit import Act, record
from chatbot.service.corpus import review

router = APIRouter(prefix="/v1/review", tags=["review"], dependencies=FOR_THE_TEAM)

_DONE = {"approve": "approved", "reject": "rejected"}


@router.get("", responses=responses(401))
async def waiting(
    server: RunningDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=40, description="`next` of the page before.")] = None,
) -> schemas.Review:
    """Answers that people gave here and nobody has judged: they are suggested to agents and sent to no customer."""
    async with server.database.read() as session:
        found = await review.page(session, limit + 1, cursor=cursor)
    answers = [schemas.WaitingAnswer.model_validate(one, from_attributes=True) for one in found[:limit]]
    return schemas.Review(answers=answers, next=found[limit - 1].place if len(found) > limit else None)


@router.post("/{answer_id:path}", response_model=schemas.Decided, responses=responses(401, 404, 409, 413))
async def decide(answer_id: Name, body: schemas.DecisionRequest, once: OnceDep, actor: ActorDep) -> JSONResponse:
    """Approve an answer, which is then used like an imported one, or reject it, which takes it out of use.

    The other way round later takes the first decision back. 409 `changed` where it no longer has the words of `seen`.
    """
    approves = body.decision == "approve"
    decision = review.approve if approves else review.reject

    async def write() -> tuple[int, BaseModel]:
        changed = await decision(once.work.session, answer_id, body.reason, seen=body.seen)
        if changed:
            act = Act.APPROVED if approves else Act.RETIRED
            await record(once.work.session, once.server.clock.now(), actor, act, answer_id)
        outcome = _DONE[body.decision] if changed else "unchanged"
        return 200, schemas.Decided.model_validate({"id": answer_id, "outcome": outcome})

    return await once(write)
