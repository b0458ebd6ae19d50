"""Words that match: the scores of BM25, however the corpus is cut into parts."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index import bm25, postings
from retrieval.index.bm25 import K1, B, Lexical
from retrieval.index.postings import Postings
from retrieval.terms import READ_CHARACTERS, terms

TEXTS = [
    "Where is my parcel? The parcel left on Monday.",
    "Error 0x80070002 after the update to 115.3.1",
    "",
    "\U0001f600 \U0001f680",
    "我的手机坏了，请帮忙",
    "The lamp is broken. Where do I send it?",
    "lamp lamp lamp " * 100,
]
WORDS = st.sampled_from(["parcel", "lamp", "the", "115.3", "手机", "é", "is", "\U0001f600"])
CORPUS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=12)


def reference(query, texts):
    """BM25 as the book has it, one text after the other."""
    split = [Counter(terms(text)) for text in texts]
    mean = sum(sum(counts.values()) for counts in split) / max(len(texts), 1) or 1
    scores = []
    for counts in split:
        penalty = K1 * (1 - B + B * sum(counts.values()) / mean)
        score = 0.0
        for term in terms(query):
            holding = sum(term in other for other in split)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            frequency = min(counts[term], 255)
            score += idf * frequency * (K1 + 1) / (frequency + penalty)
        scores.append(score)
    return scores


def best(query, texts):
    scores = Lexical([Postings.build(texts)]).scores(query)
    return [int(place) for place in np.argsort(-scores, kind="stable") if scores[place] > 0]


@pytest.mark.parametrize(
    "piece", ["a", "é", "1.", "\u0301\u0316", "a\u0301\u0316", "手", "\ufdfa", "w ", "é.1", "\U0001f600"]
)
def test_a_megabyte_is_read_up_to_a_bound(piece):
    text = "é " + piece * (1_000_000 // len(piece))
    assert terms(text) == terms(text[:READ_CHARACTERS])
    scores = Lexical([Postings.build([text, "other"])]).scores(text)
    assert np.isfinite(scores).all()
    assert scores[0] > 0
    assert scores[1] == 0


def test_scores_are_those_of_the_book():
    found = Lexical([Postings.build(TEXTS)])
    for query in ["where is the parcel", "lamp lamp broken", "手机坏了", "115.3.1", "unknown words", ""]:
        scores = found.scores(query)
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, reference(query, TEXTS), rtol=1e-5, atol=1e-6)


@settings(deadline=None)
@given(CORPUS, CORPUS, CORPUS, st.lists(WORDS, max_size=6).map(" ".join))
def test_a_snapshot_and_what_came_in_score_as_one_corpus(snapshot, newer, newest, query):
    texts = [*snapshot, *newer, *newest]
    parts = [Postings.build(part) for part in (snapshot, newer, newest)]
    whole = Lexical([Postings.build(texts)])
    for cut in (parts, [parts[0], Postings.joined(parts[1:])], [Postings.joined(parts)]):
        found = Lexical(cut)
        assert len(found) == len(texts)
        np.testing.assert_array_equal(found.scores(query), whole.scores(query))
    np.testing.assert_allclose(whole.scores(query), reference(query, texts), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(whole.score_texts(query, texts), whole.scores(query), rtol=1e-5, atol=1e-6)


def test_building_in_blocks_changes_nothing(monkeypatch):
    whole = Postings.build(TEXTS * 3)
    monkeypatch.setattr(postings, "_BLOCK_TERMS", 9)
    monkeypatch.setattr(bm25, "_SLICE", 2)
    cut = Postings.build(iter(TEXTS * 3))
    for name in ("hashes", "offsets", "places", "frequencies", "lengths"):
        assert getattr(cut, name).dtype == getattr(whole, name).dtype
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name))
    scores = Lexical([cut]).scores("the broken lamp")
    np.testing.assert_allclose(scores, reference("the broken lamp", TEXTS * 3), rtol=1e-5, atol=1e-6)


def test_codes_versions_and_chinese_are_found():
    assert best("0x80070002?", TEXTS) == [1]
    assert best("What is 0x80070002?", TEXTS)[0] == 1
    assert best("Since 115.3.1 nothing works", TEXTS) == [1]
    assert best("手机坏", TEXTS) == [4]
    assert best("LAMP", TEXTS) == [6, 5]


def test_texts_that_are_not_in_the_corpus_are_scored_by_its_idf():
    found = Lexical([Postings.build(TEXTS)])
    rare, common = found.score_texts("parcel lamp", ["my parcel", "my lamp"])
    assert rare > common > 0
    assert found.score_texts("parcel", ["", "\ud800", "nothing of it"]).tolist() == [0, 0, 0]
    assert found.score_texts("parcel", []).shape == (0,)


def test_words_of_a_third_of_the_texts_do_not_count_in_a_large_corpus():
    texts = [f"the number{place}" if place % 2 else f"number{place}" for place in range(1002)]
    found = Lexical([Postings.build(texts)])
    assert not found.scores("the").any()
    assert not found.score_texts("the", ["the"]).any()
    assert np.flatnonzero(found.scores("the number7")).tolist() == [7]
    assert Lexical([Postings.build(texts[:999])]).scores("the").any()


@pytest.mark.parametrize("texts", [[], [""], ["\U0001f600", ""]])
def test_a_corpus_without_words(tmp_path, texts):
    Postings.build(texts).save(tmp_path, "none")
    found = Lexical([Postings.open(tmp_path, "none")])
    assert found.scores("any word").tolist() == [0] * len(texts)
    assert np.isfinite(found.score_texts("any word", ["any word", ""])).all()
    assert Lexical([]).scores("any word").shape == (0,)
