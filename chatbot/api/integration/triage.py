"""Routes by which other systems ask what is to become of a conversation: sums it up, sorts it, decides on it.

Each takes the turns of a conversation that lies elsewhere, or the id of one of this desk.
"""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from chatbot.api.integration.suggestions import evidence_of, judged_of, turns_of
from chatbot.api.schemas import triage as schemas
from chatbot.api.schemas.suggestions import Abstained, EvidenceGiven
from chatbot.api.transport.dependencies import Running, RunningDep
from chatbot.api.transport.idempotency import SentDep, told
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep
from chatbot.api.transport.tickets import check_reads
from chatbot.dialogue.answer import Answer, Decision
from chatbot.service.access import idempotency
from chatbot.service.access.api_keys import ApiKey
from chatbot.service.access.signed_in import SignedIn
from chatbot.service.answering import decisions
from chatbot.service.classifying import classes
from chatbot.service.conversations import opening, summaries
from chatbot.service.conversations.brief import brief
from chatbot.service.serving.loaded import Loaded

router = APIRouter(prefix="/v1", tags=["triage"], responses=responses(401, 404, 413), dependencies=FOR_THE_TEAM)


@router.post("/summaries")
async def summarise(body: schemas.SummaryRequest, caller: CallerDep, server: RunningDep) -> schemas.Summary:
    """What was said, in extracts: each line is somebody's own words and names its message.

    Of a conversation of this desk the team's notes are read as well, and stand in a summary for a hand-over.
    """
    started, why = time.perf_counter(), {}
    if body.ticket_id is None:
        said = summaries.given(turns_of(body.messages))
        total = len(said)
    else:
        await check_reads(caller, server, body.ticket_id)
        async with server.database.read() as session:
            conversation = await opening.for_agent(session, body.ticket_id)
            said, total = await summaries.said_in(session, conversation)
            why = await brief(session, conversation) or {}
    made = await asyncio.to_thread(summaries.summary, said, summaries.Purpose(body.purpose))
    return schemas.Summary.model_validate(
        {
            **made,
            "for": body.purpose,
            "reason": why.get("reason"),
            "detail": why.get("detail"),
            "read": min(total, summaries.MOST_READ),
            "total": total,
            "ms": _since(started),
        }
    )


@router.post("/classifications", responses=responses(503))
async def classify(
    body: schemas.ClassificationRequest, caller: CallerDep, server: RunningDep
) -> schemas.Classification:
    """Topics, tags, priority, language, or which of the labels given: each with its probability.

    Learnt from what the desk's people called past conversations: labels of imports, tags given here. Where
    `abstained` is not null, nothing should be made of it.
    """
    started = time.perf_counter()
    asked = await _question(body, caller, server)
    found = await server.classes.sort(asked.turns, body.into, without=body.ticket_id)
    names = found.names or {}
    return schemas.Classification(
        labels=[
            schemas.LabelGiven(name=names.get(label, label), p=round(p, 4), id=label if names else None)
            for label, p in found.labels.items()
        ],
        abstained=_abstained(found.abstained),
        neighbours=[
            schemas.Neighbour(
                id=past.source_id,
                text=past.text,
                likeness=round(past.cosine, 4),
                labels=sorted(names.get(label, label) for label in borne),
            )
            for past, borne in found.near
        ],
        by=found.by,
        measured=found.measured
        and schemas.Measured(
            conversations=found.measured.cases,
            accuracy=round(found.measured.accuracy, 4),
            calibration_error=round(found.measured.error, 4),
        ),
        index=server.serving.loaded.index,
        ms=_since(started),
    )


