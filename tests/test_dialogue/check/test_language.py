from __future__ import annotations

import pytest

from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.language import check_language


@pytest.mark.parametrize(
    ("question", "reply", "passed"),
    [
        ("How long does it take until I get my money back?", "Wir erstatten innerhalb von fünf Werktagen.", False),
        ("Wie lange dauert es, bis ich mein Geld bekomme?", "We refund within 5 working days, as a rule.", False),
        ("我的退款什么时候可以到账？", "We refund within 5 working days, as a rule.", False),
        ("How long does it take until I get my money back?", "We refund within 5 working days, as a rule.", True),
        ("refund?", "Wir erstatten innerhalb von fünf Werktagen.", True),
        ("my espersso is bitter, Badger, help", "For espresso start at 5 on the Badger, please.", True),
    ],
)
def test_the_language_of_the_customer(question, reply, passed):
    assert check_language(reply, Sources((reply,), question, question)).passed is passed
