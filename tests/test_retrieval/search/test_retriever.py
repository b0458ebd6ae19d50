"""Searching with filters: what is found, in which order, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.transcripts import Article
from retrieval.adapter.adapter import DeskAdapter, Tower
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind, passages_of_article
from retrieval.search.hits import Hit
from retrieval.search.retriever import Retriever, SearchWeights
from tests.test_retrieval.filters import only

MOMENT, ARTICLE = PassageKind.MOMENT, PassageKind.ARTICLE
MANY = 300
THINGS = ("parcel", "lamp", "kettle", "refund", "invoice", "broken", "late", "lost")


@pytest.fixture
def desk(encoder, folders):
    """Makes a retriever over passages."""

    def make(passages, **settings):
        build_index(passages, encoder, *folders)
        return Retriever(PassageIndex.open(folders[0], encoder), encoder, **settings)

    return make


@pytest.fixture
def retriever(desk, passages):
    return desk(passages)


def moment(number, question, answer=None, **more):
    return Passage(f"m{number}:1", MOMENT, question, answer or f"answer {number}", f"m{number}", **more)


def article(slug, text):
    return Passage(f"{slug}#0", ARTICLE, text, text, slug, slug)


def crowd(count=MANY):
    """Many moments about a few things, a day after each other, that nobody would call the same."""
    draw = np.random.default_rng(0)
    return [
        moment(
            number,
            " ".join(draw.choice(THINGS, 3)) + f" word{number}",
            created=str(np.datetime64("2024-01-01") + number),
        )
        for number in range(count)
    ]


def neutral(encoder):
    """An adapter that has learnt nothing: its space is the encoder's."""
    same = Tower(np.eye(encoder.dimension, dtype=np.float32), np.zeros((1, encoder.dimension), dtype=np.float32))
    return DeskAdapter(encoder.fingerprint, np.empty(0, np.uint64), np.empty(0, np.float32), same, same)


def change(retriever, added=(), **changes):
    encoder = retriever.encoder
    vectors = [encoder.encode([one.question for one in added]), encoder.encode([one.answer for one in added])]
    retriever.live.apply(added, *vectors, change=retriever.live.change + 1, **changes)


def ids(hits):
    return [hit.passage.id for hit in hits]


def test_the_nearest_comes_first(retriever):
    hits = retriever.search("where is my parcel please", 3)
    assert ids(hits)[0] == "a:1"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_why_adds_up_to_the_score(desk, passages, encoder):
    rated = [replace(passages[0], outcome=1.5), *passages[1:]]
    for hit in desk(rated, adapter=neutral(encoder)).search("where is my parcel please"):
        assert sum(hit.why.values()) == pytest.approx(hit.score, abs=1e-5)
        assert hit.why["meaning"] == pytest.approx(hit.similarity)
        assert "words" in hit.why or "parcel" not in hit.passage.question.lower()


def test_k_is_a_limit(retriever):
    assert len(retriever.search("parcel", 100)) == 6
    assert len(retriever.search("parcel", 2)) == 2
    assert retriever.search("parcel", 0) == []


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_question_finds_nothing(retriever, blank):
    assert retriever.search(blank) == []


def test_kinds(retriever):
    assert set(ids(retriever.search("parcel", filters=only(kinds=[ARTICLE])))) == {"shipping#0", "shipping#1"}
    assert len(retriever.search("parcel", filters=only(kinds=list(PassageKind)))) == 6
    assert retriever.search("parcel", filters=only(kinds=[])) == []


def test_languages(desk, passages):
    spoken = ("en", "en-GB", "de", None)
    languages = [replace(one, language=tag) for one, tag in zip(passages, spoken, strict=False)]
    assert set(ids(desk(languages).search("parcel", filters=only(languages=["en"])))) == {"a:1", "b:1", "d:1"}


def test_sources_can_be_left_out(retriever):
    assert "a:1" not in ids(retriever.search("where is my parcel", filters=only(exclude_sources={"a", "shipping"})))
    assert len(retriever.search("where is my parcel", filters=only(exclude_sources={"a", "shipping"}))) == 3


def test_before_leaves_the_future_out_and_since_the_past(retriever):
    assert set(ids(retriever.search("parcel", filters=only(before="2024-02-10")))) == {
        "a:1",
        "shipping#0",
        "shipping#1",
    }
    assert set(ids(retriever.search("parcel", filters=only(since="2024-04-10")))) == {"d:1", "shipping#0", "shipping#1"}
    with pytest.raises(ValueError, match="no date"):
        retriever.search("parcel", filters=only(since="yesterday"))


