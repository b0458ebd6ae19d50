"""The inventory over a small desk and a fake encoder: what rests on what, what is said alike, what stands alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.service.corpus import inventory as module
from chatbot.service.corpus.inventory import inventory
from data.transcripts import Article
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind, passages_of_article
from retrieval.search.retriever import Retriever
from tests.test_dialogue.conftest import WordEncoder

RETURNS = "Send it back unused within thirty days.\n\nRefunds take five days.\n\nPart | Price\nLid | £8\nCord | £6"
ARTICLES = [
    Article("returns", "Returns", RETURNS, language="en", questions=("can I bring it back",)),
    Article("returns", "Retours", "Renvoyez tout neuf sous trente jours.", language="fr"),
    Article("hours", "Hours", "The shop opens at nine."),
]


def said(number, question, answer, **more):
    return Passage(f"m{number}:1", PassageKind.MOMENT, question, answer, f"m{number}", **more)


MOMENTS = [
    said(1, "until when", "Returns: send it back unused within thirty days."),
    said(2, "money", "Returns: refunds take five days."),
    said(3, "what is the lid", "Returns: Part: Lid; Price: £8"),
    said(4, "opening", "All of that stands on our page, have a look please", links=("hours",)),
    said(5, "do you ship to Japan", "Sorry, parcels never go overseas, Japan included", created="2026-01-01"),
    said(6, "Japan?", "Parcels never go overseas, sorry, Japan included", created="2026-01-02"),
    said(7, "thanks", "Gladly!"),
    said(8, "my kettle\nit hums", "Descaling twice with citric acid cures humming", created="2026-02-02"),
    said(9, "grind size", "Aeropress likes around fourteen clicks coarse", created="2026-01-03"),
]


@pytest.fixture
def desk(tmp_path):
    def make(passages):
        encoder = WordEncoder()
        build_index(passages, encoder, tmp_path / "index", tmp_path / "vectors")
        return Retriever(PassageIndex.open(tmp_path / "index", encoder), encoder)

    return make


@pytest.fixture
def bar(monkeypatch):
    """So few replies have no bar of their own."""
    monkeypatch.setattr(module, "desk_bar", lambda _: 0.8)


def ids(answer):
    return [passage.id for passage in answer.said]


@pytest.mark.usefixtures("bar")
def test_what_rests_on_sections_and_what_is_said_alike(desk):
    found = inventory(desk([*MOMENTS, *(passage for each in ARTICLES for passage in passages_of_article(each))]))
    english, hours, french = found.articles
    assert (english.slug, english.language, english.added) == ("returns", "en", ("can I bring it back",))
    assert [ids(section) for section in english.sections] == [["m1:1"], ["m2:1"], ["m3:1"]]
    assert english.sections[2].text.count("Price") == 2, "the rows of a table are one section"
    assert [ids(section) for section in hours.sections] == [["m4:1"]], "who links an article rests on it"
    assert (french.language, french.added, french.questions) == ("fr", (), 0)
    (group,) = found.groups
    assert (sorted(ids(group)), group.customers) == (["m5:1", "m6:1"], 2)
    assert group.text in {MOMENTS[4].answer, MOMENTS[5].answer}
    assert [passage.id for passage in found.lone] == ["m9:1", "m8:1"], "openings first, though older"
    assert found.figures == {
        "past_answers": 9,
        "on_articles": 4,
        "in_groups": 2,
        "on_nothing": 2,
        "courtesies": 1,
        "articles": 3,
        "sections": 5,
        "groups": 1,
    }


@pytest.mark.usefixtures("bar")
def test_what_is_retired_counts_for_nothing(desk):
    retriever = desk([*MOMENTS, *passages_of_article(ARTICLES[2])])
    nothing = retriever.encoder.encode([])
    retriever.live.apply([], nothing, nothing, retired=["m4:1", "m6:1"], change=1)
    found = inventory(retriever)
    assert found.figures["past_answers"] == 7
    assert not found.groups
    assert found.articles[0].questions == 0


@pytest.mark.usefixtures("bar")
def test_a_desk_without_articles_and_one_without_history(desk):
    found = inventory(desk(MOMENTS))
    assert not found.articles
    assert len(found.groups) == 1
    found = inventory(desk(passages_of_article(replace(ARTICLES[0], questions=()))))
    assert (found.figures["past_answers"], found.figures["sections"]) == (0, 3)
