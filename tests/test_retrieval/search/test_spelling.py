from __future__ import annotations

import re

import pytest

from retrieval.search.spelling import respelt, vocabulary

KNOWN = vocabulary(
    ["The Wren hand grinder and the French press", "The Heron kettle, a paper filter", "Delivery, returns: return"]
)


def _cut(text):
    """The places of pieces, each word in two, as an encoder cuts what it does not know."""
    return [place for word in re.finditer(r"\w+", text) for place in _halves(word.start(), word.end())]


def _halves(start, end):
    middle = (start + end) // 2
    return [(start, middle), (middle, end)]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("clicks on wern for frnch press", "clicks on wren for french press"),
        ("my hereon", "my heron"),
        ("retrun the kettel", "return the kettle"),
        ("delivry?", "delivery?"),
    ],
)
def test_slips_are_mended_into_words_of_the_articles(asked, meant):
    assert respelt(asked, _cut(asked), KNOWN) == meant


@pytest.mark.parametrize("asked", ["what's Wren's", "w-r-e-n", "wern1", "the", "zzzzzzz", "", "Otter's kettel's"])
def test_names_with_endings_codes_and_strangers_stay(asked):
    assert respelt(asked, _cut(asked), KNOWN) == asked


def test_a_word_that_the_encoder_knows_is_a_word():
    text = "a finer heroin"
    assert respelt(text, [(match.start(), match.end()) for match in re.finditer(r"\w+", text)], KNOWN) == text


def test_a_short_word_is_mended_only_where_letters_changed_places():
    assert respelt("wran", _cut("wran"), KNOWN) == "wran"
    assert respelt("wern", _cut("wern"), KNOWN) == "wren"


def test_of_two_as_near_the_more_frequent_is_meant():
    known = vocabulary(["returns return return"])
    assert respelt("retunr", _cut("retunr"), known) == "return"


def test_a_number_and_its_unit_stand_apart_where_the_articles_write_them_so():
    known = vocabulary(["1 kg of beans, 1.7 l, 2 weeks"])
    asked = "the 1KG bag, 1.7l, 3weeks, 2nd, E1, 5l-x 0x1kg"
    assert respelt(asked, [], known) == "the 1 KG bag, 1.7 l, 3 weeks, 2nd, E1, 5 l-x 0x1kg"
    assert respelt("1kg", [], vocabulary(["a bag of 1kg"])) == "1kg"
