"""Routes for other systems' conversations and for those of this desk: suggested replies, rankings and completions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter

from chatbot.api.schemas import suggestions as schemas
from chatbot.api.schemas.fields import TurnGiven
from chatbot.api.transport.dependencies import Running, RunningDep
from chatbot.api.transport.problems import responses
from chatbot.api.transport.team import FOR_THE_TEAM, CallerDep, check_answers
from chatbot.dialogue.answer import Candidate
from chatbot.service.serving.loaded import Loaded
from chatbot.service.suggested import sets
from data.transcripts import Role, Turn

router = APIRouter(
    prefix="/v1", tags=["suggestions"], responses=responses(401, 404, 413, 503), dependencies=FOR_THE_TEAM
)


@router.post("/suggestions")
async def suggest(body: schemas.SuggestionsRequest, caller: CallerDep, server: RunningDep) -> schemas.Suggestions:
    """Replies an agent might send, best first, each with its confidence and what it rests on.

    For a conversation of this desk, which takes the scope `agent` as well, they are kept as a set with an id: tell what
    became of them by its feedback. In some conversations they are held back until somebody has answered (`blind`).
    """
    if body.conversation_id is not None:
        check_answers(caller)
        return await _kept(server, body.conversation_id, body.k)
    loaded, candidates = await server.serving.ask(lambda pipeline: pipeline.suggest(turns_of(body.messages), body.k))
    return schemas.Suggestions(
        suggestions=[_suggestion(candidate, loaded) for candidate in candidates], model=loaded.model, index=loaded.index
    )


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
    async with server.database.read() as session:
        asked = await sets.asked(session, conversation_id)
    if asked is None:
        return schemas.Suggestions(suggestions=[], model=server.serving.loaded.model, index=server.serving.loaded.index)
    row = asked.known
    if row is None:
        loaded, candidates = await server.serving.ask(lambda pipeline: pipeline.suggest(asked.turns, sets.MOST))
        versions = sets.Versions(loaded.index, loaded.model, loaded.contract)
        async with server.database.write() as session:
            row = await sets.keep(
                session,
                server.clock,
                conversation_id,
                asked.message_id,
                candidates,
                versions,
                held_back=server.settings.held_back,
            )
    held = row.blind and row.outcome is None
    return schemas.Suggestions(
        suggestions=[] if held else [_of_set(each, server.serving.loaded) for each in row.suggestions[:k]],
        model=row.model,
        index=row.index_version,
        set_id=row.id,
        blind=row.blind,
        propensity=row.propensity,
    )


def turns_of(messages: list[TurnGiven]) -> tuple[Turn, ...]:
    """The conversation of a request."""
    return tuple(Turn(Role(message.role), message.text) for message in messages)


def _suggestion(candidate: Candidate, loaded: Loaded) -> schemas.Suggestion:
    """A candidate, and the checks that it failed."""
    return schemas.Suggestion(
        text=candidate.text,
        confidence=candidate.probability,
        mode=candidate.origin,
        evidence=_evidence(candidate.evidence_ids, loaded),
        warnings=sets.warnings_of(candidate),
    )


def _of_set(one: dict[str, Any], loaded: Loaded) -> schemas.Suggestion:
    return schemas.Suggestion.model_validate({**one, "evidence": _evidence(one["evidence"], loaded)})


def _evidence(names: Iterable[str], loaded: Loaded) -> list[schemas.EvidenceGiven]:
    """Evidence as the index holds it now."""
    found = [passage for name in names if (passage := loaded.find(name)) is not None]
    return [
        schemas.EvidenceGiven(
            id=passage.id, kind=str(passage.kind), text=passage.answer, title=passage.title, url=passage.url
        )
        for passage in found
    ]