def test_a_moment_without_a_date_is_not_before_anything(desk, passages):
    assert (
        desk([replace(passages[0], created=None)]).search("where is my parcel", filters=only(before="2999-01-01")) == []
    )


def test_the_search_widens_until_enough_pass(desk, passages):
    future = [
        replace(passages[0], id=f"f{n}", source_id=f"f{n}", answer=f"answer {n}", created="2030") for n in range(900)
    ]
    retriever = desk([*(replace(one, created="2030-01-01") for one in future), *passages])
    vectors = retriever.encoder.encode(["where is my parcel"] * 2)
    filters = [only(kinds=[MOMENT], before="2024-04-01"), only(kinds=[MOMENT])]
    found = retriever.search_each(["where is my parcel"] * 2, vectors, 3, filters)
    assert set(ids(found[0])) == {"a:1", "b:1", "c:1"}
    assert len(found[1]) == 3


def test_a_retired_passage_is_only_found_when_asked_for(retriever):
    change(retriever, retired={"a:1"})
    assert "a:1" not in ids(retriever.search("where is my parcel", 100))
    assert ids(retriever.search("where is my parcel", 100, filters=only(retired=True))) == ["a:1"]
    change(retriever, removed=[(MOMENT, "a")])
    assert retriever.search("where is my parcel", filters=only(retired=True)) == []


def test_what_came_in_since_is_found(retriever):
    change(retriever, [moment(9, "does the grinder fit my voltage")])
    assert ids(retriever.search("grinder voltage", 1)) == ["m9:1"]
    assert len(retriever) == 7


def test_an_article_is_found_by_who_linked_it(desk):
    articles = [
        article("port-numbers", "SMTP settings"),
        article("trash", "mail trash"),
        article("fonts", "mail fonts"),
    ]
    asked = [moment(n, f"mail stuck in the outbox {n}", links=("port-numbers", "gone")) for n in range(3)]
    linked = desk([*articles, *asked]).search("my mail is stuck in the outbox", 3, filters=only(kinds=[ARTICLE]))
    assert ids(linked)[0] == "port-numbers#0"
    assert linked[0].why["votes"] > 0
    assert all(hit.why["votes"] < linked[0].why["votes"] for hit in linked[1:])


def test_a_new_article_that_fits_is_not_outvoted(desk):
    articles = [article("port-numbers", "SMTP settings"), article("outbox", "my mail is stuck in the outbox")]
    asked = [moment(n, f"mail is gone from some folder {n}", links=("port-numbers",)) for n in range(3)]
    hits = desk([*articles, *asked]).search("my mail is stuck in the outbox", 3, filters=only(kinds=[ARTICLE]))
    assert ids(hits)[0] == "outbox#0"


def test_without_links_the_same_article_comes_last(desk):
    articles = [
        article("port-numbers", "SMTP settings"),
        article("trash", "mail trash"),
        article("fonts", "mail fonts"),
    ]
    asked = [moment(n, f"mail stuck in the outbox {n}") for n in range(3)]
    hits = desk([*articles, *asked]).search("my mail is stuck in the outbox", 3, filters=only(kinds=[ARTICLE]))
    assert ids(hits)[-1] == "port-numbers#0"


def test_left_out_answers_do_not_vote(desk):
    linking = moment(1, "mail stuck in the outbox", links=("port-numbers",))
    retriever = desk([article("port-numbers", "SMTP settings"), linking])
    (hit,) = retriever.search("mail stuck in the outbox", filters=only(kinds=[ARTICLE], exclude_sources={"m1"}))
    assert "votes" not in hit.why


def test_a_chinese_question_finds_its_passage_by_words(desk):
    # For the encoder of these tests each Chinese sentence is one word that no other shares: only chance is near it.
    retriever = desk([*crowd(), moment("zh", "我的包裹在哪里")], weights=SearchWeights(words=1.0))
    hits = retriever.search("请问包裹现在在哪里", 50)
    assert ids(hits)[0] == "mzh:1"
    assert [hit.passage.id for hit in hits if "words" in hit.why] == ["mzh:1"]


