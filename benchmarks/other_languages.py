"""Questions in other languages: how often the article that answers is found, each way by itself and together.

    python -m benchmarks.other_languages

The sample shop's articles (38 English, one German, one French) and the questions of ``other_languages.jsonl``, written
for them: 16 in each of German, French, Spanish and Chinese; 35 in seven languages that were written when the table of
words was done ("later"); and those of the open exam. An article counts by its best part. Prints a table and one JSON
line last.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chatbot.dialogue.text.gloss import gloss
from data import sample
from data.intake import Accepted, take
from data.transcripts import Article
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, passages_of_article
from retrieval.search.retriever import Retriever, SearchWeights
from retrieval.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    _Way = Callable[[str, str], NDArray[np.float32]]

QUESTIONS = Path(__file__).with_suffix(".jsonl")
_HOME = "en"


def main() -> None:
    """Measure and print."""
    articles = [found.item for found in take([sample.ARTICLES]) if isinstance(found, Accepted)]
    passages = [p for article in articles if isinstance(article, Article) for p in passages_of_article(article)]
    encoder = SentenceEncoder.load()
    with tempfile.TemporaryDirectory() as folder:
        build_index(passages, encoder, Path(folder) / "index", Path(folder) / "vectors")
        ways = _ways(Retriever(PassageIndex.open(Path(folder) / "index", encoder), encoder), passages)
        table = {name: _found(way, passages) for name, way in ways.items()}
    groups = ["exam", *sorted(table["words"].keys() - {"exam"})]
    print(f"{'article at 1 / 3':26}", *(f"{group:>12}" for group in groups))
    for name, row in table.items():
        print(f"{name:26}", *(f"{row[group][0]:5.2f} /{row[group][1]:5.2f}" for group in groups))
    print(json.dumps(table))


def _ways(retriever: Retriever, passages: Sequence[Passage]) -> dict[str, _Way]:
    """By name, the scores of all passages for a question in a language."""
    encode, words = retriever.encoder.encode, retriever.live.view.lexical_question
    plain = encode([passage.question for passage in passages])
    view = retriever.live.view
    assert [view.passage(place).id for place in range(len(view))] == [passage.id for passage in passages]
    read = [_in_english(passage) for passage in passages]
    languages = np.array([passage.language or _HOME for passage in passages])
    glossed = plain.copy()
    other = np.flatnonzero(languages != _HOME).tolist()
    glossed[other] = encode([read[place] for place in other])

    @cache
    def vector(text: str) -> NDArray[np.float32]:
        return encode([text])[0]

    def lexical(text: str) -> NDArray[np.float32]:
        found = words.scores(text)
        return found / max(float(found.max(initial=0.0)), 1e-9)

    def by_gloss(question: str, language: str) -> str:
        return gloss(question, language, _HOME).text

    share = SearchWeights().words
    return {
        "today: vectors and words": lambda q, _: plain @ vector(q) + share * lexical(q),
        "vectors": lambda q, _: plain @ vector(q),
        "words": lambda q, _: lexical(q),
        "runs of four characters": lambda q, _: _cognates(q, passages),
        "gloss: words": lambda q, lang: lexical(by_gloss(q, lang)),
        "gloss: vectors": lambda q, lang: plain @ vector(by_gloss(q, lang)),
        "gloss: vectors and words": lambda q, lang: (
            plain @ vector(by_gloss(q, lang)) + share * lexical(by_gloss(q, lang))
        ),
        "gloss, of articles too": lambda q, lang: (
            glossed @ vector(by_gloss(q, lang))
            + share * np.where(languages == lang, lexical(q), lexical(by_gloss(q, lang)))
        ),
    }


def _in_english(passage: Passage) -> str:
    return gloss(passage.question, passage.language or _HOME, _HOME).text


def _cognates(question: str, passages: Sequence[Passage]) -> NDArray[np.float32]:
    """The share of a question's runs of four characters that stand in a passage."""
    asked = _runs(question)
    return np.array([len(asked & _runs(passage.question)) / max(len(asked), 1) for passage in passages], np.float32)


@cache
def _runs(text: str) -> frozenset[str]:
    return frozenset(term[at : at + 4] for term in terms(text) for at in range(len(term) - 3))


def _found(way: _Way, passages: Sequence[Passage]) -> dict[str, tuple[float, float]]:
    """By group, the share of the questions whose article is first, and is among the first three."""
    places = defaultdict(list)
    for group, language, question, answering in _questions():
        places[group].append(_place(way(question, language), passages, answering))
    return {
        group: (np.mean([p < 1 for p in found]), np.mean([p < 3 for p in found])) for group, found in places.items()
    }


def _place(scores: NDArray[np.float32], passages: Sequence[Passage], answering: frozenset[str]) -> int:
    """The place of the first answering article among all, from 0; each counts by its best passage."""
    order = dict.fromkeys(passages[place].source_id for place in np.argsort(-scores, kind="stable").tolist())
    return next(place for place, slug in enumerate(order) if slug in answering)


def _questions() -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """The group, the language, the question, and the slugs of the articles that answer it."""
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        group = "later" if row.get("later") else row["language"]
        yield group, row["language"], row["question"], frozenset(row["articles"])
    for line in sample.EXAM.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] == "language" and row["article"]:
            slugs = frozenset(
                each.removesuffix(".md").partition(".md#")[0] for each in (row["article"], *row.get("also", []))
            )
            yield "exam", row["language"], row["turns"][-1]["text"], slugs


if __name__ == "__main__":
    main()
