"""Slots: found, compared in all readings, and counted as right, wrong and missing."""

from __future__ import annotations

import pytest
from voice_slots import slotted, tally, without_slots

from chatbot.dialogue.text.facts import Fact


def _raw(text: str, products: tuple[str, ...] = ()) -> set[str]:
    return {slot.raw if isinstance(slot, Fact) else slot for slot in slotted(text, products).slots}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("There is a table for 2 at Villa Romano in Napa.", {"2", "Villa Romano", "Napa"}),
        ("It costs $315 and leaves at 5:30 pm on March 8th.", {"$315", "5:30 pm", "March 8th"}),
        ("You can see Dr. Morgan on Monday.", {"Dr. Morgan", "Monday"}),
        (
            "Write to help@shop.example or see https://shop.example/help.",
            {"help@shop.example", "https://shop.example/help."},
        ),
        ("It arrives at 7 pm. Can I book it?", {"7 pm."}),
        ("The 'Old Town Inn' is Romano's.", {"Old Town Inn", "Romano"}),
        ("Dr. [NAME_1] is in on Monday.", {"Monday"}),
        ('It says "ready to collect" then.', {"ready to collect"}),
        ("Is there anything else that I can do for you?", set()),
        ("Dr. [NAME_1] calls [PHONE_1] back.", set()),
    ],
)
def test_slots_of_a_text(text: str, found: set[str]) -> None:
    assert _raw(text) == found


def test_products_are_names_in_small_letters_too_and_only_where_they_are_given() -> None:
    assert _raw("A latte, then.", ("latte",)) == {"latte"}
    assert _raw("A latte, then.") == set()
    assert _raw("On the Wren's box", ("Wren",)) == {"Wren"}


def test_the_same_value_in_other_words_is_right() -> None:
    counted = tally("At Villa Romano, 5:00 PM, for 315 dollars.", "That is $315 at Villa Romano at 5 pm.", [])
    assert counted.row == (3, 0, 0, 0, 0)


def test_another_value_is_wrong_and_the_true_one_missing() -> None:
    counted = tally("A table for 2 at 5 pm.", "A table for 4 at 5 pm in Napa.", ["for 4 people please"])
    assert (counted.right, counted.wrong, counted.missing) == (1, 1, 2)
    assert (counted.right_known, counted.missing_known) == (0, 1), "only the 4 could be known"


def test_a_name_where_a_sentence_begins_is_neither_wrong_nor_missing() -> None:
    assert tally("I found Cabalen.", "Cabalen is nice.", []).row == (0, 0, 0, 0, 0)


def test_a_value_twice_is_one_slot_and_an_empty_reply_misses_all() -> None:
    assert tally("", "For 2, yes, 2, in Napa.", ["in napa"]).row == (0, 0, 2, 0, 1)


def test_without_slots_two_bookings_are_one() -> None:
    one = without_slots("Please confirm: a table for 2 at Villa Romano at 5 pm. Right?")
    assert one == without_slots("Please confirm: a table for 4 at Tamarind at 7:30 pm. Right?")
    assert one != without_slots("Please confirm: 2 tickets at Villa Romano at 5 pm. Right?")
