"""What the encoder learns of a desk: that held-out questions find more, and what is written can be read."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from retrieval.adapter.adapter import MANIFEST, WEIGHTS, AdapterError, DeskAdapter, weighed
from retrieval.adapter.pairs import Pairs, figures, rank_figures
from retrieval.adapter.towers import TuneSettings
from retrieval.adapter.tuning import TuneError, tune
from retrieval.vectors import hashes

THINGS = [f"{name}{number}" for number in range(6) for name in ("kettle", "lamp", "grinder", "scale", "filter", "mug")]
QUICK = TuneSettings(epochs=12, batch=64, learning_rate=0.02, seen_in=2)


def pairs(encoder, seed, count):
    """Questions and answers that share no word: only who has seen the desk knows that 'lamp3' asks for 'part-lamp3'."""
    draw = random.Random(seed)
    things = [draw.choice(THINGS) for _ in range(count)]
    questions = [f"my {thing} {draw.choice(['is', 'looks', 'seems'])} broken {draw.random()}" for thing in things]
    answers = [f"we send spare{thing[::-1]} {draw.choice(['today', 'tomorrow'])} {draw.random()}" for thing in things]
    return Pairs(questions, answers, encoder.encode(questions), encoder.encode(answers))


@pytest.fixture
def learnt(encoder):
    return tune(pairs(encoder, 1, 600), pairs(encoder, 2, 80), encoder.fingerprint, QUICK)


def test_questions_that_were_not_learnt_from_find_more(encoder, learnt):
    unseen = pairs(encoder, 3, 80)
    before, after = figures(unseen, None), figures(unseen, learnt.adapter)
    assert learnt.after["mrr"] > learnt.before["mrr"]
    assert after["mrr"] > 2 * before["mrr"]


def test_the_same_seed_gives_the_same_adapter(encoder, learnt):
    again = tune(pairs(encoder, 1, 600), pairs(encoder, 2, 80), encoder.fingerprint, QUICK)
    assert again.adapter.fingerprint == learnt.adapter.fingerprint


def test_held_out_figures_are_those_of_the_adapter(encoder, learnt):
    assert figures(pairs(encoder, 2, 80), learnt.adapter) == pytest.approx(learnt.after, abs=0.02)


def test_nothing_learnt_is_the_encoder_itself(encoder):
    idle = tune(pairs(encoder, 1, 4), pairs(encoder, 2, 4), encoder.fingerprint, TuneSettings(epochs=0))
    some = pairs(encoder, 3, 5)
    np.testing.assert_allclose(
        idle.adapter.questions(some.questions, some.question_vectors), some.question_vectors, atol=1e-6
    )
    assert idle.after == idle.before


def test_too_little(encoder):
    none = Pairs([], [], np.empty((0, 64), np.float32), np.empty((0, 64), np.float32))
    with pytest.raises(TuneError, match="too few"):
        tune(none, none, "words")


def test_what_is_saved_can_be_loaded(encoder, learnt, tmp_path):
    learnt.adapter.save(tmp_path, {"note": 1})
    read = DeskAdapter.load(tmp_path, encoder.fingerprint)
    some = pairs(encoder, 3, 5)
    np.testing.assert_allclose(
        read.answers(some.answers, some.answer_vectors),
        learnt.adapter.answers(some.answers, some.answer_vectors),
        atol=5e-3,
    )
    assert json.loads((tmp_path / MANIFEST).read_text())["note"] == 1


def test_damaged_missing_or_of_another_encoder(encoder, learnt, tmp_path):
    with pytest.raises(AdapterError, match="cannot be read"):
        DeskAdapter.load(tmp_path / "nowhere", encoder.fingerprint)
    learnt.adapter.save(tmp_path, {})
    with pytest.raises(AdapterError, match="another encoder"):
        DeskAdapter.load(tmp_path, "another")
    content = bytearray((tmp_path / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(AdapterError, match="damaged"):
        DeskAdapter.load(tmp_path, encoder.fingerprint)


@pytest.mark.parametrize("text", ["", "\U0001f600\U0001f600", "\ud800", "x " * 300_000])
def test_odd_texts(encoder, learnt, text):
    places, weights = weighed(text, learnt.adapter.known, learnt.adapter.rarity)
    assert len(places) == len(weights)
    seen = learnt.adapter.questions([text], encoder.encode(["any"]))
    assert np.isfinite(seen).all()


def test_words_weigh_by_rarity_and_count():
    known = np.sort(hashes(["rare", "common"]))
    rarity = np.where(known == hashes(["rare"])[0], np.float32(2), np.float32(1))
    places, weights = weighed("rare common common unknown", known, rarity)
    assert dict(zip(known[places].tolist(), weights.tolist(), strict=True)) == pytest.approx(
        {
            int(hashes(["rare"])[0]): 2 / np.hypot(2, 1 + np.log(2)),
            int(hashes(["common"])[0]): (1 + np.log(2)) / np.hypot(2, 1 + np.log(2)),
        }
    )


def test_rank_figures():
    assert rank_figures([1, 4, 20]) == pytest.approx({"hit@1": 1 / 3, "hit@10": 2 / 3, "mrr": (1 + 1 / 4 + 1 / 20) / 3})
    with pytest.raises(ValueError, match="no ranks"):
        rank_figures([])
