"""How sure a desk may be that has measured nothing: fits the built-in probability; tells what each bar lets through.

    python benchmarks/default_probability.py [--write]

Cases are of two desks. The open half of the sample shop's exam, each reply graded by its facts; the shop's past, each
question asked again as it was asked then and judged beside what the agent said (what a part repeats after an answer, to
"it works again" or "still nothing", is wrong there, which no exam has); questions of Thunderbird's dev file whose agent
linked an article, where a part of that article is right, asked of an index without their conversation. Questions to
other businesses are wrong whatever is said. One case is the best part of an article,
one the best past answer that passed their checks. ``--write`` puts the model where it ships; the bar is for a person to
read off the table: of cases that the model did not see, each in one of ten folds. The kept third of the exam is never
read. Needs Thunderbird in UNDERSTUDY_DATASETS and what `understudy train` needs; takes some minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from voice_corpus import items

from chatbot.cli.demo import prepare
from chatbot.dialogue.parts import parts_of
from chatbot.dialogue.pipeline import Pipeline
from chatbot.dialogue.rank.fit_probability import fit_probability
from chatbot.dialogue.rank.probability import BUILT_IN
from chatbot.learning.backtest.backtest import opened
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.facts import plain
from chatbot.learning.exam.question import Who
from chatbot.service.serving.loader import load_retriever
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from data import out_of_scope, sample
from data.moments import moments_of
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import linked_slugs, passages_of_article, passages_of_conversation
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from chatbot.dialogue.answer import Candidate
    from chatbot.dialogue.rank.probability import ProbabilityModel
    from chatbot.learning.backtest.case import Case as Replay
    from chatbot.learning.exam.question import ExamQuestion

THUNDERBIRD = 250
FOREIGN = 250
INDEXED = 1500
BARS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
FEATURES = frozenset(
    {"late", "missed", "part_score", "part_lead", "part_votes", "subject", "parts", "article", "similarity"}
    | {"retrieval", "margin", "support", "words", "overlap", "coverage", "agreed", "question_length", "turns"}
)


class Case(NamedTuple):
    """A reply that could have been sent: of which desk, whether an article's, its features, whether it was right."""

    desk: str
    article: bool
    features: Mapping[str, float]
    right: bool


def cases_of(
    desk: str, pipeline: Pipeline, turns: Sequence[Turn], right: Callable[[Candidate], bool]
) -> Iterator[Case]:
    """The best part of an article and the best past answer that passed their checks."""
    found = [candidate for candidate in pipeline.suggest(turns, k=20) if candidate.passed]
    for excerpt in (True, False):
        best = next((each for each in found if (each.origin == "excerpt") is excerpt), None)
        if best is not None:
            known = {name: value for name, value in best.features.items() if name in FEATURES}
            yield Case(desk, excerpt, known, right(best))


def shop(folder: Path) -> Iterator[Case]:
    """Of the sample shop, and of questions that are none of its business."""
    settings = Settings(home=folder)
    asyncio.run(prepare(settings))
    pipeline = Pipeline(load_retriever(settings.desk()))
    for question in read_exam(sample.EXAM).questions:
        if parts_of(question.turns) or pipeline.answer(question.turns).best is None:
            continue  # several questions; small talk, danger, a wish for a person: nothing is looked up

        def holds(reply: Candidate, question: ExamQuestion = question) -> bool:
            said = plain(reply.text)
            told = all(any(fact.found_in(said) for fact in group) for group in question.must)
            return question.who is not Who.PERSON and told and not any(fact.found_in(said) for fact in question.never)

        yield from cases_of("shop", pipeline, question.turns, holds)
    strangers = random.Random(0).sample(out_of_scope.questions(), FOREIGN)
    for stranger in strangers:
        yield from cases_of("foreign", pipeline, [Turn(Role.CUSTOMER, stranger.text)], lambda _: False)


def past(folder: Path) -> Iterator[Case]:
    """Of what the shop's customers asked, from the home that ``shop`` has made."""
    for case in asyncio.run(_replayed(Settings(home=folder))):
        if case.right is not None:
            known = {name: value for name, value in case.features.items() if name in FEATURES}
            yield Case("past", bool(known.get("article")), known, case.right)