@pytest.mark.parametrize(
    ("better", "worse"),
    [({"outcome": 1.0}, {"outcome": -1.0}), ({"count": 9}, {}), ({"created": "2025-01-01"}, {"created": "2021-01-01"})],
)
def test_of_equal_hits_the_better_answer_comes_first(retriever, better, worse):
    change(retriever, [moment(1, "is the filter reusable", **worse), moment(2, "is the filter reusable", **better)])
    first, second = retriever.search("is the filter reusable", 2)
    assert (first.passage.id, second.passage.id) == ("m2:1", "m1:1")
    assert first.similarity == pytest.approx(second.similarity)


def test_weights_are_the_callers(desk, passages):
    none = SearchWeights(words=0, votes=0, tuned=0, outcome=0, count=0, age=0)
    for hit in desk(passages, weights=none).search("parcel"):
        assert hit.score == pytest.approx(hit.similarity)


def test_many_at_once_find_what_each_finds_alone(desk):
    passages = [*crowd(), article("shipping", "a late parcel"), article("returns", "a broken lamp")]
    passages[3] = replace(passages[3], links=("shipping",))
    retriever = desk(passages)
    questions = ["parcel late", "lost invoice", " ", "parcel late", "broken lamp", "kettle word7", "refund"]
    filters = [
        Filters(),
        Filters(kinds=frozenset({ARTICLE})),
        Filters(),
        Filters(before="2024-01-20", exclude_sources=frozenset({"m3"})),
        Filters(before="2024-09-01", kinds=frozenset({MOMENT})),
        Filters(since="2024-01-05", exclude_sources=frozenset({"m7"})),
        Filters(kinds=frozenset()),
    ]
    vectors = retriever.encoder.encode(questions)
    together = retriever.search_each(questions, vectors, 150, filters)
    for row, question in enumerate(questions):
        (alone,) = retriever.search_each([question], vectors[[row]], 150, [filters[row]])
        assert ids(together[row]) == ids(alone)
        assert [hit.score for hit in together[row]] == pytest.approx([hit.score for hit in alone], abs=1e-5)
    assert len(together[0]) == 150
    assert together[2] == together[6] == []
    assert "m7:1" not in ids(together[5])


def test_many_questions_each_with_its_own_filters(retriever):
    questions = ["where is my parcel", " ", "refund for a broken lamp"]
    vectors = retriever.encoder.encode(questions)
    filters = [
        only(kinds=[MOMENT], exclude_sources={"a"}),
        only(kinds=[MOMENT]),
        only(kinds=[MOMENT], before="2024-03-11"),
    ]
    found = retriever.search_each(questions, vectors, 1, filters)
    assert [ids(hits) for hits in found] == [["b:1"], [], ["c:1"]]
    assert retriever.search_each([], vectors[:0], 3, []) == []


def test_an_adapter_adds_its_part(desk, passages, encoder):
    hits = desk(passages, adapter=neutral(encoder)).search("refund of my lamp today", filters=only(kinds=[MOMENT]))
    likeness = encoder.encode(["refund of my lamp today"]) @ encoder.encode([hit.passage.answer for hit in hits]).T
    expected = SearchWeights().tuned * likeness[0]
    assert [hit.why["tuned"] for hit in hits] == pytest.approx(expected.tolist(), abs=1e-3)
    assert "tuned" not in desk(passages).search("refund of my lamp today")[0].why


def test_an_adapter_judges_an_article_by_its_title_and_text(desk, passages, encoder):
    (hit,) = desk(passages, adapter=neutral(encoder)).search("a lost parcel", 1, filters=only(kinds=[ARTICLE]))
    assert hit.why["tuned"] == pytest.approx(SearchWeights().tuned * hit.similarity, abs=1e-3)


def test_only_what_is_returned_is_read(desk):
    retriever = desk(crowd())
    retriever.search("a late parcel", 5)
    assert retriever.live.view.snapshot.passages._read.cache_info().currsize == 5


def test_a_desk_without_passages(desk):
    retriever = desk([])
    assert retriever.search("anything") == []
    assert len(retriever) == 0


def test_answer_vectors_of_hits(retriever, encoder):
    hits = retriever.search("parcel", 3)
    expected = encoder.encode([hit.passage.answer for hit in hits])
    np.testing.assert_allclose(retriever.answer_vectors(hits), expected, atol=1e-3)
    np.testing.assert_allclose(retriever.answer_vectors([Hit(h.passage, 1, 1) for h in hits]), expected, atol=1e-3)


