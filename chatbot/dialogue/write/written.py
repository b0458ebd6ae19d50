"""Writes replies with GPT-2: several, each a small edit of the evidence, with facts that can only be copied.

What vouches for a written reply is what it was shown: the evidence, and what the customer and our own agents said in
this conversation. Each sentence keeps the passage it is likest to. Checks and ranking come after.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from chatbot.dialogue.answer import Candidate, Sentence, joined
from chatbot.dialogue.check.candidate import sources_of
from chatbot.dialogue.check.negation import likeness, meaning_words
from chatbot.dialogue.text.sentences import is_over, sentences
from chatbot.dialogue.timing import step
from chatbot.dialogue.window import refilled
from chatbot.dialogue.write.compose import answer_for
from chatbot.engine.protocol import never
from data.bare_answers import bare_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chatbot.dialogue.window import Window
    from chatbot.dialogue.write.language_model import ReplyModel
    from retrieval.search.hits import Hit

SAMPLES = 4


@step("write")
def written(
    reply_model: ReplyModel,
    window: Window,
    hits: Sequence[Hit],
    answers: Sequence[str] = (),
    *,
    samples: int = SAMPLES,
    should_stop: Callable[[], bool] = never,
) -> list[Candidate]:
    """Up to ``samples`` replies of the evidence of ``hits`` (best first), unchecked, the likeliest first.

    ``answers`` are what the hits say here, edited say; without, as they stand. ``evidence_ids`` are all passages that
    each could draw on. Features: ``likelihood`` in nats a token, and ``doubt`` where the model knows it.
    """
    evidence = answers or [answer_for(hit.passage, window) for hit in hits]
    stated = sources_of([hit.passage for hit in hits], window).evidence
    facts = [*stated, *evidence, window.customer, *(turn.text for turn in window.turns)]
    found = reply_model.samples(window.turns, evidence, facts=facts, count=samples, should_stop=should_stop)
    if not found:
        return []
    doubt = reply_model.doubt(window.turns, evidence)
    known = {} if doubt is None else {"doubt": doubt}
    shown = tuple(dict.fromkeys(hit.passage.id for hit in hits))
    similarity = max((hit.similarity for hit in hits), default=0.0)
    candidates: dict[str, Candidate] = {}
    for sample in sorted(found, key=lambda each: -each.likelihood):
        parts = _sourced(bare_answer(refilled(_whole(sample.text), window, asked="")), hits, evidence)
        text = joined(parts)
        features = {"similarity": similarity, "likelihood": sample.likelihood, **known}
        candidates.setdefault(text, Candidate(text, "written", shown, features, sentences=tuple(parts)))
    return [candidate for text, candidate in candidates.items() if text]


def _whole(text: str) -> str:
    """A text without the last sentence where that breaks off, unless it has no other."""
    parts = sentences(text)
    return "".join(parts if len(parts) < 2 or is_over(parts[-1]) else parts[:-1])  # noqa: PLR2004


def _sourced(text: str, hits: Sequence[Hit], evidence: Sequence[str]) -> list[Sentence]:
    """The sentences of a text, each with the passage it is likest to.

    It stays as it was written: a sentence that is nearly the passage's may differ from it in the one word that matters.
    """
    there = [
        (hit.passage.id, meaning_words(each))
        for hit, answer in zip(hits, evidence, strict=True)
        for each in sentences(answer)
    ]
    found = []
    for sentence in sentences(text):
        words = meaning_words(sentence)
        alike = [(likeness(words, other), name) for name, other in there]
        most, source = max(alike, key=itemgetter(0), default=(0.0, ""))
        found.append(Sentence(sentence, source if most else ""))
    return found
