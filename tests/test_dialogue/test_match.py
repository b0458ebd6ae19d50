from __future__ import annotations

from chatbot.dialogue.match import matched
from data.transcripts import Article
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import PassageKind, passages_of_article
from retrieval.search.retriever import Retriever
from tests.test_dialogue.conftest import PASSAGES, WordEncoder


def _matched(retriever, question):
    vector = retriever.encoder.encode([question])
    kinds = [Filters(kinds=frozenset([kind])) for kind in (PassageKind.MOMENT, PassageKind.ARTICLE)]
    moments, articles = retriever.search_each([question] * 2, vector.repeat(2, axis=0), 20, kinds)
    answers = retriever.answer_vectors(moments)
    shares = retriever.live.view.lexical_answer.shares
    return matched(question, vector[0], moments, answers, articles, retriever.late, shares)


def test_the_part_that_answers_comes_first(retriever):
    parts = _matched(retriever, "how many days to send a return back")
    assert parts[0].slug == "returns"
    assert parts[0].signals["part_score"] == parts[0].score
    assert parts[0].signals["part_lead"] >= 0 >= parts[-1].signals["part_lead"]
    assert [part.score for part in parts] == sorted((part.score for part in parts), reverse=True)


def test_without_articles_there_are_no_parts(retriever):
    vector = retriever.encoder.encode(["x"])[0]
    assert matched("x", vector, [], vector[None][:0], [], retriever.late, lambda words: [0.5] * len(words)) == []


def test_a_question_that_a_lead_added_counts_for_its_article_and_doubles_no_part(tmp_path):
    encoder = WordEncoder()
    cloths = Article("cloths", "Cloths", "Muslin by the metre.\n\nWash it first.", questions=("do you do nappies",))
    hours = Article("hours", "Hours", "What we do on Sundays: do you see.")
    passages = [*PASSAGES, *passages_of_article(cloths), *passages_of_article(hours)]
    build_index(passages, encoder, tmp_path / "index", tmp_path / "vectors")
    retriever = Retriever(PassageIndex.open(tmp_path / "index", encoder), encoder)
    parts = _matched(retriever, "do you do nappies")
    assert [part.block.text for part in parts if part.slug == "cloths"] == ["Muslin by the metre.", "Wash it first."]
    assert parts[0].slug == "cloths"
    assert parts[0].signals["late"] > 0.99
    assert parts[0].signals["missed"] < 0.01
