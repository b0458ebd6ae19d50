"""Routes for other systems' conversations, by API key: suggested replies, rankings and completions."""

from __future__ import annotations

from fastapi import APIRouter

from chatbot.api.schemas import suggestions as schemas
from chatbot.api.schemas.fields import TurnGiven
from chatbot.api.transport.dependencies import FOR_KEY_HOLDERS, RunningDep
from chatbot.api.transport.problems import responses
from chatbot.dialogue.answer import Candidate
from chatbot.service.serving.loaded import Loaded
from data.transcripts import Role, Turn

router = APIRouter(prefix="/v1", tags=["suggestions"], responses=responses(401, 413, 503), dependencies=FOR_KEY_HOLDERS)


@router.post("/suggestions")
async def suggest(body: schemas.SuggestionsRequest, server: RunningDep) -> schemas.Suggestions:
    """Replies an agent might send, best first, each with its confidence and what it rests on."""
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


def turns_of(messages: list[TurnGiven]) -> tuple[Turn, ...]:
    """The conversation of a request."""
    return tuple(Turn(Role(message.role), message.text) for message in messages)


def _suggestion(candidate: Candidate, loaded: Loaded) -> schemas.Suggestion:
    """A candidate with its evidence as the index holds it now, and the checks that it failed."""
    found = [passage for name in candidate.evidence_ids if (passage := loaded.find(name)) is not None]
    return schemas.Suggestion(
        text=candidate.text,
        confidence=candidate.probability,
        mode=candidate.origin,
        evidence=[
            schemas.EvidenceGiven(
                id=passage.id, kind=str(passage.kind), text=passage.answer, title=passage.title, url=passage.url
            )
            for passage in found
        ],
        warnings=[f"{check.name}: {check.detail}" for check in candidate.checks if not check.passed],
    )
