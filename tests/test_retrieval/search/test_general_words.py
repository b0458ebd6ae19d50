"""The words that agents of any desk use: enough to answer with, none that tells of a case."""

from __future__ import annotations

import pytest

from data.masking.given_names import is_given_name
from retrieval.search.general_words import general_words


def test_there_are_a_few_thousand_words_as_the_check_reads_them():
    assert 7_000 < len(general_words()) < 15_000
    assert all(word == word.casefold() and word.isalpha() for word in general_words())


@pytest.mark.parametrize(
    "told",
    [
        "please open your order and check the address",
        "sorry about that, we can help you with the payment",
        "bitte warten sie einen moment",
        "vous pouvez nous appeler",
    ],
)
def test_what_agents_say_anywhere_is_general(told):
    words = set(told.replace(",", "").split())
    assert words <= general_words()


@pytest.mark.parametrize(
    "word",
    [
        "heater",
        "flowerpot",
        "hutch",
        "balcony",
        "attic",
        "neighbour",
        "wheelchair",
        "funeral",
        "debt",
        "overdraft",
        "waived",
        "tariff",
        "hamster",
        "heizung",
        "radiateur",
        "radiador",
        "termosifone",
        "verwarming",
        "aquecedor",
        "barnaby",
    ],
)
def test_what_tells_of_a_case_is_not(word):
    assert word not in general_words()


def test_an_english_word_that_agents_do_not_use_is_not_general_for_being_french_or_spanish():
    assert {"social", "police", "parents", "animal"}.isdisjoint(general_words())
    assert {"die", "war", "hat", "pour", "entre"} <= general_words()


def test_hardly_a_given_name_is_among_them():
    names = [word for word in general_words() if is_given_name(word.capitalize())]
    assert {"peter", "maria", "john", "david"}.isdisjoint(names)
    assert len(names) < len(general_words()) / 50
