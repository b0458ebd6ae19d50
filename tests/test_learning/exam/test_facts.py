"""What counts as stated in an answer, and which expressions are refused."""

from __future__ import annotations

import time

import pytest

from chatbot.learning.exam.facts import FactError, fact, plain


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("30 days", "You have **30 DAYS** from delivery."),
        ("30 days", "30days"),
        ("30days", "Within 30\n days"),
        ("30 days", "\uff13\uff10\u00a0days"),
        ("refund", "It was Refunded."),
        ("don't", "Please don\u2019t."),
        ("3-5", "3\u20135 working days"),
        ("\u00a37.50", "\u00a3 7.50 by post"),
        ("1000", "1,000 beans"),
        ("1,000,000", "1000000 beans"),
        ("1000", "1'000 beans"),
        ("\u9000\u6b3e", "\u60a8\u53ef\u4ee5\u9000\u6b3e\u3002"),
        ("re:\\b(two|2) years?\\b", "It is Two years."),
        ("re:stra\u00dfe", "In der STRASSE"),
    ],
)
def test_found(written, said):
    assert fact(written).found_in(plain(said))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("30 days", "130 days"),
        ("30", "30,000"),
        ("5", "7.5"),
        ("\u00a37", "\u00a37.50"),
        ("available", "It is unavailable."),
        ("30 days", "30 working days"),
        ("a.b", "axb"),
        ("re:\\bno\\b", "Note this."),
    ],
)
def test_not_found(written, said):
    assert not fact(written).found_in(plain(said))


def test_a_sentence_may_end_in_a_number():
    assert fact("30").found_in(plain("It is 30. Then go on."))
    assert fact("30").found_in(plain("For 30, please."))


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "**",
        "x" * 301,
        "re:",
        "re:(",
        "re:((a{1000}){1000}){1000}",
        "re:a{,99999}",
        "re:a{5000}",
        "re:a{2,}{9999}",
    ],
)
def test_what_cannot_be_looked_for_is_refused_at_once(written):
    began = time.monotonic()
    with pytest.raises(FactError):
        fact(written)
    assert time.monotonic() - began < 5


def test_an_expression_that_takes_too_long_is_told():
    slow = fact("re:^(x|xx)+$")
    assert slow.found_in("xxx")
    with pytest.raises(FactError, match="took more than"):
        slow.found_in("x" * 5000 + "!")
