from __future__ import annotations

import pytest

from chatbot.dialogue.text.gibberish import is_gibberish, surprise


@pytest.mark.parametrize(
    "text", ["asdkjh qwe zzzx", "sdkfjh", "dfgdfg", "hjkhjk", "qwertyuiop", "lkjhgfdsa!!", "blablablabla"]
)
def test_keys_hit_at_random(text):
    assert is_gibberish(text)


@pytest.mark.parametrize(
    "text",
    [
        "heron", "aeropress", "couscous", "refnd", "hlep", "trckng", "dhl gls", "XKCDQ", "E107", "asdkjh kettle",
        "przykro", "szczęście", "objednávka", "köszönöm", "sipariş", "beställning", "knirps", "", "??", "你好",
        "спасибо",
    ],
)  # fmt: skip
def test_words_names_codes_and_other_languages_are_none(text):
    assert not is_gibberish(text)


def test_letters_that_follow_each_other_in_words_surprise_less():
    assert surprise("stationery") < 3 < surprise("xkqjzv")
