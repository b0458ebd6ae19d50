from __future__ import annotations

import pytest

from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.promises import check_promise


@pytest.mark.parametrize(
    "text", ["You get 100 EUR.", "You get 50% off.", "See evil.example.", "It arrives tomorrow.", "Call 0900 123456."]
)
def test_the_customer_alone_makes_no_promise(text):
    assert not check_promise(text, Sources(("Write to us.",), text)).passed
    assert check_promise(text, Sources((text,))).passed


def test_an_order_number_may_be_repeated():
    assert check_promise("About your order 88123: write to us.", Sources(("Write to us.",), "order 88123")).passed
