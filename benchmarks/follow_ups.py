"""What to look up for a follow-up: does the text that holds the answer come first, by four ways to put the question?

    python benchmarks/follow_ups.py [--datasets DIR] [--dialogues 300]

Ways: the opening message with the latest ones, as past questions are indexed; the latest message alone; all that the
customer wrote; the rewriting of ``dialogue/understand``. Texts are found by the cosine of the encoder that ships alone.
Figures: a text that answers comes first, among the first five (of replies: ten), mean reciprocal rank. Sets: the exam's
follow-ups and the written ones of the tests on the shop's articles; DSTC11 track 5 (the reviews and FAQs that the
answer was written from, among all); STAR and Taskmaster 4 (the true reply among 100); Thunderbird (the linked article;
its dialogues begin with long accounts). Sets that are not there are left out. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from ranking import ranking_figures
from replies_among_100 import ReplyQuestion, reply_ranking
from voice_corpus import items

from chatbot.dialogue.understand.follow_up import standalone
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.facts import plain
from data import sample
from data.moments import moments_of
from data.transcripts import Article, Conversation, Role, Turn
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.passages import QUESTION_CHARACTERS, cut, linked_slugs, passages_of_article, question_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

WRITTEN = Path(__file__).resolve().parents[1] / "tests" / "test_dialogue" / "understand" / "follow_ups.jsonl"
_ROLES = {"c": Role.CUSTOMER, "b": Role.BOT, "a": Role.AGENT}


class Asked(NamedTuple):
    """A dialogue that ends in a follow-up, and which of the texts answer it."""

    turns: tuple[Turn, ...]
    answers: frozenset[str]


def latest(turns: Sequence[Turn]) -> str:
    """The customer's words since the last answer."""
    run: list[str] = []
    for turn in reversed(turns):
        if turn.role is not Role.CUSTOMER:
            break
        run.append(turn.text)
    return cut(" ".join(run[::-1]), QUESTION_CHARACTERS)


def everything(turns: Sequence[Turn]) -> str:
    """All that the customer wrote; of too much the end."""
    said = "\n".join(turn.text for turn in turns if turn.role is Role.CUSTOMER)
    return said[-QUESTION_CHARACTERS:]


WAYS: Mapping[str, Callable[[Sequence[Turn]], str]] = {
    "opening_and_latest": question_text,
    "latest": latest,
    "everything": everything,
    "rewritten": standalone,
}


def main() -> None:
    """Measure each set with each way, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default))
    parser.add_argument("--dialogues", type=int, default=300, help="of each data set")
    parser.add_argument("--only", default="", help="which sets, with commas; all without it")
    options = parser.parse_args()
    encoder = SentenceEncoder.load()
    figures: dict[str, Any] = {}
    print(f"{'set':22} {'n':>5} {'changed':>7}  " + "  ".join(f"{name:>18}" for name in WAYS))
    for name, measured in sets(options, encoder):
        if measured is None or (options.only and name not in options.only.split(",")):
            continue
        figures[name] = measured()
        cells = [" ".join(f"{figures[name][way][each]:.3f}" for each in ("first", "found", "mrr")) for way in WAYS]
        row = "  ".join(cell.rjust(18) for cell in cells)
        print(f"{name:22} {figures[name]['cases']:5} {figures[name]['changed']:7.0%}  {row}", flush=True)
    print(json.dumps({"benchmark": "follow_ups", "dialogues": options.dialogues, **figures}))


def sets(
    options: argparse.Namespace, encoder: SentenceEncoder
) -> Iterator[tuple[str, Callable[[], dict[str, Any]] | None]]:
    """Each set's name and what measures it; None where it is not there."""
    yield "shop_exam", lambda: found(encoder, *shop_exam())
    yield "shop_written", lambda: found(encoder, *shop_written())
    folder: Path = options.datasets
    most: int = options.dialogues
    for name, load in (("dstc11", dstc11), ("thunderbird", thunderbird)):
        here = (folder / {"dstc11": "dstc11_track5"}.get(name, name)).is_dir()
        yield name, (lambda load=load: found(encoder, *load(folder, most))) if here else None
    for name in ("star", "taskmaster4"):
        path = folder / name / "dialogues.jsonl.gz"
        yield name, (lambda path=path: replies(encoder, path, most)) if path.is_file() else None


def shop_texts() -> dict[str, str]:
    """The shop's articles, in the parts that are indexed, by their ids."""
    passages = [part for article in items([sample.ARTICLES], Article) for part in passages_of_article(article)]
    return {passage.id: passage.question for passage in passages}


def shop_exam() -> tuple[list[Asked], dict[str, str]]:
    """The exam's follow-ups; an answer is a part of the article named that holds every fact, else any part of it."""
    texts = shop_texts()
    asked = []
    for question in read_exam(sample.EXAM).questions:
        if question.kind != "follow_up" or not question.article:
            continue
        parts = {name: plain(text) for name, text in texts.items() if name.rpartition("#")[0] == question.article}
        best = max(sum(any(f.found_in(text) for f in group) for group in question.must) for text in parts.values())
        answers = {
            name
            for name, text in parts.items()
            if sum(any(fact.found_in(text) for fact in group) for group in question.must) == best
        }
        asked.append(Asked(question.turns, frozenset(answers)))
    return asked, texts


