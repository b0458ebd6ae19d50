"""What is found for a message before anything is decided: past answers and articles with their checks, what backs them.

The pipeline answers from it, an agent chooses from it, and what an agent types is completed from it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from chatbot.dialogue.check.backing import Backing
from chatbot.dialogue.check.candidate import checked
from chatbot.dialogue.rank.situation import situations
from chatbot.dialogue.readings import fitting, readings
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.window import read
from chatbot.dialogue.write.candidates import EVIDENCE_FOR_DRAFT, EVIDENCE_REACH, past_answers
from chatbot.dialogue.write.compose import answer_for
from chatbot.dialogue.write.edited import EDITED, KEPT, edited
from chatbot.dialogue.write.excerpt import excerpts
from chatbot.dialogue.write.written import written
from chatbot.engine.protocol import never
from data.transcripts import Role, Turn
from retrieval.index.filters import Filters
from retrieval.search.sayings import Sayings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.rank.consensus import Order
    from chatbot.dialogue.rank.ranker import Ranker
    from chatbot.dialogue.retrieve import Retrieved
    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.edited import Edits
    from chatbot.dialogue.write.language_model import ReplyModel
    from retrieval.search.hits import Hit
    from retrieval.search.retriever import Retriever

LIKED = 2
"""Past answers that come first where people choose, of the three that they see at once."""


def backing_of(retriever: Retriever, corroborated: int, retrieved: Retrieved) -> Backing:
    """Who says what, near a question and in the whole desk."""
    view = retriever.live.view
    near = [hit.passage for hit in (*retrieved.moments, *retrieved.articles, *retrieved.beside)]
    sayings = Sayings(view, retrieved.known)
    return Backing(near, sayings.using, sayings.is_common, corroborated, named=view.agents > 0)


def checked_past(
    window: Window, retrieved: Retrieved, ranker: Ranker, backing: Backing
) -> tuple[Order, list[Candidate]]:
    """In which order what was found is considered; what articles say, and the past answers in it, checked."""
    order = ranker.order(retrieved)
    drafts = [*excerpts(window, retrieved.parts), *past_answers(window, order.hits)]
    cited = [retrieved.by_id[name] for draft in drafts for name in draft.evidence_ids]
    hits = {hit.passage.id: hit for hit in (*order.hits, *cited)}
    return order, [*checked(drafts, window, [*hits.values()], backing)]


class Found(NamedTuple):
    """What was found for one reading of a message, and who else says it."""

    retriever: Retriever
    retrieved: Retrieved
    order: Order
    backing: Backing


def drafted(
    model: ReplyModel,
    window: Window,
    found: Found,
    ranked: Sequence[Candidate],
    should_stop: Callable[[], bool] = never,
) -> list[Candidate]:
    """What a model makes of ``ranked`` candidates, checked: past answers edited, else a reply of its own.

    Past answers that failed a check are edited too: where only another customer's facts are wrong with them, that mends
    it. It writes where no edit passes its checks, of the best of them, else of whatever was found.
    """
    drafts = edits_of(window, found, ranked).drafts
    said = {each.text for each in ranked}
    best = next((each.text for each in ranked if each.passed), "")
    # A past answer in which there is nothing to edit is a choice of its own: by the situation, not by the question.
    edits = _checked(drafts[:KEPT], window, found, {best})
    edits = [each for each in edits if each.passed or each.text not in said]
    likelihoods = model.likelihoods(window.turns, [each.text for each in edits])
    edits = [
        replace(each, features={**each.features, "likelihood": likelihood})
        for each, likelihood in zip(edits, likelihoods, strict=True)
    ]
    if any(each.passed for each in edits) or should_stop():
        return edits
    own = written(model, window, *drawn_on(found, ranked, drafts), should_stop=should_stop)
    return [*edits, *_checked(own, window, found, said)]


def drawn_on(found: Found, ranked: Sequence[Candidate], drafts: Sequence[Candidate]) -> tuple[list[Hit], list[str]]:
    """What a model is shown when it writes, and what that says: the best ``drafts``, else what was found."""
    shown = drafts[:EVIDENCE_FOR_DRAFT]
    if shown:
        return [found.retrieved.by_id[each.evidence_ids[0]] for each in shown], [each.text for each in shown]
    return [*(found.order.best(ranked) or found.retrieved.hits)[:EVIDENCE_FOR_DRAFT]], []


def edits_of(window: Window, found: Found, ranked: Sequence[Candidate]) -> Edits:
    """Past answers with this conversation's facts; ``ranked`` ones before the others that were found."""
    retrieved = found.retrieved
    first = [retrieved.by_id[each.evidence_ids[0]] for each in ranked if each.origin == "verbatim"]
    hits = [*{hit.passage.id: hit for hit in (*first, *retrieved.moments)}.values()][:EDITED]
    articles = [hit.passage.answer for hit in (*retrieved.articles, *retrieved.beside)]
    return edited(window, hits, situations(window, hits, found.retriever), articles)


