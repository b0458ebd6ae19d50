from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.dialogue.answer import failures
from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.suites import check_codes, check_excerpt, check_partial, check_refined
from chatbot.dialogue.text.sentences import sentences

EVIDENCE = (
    "You can return it within 30 days. Refunds take 3 to 5 business days and cost $4.50. "
    "Write to help@shop.example or see https://shop.example/returns (until March 5, 2026, 9 am to 5 pm)."
)


def _failed(text, evidence=EVIDENCE, customer=""):
    return failures(check_partial(text, Sources((evidence,), customer)))


@pytest.mark.parametrize(
    "text",
    [
        "You have 30 days to return it.",
        "You have thirty days to return it.",
        "It is a 30-day return.",
        "Refunds take 3-5 days.",
        "Refunds take three to five business days.",
        "The refund costs 4,50 $.",
        "The refund costs 4.50 dollars.",
        "Return until 5 March.",
        "Return until 2026-03-05.",
        "Return until 05/03/2026, 9:00 to 17:00.",
        "See shop.example/returns!",
        "See https://www.shop.example/returns/.",
        "Write to HELP@shop.example, please.",
        "1. Return it\n2. Refunds take 5 days",
    ],
)
def test_facts_of_the_evidence_pass(text):
    assert _failed(text) == []


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("You have 60 days to return it.", "numbers"),
        ("You have sixty days to return it.", "numbers"),
        ("You have 30 weeks to return it.", "numbers"),
        ("The refund costs 4.50 \u20ac.", "numbers"),
        ("The refund costs $4.05.", "numbers"),
        ("Return until March 6.", "numbers"),
        ("Return until March 5, 2025.", "numbers"),
        ("Return until 3 pm.", "numbers"),
        ("Use return code AB12.", "numbers"),
        ("See https://shop.example/refunds.", "links"),
        ("See https://shop.example/returns/now.", "links"),
        ("See shop.example.", "links"),
        ("Write to me@shop.example.", "links"),
    ],
)
def test_facts_from_nowhere_fail(text, failed):
    assert failed in _failed(text)


def test_the_customers_words_vouch_for_facts_but_not_for_more():
    text = "We see your order 88123 on the returns page."
    assert _failed(text) == ["numbers"]
    assert _failed(text, customer="my order is 88123") == []


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("Your parcel left us. Shall I send it again at 8 pm?", {"asked back"}),
        ("Your parcel left us. Shall I ask Marlowe?", {"asked back"}),
        ("Your parcel left us at 8 pm. Is that fine?", {"promise"}),
        ("We send it at 8 pm. Shall I ask Marlowe?", {"promise", "asked back"}),
        ("Shall I send it at 9 pm?", {"numbers", "asked back"}),
    ],
)
def test_the_customers_words_given_back_as_a_question_are_told_from_a_promise(text, failed):
    sources = Sources(("Your parcel left us. Shall I send it again at 6 pm?",), "at 8 pm, and ask Marlowe", "at 8 pm")
    assert {"numbers", "promise", "names", "asked back"}.intersection(failures(check_partial(text, sources))) == failed


def test_a_thousand_is_a_thousand():
    for stated in ("1,000 points", "1.000 points", "1000 points", "1\u00a0000 points"):
        for said in ("1,000", "1.000", "1000"):
            assert "numbers" not in _failed(f"You have {said} points.", f"You have {stated}.")


texts = st.lists(
    st.sampled_from(
        [
            "Refunds take 3 to 5 days.",
            "It costs 1.000,50 \u20ac or $12!",
            "See https://a.example/x?y=1.",
            "Call +49 30 1234567 at 14:30.",
            "On 5 March 2024 or 03/04.",
            "1. Open 2 files\n",
            "Order AB-1234-C, v1.2.3;",
            "Write to a.b@c.example, please.",
            "twenty-four hours",
            "\n",
            "30天",
            "in two weeks",
        ]
    )
    | st.text(alphabet=string.ascii_letters + string.digits + " .,:/-$\u20ac%\n@", max_size=30),
    min_size=1,
    max_size=8,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_what_is_copied_from_evidence_passes(text):
    failed = failures(check_excerpt(text, Sources((text,))))
    assert "numbers" not in failed
    assert "links" not in failed


@settings(max_examples=200, deadline=None)
@given(texts, st.integers(min_value=100_000, max_value=999_999))
def test_a_fresh_number_fails(text, number):
    if str(number) in "".join(character for character in text if character.isdigit()):
        return
    said = f"{text} \nIt takes {number} days."
    assert "numbers" in failures(check_excerpt(said, Sources((text,))))


def test_each_sentence_of_evidence_passes_alone():
    for sentence in sentences(EVIDENCE):
        assert _failed(sentence) == []


def test_a_refined_text_gets_every_check():
    names = [result.name for result in check_refined("You can return it within 30 days.", Sources((EVIDENCE,)))]
    assert names == [
        *("numbers", "links", "promise", "hidden", "placeholders", "private", "repetition", "support", "negation"),
        *("names", "harm", "case", "assumed", "language", "subject", "sensitive", "length", "complete"),
    ]


def test_codes():
    assert not check_codes("E1 means that it boiled dry.", "My kettle shows E3").passed
    assert check_codes("E1 means dry, E3 too hot.", "My kettle shows E3").passed
    assert check_codes("Let it cool down.", "My kettle shows E3").passed
    assert check_codes("E1 means that it boiled dry.", "My kettle is dead").passed


def test_what_holds_for_one_code_only_answers_about_another_of_its_kind():
    only = "The batch is on the bottom. Only batch P25-07 is affected. Others are safe."
    assert check_codes(only, "my puffin has P25-06, do I need to worry").passed
    assert not check_codes(only, "my kettle shows E3").passed
    assert not check_codes(f"{only} P24-01 was mended.", "my puffin has P25-06").passed
    assert not check_codes("It shows E1 only when dry.", "My kettle shows E3").passed


def test_an_error_by_its_number_is_the_code_of_those_who_speak_of_e1():
    for question in ("error-3 heron", "heron says error 3", "Fehlercode 3", "it shows error code 3"):
        assert check_codes("E3: not seated.", question).passed
        assert not check_codes("E1: boiled dry.", question).passed
    assert check_codes("F3: not seated.", "error 3").passed