def test_cosine_of_all_pairs(retriever):
    found = retriever.cosine(["parcel", "lamp"], ["lamp", "parcel", "parcel lamp"])
    assert found.shape == (2, 3)
    assert found[0, 1] == pytest.approx(1)
    assert found[1, 0] == pytest.approx(1)


def test_an_article_is_found_by_a_question_that_a_lead_added(desk):
    others = [article(f"other{number}", f"do you {thing} quickly") for number, thing in enumerate(THINGS)]
    cloths = Article("cloths", "Cloths", "Unbleached muslin by the metre.")
    question, articles = "do you do nappies", Filters(kinds=frozenset([ARTICLE]))
    without = desk([*others, *passages_of_article(cloths)]).search(question, 3, articles)
    assert "cloths" not in {hit.passage.source_id for hit in without}
    added = replace(cloths, questions=("what is it woven of", question))
    retriever = desk([*others, *passages_of_article(added)])
    first, *rest = retriever.search(question, 20, articles)
    assert (first.passage.id, first.passage.answer) == ("cloths#0", "Unbleached muslin by the metre.")
    assert first.similarity == pytest.approx(1.0, abs=1e-5)
    assert first.why["added"] > 0.5
    assert all("added" not in hit.why for hit in rest)
    assert "cloths" not in {hit.passage.source_id for hit in rest}


def test_a_question_that_is_further_than_the_text_adds_nothing(desk):
    added = Article("cloths", "Cloths", "Unbleached muslin.", questions=("do you do nappies",))
    (hit,) = desk([moment(1, "where is it"), *passages_of_article(added)]).search(
        "Cloths unbleached muslin", 5, Filters(kinds=frozenset([ARTICLE]))
    )
    assert "added" not in hit.why


def test_a_question_leads_to_nothing_that_is_retired(desk):
    added = Article("cloths", "Cloths", "Unbleached muslin.", questions=("do you do nappies",))
    retriever = desk([moment(1, "where is it"), *passages_of_article(added)])
    nothing = np.empty((0, retriever.encoder.dimension), dtype=np.float32)
    retriever.live.apply([], nothing, nothing, retired=["cloths#0"], change=1)
    assert [hit.passage.id for hit in retriever.search("do you do nappies", 5)] == ["m1:1"]


def test_what_was_answered_before_in_the_same_conversation_is_found(desk):
    talk = [
        Passage("t:1", MOMENT, "a table please", "for how many", "t"),
        Passage("t:3", MOMENT, "a table please\nfour", "at what time", "t"),
        Passage("t:5", MOMENT, "a table please\nat six", "booked", "t"),
        Passage("other:3", MOMENT, "a lamp please", "which one", "other"),
    ]
    retriever = desk([*talk, article("parcels", "All about parcels")])
    hits = {hit.passage.id: hit for hit in retriever.search("a table please", k=10)}
    asked = ["t:5", "t:3", "t:1", "other:3", "parcels#0"]
    vectors, known = retriever.answers_before([hits[name] for name in asked])
    assert known.tolist() == [True, True, False, False, False]
    assert np.allclose(vectors[:2], retriever.encoder.encode(["at what time", "for how many"]), atol=1e-3)
    assert not vectors[2:].any()
    retriever.live.apply([], vectors[:0], vectors[:0], removed=[(MOMENT, "t")], change=1)
    assert not retriever.answers_before([hits["t:5"]])[1].any()  # what was deleted says nothing any more


def test_what_a_customer_had_said_last_is_encoded_once(desk, encoder, monkeypatch):
    asked = [f"where is my parcel number word{number}\nit is number{number}" for number in range(6)]
    retriever = desk([moment(number, question) for number, question in enumerate(asked)])
    hits = retriever.search("parcel number", 6)
    wanted = encoder.encode([hit.passage.question.rpartition("\n")[2] for hit in hits])
    encoder.encoded.clear()
    assert retriever.latest_vectors(hits) == pytest.approx(wanted)
    assert len(encoder.encoded) == 6
    assert retriever.latest_vectors(hits[::-1]) == pytest.approx(wanted[::-1])
    assert len(encoder.encoded) == 6
    monkeypatch.setattr("retrieval.search.retriever._LATEST_KEPT", 2)
    retriever = Retriever(retriever.live, encoder)
    for _ in range(2):
        assert retriever.latest_vectors(hits) == pytest.approx(wanted)
    assert len(encoder.encoded) == 6 + 6 + 4
