"""The lot: how many variants, by what, the same again, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finetune.augment.augmented import TECHNIQUES, Resources, augmented, named
from finetune.augment.hardened import hardened
from finetune.errors import TrainingError
from finetune.train.resolve import check
from finetune.training_settings import TrainSettings
from tests.test_finetune.augment.augment_desk import asked, small_wordnet

ANSWER = "You can send it back within thirty days, free of charge."
MOMENTS = [asked(n, f"Hello there, may I return gift number {100 + n} please", ANSWER) for n in range(40)]


def texts(moment) -> list[str]:
    return [f"evidence of {moment.id}"]


@pytest.fixture
def wordnet(tmp_path):
    return Resources(wordnet=small_wordnet(tmp_path / "wordnet"))


def test_none_are_made_where_none_are_asked_for():
    assert augmented(MOMENTS, texts, TrainSettings()).variants == []


def test_as_many_as_asked_for_by_all_techniques_evenly_and_the_same_again(wordnet):
    settings = TrainSettings(augment="noise, synonyms", augment_share=0.5)
    made = augmented(MOMENTS, texts, settings, wordnet)
    assert made.counts() == {"noise": 10, "synonyms": 10}
    assert made.notes == []
    assert made == augmented(MOMENTS, texts, settings, wordnet)
    assert made != augmented(MOMENTS, texts, replace(settings, seed=1), wordnet)
    for variant in made.variants:
        (original,) = (each for each in MOMENTS if each.id == variant.original)
        assert variant.evidence == (f"evidence of {original.id}",)
        assert variant.moment.id == f"{original.id}~{variant.technique}"
        assert variant.moment.context != original.context
        assert replace(variant.moment, id=original.id, context=original.context) == original
        assert str(100 + MOMENTS.index(original)) in variant.moment.context[0].text


def test_a_moment_gets_a_second_variant_only_when_all_have_one(wordnet):
    made = augmented(MOMENTS, texts, TrainSettings(augment="synonyms,noise", augment_share=1.0), wordnet)
    assert len({variant.original for variant in made.variants}) == len(MOMENTS)


def test_what_one_moment_draws_does_not_hang_on_the_others(wordnet):
    settings = TrainSettings(augment="noise", augment_share=1.0)
    few = {each.original: each for each in augmented(MOMENTS[:5], texts, settings).variants}
    many = {each.original: each for each in augmented(MOMENTS, texts, settings).variants}
    assert few == {name: many[name] for name in few}


def test_too_few_are_told():
    made = augmented(MOMENTS, texts, TrainSettings(augment="slots", augment_share=0.5))
    assert made.variants == []
    assert made.notes == ["Only 0 of 20 variants could be made by slots."]


def test_back_translations_that_fail_are_told():
    settings = TrainSettings(augment="back_translation", back_translate="false | cat", augment_share=1.0)
    assert "40 questions were not back-translated" in augmented(MOMENTS, texts, settings).notes[0]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (TrainSettings(augment="noise,magic"), f"'magic': choose some of {', '.join(TECHNIQUES)}"),
        (TrainSettings(augment="noise", augment_share=1.5), "a share"),
        (TrainSettings(augment="back_translation"), "set both"),
        (TrainSettings(back_translate="cat | cat"), "set both"),
        (TrainSettings(augment="back_translation", back_translate="absent-program | cat"), "absent-program"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_the_work(settings, told):
    with pytest.raises(TrainingError, match=told):
        named(settings)
    with pytest.raises(TrainingError, match=told):
        check(replace(settings, tracker="none"))


def test_synonyms_need_a_source(tmp_path):
    settings = TrainSettings(augment="synonyms")
    with pytest.raises(TrainingError, match="apt-get install wordnet-base"):
        augmented(MOMENTS, texts, settings, Resources(wordnet=tmp_path))
    near = Resources(wordnet=tmp_path, neighbours=lambda word: ["present"] if word == "gift" else [])
    assert len(augmented(MOMENTS, texts, settings, near).variants) == 20


@pytest.mark.parametrize("kind", ["noise", "synonyms"])
def test_held_out_questions_are_made_harder_in_place(kind, wordnet):
    harder = hardened(MOMENTS, kind, 0, wordnet)
    assert [each.id for each in harder] == [each.id for each in MOMENTS]
    assert [each.answer for each in harder] == [each.answer for each in MOMENTS]
    assert all(new.context != old.context for new, old in zip(harder, MOMENTS, strict=True))
    assert harder == hardened(MOMENTS, kind, 0, wordnet)
    assert (harder != hardened(MOMENTS, kind, 1, wordnet)) == (kind == "noise")  # one word has one synonym here


def test_what_cannot_be_made_harder_stays_and_an_unknown_kind_is_refused(wordnet):
    bare = asked(1, "4711?", "Yes.")
    assert hardened([bare], "synonyms", 0, wordnet) == [bare]
    with pytest.raises(TrainingError, match="noise or synonyms, not by 'typo'"):
        hardened(MOMENTS, "typo", 0)