@router.post("/decisions", response_model=schemas.DecisionMade, responses=responses(422, 503))
async def decide(body: schemas.DecisionRequest, caller: CallerDep, server: RunningDep, sent: SentDep) -> JSONResponse:
    """May this be answered by itself? With `act` it then is, as the bot, under the checks of every answer.

    That is only where a contract serves, the bot has the conversation, and the customer spoke last; else nothing is
    done, handed over or told to the customer, and `why` says what stood in the way. With an `Idempotency-Key` the same
    request again gets the same answer.
    """
    started = time.perf_counter()
    if body.act and sent.key is not None:
        async with server.database.write() as session:
            known = await idempotency.answered(session, sent, now=server.clock.now())
        if known is not None:
            return told(known)
    asked = await _question(body, caller, server)
    loaded, answer = await server.serving.ask(lambda pipeline: decisions.decide(pipeline, asked.turns))
    judged = await judged_of(server, loaded, answer)
    made = schemas.DecisionMade(
        **judged.model_dump(),
        reply=_reply(answer, loaded),
        acted=False,
        why=None,
        message_id=None,
        model=loaded.model,
        index=loaded.index,
        ms=_since(started),
    )
    why = decisions.refusal(asked, answer, loaded.contract) if body.act else decisions.NOT_ASKED
    if why is None:
        return await _send(server, sent, body.ticket_id or "", asked, answer, made)
    return _refused(made, why)


async def _send(
    server: Running,
    sent: idempotency.Sent,
    conversation_id: str,
    asked: decisions.Question,
    answer: Answer,
    made: schemas.DecisionMade,
) -> JSONResponse:
    """Send it, in one transaction with what is kept for the request's key."""
    now, message_id = server.clock.now(), server.clock.new_id("m")
    leases = server.answering.leases
    async with leases.hold(conversation_id) as lease:
        if lease is None:
            return _refused(made, decisions.CHANGED)
        async with server.database.write() as session:
            known = await idempotency.answered(session, sent, now=now)
            if known is not None:
                return told(known)
            why = await decisions.send(
                server.rules, session, conversation_id, asked, answer, message_id=message_id, lease=leases.holder
            )
            if why is not None:
                return _refused(made, why)
            done = made.model_copy(update={"acted": True, "message_id": message_id})
            kept = idempotency.Answered(200, done.model_dump(mode="json"))
            await idempotency.keep(session, sent, kept, now=now)
        lease.ended = True
        server.hub.publish_written(session, conversation_id)
    server.answering.notice(conversation_id)  # what the bot may be writing there has become too old
    server.metrics.answers.labels(str(answer.decision)).inc()
    return told(kept)


def _refused(made: schemas.DecisionMade, why: str) -> JSONResponse:
    """Nothing was written, so that nothing is kept for a key either: the same request may yet be sent again."""
    told_why = Abstained(code=why, text=decisions.WHY[why])
    return JSONResponse(made.model_copy(update={"why": told_why}).model_dump(mode="json"))


def _reply(answer: Answer, loaded: Loaded) -> schemas.ReplyJudged | None:
    """What would be sent; else what a person might send."""
    if answer.decision in {Decision.ANSWER, Decision.ASK_BACK}:
        evidence = [
            EvidenceGiven(id=each.id, kind=each.kind, text=each.text, title=each.title, url=each.url)
            for each in answer.evidence
        ]
        return schemas.ReplyJudged(text=answer.reply, mode=answer.mode, evidence=evidence)
    if answer.suggestion is None or answer.best is None:
        return None
    evidence = evidence_of(answer.best.evidence_ids, loaded)
    return schemas.ReplyJudged(text=answer.suggestion, mode=answer.best.origin, evidence=evidence)


async def _question(body: schemas.AboutConversation, caller: ApiKey | SignedIn, server: Running) -> decisions.Question:
    """The conversation up to what the customer said last.

    Raises:
        NotFoundError: there is no such conversation.

    """
    if body.ticket_id is None:
        return decisions.Question(decisions.asked(turns_of(body.messages)))
    await check_reads(caller, server, body.ticket_id)
    async with server.database.read() as session:
        return await decisions.question(session, body.ticket_id)


def _abstained(code: str | None) -> Abstained | None:
    return None if code is None else Abstained(code=code, text=classes.WHY[code])


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
