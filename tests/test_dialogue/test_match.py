from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.match import matched
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.window import read
from data.transcripts import Article
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import PassageKind, passages_of_article
from retrieval.search.retriever import Retriever
from tests.test_dialogue.conftest import PASSAGES, WordEncoder


def _matched(retriever, question):
    asked = retriever.late.asked(question)
    kinds = [Filters(kinds=frozenset([kind])) for kind in (PassageKind.MOMENT, PassageKind.ARTICLE)]
    moments, articles = retriever.search_each([question] * 2, asked.whole[None].repeat(2, axis=0), 20, kinds)
    answers = retriever.answer_vectors(moments)
    shares = retriever.live.view.lexical_answer.shares
    links = retriever.links(asked.whole)
    return matched(question, asked, moments, answers, articles, retriever.late, shares, links)


def test_the_part_that_answers_comes_first(retriever):
    parts = _matched(retriever, "how many days to send a return back")
    assert parts[0].slug == "returns"
    assert parts[0].signals["part_score"] == parts[0].score
    assert parts[0].signals["part_lead"] >= 0 >= parts[-1].signals["part_lead"]
    assert [part.score for part in parts] == sorted((part.score for part in parts), reverse=True)


def test_without_articles_there_are_no_parts(retriever):
    asked = retriever.late.asked("x")
    shares = lambda words: [0.5] * len(words)  # noqa: E731
    assert matched("x", asked, [], asked.whole[None][:0], [], retriever.late, shares, {}) == []


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


def _desk(folder, linked):
    """Two articles, of which the first has the words, and past answers link the second so often."""
    encoder = WordEncoder()
    articles = [Article("a", "Mail", "Mail is stuck at times."), Article("b", "Ports", "Mail needs a port.")]
    asked = "why is my mail stuck in the outbox"
    moments = [
        replace(PASSAGES[0], id=f"l{number}:1", source_id=f"l{number}", question=asked, links=("b",))
        for number in range(linked)
    ]
    passages = [*PASSAGES, *moments, *(passage for article in articles for passage in passages_of_article(article))]
    build_index(passages, encoder, folder / "index", folder / "vectors")
    return Retriever(PassageIndex.open(folder / "index", encoder), encoder)


def test_the_article_that_agents_link_comes_first_and_its_parts_say_what_they_said(tmp_path, ask):
    window = read(ask("c: my mail is stuck in the outbox"))
    plain, linking = (retrieve(window, _desk(tmp_path / str(count), count)) for count in (0, 3))
    assert [part.slug for part in plain.parts[:2]] == ["a", "b"]
    assert [part.slug for part in linking.parts[:2]] == ["b", "a"]
    assert [hit.passage.source_id for hit in linking.articles[:2]] == ["b", "a"]
    told, before = linking.parts[0].signals, {part.slug: part.signals for part in plain.parts}["b"]
    assert (told["late"], told["missed"]) == pytest.approx((before["late"], before["missed"]))
    assert told["part_lead"] < 0 < linking.parts[1].signals["part_lead"]
    assert linking.parts[0].score > told["part_score"]


def test_links_in_answers_to_other_questions_move_nothing(tmp_path, ask):
    window = read(ask("c: server"))
    parts = retrieve(window, _desk(tmp_path, 3)).parts
    assert parts[0].score - parts[1].score < 0.1
