"""Searching with filters, and scoring replies against what the desk answered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retrieval.index import PassageIndex, build_index
from retrieval.passages import PassageKind
from retrieval.retriever import Hit, Retriever, ScoreWeights, blend


@pytest.fixture
def retriever(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    return Retriever(PassageIndex.open(folders[0], encoder), encoder)


def ids(hits):
    return [hit.passage.id for hit in hits]


def test_the_nearest_comes_first(retriever):
    hits = retriever.search("where is my parcel please", 3)
    assert ids(hits)[0] == "a:1"
    assert [hit.similarity for hit in hits] == sorted((hit.similarity for hit in hits), reverse=True)
    assert all(hit.score == hit.similarity for hit in hits)


def test_k_is_a_limit(retriever):
    assert len(retriever.search("parcel", 100)) == 6
    assert len(retriever.search("parcel", 2)) == 2
    assert retriever.search("parcel", 0) == []


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_question_finds_nothing(retriever, blank):
    assert retriever.search(blank) == []


def test_kinds(retriever):
    assert set(ids(retriever.search("parcel", kinds=[PassageKind.ARTICLE]))) == {"shipping#0", "shipping#1"}
    assert len(retriever.search("parcel", kinds=list(PassageKind))) == 6
    assert retriever.search("parcel", kinds=[]) == []


def test_sources_can_be_left_out(retriever):
    assert "a:1" not in ids(retriever.search("where is my parcel", exclude_sources={"a", "shipping"}))
    assert len(retriever.search("where is my parcel", exclude_sources={"a", "shipping"})) == 3


def test_before_leaves_the_future_out(retriever):
    assert set(ids(retriever.search("parcel", before="2024-02-10"))) == {"a:1", "shipping#0", "shipping#1"}


def test_a_moment_without_a_date_is_not_before_anything(encoder, passages, folders):
    build_index([replace(passages[0], created=None)], encoder, *folders)
    retriever = Retriever(PassageIndex.open(folders[0], encoder), encoder)
    assert retriever.search("where is my parcel", before="2999-01-01") == []


def test_the_fetch_widens_until_enough_pass(encoder, passages, folders):
    future = [
        replace(passages[0], id=f"f{n}", source_id=f"f{n}", answer=f"answer {n}", created="2030-01-01")
        for n in range(300)
    ]
    build_index([*future, *passages], encoder, *folders)
    retriever = Retriever(PassageIndex.open(folders[0], encoder), encoder)
    kinds = [PassageKind.MOMENT]
    assert ids(retriever.search("where is my parcel", 3, kinds=kinds, before="2024-04-01")) == ["a:1", "b:1", "c:1"]


def test_many_questions_each_with_its_own_filters(retriever):
    found = retriever.search_many(
        ["where is my parcel", " ", "refund for a broken lamp"],
        1,
        exclude_sources=[{"a"}, set(), set()],
        before=[None, None, "2024-03-11"],
    )
    assert [ids(hits) for hits in found] == [["b:1"], [], ["c:1"]]
    assert retriever.search_many([], 3) == []
    with pytest.raises(ValueError, match="one for each"):
        retriever.search_many(["a", "b"], before=["2024-01-01"])


def test_candidates_like_past_answers_score_higher(retriever):
    scores = retriever.score_candidates(
        "refund for my lamp", ["We refund it today.", "Nice weather outside", " ", "Please send a photo."]
    )
    assert len(scores) == 4
    assert max(scores) == scores[0]
    assert min(scores) == scores[2]
    assert retriever.score_candidates("anything", []) == []


def test_given_hits_are_asked_and_articles_among_them_are_not(retriever):
    hits = retriever.search("refund for a broken lamp", 2)
    from_index = retriever.score_candidates("lamp", ["We refund it today."], hits)
    encoded_anew = retriever.score_candidates("lamp", ["We refund it today."], [replace(h, place=None) for h in hits])
    assert from_index == pytest.approx(encoded_anew, abs=1e-3)
    article = retriever.search("shipping", 1, kinds=[PassageKind.ARTICLE])
    assert retriever.score_candidates("lamp", ["x"], article) == retriever.score_candidates("lamp", ["x"], [])


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


def test_crowding_is_nearness_to_past_questions(retriever, encoder):
    near, far = retriever.crowding(encoder.encode(["parcel broken", "unrelated words entirely"]))
    assert near > far


def test_scoring_without_moments_is_the_cosine(encoder, passages, folders):
    build_index(passages[4:], encoder, *folders)
    retriever = Retriever(PassageIndex.open(folders[0], encoder), encoder)
    scores = retriever.score_candidates("a parcel", ["a parcel", "lamp"])
    assert scores == pytest.approx(retriever.cosine(["a parcel"], ["a parcel", "lamp"])[0].tolist(), abs=1e-5)


def test_blend_by_hand():
    question, candidates = np.array([1, 0], np.float32), np.eye(2, dtype=np.float32)
    answers, crowding = np.eye(2, dtype=np.float32), np.array([0.0, 0.4], np.float32)
    even, uneven = np.array([0.5, 0.5], np.float32), np.array([0.0, 1.0], np.float32)
    weights = ScoreWeights(neighbour=2, sharpness=10, crowding=0.5)
    assert blend(question, candidates, answers, even, crowding, weights).tolist() == pytest.approx([2, 1 - 0.2])
    sharp = ScoreWeights(neighbour=1, sharpness=100, crowding=0)
    assert blend(question, candidates, answers, uneven, crowding, sharp).tolist() == pytest.approx([1, 1])
    assert blend(question, candidates, answers[:0], even[:0], crowding, sharp).tolist() == [1, 0]
