"""Does a matcher that learns from the desk's own pairs find the right article more often? Each way, over today's sum.

    python benchmarks/reader_pairs.py --home DIR [--only shop,thunderbird] [--limit N]

Pairs: past questions with the part that the agent's reply rests on (the shop, ``understudy answers``) or with the
articles it links (Thunderbird), without their own
conversation, against the near misses. A fifth of them, by hash, is kept to show what seems won there. Judged on what
none has seen: the open exam's 133 English questions that articles answer, Thunderbird's dev. Needs what `understudy
train` needs. DIR keeps vectors and indexes between runs.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from reader import holds
from reader_learners import LEARNERS, Asked, Today, learn
from recall import passages_of

from chatbot.cli.demo import prepare
from chatbot.dialogue.match import FEW_LINKS, VOTERS, vote_shares
from chatbot.dialogue.window import read
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.question import Who
from chatbot.service.corpus.inventory import inventory
from chatbot.service.serving.loader import load_encoder, load_retriever
from chatbot.settings import Settings
from data import sample
from data.blocks import blocks_of
from data.intake import Accepted, take
from data.split import held_out
from data.transcripts import Article, Conversation
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import PassageKind, passages_of_article, question_text
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chatbot.learning.exam.question import ExamQuestion
    from data.blocks import Block
    from retrieval.passages import Passage

HELD = 0.2
ARTICLES = 20
RESTS = 0.7
"""Cosine of reply and part from which a pair of the shop is right for 95 % (by the labels of the conversations)."""
_SHARP_ANSWERS = 12.0
Right = "Callable[[Passage, Block], bool]"


def asked(retriever: Retriever, key: str, question: str, right: Right, own: frozenset[str] = frozenset()) -> Asked:
    """A question with the signals of ``dialogue/match.py``; ``own`` conversations take no part."""
    view = retriever.live.view
    read = retriever.late.asked(question)
    vector = read.whole[None]
    kinds = [Filters(frozenset([kind]), exclude_sources=own) for kind in (PassageKind.MOMENT, PassageKind.ARTICLE)]
    moments, hits = retriever.search_each([question] * 2, vector.repeat(2, axis=0), 100, kinds)
    cut = [(hit, block) for hit in hits[:ARTICLES] for block in blocks_of(hit.passage.answer)]
    texts = [f"{hit.passage.title or ''}\n{block.whole}" for hit, block in cut]
    found = retriever.late.matched(question, read, texts, view.lexical_answer.shares)
    alike = np.exp(_SHARP_ANSWERS * (retriever.answer_vectors(moments[:VOTERS]) @ found.whole.T - 1))
    votes = vote_shares(moments[:VOTERS]) @ (alike / alike.sum(axis=1, keepdims=True))
    slugs = [hit.passage.source_id for hit, _ in cut]
    rows = np.unique(slugs, return_inverse=True)[1]
    words = np.array([hit.why.get("words", 0.0) for hit, _ in cut])
    links = retriever.links(vector[0], Filters(exclude_sources=own))
    linked = np.log1p(np.array([links.get(slug, 0.0) for slug in slugs]) / FEW_LINKS)
    shown = [
        found.scores,
        found.whole @ vector[0],
        votes,
        np.bincount(rows, votes)[rows],
        words / max(words.max(), 1e-9),
    ]
    return Asked(
        key,
        " ".join(question.split()),
        torch.from_numpy(read.vectors),
        torch.from_numpy(found.weights),
        torch.from_numpy(vector[0]),
        [torch.from_numpy(states) for states in retriever.late.states(texts)],
        torch.from_numpy(found.whole),
        torch.from_numpy(np.column_stack([*shown, linked]).astype(np.float32)),
        slugs,
        np.array([right(hit.passage, block) for hit, block in cut]),
    )


def shop_pairs(retriever: Retriever) -> Iterator[tuple[str, Asked]]:
    """Past first questions with the part that the reply rests on, and the conversation that each is from."""
    for article in inventory(retriever).articles:
        for section in article.sections:
            part = retriever.encoder.encode([f"{article.title}\n{section.text}"])[0]
            near = retriever.encoder.encode([moment.answer for moment in section.said]) @ part if section.said else []
            for moment, cosine in zip(section.said, near, strict=True):
                if cosine < RESTS or "\n" in moment.question:
                    continue

                def right(passage: Passage, block: Block, slug: str = article.slug, text: str = section.text) -> bool:
                    return passage.source_id == slug and block.whole in text

                own = frozenset([moment.source_id])
                yield moment.source_id, asked(retriever, moment.id, moment.question, right, own)


def exam_questions() -> list[ExamQuestion]:
    """Those that an article answers, in English."""
    return [
        each
        for each in read_exam(sample.EXAM).questions
        if each.who is Who.BOT and each.article and each.must and each.language == "en"
    ]


def shop(_: argparse.Namespace) -> None:
    """The sample shop, judged on the open exam."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        asyncio.run(prepare(settings))
        retriever = load_retriever(settings.desk())
        exam, judged, texts = exam_questions(), [], []
        for each in exam:
            slug = (each.article or "").split("#")[0]
            told: list[str] = []

            def right(passage: Passage, block: Block, slug: str = slug, told: list[str] = told) -> bool:
                told.append(block.whole)
                return passage.source_id == slug

            question = read(each.turns).respelt(retriever.respelt).question
            judged.append(asked(retriever, each.id, question, right))
            texts.append(told)
        pairs = list(shop_pairs(retriever))

    def facts(learner: Today) -> str:
        orders = [np.argsort(-learner.scores(one), kind="stable") for one in judged]
        held = [
            [holds(each, [told[row] for row in order[:most]]) for most in (1, 3)]
            for each, told, order in zip(exam, texts, orders, strict=True)
        ]
        return "   facts in the first part / three " + " / ".join(f"{one:.3f}" for one in np.mean(held, axis=0))

    table(pairs, judged, facts)


