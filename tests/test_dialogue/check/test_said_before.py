"""What was said is not said again, in whatever words; what was not said yet is not held back."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.said_before import check_new, check_not_repeated

RESET = (
    "E2 is the temperature sensor. Reset the kettle: take it off the base, hold the knob down for 10 seconds until the "
    'display shows "--", and let go.'
)
LATE = (
    "I am sorry about the wait. If the tracking has not moved for 5 working days, we open a search with Marrow Parcel. "
    "If it stays lost, you choose: we send everything again or refund you in full."
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You can  return it.", "Hello! you can return it. Bye"),
        (f"Sorry about that! {RESET}", RESET),
        ("Hold the knob down for 10 seconds until the display shows --, with the kettle off the base.", RESET),
        ("Take the kettle off its base and hold the knob down for 10 seconds until you see --. Then let go.", RESET),
        ("Please take the kettle off the base. Hold the knob for 10 seconds.", RESET),
        (" ".join(reversed(LATE.split(". "))) + ".", LATE),
        ("If tracking did not move for 5 working days we open a search with Marrow Parcel.", LATE),
        ("You choose: we refund you in full, or send everything again, if it stays lost. I hope that helps.", LATE),
        ("The standard delivery costs £3.95.", "Standard delivery is £3.95 and takes 2 to 4 working days."),
        ("Die Rückgabe ist 30 Tage lang möglich.", "Eine Rückgabe ist möglich, und zwar 30 Tage lang."),
        ("Vous pouvez retourner l'article pendant 30 jours.", "Vous pouvez retourner un article pendant 30 jours."),
    ],
)
def test_a_repeat_in_other_words(text, said):
    assert not check_new(text, ["Hello", said, "Is there anything else?"]).passed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You can return it.", "Hello"),
        ("If that does not help, the sensor has to be replaced: book a repair under Repairs, £25.", RESET),
        ("E3 means that the kettle is not seated: wipe the contact ring and the base dry.", RESET),
        ("Hold the knob down for 30 seconds, with the kettle off the base.", RESET),
        ("Express delivery costs £7.95.", "Standard delivery costs £3.95."),
        ("You cannot return it after 30 days.", "You can return it after 30 days."),
        ("The kettle is not covered by the warranty.", "The kettle is covered by the warranty."),
        (f"{LATE} Until then we can send you a kettle on loan, which you return with a label that we pay.", RESET),
        ("The parcel goes back to us after 7 days in the shop; ask the driver for the pickup point.", LATE),
        ("You're welcome!", "You are welcome, glad to help"),
    ],
)
def test_something_new(text, said):
    assert check_new(text, [said]).passed


def test_half_of_it_may_be_said_again_with_what_is_new():
    more = "If it comes back, the sensor itself is broken, and a new one costs £12 with the tool to put it in yourself."
    assert check_new(f"Hold the knob down for 10 seconds. {more}", [RESET]).passed


def test_a_part_of_what_was_said_may_answer_what_is_asked_next():
    said = ["Ireland - Time: 3 to 6 working days; Price: 7.50."]
    assert check_not_repeated("Ireland - Time: 3 to 6 working days.", said).passed
    assert not check_not_repeated("ireland - time: 3 to 6 working days; price: 7.50.", said).passed
