"""Synonyms, from WordNet's files and from neighbours."""

from __future__ import annotations

import random

import pytest

from finetune.augment.augmented import WORDNET
from finetune.augment.synonyms import WordNet, swapping
from tests.test_finetune.augment.augment_desk import asked, small_wordnet


@pytest.fixture
def wordnet(tmp_path):
    found = WordNet(small_wordnet(tmp_path / "wordnet"))
    yield found
    found.close()


def test_the_most_usual_sense_counts_and_only_words_seen_in_it(wordnet):
    assert wordnet("buy") == ["purchase"]  # not steal, which is the rarer sense, nor vend, which was never seen
    assert wordnet("gift") == ["present"]  # one word, not birthday_present
    assert wordnet("glum") == wordnet("unknown") == []


def test_words_are_swapped_with_their_capital(wordnet):
    swapped = swapping(lambda word: {"gift": ["present"]}.get(word, []), None)
    assert swapped("Gift cards?", asked(1, "", "Yes."), random.Random(0)) == "Present cards?"


def test_what_the_answer_says_is_not_swapped(wordnet):
    swapped = swapping(wordnet, None)
    question = "a gift for Anna"
    assert swapped(question, asked(1, question, "Your gift comes."), random.Random(0)) == question
    assert swapped(question, asked(1, question, "It comes."), random.Random(0)) == "a present for Anna"


def test_other_languages_ask_the_neighbours(wordnet):
    swapped = swapping(wordnet, {"paket": ["päckchen"]}.get)
    assert swapped("gift paket", asked(1, "", "Ja.", language="de"), random.Random(0)) == "gift päckchen"
    assert swapping(wordnet, None)("gift", asked(1, "", "Ja.", language="de"), random.Random(0)) == "gift"


def test_one_word_in_ten_is_swapped():
    swapped = swapping(lambda word: [f"{word}x"], None)
    text = "parcel " * 30
    assert swapped(text, asked(1, text, "Yes."), random.Random(0)).count("parcelx") == 3


@pytest.mark.skipif(not WORDNET.is_dir(), reason="needs wordnet-base: apt-get install wordnet-base")
def test_debians_wordnet_can_be_read():
    wordnet = WordNet(WORDNET)
    assert wordnet("want") == ["desire"]
    assert "rent" in wordnet("lease") or "lease" in wordnet("rent")
    wordnet.close()