async def _replayed(settings: Settings) -> Sequence[Replay]:
    async with open_database(settings.database()) as database:
        backtest = await opened(database, settings)
    return (await asyncio.to_thread(backtest.replay, backtest.questions(settings.practice), composes=False)).cases


def thunderbird(folder: Path, datasets: Path) -> Iterator[Case]:
    """Of questions whose agent linked an article; the index holds other conversations only."""
    talks = items([datasets / "thunderbird" / "dev.jsonl.gz"], Conversation)
    articles = items([datasets / "thunderbird" / "articles.jsonl.gz"], Article)
    random.Random(1).shuffle(talks)
    known = [passage for each in talks[:INDEXED] for passage in passages_of_conversation(each)]
    known += [passage for each in articles for passage in passages_of_article(each)]
    encoder = SentenceEncoder.load()
    build_index(known, encoder, folder / "index", folder / "vectors")
    pipeline = Pipeline(Retriever(PassageIndex.open(folder / "index", encoder), encoder))
    slugs = {each.slug for each in articles}
    asked = [
        moment for talk in talks[INDEXED:] for moment in moments_of(talk) if slugs & {*linked_slugs(moment.answer)}
    ]
    for moment in asked[:THUNDERBIRD]:
        linked = slugs & {*linked_slugs(moment.answer)}
        for case in cases_of(
            "thunderbird", pipeline, moment.context, lambda reply, linked=linked: _slug(reply) in linked
        ):
            if case.article:
                yield case


def _slug(reply: Candidate) -> str:
    return reply.evidence_ids[0].rpartition("#")[0]


def unseen(cases: Sequence[Case], folds: int = 10) -> np.ndarray:
    """The probability of each case from a model that did not see its fold."""
    found = np.zeros(len(cases))
    for fold in np.array_split(np.random.default_rng(0).permutation(len(cases)), folds):
        rest = sorted(set(range(len(cases))) - set(fold.tolist()))
        model = fitted([cases[place] for place in rest])
        found[fold] = [model.probability(cases[place].features) for place in fold]
    return found


def fitted(cases: Sequence[Case]) -> ProbabilityModel:
    """The model of some cases."""
    own = [case for case in cases if case.desk != "foreign"]
    foreign = [case.features for case in cases if case.desk == "foreign"]
    return fit_probability([case.features for case in own], [case.right for case in own], out_of_scope=foreign)


def table(cases: Sequence[Case], found: np.ndarray) -> Iterator[str]:
    """For each bar and each desk: how many articles' parts pass it, and the share of them that is right."""
    yield f"{'bar':>5}   shop, its past, Thunderbird: answered, right   foreign: answered"
    for bar in BARS:
        row = [f"{bar:5.2f}"]
        for desk in ("shop", "past", "thunderbird", "foreign"):
            of_desk = [place for place, case in enumerate(cases) if case.desk == desk and case.article]
            sent = [place for place in of_desk if found[place] >= bar]
            right = np.mean([cases[place].right for place in sent]) if sent else float("nan")
            row.append(f"{len(sent):4} of {len(of_desk):3}" + (f", {right:.2f}" if desk != "foreign" else ""))
        yield "        ".join(row)


def main() -> None:
    """Fit, print the table and a JSON line, and write the model where asked to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    write = options.parse_args().write
    datasets = Path(os.environ["UNDERSTUDY_DATASETS"])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "shop"
        cases = [*shop(home), *past(home), *thunderbird(Path(folder), datasets)]
    random.Random(2).shuffle(cases)  # what is fitted takes neighbours in the list for neighbours in time
    found = unseen(cases)
    for line in table(cases, found):
        print(line)
    model = replace(fitted(cases), cases=0)  # it is fitted on no desk of its user's
    if write:
        BUILT_IN.write_text(json.dumps(model.to_json(), indent=1) + "\n", encoding="utf-8")
    print(json.dumps({"cases": len(cases), "right": sum(case.right for case in cases), "written": write}))


if __name__ == "__main__":
    main()
