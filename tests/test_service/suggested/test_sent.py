"""What counts as a suggestion that was used."""

from __future__ import annotations

import pytest

from chatbot.service.suggested.sent import compared

FIRST, SECOND = "You can return it within 30 days.", "We do not deliver to Norway."
SUGGESTED = [{"id": "1", "text": FIRST}, {"id": "2", "text": SECOND}]


@pytest.mark.parametrize(
    ("sent", "inserted", "outcome", "used"),
    [
        (FIRST, "", "as_is", "1"),
        ("you can return it\nwithin 30  days.", "", "as_is", "1"),
        (f"Hello! {FIRST}", "", "edited", "1"),
        (
            f"Dear Ms Doe, thank you for writing to us. {FIRST} Please keep the receipt, and write again.",
            "1",
            "edited",
            "1",
        ),
        (
            f"Dear Ms Doe, thank you for writing to us. {FIRST} Please keep the receipt, and write again.",
            "",
            "unused",
            None,
        ),
        ("Could you send us a photo of the damage?", "1", "unused", None),
        (SECOND, "1", "as_is", "2"),
    ],
)
def test_used_as_it_was_edited_or_not(sent, inserted, outcome, used):
    found = compared(SUGGESTED, sent, inserted)
    assert (found.outcome, found.used) == (outcome, used)


def test_without_suggestions_nothing_was_used():
    assert compared([], "anything").outcome == "unused"
