from __future__ import annotations

import pytest

from chatbot.dialogue.text.facts import claims, grounds
from chatbot.dialogue.text.numerals import readings


def _found(text):
    return {(fact.kind, frozenset(fact.values), fact.unit) for fact in claims(text)}


def _one(kind, *values, unit=None):
    return (kind, frozenset(values), unit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000", {"1000"}),
        ("1,000", {"1000", "1"}),
        ("1.000", {"1000", "1"}),
        ("1.000,50", {"1000.5"}),
        ("1,000.50", {"1000.5"}),
        ("1,000,000", {"1000000"}),
        ("1'000", {"1000"}),
        ("1\u202f000", {"1000"}),
        ("3.5", {"3.5"}),
        ("3,50", {"3.5"}),
        ("0.125", {"0.125"}),
        ("0123", {"0123"}),
        ("1.2.3", {"1.2.3"}),
    ],
)
def test_numerals(text, expected):
    assert readings(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within 30 days", {_one("quantity", "30", unit="day")}),
        ("within thirty days", {_one("quantity", "30", unit="day")}),
        ("a 14-day trial", {_one("quantity", "14", unit="day")}),
        ("5 business days", {_one("quantity", "5", unit="day")}),
        ("3 to 5 days", {_one("quantity", "3", unit="day"), _one("quantity", "5", unit="day")}),
        ("zwei bis drei Wochen", {_one("quantity", "2", unit="week"), _one("quantity", "3", unit="week")}),
        ("30天内", {_one("quantity", "30", unit="day")}),
        ("it costs $1,000.50", {_one("quantity", "1000.5", unit="USD")}),
        ("12,50 € extra", {_one("quantity", "12.5", unit="EUR")}),
        ("EUR 30", {_one("quantity", "30", unit="EUR")}),
        ("20 dollars", {_one("quantity", "20", unit="USD")}),
        ("10% off", {_one("quantity", "10", unit="%")}),
        ("one of our colleagues", set()),
        ("an hour", {_one("quantity", "1", unit="hour")}),
        ("the 2nd one", {_one("quantity", "2")}),
        ("order AB-1234 and TB115", {_one("code", "ab-1234"), _one("code", "tb115")}),
        ("on 2024-03-05", {_one("date", "2024-3-5")}),
        ("on March 5, 2024", {_one("date", "2024-3-5")}),
        ("5th of March", {_one("date", "-3-5")}),
        ("am 5. März 2024", {_one("date", "2024-3-5")}),
        ("05.03.24", {_one("date", "2024-3-5", "2024-5-3")}),
        ("3/4", {_one("date", "-3-4", "-4-3")}),
        ("2024年3月5日", {_one("date", "2024-3-5")}),
        ("at 2:30 pm or 14:30", {_one("time", "14:30")}),
        ("from 9am", {_one("time", "9:00")}),
        ("see https://Shop.example/Returns/.", {_one("link", "shop.example/Returns")}),
        ("[help](https://shop.example/a_(b)), ok?", {_one("link", "shop.example/a_(b)")}),
        ("www.shop.example!", {_one("link", "shop.example")}),
        ("mail Help@Shop.example.", {_one("email", "help@shop.example")}),
        ("[EMAIL_1] and <redacted>", set()),
        ("1. Open it\n2) Close it", set()),
        ("", set()),
        ("\U0001f600\U0001f600", set()),
    ],
)
def test_claims(text, expected):
    assert _found(text) == expected


def test_list_numbers_claim_nothing_but_can_vouch():
    assert claims("1. Open it") == ()
    assert [fact.values for fact in grounds("1. Open it")] == [frozenset({"1"})]


def test_long_and_odd_texts_are_read_in_time():
    for text in (
        "1" * 20_000,
        "1." * 10_000,
        "a1-" * 10_000,
        "x@" * 10_000,
        "https://" + "(" * 10_000,
        "1 day " * 3000,
    ):
        claims(text)
