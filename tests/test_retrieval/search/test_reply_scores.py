"""Scoring replies against what the desk answered to such questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retrieval.adapter.adapter import DeskAdapter, Tower
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import PassageKind
from retrieval.search.reply_scores import (
    TUNED,
    UNTUNED,
    ReplyWeights,
    chosen,
    parts,
    score_candidates,
    score_vectors,
    summed,
)
from retrieval.search.retriever import Retriever

MOMENTS = Filters(kinds=frozenset([PassageKind.MOMENT]))
REPLIES = ["We refund it today.", "Nice weather outside", " ", "Please send a photo."]


@pytest.fixture
def retriever(encoder, passages, folders):
    build_index(passages, encoder, *folders)
    return Retriever(PassageIndex.open(folders[0], encoder), encoder)


@pytest.fixture
def tuned(retriever, encoder):
    """With an adapter that has learnt nothing."""
    same = Tower(np.eye(encoder.dimension, dtype=np.float32), np.zeros((1, encoder.dimension), dtype=np.float32))
    adapter = DeskAdapter(encoder.fingerprint, np.empty(0, np.uint64), np.empty(0, np.float32), same, same)
    return Retriever(retriever.live, encoder, adapter)


def found(retriever, question, replies):
    vectors = retriever.encoder.encode([question, *replies])
    hits = retriever.search_each([question], vectors[:1], 20, [MOMENTS])[0]
    return parts(retriever, question, vectors[0], replies, vectors[1:], hits)


def test_replies_like_past_answers_score_higher(retriever):
    scores = score_candidates(retriever, "refund for my lamp", REPLIES)
    assert len(scores) == 4
    assert max(scores) == scores[0]
    assert score_candidates(retriever, "anything", []) == []


def test_scores_keep_the_order_of_the_replies_and_blank_is_last(retriever):
    scores = score_candidates(retriever, "refund for my lamp", REPLIES)
    backwards = score_candidates(retriever, "refund for my lamp", REPLIES[::-1])
    assert backwards == pytest.approx(scores[::-1], abs=1e-5)
    assert scores[2] < min(scores[0], scores[1], scores[3]) - 0.5
    assert len(set(score_candidates(retriever, "refund", ["", " \n"]))) == 1


def test_a_blank_question_is_answered_by_nothing_in_particular(retriever):
    assert np.isfinite(score_candidates(retriever, " ", REPLIES)).all()


def test_given_hits_are_asked_and_articles_among_them_are_not(retriever):
    hits = retriever.search("refund for a broken lamp", 2)
    from_index = score_candidates(retriever, "lamp", REPLIES, hits)
    encoded_anew = score_candidates(retriever, "lamp", REPLIES, [replace(hit, place=None) for hit in hits])
    assert from_index == pytest.approx(encoded_anew, abs=1e-3)
    article = retriever.search("shipping", 1, Filters(kinds=frozenset([PassageKind.ARTICLE])))
    assert score_candidates(retriever, "lamp", ["x"], article) == score_candidates(retriever, "lamp", ["x"], [])


def test_without_moments_what_is_left_is_likeness_and_words(encoder, passages, folders):
    build_index(passages[4:], encoder, *folders)
    retriever = Retriever(PassageIndex.open(folders[0], encoder), encoder)
    each = found(retriever, "a parcel", ["a parcel", "lamp"])
    assert each["neighbours"].tolist() == each["crowding"].tolist() == [0, 0]
    assert each["cosine"].tolist() == pytest.approx(retriever.cosine(["a parcel"], ["a parcel", "lamp"])[0].tolist())
    scores = score_candidates(retriever, "a parcel", ["a parcel", "lamp"])
    assert scores[0] > scores[1]


def test_crowding_is_nearness_to_past_questions(retriever):
    near, far = found(retriever, "lamp", ["parcel broken", "unrelated words entirely"])["crowding"]
    assert near > far


def test_words_in_common_count_however_long_the_reply(retriever):
    each = found(retriever, "refund", ["We refund.", "We refund " + "at once " * 20, "We do."])["words"]
    assert each[0] > each[1] > each[2] == 0


def test_an_adapter_adds_its_parts_and_other_weights(retriever, tuned):
    assert (chosen(retriever), chosen(tuned)) == (UNTUNED, TUNED)
    plain, more = found(retriever, "refund", REPLIES), found(tuned, "refund", REPLIES)
    assert set(more) - set(plain) == {"tuned", "tuned_neighbours"}
    np.testing.assert_allclose(more["tuned"], plain["cosine"], atol=1e-5)


def test_the_score_is_the_weighted_sum(retriever):
    vectors = retriever.encoder.encode(["refund", *REPLIES])
    weights = ReplyWeights(cosine=2, neighbours=0.5, crowding=-1, words=0.1)
    each = found(retriever, "refund", REPLIES)
    expected = 2 * each["cosine"] + 0.5 * each["neighbours"] - each["crowding"] + 0.1 * each["words"]
    scores = score_vectors(retriever, "refund", vectors[0], REPLIES, vectors[1:], weights=weights)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    np.testing.assert_allclose(summed(each, weights), expected, atol=1e-5)


def test_a_deleted_answer_no_longer_judges(retriever):
    before = score_candidates(retriever, "refund for a broken lamp", ["We refund it today."])
    none = np.empty((0, retriever.encoder.dimension), dtype=np.float32)
    retriever.live.apply([], none, none, removed=[(PassageKind.MOMENT, "c")], change=1)
    assert score_candidates(retriever, "refund for a broken lamp", ["We refund it today."]) < before


def test_the_words_of_the_neighbours_answers_are_likelier_than_others(retriever):
    said = retriever.search("refund for a broken lamp", 1, MOMENTS)[0].passage.answer
    each = found(retriever, "refund for a broken lamp", [said, "unheard words entirely", " "])
    assert each["wording"][0] > 0 >= each["wording"][1]
    assert each["wording"][2] == each["length"][2] == 0
    assert each["length"][1] == pytest.approx(np.log(4))


def test_without_neighbours_no_wording_is_likelier(retriever):
    vectors = retriever.encoder.encode(["lamp", "refund"])
    assert parts(retriever, "lamp", vectors[0], ["refund"], vectors[1:], [])["wording"].tolist() == [0.0]
