"""What each piece of an answer is worth on the sample shop's exam: graded with one piece taken out at a time.

    python -m benchmarks.exam_ablation [--kept] [--only NAME ...]

A home of the shop is made anew, without a contract and a model: every row has the same built-in probability and bar.
"nearest reply" is what help desks without any of this do: the past answer of the most like question, from a cosine of
0.5. ``--kept`` runs the kept third and prints totals only, by kind for the whole product; its questions are never
printed. A piece is taken out by putting something plainer at its place in the product's own modules; the probability
was fitted with all of them there, so that a row says what the product loses, not what it could be without.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from chatbot.cli.demo import prepare
from chatbot.cli.terminal import progress_bars
from chatbot.dialogue import match, pipeline, window
from chatbot.dialogue.answer import Answer, Candidate, Decision
from chatbot.dialogue.window import read
from chatbot.dialogue.write.excerpt import excerpts
from chatbot.learning.exam.asked import ask
from chatbot.learning.exam.exam_figures import ExamFigures, figures
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.grade import grade
from chatbot.service.serving.loader import load_current
from chatbot.settings import Settings
from data import sample
from data.transcripts import Role
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind
from retrieval.search.late import Matched
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatbot.dialogue.match import Part
    from chatbot.dialogue.window import Window
    from chatbot.learning.exam.question import ExamQuestion
    from chatbot.service.serving.loaded import Loaded
    from data.progress import Report
    from data.transcripts import Turn

SLIDER = 0.5


class NearestReply:
    """The past answer of the most like question, sent from a cosine of ``SLIDER``."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def answer(self, turns: Sequence[Turn], **_: object) -> Answer:
        """Answer, or hand over."""
        best = next(iter(self.suggest(turns, 1)), None)
        if best is None or best.probability < SLIDER:
            return Answer("A colleague answers.", Decision.HAND_OVER, 0.0, "hand_over", "unsure", best=best)
        return Answer(best.text, Decision.ANSWER, best.probability, "verbatim", "confident", best=best)

    def suggest(self, turns: Sequence[Turn], k: int = 3) -> list[Candidate]:
        """The nearest answers."""
        filters = [Filters(kinds=frozenset([PassageKind.MOMENT]))]
        question = read(turns).question
        vector = self._retriever.encoder.encode([question])
        hits = self._retriever.search_each([question], vector, k, filters)[0]
        return [
            Candidate(hit.passage.answer, "verbatim", (hit.passage.id,), probability=hit.similarity)
            for hit in sorted(hits, key=lambda hit: -hit.similarity)
        ]


def pages(asked: Window, parts: Sequence[Part]) -> list[Candidate]:
    """As ``excerpts``, with the whole passage in the place of its parts."""
    passages = {part.hit.passage.id: part.hit.passage for part in parts}
    return [replace(each, text=passages[each.evidence_ids[0]].answer) for each in excerpts(asked, parts)]


def latest_alone(turns: Sequence[Turn]) -> str:
    """What is looked up without the dialogue: the customer's latest message."""
    return next((turn.text for turn in reversed(turns) if turn.role is Role.CUSTOMER), "")


PIECES: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "all": nullcontext,
    "no late interaction": lambda: patch.object(
        Matched, "scores", property(lambda found: np.zeros(len(found.nearest)))
    ),
    "no votes": lambda: patch.multiple(match, VOTES=0.0, ARTICLE_VOTES=0.0),
    "no rest of the article": lambda: patch.object(match, "REST", 0.0),
    "whole passages, not parts": lambda: patch.object(pipeline, "excerpts", pages),
    "past replies only": lambda: patch.object(pipeline, "excerpts", lambda *_: []),
    "no rewriting of follow-ups": lambda: patch.object(window, "standalone", latest_alone),
    "no splitting of questions": lambda: patch.object(pipeline, "parts_of", lambda _: []),
    "no mending of slips": lambda: patch.object(Retriever, "respelt", lambda _, text: text),
    "no checks": lambda: patch.object(pipeline, "checked", lambda drafts, *_: list(drafts)),
}
NEAREST = "nearest reply"


def graded(loaded: Loaded, questions: Sequence[ExamQuestion], name: str, report: Report) -> ExamFigures:
    """The figures of one row."""
    if name == NEAREST:
        assert loaded.retriever is not None
        loaded = replace(loaded, pipeline=NearestReply(loaded.retriever))  # type: ignore[arg-type]  # all an exam asks
    found = []
    with PIECES.get(name, nullcontext)():
        for number, question in enumerate(questions, 1):
            found.append(grade(question, ask(loaded, question)))
            report(name, number, len(questions))
    return figures(found)


def main() -> None:
    """Grade, print the table and a JSON line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kept", action="store_true", help="the kept third: totals only")
    options.add_argument("--only", nargs="*", default=[NEAREST, *PIECES], choices=[NEAREST, *PIECES])
    chosen = options.parse_args()
    questions = read_exam(sample.EXAM_KEPT if chosen.kept else sample.EXAM).questions
    rows = {}
    with tempfile.TemporaryDirectory() as folder, progress_bars() as report:
        settings = Settings(home=Path(folder))
        asyncio.run(prepare(settings))
        loaded = load_current(settings)
        rows = {name: graded(loaded, questions, name, report) for name in chosen.only}
    print("| | good | wrong | handed over | sent alone, right | seconds |\n|---|---|---|---|---|---|")
    for name, told in rows.items():
        total, alone = told.total, f"{told.alone_good} of {told.alone}"
        print(f"| {name} | {total.good} | {total.wrong} | {total.handed_over} | {alone} | {told.seconds['mean']:.2f} |")
    if "all" in rows:
        print("\n| kind | n | good | wrong | handed over |\n|---|---|---|---|---|")
        for kind in rows["all"].kinds:
            print(f"| {kind.name} | {kind.questions} | {kind.good} | {kind.wrong} | {kind.handed_over} |")
    print(json.dumps({name: told.total.to_json() for name, told in rows.items()}))


if __name__ == "__main__":
    main()
