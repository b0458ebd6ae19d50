"""Which answers could have been known: by the checks that a written reply has to pass."""

from __future__ import annotations

import pytest

from chatbot.learning.training.lessons import is_knowable
from data.moments import Moment
from data.transcripts import Role, Turn

ASKED = (
    Turn(Role.CUSTOMER, "A table for 2 at 7 pm please"),
    Turn(Role.AGENT, "At Golden Wok?"),
    Turn(Role.CUSTOMER, "Yes, thank you"),
)
EVIDENCE = ["Your table is booked, the address is 5 Harbour Street.", "Could you tell me the date?"]


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ("Your table is booked.", True),
        ("Your table for 2 at Golden Wok is booked.", True),
        ("Your table is booked for 7 pm.", True),
        ("Your table is booked for 8 pm.", False),
        ("Your table is booked, ask for Maria Sanchez there.", False),
        ("Your table is booked, see https://wok.example/table", False),
        ("Unfortunately restaurants everywhere refuse bookings during national holidays nowadays.", False),
    ],
)
def test_an_answer_is_known_from_evidence_customer_and_what_we_said(answer, known):
    assert is_knowable(Moment("c:1", "c", 3, ASKED, answer), EVIDENCE) is known


def test_without_evidence_only_the_dialogue_vouches():
    assert not is_knowable(Moment("c:1", "c", 3, ASKED, "The address is 5 Harbour Street."), [])
