"""First-light decisions: how often does the sample desk answer what it knows, and what it cannot know?

The desk of ``data/sample`` is asked the questions of questions.jsonl, first questions of its own transcripts (each
without its own conversation), and questions of banking77 and clinc150, which are another desk's; retrieval only. A
known question counts as right where the reply's article is the question's. ``chatbot.dialogue.rank.ranker.confidence``
and the policy's default threshold were chosen with it. The last line is JSON.

    python benchmarks/first_light_decisions.py [--datasets ../shared/datasets] [--each 200]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatbot.dialogue.answer import Answer, Decision
from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.pipeline import Pipeline
from data import sample
from data.intake import Accepted, take
from data.moments import moments_of
from data.transcripts import Article, Conversation, Role, Turn, turns_from_json
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.index.snapshot import PassageIndex, build_index
from retrieval.passages import passages_of_article, passages_of_conversation
from retrieval.search.retriever import Retriever

if TYPE_CHECKING:
    from collections.abc import Iterator

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Question:
    """A dialogue to answer; ``articles`` hold its answer (none where a person has to)."""

    group: str
    turns: tuple[Turn, ...]
    articles: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()


class Without(Retriever):
    """A retriever that does not see some conversations."""

    own: frozenset[str] = frozenset()

    def search_each(self, questions: Any, vectors: Any, k: int, filters: Any) -> Any:
        """As the real one, through which every search goes, less ``own``."""
        return super().search_each(questions, vectors, k, [replace(each, exclude_sources=self.own) for each in filters])


def main() -> None:
    """Read the options, ask everything once, print one line a threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default), help="folder of banking77/ and clinc150/")
    parser.add_argument("--each", type=int, default=200, help="questions drawn of transcripts and of each data set")
    options = parser.parse_args()
    files = [sample.TRANSCRIPTS, sample.GENERATED, sample.ARTICLES]
    items = [found.item for found in take(files) if isinstance(found, Accepted)]
    conversations = [item for item in items if isinstance(item, Conversation)]
    articles = [item for item in items if isinstance(item, Article)]
    linked = {c.id: frozenset(c.labels.get("kb_links") or ()) for c in conversations}
    with tempfile.TemporaryDirectory() as scratch:
        encoder = SentenceEncoder.load()
        passages = [p for c in conversations for p in passages_of_conversation(c)]
        passages += [p for article in articles for p in passages_of_article(article)]
        build_index(passages, encoder, Path(scratch) / "index", Path(scratch) / "vectors")
        retriever = Without(PassageIndex.open(Path(scratch) / "index", encoder), encoder)
        pipeline = Pipeline(retriever, policy=Policy(answer_threshold=0.0))
        started = time.perf_counter()
        outcomes = defaultdict(list)
        for question in [*known(conversations, linked, options.each), *foreign(options.datasets, options.each)]:
            retriever.own = question.own
            answer = pipeline.answer(question.turns)
            outcomes[question.group].append((certainty(answer), right(answer, question, linked)))
        seconds = time.perf_counter() - started
    asked = sum(len(rows) for rows in outcomes.values())
    rows = [{"threshold": threshold, **figures(outcomes, threshold)} for threshold in THRESHOLDS]
    for row in rows:
        print("  ".join(f"{name} {value:.3f}" for name, value in row.items()))
    report = {"questions": {group: len(rows) for group, rows in outcomes.items()}, "figures": rows}
    print(json.dumps({"benchmark": "first_light_decisions", **report, "seconds_each": round(seconds / asked, 4)}))


def known(conversations: list[Conversation], linked: dict[str, frozenset[str]], each: int) -> Iterator[Question]:
    """The written questions, and first questions of transcripts with a linked article."""
    for line in sample.QUESTIONS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        article, wanted = row["expect"]["article"], row["expect"]["decision"]
        yield Question(f"sample: {wanted}", turns_from_json(row["turns"]), frozenset({article} if article else ()))
    firsts = [(c.id, next(moments_of(c), None)) for c in conversations if linked[c.id]]
    found = [(name, moment) for name, moment in firsts if moment]
    for name, moment in random.Random(0).sample(found, min(each, len(found))):
        yield Question("sample: transcripts", moment.context, linked[name], frozenset({name}))


def foreign(datasets: Path, each: int) -> Iterator[Question]:
    """Questions of other desks, where their data sets are there."""
    for name, part in (("banking77", "train"), ("clinc150", "dev")):
        path = datasets / name / f"{part}.jsonl.gz"
        if path.is_file():
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                texts = [json.loads(line)["text"] for line in lines]
            for text in random.Random(0).sample(texts, each):
                yield Question(name, (Turn(Role.CUSTOMER, text),))


def certainty(answer: Answer) -> float:
    """The confidence of a reply; below every threshold where it was handed over whatever the threshold is."""
    return answer.confidence if answer.decision is Decision.ANSWER else -1.0


def right(answer: Answer, question: Question, linked: dict[str, frozenset[str]]) -> bool:
    """Whether the reply's article, or one linked in the conversation it comes from, is the question's."""
    sources = [evidence.id.split("#")[0].rsplit(":", 1)[0] for evidence in answer.evidence]
    told = {slug for source in sources for slug in linked.get(source, {source})}
    return bool(told & question.articles)


def figures(outcomes: dict[str, list[tuple[float, bool]]], threshold: float) -> dict[str, float]:
    """Share answered in each group, and of those answered the share that is right where something is."""
    row = {}
    for group, rows in outcomes.items():
        answered = [good for sure, good in rows if sure >= threshold]
        row[group] = len(answered) / len(rows)
        if group in {"sample: answer", "sample: transcripts"} and answered:
            row[f"{group}, right"] = sum(answered) / len(answered)
    return row


if __name__ == "__main__":
    main()
