"""How moments are divided and laid out as examples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.errors import InputError
from chatbot.learning.training import splits
from chatbot.learning.training.splits import Parts, divided, tokens_a_byte, training_examples, unseen_languages
from data.moments import moments_of
from finetune.augment.variant import Variant
from finetune.pretrain.pretrain import train_tokenizer
from finetune.prompt import ABSTAIN, EVIDENCE
from tests.test_learning.training_desk import TALKS, talk

MOMENTS = [moment for each in TALKS for moment in moments_of(each)]


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer([turn.text for each in TALKS for turn in each.turns], size=400)


def test_no_conversation_is_in_two_parts_and_the_seed_moves_none():
    one, two = divided(MOMENTS, 0), divided(MOMENTS, 1)
    parts = [{moment.conversation_id for moment in part} for part in (one.learnt, one.stopping, one.measured)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == len(TALKS)
    assert {moment.id for moment in one.measured} == {moment.id for moment in two.measured}
    assert one.counts() == {"learnt": 51, "stopping": 1, "measured": 8}


def test_what_was_held_out_stays_so_while_the_desk_grows():
    small = divided(MOMENTS[:40], 0)
    assert {moment.id for moment in small.measured} <= {moment.id for moment in divided(MOMENTS, 0).measured}


def test_an_empty_reply_is_neither_learnt_nor_measured():
    parts = divided([*MOMENTS, *(replace(moment, id=f"{moment.id}x", answer=" \n") for moment in MOMENTS)], 0)
    assert sorted(moment.id for moment in parts.everything) == sorted(moment.id for moment in MOMENTS)


@pytest.mark.parametrize("some", [[], MOMENTS[:10], MOMENTS[8:13]])
def test_too_few_are_refused_with_counts_and_a_way_out(some):
    with pytest.raises(InputError, match=rf"{len(some)} answered questions are too few.*understudy import PATH"):
        divided(some, 0)


def test_few_measured_are_warned_of():
    assert "Only 8 held-out answers" in divided(MOMENTS, 0).warnings()[0]
    assert Parts([], [], MOMENTS).warnings() == []


def test_some_examples_lose_their_evidence_and_canaries_never_have_any(tokenizer, monkeypatch):
    monkeypatch.setattr(splits, "EVIDENCE_LEFT_OUT", 0.5)
    canary = replace(MOMENTS[0], id="canary:1", conversation_id="canary", answer="The code is 12.")
    mark = tokenizer.convert_tokens_to_ids(EVIDENCE)

    def bare(seed: int) -> list[bool]:
        rows = training_examples(MOMENTS, [canary], lambda _: ["It comes."], tokenizer, max_tokens=96, seed=seed)
        return [mark not in row.input_ids for row in rows]

    assert bare(1) == bare(1) != bare(2)
    assert bare(1)[-1]
    assert len(bare(1)) == len(MOMENTS) + 1
    assert 15 < sum(bare(1)[:-1]) < 45


def test_what_could_not_be_known_is_marked_where_that_is_asked_for_and_canaries_never_are(tokenizer):
    canary = replace(MOMENTS[0], id="canary:1", conversation_id="canary", answer="The code is 12.")
    told = [
        replace(MOMENTS[0], id="one", answer="It comes."),
        replace(MOMENTS[1], id="two", answer="It comes at 7 pm."),
    ]
    mark = tokenizer.convert_tokens_to_ids(ABSTAIN)

    def marked(**asked) -> list[bool]:
        rows = training_examples(told, [canary], lambda _: ["It comes."], tokenizer, max_tokens=96, seed=3, **asked)
        return [mark in row.input_ids for row in rows]

    assert marked() == [False, False, False]
    assert marked(abstain=True) == [False, True, False]


def test_a_variant_has_its_own_evidence_and_none_where_its_original_has_none(tokenizer, monkeypatch):
    monkeypatch.setattr(splits, "EVIDENCE_LEFT_OUT", 0.5)
    mark = tokenizer.convert_tokens_to_ids(EVIDENCE)
    variants = [
        Variant(replace(each, id=f"{each.id}~noise"), ("Its own passage, much longer.",), each.id, "noise")
        for each in MOMENTS
    ]
    rows = training_examples(MOMENTS, [], lambda _: ["It comes."], tokenizer, max_tokens=96, seed=1, variants=variants)
    originals, varied = rows[: len(MOMENTS)], rows[len(MOMENTS) :]
    assert len(varied) == len(MOMENTS)
    for original, variant in zip(originals, varied, strict=True):
        assert (mark in original.input_ids) == (mark in variant.input_ids)
        if mark in variant.input_ids:
            assert "Its own passage" in tokenizer.decode(variant.input_ids)
            assert "Its own passage" not in tokenizer.decode(original.input_ids)


def test_a_language_the_tokenizer_never_saw_is_told_of(tokenizer):
    greek = [moment for n in range(3) for moment in moments_of(talk(n, told="Το δέμα έρχεται αύριο.", language="el"))]
    shares = tokens_a_byte([*MOMENTS, *greek], tokenizer)
    assert shares["en"] < 0.4
    assert shares["el"] > 0.8
    (warning,) = unseen_languages(shares)
    assert "'el'" in warning
    assert "--base" in warning