def thunderbird(options: argparse.Namespace) -> None:
    """Thunderbird, judged on the articles that helpers linked in dev."""
    files = options.datasets / "thunderbird"
    train = sorted(_read(files / "train.jsonl.gz", Conversation), key=lambda one: one.created or "")
    articles = [passage for one in _read(files / "articles.jsonl.gz", Article) for passage in passages_of_article(one)]
    slugs = {passage.source_id for passage in articles}
    earlier = [passage for passage in passages_of(train[: -options.limit]) if slugs.intersection(passage.links)]
    past = [*passages_of(train[-options.limit :]), *earlier]
    encoder, folder = load_encoder(), options.home / "indexes" / f"reader-{options.limit}"
    build_index([*past, *articles], encoder, folder, options.home / "embeddings")
    retriever = Retriever(PassageIndex.open(folder, encoder), encoder)

    def linking(key: str, question: str, links: Sequence[str], own: frozenset[str] = frozenset()) -> Asked:
        return asked(retriever, key, question, lambda passage, _: passage.source_id in links, own)

    dev = {
        one.id: (one, slugs.intersection(one.labels.get("kb_links") or ()))
        for one in _read(files / "dev.jsonl.gz", Conversation)
    }
    judged = [linking(name, question_text(one.turns[:1]), [*links]) for name, (one, links) in dev.items() if links]
    linked = sorted((one for one in past if slugs.intersection(one.links)), key=lambda one: one.created or "")
    pairs = [
        (moment.source_id, linking(moment.id, moment.question, moment.links, frozenset([moment.source_id])))
        for moment in linked[-options.pairs :]
    ]
    table(pairs, judged, lambda _: "")


def table(pairs: Sequence[tuple[str, Asked]], judged: Sequence[Asked], more: Callable[[Today], str]) -> None:
    """A line for each way to learn."""
    useful = [(source, one) for source, one in pairs if one.right.any() and not one.right.all()]
    learnt = [one for source, one in useful if not held_out(source, HELD)]
    held = [one for source, one in useful if held_out(source, HELD)]
    print(f"\n{len(learnt)} pairs, {len(held)} held out; right article at 1 / 5 / 10 of {len(judged)} unseen questions")
    for name, learner in {"today": Today, **LEARNERS}.items():
        torch.manual_seed(0)
        began = time.perf_counter()
        made = learner() if name == "today" else learn(learner(), learnt)
        seconds = time.perf_counter() - began
        unseen, past = (" / ".join(f"{one:.3f}" for one in found(made, some)) for some in (judged, held))
        print(f"{name:28} {unseen}{more(made)}   held-out pairs {past}   {seconds:.0f} s", flush=True)


def found(learner: Today, questions: Sequence[Asked]) -> list[float]:
    """How often the right article (of a pair: the right part's) is among the first 1, 5 and 10 articles."""
    rows = []
    for one in questions:
        order = np.argsort(-learner.scores(one), kind="stable")
        ranked = list(dict.fromkeys(one.slugs[row] for row in order))
        right = {slug for slug, fits in zip(one.slugs, one.right, strict=True) if fits}
        rows.append([bool(right.intersection(ranked[:most])) for most in (1, 5, 10)])
    return [float(each) for each in np.mean(rows, axis=0)]


def _read(path: Path, kind: type) -> list:  # type: ignore[type-arg]
    return [one.item for one in take([path]) if isinstance(one, Accepted) and isinstance(one.item, kind)]


def main() -> None:
    """Read the options and measure."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--datasets", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "datasets")
    options.add_argument("--home", type=Path, required=True, help="keeps vectors and indexes between runs")
    options.add_argument("--only", default="shop,thunderbird")
    options.add_argument("--limit", type=int, default=4000, help="the latest N conversations of Thunderbird")
    options.add_argument("--pairs", type=int, default=600, help="the latest N pairs of Thunderbird")
    chosen = options.parse_args()
    for name, desk in {"shop": shop, "thunderbird": thunderbird}.items():
        if name in chosen.only.split(","):
            print(f"\n{name}")
            desk(chosen)


if __name__ == "__main__":
    main()