def shop_written() -> tuple[list[Asked], dict[str, str]]:
    """The follow-ups of the tests; an answer is a part of the article named that says the fact."""
    texts = shop_texts()
    asked = []
    for case in map(json.loads, WRITTEN.read_text("utf-8").splitlines()):
        turns = tuple(Turn(_ROLES[line[0]], line[3:]) for line in case["turns"])
        parts = {name: text for name, text in texts.items() if name.rpartition("#")[0] == case["article"]}
        answers = {name for name, text in parts.items() if re.search(case["fact"], text)}
        assert answers, case
        asked.append(Asked(turns, frozenset(answers)))
    return asked, texts


def dstc11(folder: Path, most: int) -> tuple[list[Asked], dict[str, str]]:
    """Questions to hotels and restaurants late in a booking; answers are the reviews and FAQs of the gold answer."""
    texts: dict[str, str] = {}
    for entity in rows(folder / "dstc11_track5" / "knowledge.jsonl.gz"):
        key, name = f"{entity['domain']}/{entity['entity_id']}", entity["name"]
        for number, review in (entity.get("reviews") or {}).items():
            texts[f"{key}/review/{number}"] = f"{name}\n{' '.join(review['sentences'].values())}"
        for number, faq in (entity.get("faqs") or {}).items():
            texts[f"{key}/faq/{number}"] = f"{name}\n{faq['question']} {faq['answer']}"
    asked = []
    for row in spread(rows(folder / "dstc11_track5" / "dev.jsonl.gz"), most):
        gold = {f"{k['domain']}/{k['entity_id']}/{k['doc_type']}/{k['doc_id']}" for k in row["labels"]["knowledge"]}
        turns = tuple(Turn(Role(turn["role"]), turn["text"]) for turn in row["turns"])
        if gold & texts.keys():
            asked.append(Asked(turns[:-1], frozenset(gold & texts.keys())))
    return asked, texts


def thunderbird(folder: Path, most: int) -> tuple[list[Asked], dict[str, str]]:
    """Later questions of a thread whose answer links an article."""
    articles = list(items([folder / "thunderbird" / "articles.jsonl.gz"], Article))
    texts = {passage.id: passage.question for article in articles for passage in passages_of_article(article)}
    by_slug: dict[str, set[str]] = {}
    for name in texts:
        by_slug.setdefault(name.rpartition("#")[0], set()).add(name)
    asked = []
    for conversation in items([folder / "thunderbird" / "dev.jsonl.gz"], Conversation):
        for moment in moments_of(conversation):
            answers = set().union(*(by_slug.get(slug, set()) for slug in linked_slugs(moment.answer)))
            if answers and is_follow_up(moment.context):
                asked.append(Asked(tuple(moment.context), frozenset(answers)))
    return spread(asked, most), texts


def replies(encoder: SentenceEncoder, path: Path, most: int) -> dict[str, Any]:
    """The last answered follow-up of each dialogue; its true reply among 100 others'."""
    questions = []
    for conversation in spread(items([path], Conversation), most):
        moments = [each for each in moments_of(conversation) if is_follow_up(each.context)]
        if moments:
            last = moments[len(moments) // 2]
            questions.append(ReplyQuestion(last.conversation_id, last.context, "", last.answer))
    vectors = dict(zip(texts := sorted({each.reply for each in questions}), encoder.encode(texts), strict=True))
    figures: dict[str, Any] = {"cases": len(questions), "changed": changed([each.turns for each in questions])}
    for name, way in WAYS.items():
        asked = dict(zip((q.id for q in questions), encoder.encode([way(q.turns) for q in questions]), strict=True))
        ranked = reply_ranking(
            questions, lambda q, texts, asked=asked: [float(vectors[text] @ asked[q.id]) for text in texts]
        )
        figures[name] = {"first": ranked["hit@1"], "found": ranked["hit@10"], "mrr": ranked["mrr"]}
    return figures


def found(encoder: SentenceEncoder, asked: Sequence[Asked], texts: Mapping[str, str]) -> dict[str, Any]:
    """How often a text that answers comes first and among five, and the mean reciprocal rank, by each way."""
    names, vectors = list(texts), encoder.encode(list(texts.values()))
    figures: dict[str, Any] = {"cases": len(asked), "changed": changed([each.turns for each in asked])}
    for name, way in WAYS.items():
        order = ranked(encoder.encode([way(each.turns) for each in asked]), vectors)
        runs = {str(place): [names[row] for row in rows] for place, rows in enumerate(order.tolist())}
        got = ranking_figures(runs, {str(place): each.answers for place, each in enumerate(asked)}, cutoffs=(1, 5))
        figures[name] = {"first": got["success@1"], "found": got["success@5"], "mrr": got["mrr"]}
    return figures


def ranked(questions: NDArray[np.float32], texts: NDArray[np.float32]) -> NDArray[np.int64]:
    """The places of the nearest fifty texts of each question, best first; shape (questions, 50)."""
    return np.argsort(-(questions @ texts.T), axis=1, kind="stable")[:, :50]


def changed(dialogues: Sequence[Sequence[Turn]]) -> float:
    """The share of dialogues for which the rewriting is another text than today's."""
    return float(np.mean([standalone(turns).split() != question_text(turns).split() for turns in dialogues]))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines as they are."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def is_follow_up(turns: Sequence[Turn]) -> bool:
    """Whether the customer wrote before the last answer as well."""
    roles = [turn.role for turn in turns]
    return Role.CUSTOMER in roles[: len(roles) - roles[::-1].index(Role.CUSTOMER) - 1] and Role.AGENT in roles


def spread(all_of: Iterable[Any], most: int) -> list[Any]:
    """At most so many, evenly from all."""
    listed = list(all_of)
    return [listed[int(place)] for place in np.linspace(0, len(listed) - 1, min(most, len(listed)))]


if __name__ == "__main__":
    main()
