"""Typos, lost capitals and accents, dropped words."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from finetune.augment.facts import facts_in, words_in
from finetune.augment.noise import noisy
from tests.test_finetune.augment.augment_desk import asked

QUESTION = "Hello, where is the parcel 4711 that was sent to Oslo? It has not arrived, see https://x.org/track."


def test_every_text_gets_a_typo_and_keeps_its_facts():
    moment = asked(1, QUESTION, "It comes to Oslo.")
    made = {noisy(QUESTION, moment, random.Random(seed)) for seed in range(40)}
    assert QUESTION not in made
    assert len(made) > 30
    assert all(facts_in(QUESTION) <= words_in(text) for text in made)


def test_accents_and_capitals_get_lost_but_not_those_of_names():
    text = "Où est ma commande énorme et très chère de Besançon"
    moment = asked(1, text, "À Besançon.", language="fr")
    made = [noisy(text, moment, random.Random(seed)) for seed in range(60)]
    assert any("tres" in each for each in made)
    assert any(each.startswith(("où ", "ou ")) for each in made)
    assert all("Besançon" in each for each in made)


def test_a_name_that_the_answer_says_stays_though_it_is_written_small():
    moment = asked(1, "is bremen open", "Yes, Bremen is open.")
    assert all("bremen" in noisy("is bremen open", moment, random.Random(seed)) for seed in range(30))


def test_a_short_word_is_dropped_at_times():
    text = "can you tell me about the kettle"
    made = [noisy(text, asked(1, text, "No."), random.Random(seed)) for seed in range(30)]
    assert {len(each.split()) for each in made} == {6, 7}


def test_slips_hit_the_keys_of_the_language():
    from finetune.augment.noise import _near

    assert set(_near("z", "de")) == {"t", "u", "h"}
    assert set(_near("z", "en")) == {"x", "a"}
    assert _near("ß", "de") == ""


@given(st.text(), st.integers())
def test_any_text_can_be_typed_badly(text, seed):
    noisy(text, asked(1, text, "Yes."), random.Random(seed))