def _checked(drafts: Sequence[Candidate], window: Window, found: Found, said: Collection[str]) -> list[Candidate]:
    """The drafts whose text is none of those ``said``, checked."""
    hits = [*found.retrieved.by_id.values()]
    return [*checked([each for each in drafts if each.text not in said], window, hits, found.backing)]


def suggested(
    window: Window, retriever: Retriever, ranker: Ranker, backs: Callable[[Retrieved], Backing], *, edits: bool = True
) -> tuple[list[Candidate], Backing]:
    """Past answers and article passages, best first, and what backs them; ``edits``: such answers edited as well.

    Those come last that failed a check which people do not judge at a glance.
    """
    window = window.respelt(retriever.respelt)
    found: list[Candidate] = []
    for reading in readings(window, retriever.live.view, Filters()):
        retrieved = retrieve(reading.window, retriever, reading.known, reading.told)
        backing = backs(retrieved)
        if window.has_words:
            order, candidates = checked_past(reading.window, retrieved, ranker, backing)
            candidates = fitting(reading, candidates, retrieved.by_id, retriever)
            ranked = ranker.ranked(reading.window, candidates, retrieved)
            if edits and reading.language is None:
                liked = _liked(reading.window, Found(retriever, retrieved, order, backing), ranked)
                texts = [each.text for each in liked]
                others = [each for each in candidates if each.text not in texts]
                ranked = ranker.ranked(reading.window, [*others, *liked], retrieved, texts)
            found += ranked
    return sorted(found, key=lambda candidate: not candidate.passed_for_people), backing


def _liked(window: Window, found: Found, ranked: Sequence[Candidate]) -> list[Candidate]:
    """Past answers, as they stand or edited, of which people are likely to choose one; all passed their checks.

    An edit that failed one is none of them: people see what agents wrote, not what we put wrongly in it.
    """
    known = {each.text: each for each in ranked}
    hits = [*found.retrieved.by_id.values()]

    def sound(draft: Candidate) -> Candidate | None:
        if (own := known.get(draft.text)) is None:
            passage = found.retrieved.by_id[draft.evidence_ids[0]].passage
            if draft.text == answer_for(passage, window):
                draft = replace(draft, origin="verbatim", sentences=())
            own = next(checked([draft], window, hits, found.backing), None)
        return own if own is not None and own.passed_for_people else None

    return edits_of(window, found, ranked).varied(sound, LIKED)


def read_for_typing(
    retriever: Retriever,
    ranker: Ranker,
    backs: Callable[[Retrieved], Backing],
    said: tuple[tuple[Role, str], ...],
    change: int,
) -> tuple[Window, tuple[str, ...], Backing]:
    """The window of a conversation and what its agent is likely to draw on, as the index is after ``change``."""
    del change  # it stands in the key of what is kept: what was deleted since must not be completed
    window = read([Turn(role, text) for role, text in said])
    found, backing = suggested(window, retriever, ranker, backs, edits=False)
    near = max((candidate.features["similarity"] for candidate in found), default=0.0) - EVIDENCE_REACH
    texts = [candidate.text for candidate in found if candidate.features["similarity"] >= near]
    return window, tuple(texts[:EVIDENCE_FOR_DRAFT]), backing
