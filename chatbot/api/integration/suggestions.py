"""Routes for other systems' conversations and for those of this desk: suggested replies, rankings and completions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter

from chatbot.api.schemas import suggestions as schemas
from chatbot.api.schemas.fields import TurnGiven
from chatbot.api.transport.dependencies import Running, RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep
from chatbot.api.transport.tickets import check_reads
from chatbot.dialogue.answer import Answer, Candidate
from chatbot.service.answering import decisions
from chatbot.service.answering.suggesting import is_held, suggested
from chatbot.service.corpus import topics
from chatbot.service.serving.loaded import Loaded
from chatbot.service.suggested import sets
from data.transcripts import Role, Turn

router = APIRouter(
    prefix="/v1", tags=["suggestions"], responses=responses(401, 404, 413, 503), dependencies=FOR_THE_TEAM
)

_NOTHING = schemas.Abstained(code="nothing_found", text="Nothing in past answers or articles is near this.")
_NOT_ASKED = schemas.Abstained(code=decisions.NOTHING_ASKED, text=decisions.WHY[decisions.NOTHING_ASKED])
_HELD_BACK = schemas.Abstained(code="blind", text="Held back until somebody has answered.")


@router.post("/suggestions")
async def suggest(body: schemas.SuggestionsRequest, caller: CallerDep, server: RunningDep) -> schemas.Suggestions:
    """Replies an agent might send, best first, each with its confidence and what it rests on.

    For a conversation of this desk, which takes the scope `agent` as well (`tickets` for a ticket), they are kept as a
    set with an id: tell what became of them by its feedback. In some conversations they are held back until somebody
    has answered (`blind`).
    """
    started = time.perf_counter()
    if body.own_id is not None:
        await check_reads(caller, server, body.own_id)
        made = await _kept(server, body.own_id, body.k)
    else:
        turns = turns_of(body.messages)
        loaded, candidates = await server.serving.ask(lambda pipeline: pipeline.suggest(turns, body.k))
        suggested = [_suggestion(rank, each, loaded) for rank, each in enumerate(candidates, 1)]
        made = _made(suggested, loaded, await _judged(server, turns))
    return made.model_copy(update={"ms": round((time.perf_counter() - started) * 1000)})


@router.post("/rankings")
async def rank(body: schemas.RankingsRequest, server: RunningDep) -> schemas.Rankings:
    """How much each candidate looks like a reply of this desk. Compare scores within one request only."""
    loaded, scores = await server.serving.ask(lambda pipeline: pipeline.rank(turns_of(body.messages), body.candidates))
    return schemas.Rankings(scores=scores, model=loaded.model, index=loaded.index)


@router.post("/completions")
async def complete(body: schemas.CompletionsRequest, server: RunningDep) -> schemas.CompletionGiven:
    """The likely rest of an agent's half-typed sentence, or nothing where that is not sure.

    Ask at every pause in typing and drop answers to older drafts. Without a model the desk's past answers alone
    complete.
    """
    loaded, completion = await server.serving.ask(
        lambda pipeline: pipeline.complete(turns_of(body.messages), body.draft)
    )
    return schemas.CompletionGiven(completion=completion.text, confidence=completion.confidence, model=loaded.model)


async def _kept(server: Running, conversation_id: str, k: int) -> schemas.Suggestions:
    """The set for the customer's last message, made where nobody asked before."""
    found = await suggested(
        server.database, server.serving, server.clock, conversation_id, held_back=server.settings.held_back
    )
    if found is None:
        return _made([], server.serving.loaded, why=_NOT_ASKED)
    row, turns = found
    held = is_held(row)
    shown = [] if held else row.suggestions[:k]
    made = _made(
        [_of_set(rank, each, server.serving.loaded) for rank, each in enumerate(shown, 1)],
        server.serving.loaded,
        None if server.serving.busy else await _judged(server, turns),
        why=_HELD_BACK if held else _NOTHING,
    )
    of_set = {"set_id": row.id, "model": row.model, "index": row.index_version, "contract": row.contract}
    return made.model_copy(update={**of_set, "blind": row.blind, "propensity": row.propensity})


async def _judged(server: Running, turns: Sequence[Turn]) -> schemas.Judged:
    """What the bot would do with a conversation now."""
    loaded, answer = await server.serving.ask(lambda pipeline: decisions.decide(pipeline, turns))
    return await judged_of(server, loaded, answer)


async def judged_of(server: Running, loaded: Loaded, answer: Answer) -> schemas.Judged:
    """What the bot would do, as programs read it."""
    named = answer.topic and await asyncio.to_thread(topics.name_of, server.settings.desk(), answer.topic)
    return schemas.Judged(
        action=answer.decision.value,
        reason=answer.reason,
        detail=answer.detail,
        topic=schemas.TopicNamed(id=answer.topic, name=named or answer.topic) if answer.topic else None,
        confidence=answer.confidence,
        contract=loaded.contract,
    )


def _made(
    suggested: list[schemas.Suggestion],
    loaded: Loaded,
    judged: schemas.Judged | None = None,
    *,
    why: schemas.Abstained = _NOTHING,
) -> schemas.Suggestions:
    return schemas.Suggestions(
        suggestions=suggested,
        model=loaded.model,
        index=loaded.index,
        contract=loaded.contract,
        decision=judged,
        abstained=None if suggested else why,
    )


def turns_of(messages: list[TurnGiven]) -> tuple[Turn, ...]:
    """The conversation of a request."""
    return tuple(Turn(Role(message.role), message.text) for message in messages)


def _suggestion(rank: int, candidate: Candidate, loaded: Loaded) -> schemas.Suggestion:
    """A candidate, and the checks that it failed."""
    return schemas.Suggestion(
        rank=rank,
        text=candidate.text,
        confidence=candidate.probability,
        mode=candidate.origin,
        evidence=evidence_of(candidate.evidence_ids, loaded),
        warnings=sets.warnings_of(candidate),
    )


def _of_set(rank: int, one: dict[str, Any], loaded: Loaded) -> schemas.Suggestion:
    return schemas.Suggestion.model_validate({**one, "rank": rank, "evidence": evidence_of(one["evidence"], loaded)})


def evidence_of(names: Iterable[str], loaded: Loaded) -> list[schemas.EvidenceGiven]:
    """Evidence as the index holds it now."""
    found = [passage for name in names if (passage := loaded.find(name)) is not None]
    return [
        schemas.EvidenceGiven(
            id=passage.id,
            kind=str(passage.kind),
            text=passage.answer,
            title=passage.title,
            url=passage.url,
            at=passage.created,
        )
        for passage in found
    ]
