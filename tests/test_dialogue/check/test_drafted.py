"""Facts of a person's draft that the evidence says otherwise; what it does not speak of is none."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.drafted import doubts
from chatbot.dialogue.check.evidence import Sources

ARTICLE = (
    "You can return the Lumivane kettle within 14 days. Repairs cost €25. Write to help@shop.example "
    "or see https://shop.example/returns before 3 May."
)
EVIDENCE = (ARTICLE,)


@pytest.mark.parametrize(
    ("draft", "kind", "marked", "stated"),
    [
        ("You have 40 days.", "quantity", "40 days", "14 days"),
        ("It costs €30 then.", "quantity", "€30", "€25"),
        ("Until 5 May at noon", "date", "5 May", "3 May"),
        ("Write to hello@shop.example please", "email", "hello@shop.example", "help@shop.example"),
        ("the Lumivine kettle", "name", "Lumivine", "Lumivane"),
    ],
)
def test_what_is_said_otherwise_is_found_in_its_place(draft, kind, marked, stated):
    (found,) = doubts(draft, Sources(EVIDENCE, "mine is the AB-1204"))
    assert (found.kind, draft[found.start : found.end]) == (kind, marked)
    assert stated in found.stated


@pytest.mark.parametrize(
    "draft",
    [
        "You have 14 days for the Lumivane.",
        "I have sent 2 parcels, Maria.",  # of parcels and of Maria the evidence says nothing
        "Yours is the AB-1204.",  # the customer said so
        "Give us 3 weeks.",  # another unit is another fact
        "",
    ],
)
def test_what_is_known_or_not_spoken_of_is_none(draft):
    assert doubts(draft, Sources(EVIDENCE, "mine is the AB-1204")) == []


def test_the_same_wrong_fact_is_marked_wherever_it_stands():
    draft = "40 days, I say 40 days"
    assert [(each.start, each.end) for each in doubts(draft, Sources(EVIDENCE))] == [(0, 7), (15, 22)]
