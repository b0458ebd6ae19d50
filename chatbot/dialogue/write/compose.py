"""Composes a reply of whole sentences of past answers and articles: those that the answers to like questions agree on.

Minimum Bayes risk over evidence (Kumar & Byrne 2004; Eikema & Aziz 2022, "Sampling-Based Approximations to Minimum
Bayes Risk Decoding"): our agents' answers to the nearest questions stand for what the true answer may be, and the reply
grows by the sentence that makes it most like them, until none does. Knows no model; the whole reply is yet unchecked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.answer import Sentence
from chatbot.dialogue.check.case_specific import case_markers
from chatbot.dialogue.check.shape import check_placeholders
from chatbot.dialogue.check.suites import check_codes
from chatbot.dialogue.text.char_ngrams import IncrementalScore
from chatbot.dialogue.text.sentences import sentences
from chatbot.dialogue.window import refilled
from retrieval.passages import PassageKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from chatbot.dialogue.window import Window
    from retrieval.passages import Passage
    from retrieval.search.hits import Hit

PARAGRAPH = "\n\n"
MAX_CHARACTERS = 2000
"""Length of a composed reply."""
SHARPNESS = 20.0
"""An answer votes with exp(sharpness x similarity of its question)."""
RECALL_WEIGHT = 2.0
"""The beta of F: above 1 what is missing is worse than what is superfluous."""
CROWD = 10
"""How many of the nearest answers vote; those behind them hardly count, and time grows with them."""
MIN_WORDS = 3
"""A shorter sentence ("Hello!", "Yes.") says nothing out of its place."""
ONCE = 0.6
"""Of two sentences that share a larger part of their words (Jaccard) one is enough, even where they mean two things."""
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_QUOTED = re.compile(
    r"\s*(?:>|&gt;|\S+ (?:said|wrote)\b)|"
    r".*\b(?:wrote|said|schrieb|a \u00e9crit|escribi\u00f3|ha scritto|schreef):\s*\Z",
    re.IGNORECASE,
)
"""A quotation of the past customer, or what leads to one."""


def compose(window: Window, hits: Sequence[Hit], neighbours: Sequence[Hit] = ()) -> list[Sentence]:
    """A reply from the passages of ``hits``, in reading order; joined, the sentences are its text.

    ``neighbours`` (the nearest moments) and ``hits`` vote, those of ``hits`` alone may be copied from. A passage whose
    sentence was chosen first comes first; within a passage the order is its own. Empty where nothing is agreed on.
    """
    pieces = [piece for hit in hits for piece in _pieces(hit.passage, window)]
    if not pieces:
        return []
    chosen = _chosen(pieces, {hit.passage.id: hit for hit in (*neighbours[:CROWD], *hits)})
    groups = [
        [pieces[place] for place in sorted(chosen) if pieces[place].evidence_id == name]
        for name in dict.fromkeys(pieces[place].evidence_id for place in chosen)
    ]
    return [sentence for group in groups for sentence in _closed(group)]


def _chosen(pieces: Sequence[Sentence], crowd: dict[str, Hit]) -> list[int]:
    """The places of the chosen pieces, in the order in which they were chosen."""
    texts = [piece.text for piece in pieces]
    score = IncrementalScore(texts, [hit.passage.answer for hit in crowd.values()], recall_weight=RECALL_WEIGHT)
    votes = _votes(pieces, crowd)
    sizes = np.array([len(text) for text in texts])
    words = [frozenset(_WORD.findall(text.casefold())) for text in texts]
    chosen: list[int] = []
    free, room = np.ones(len(pieces), dtype=bool), MAX_CHARACTERS
    while True:
        gains = ((score.scores_with_each() - score.scores()[:, None]) * votes).sum(axis=0)
        gains[~free | (sizes > room)] = -np.inf
        best = int(gains.argmax())
        if gains[best] <= 0:
            return chosen
        score.add(best)
        chosen.append(best)
        free &= [len(each & words[best]) <= ONCE * len(each | words[best]) for each in words]
        room -= int(sizes[best])


def _votes(pieces: Sequence[Sentence], crowd: dict[str, Hit]) -> NDArray[np.float64]:
    """How much each answer of the crowd counts for each piece, shape (answers, pieces); a column sums to 1, or to 0.

    An answer has no vote on its own sentences: it always agrees with them, whether or not they hold for this customer.
    """
    near = np.array([hit.similarity for hit in crowd.values()], dtype=np.float64)
    votes = np.repeat(np.exp(SHARPNESS * (near - near.max()))[:, None], len(pieces), axis=1)
    places = {name: place for place, name in enumerate(crowd)}
    for column, piece in enumerate(pieces):
        votes[places[piece.evidence_id], column] = 0.0
    return np.asarray(votes / np.maximum(votes.sum(axis=0), np.finfo(np.float64).tiny), dtype=np.float64)


def answer_for(passage: Passage, window: Window) -> str:
    """A passage's answer with this customer's own data in its slots."""
    return refilled(passage.answer, window, asked=passage.question, answered=passage.answer)


def _pieces(passage: Passage, window: Window) -> list[Sentence]:
    """The sentences of a passage that hold for this customer too. One that leads to what follows stays with it."""
    past = passage.kind is PassageKind.MOMENT
    joined: list[str] = []
    for sentence in sentences(answer_for(passage, window)):
        if joined and joined[-1].rstrip().endswith(":") and not _QUOTED.match(joined[-1]):
            joined[-1] += sentence
        else:
            joined.append(sentence)
    return [Sentence(each, passage.id) for each in joined if not _is_out_of_place(each, window, past=past)]


def _is_out_of_place(text: str, window: Window, *, past: bool) -> bool:
    """Whether a sentence does not hold here: it tells of a case, has a slot or another code, quotes, or is a word."""
    if past and (case_markers(text) or _QUOTED.match(text) or len(_WORD.findall(text)) < MIN_WORDS):
        return True
    return not (check_placeholders(text).passed and check_codes(text, window.question).passed)


def _closed(group: Sequence[Sentence]) -> list[Sentence]:
    """The sentences of one passage, the last with a blank line behind it."""
    last = group[-1]
    return [*group[:-1], Sentence(f"{last.text.rstrip()}{PARAGRAPH}", last.evidence_id)]
