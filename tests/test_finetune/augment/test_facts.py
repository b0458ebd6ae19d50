"""What may be varied, and what never is."""

from __future__ import annotations

import pytest

from finetune.augment.facts import days_and_months, facts_in, free_words, names_in


def free(text: str, kept: tuple[str, ...] = ()) -> list[str]:
    return [text[start:end] for start, end in free_words(text, kept)]


def test_language_is_free_and_facts_are_not():
    text = (
        "Hello, my order A-1234 of [ORDER_1] from Oslo costs $12.50 since Monday, see https://x.org/a and mail a@b.org"
    )
    assert free(text) == ["Hello", "my", "order", "of", "from", "costs", "since", "see", "and", "mail"]
    assert {"a-1234", "[order_1]", "oslo", "$12.50", "monday", "https://x.org/a", "a@b.org"} <= facts_in(text)


@pytest.mark.parametrize(
    "fact",
    [
        "not",
        "don't",
        "never",
        "nicht",
        "two",
        "zwei",
        "march",
        "montag",
        "XL",
        "iPhone",
        "config.json",
        "#12",
        "10:30",
        "5°",
    ],
)
def test_what_turns_a_sentence_or_counts_stays(fact):
    assert fact not in free(f"please send it {fact} again")


def test_quoted_words_are_what_a_screen_says():
    assert free('it says "file cannot open" and `open sesame` here') == ["it", "says", "and", "here"]


def test_a_sentence_begins_with_a_capital_and_a_name_has_one_within():
    assert free("Where is it? Please tell Anna. I wait") == ["Where", "is", "it", "Please", "tell", "I", "wait"]


def test_kept_words_stay_however_they_are_written():
    assert free("Open in oslo", kept=("oslo",)) == ["Open", "in"]
    assert names_in("We open in Oslo on USB sticks") == {"we", "oslo", "usb"}


def test_a_script_without_spaces_has_no_free_words():
    assert free("我的包裹在哪里 parcel") == ["parcel"]


def test_days_and_months_are_known_by_language():
    days, months = days_and_months("de")
    assert "dienstag" in days
    assert "märz" in months
