"""Masking on values in thirteen countries, half of which the rules were not built with, and on harmless text."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from data.masking.conversation import mask_conversation
from data.masking.mask import Masker
from data.transcripts import Conversation, Role, Turn
from tests.test_data.masking.set.harmless import OWN, harmless
from tests.test_data.masking.set.make import rows

HERE = Path(__file__).parent
VALUES = [json.loads(line) for line in (HERE / "set" / "values.jsonl").read_text(encoding="utf-8").splitlines()]


def is_found(row):
    """Whether no letter or digit of the value is left."""
    masker = Masker(countries=(row["country"],))
    masker.mask(row["text"])
    gone = {place for span in masker.spans for place in range(span.start, span.end)}
    start = row["text"].index(row["value"])
    value = range(start, start + len(row["value"]))
    return all(place in gone or not row["text"][place].isalnum() for place in value)


def test_the_set_is_what_makes_it():
    assert rows() == VALUES
    assert len(VALUES) >= 600
    assert len({row["country"] for row in VALUES}) == 13


@pytest.mark.parametrize("half", ["seen", "unseen"])
def test_nearly_every_value_is_found(half):
    values = [row for row in VALUES if row["half"] == half]
    missed = [row["text"] for row in values if not is_found(row)]
    assert len(missed) <= 0.05 * len(values), missed


def test_every_kind_is_mostly_found():
    missed = Counter(row["kind"] for row in VALUES if not is_found(row))
    there = Counter(row["kind"] for row in VALUES)
    assert {kind: count for kind, count in missed.items() if count > 0.15 * there[kind]} == {}


def test_harmless_text_stays():
    texts = harmless()
    assert len(texts) >= 2000
    changed = [text for text in texts if Masker(keep=OWN, countries=("GB", "US", "DE", "FR")).mask(text) != text]
    assert len(changed) <= 0.005 * len(texts), changed


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "My card is 4242 4242 4242 4242 09/27 123, please check.",
            "My card is [CARD_1] 09/27 [CODE_1], please check.",
        ),
        ("2026 4242 4242 4242 4242 is what I typed", "2026 [CARD_1] is what I typed"),
        ("4242\u00a04242\u00a04242\u00a04242", "[CARD_1]"),
        ("4242 4242 4242 4242", "[CARD_1]"),
        ("4242.4242.4242.4242", "[CARD_1]"),
        ("4242\u20094242\u20094242\u20094242 exp 04/28", "[CARD_1] exp 04/28"),
        (
            "我的手机号是13123456789，请回电。订单号 202411280012345。",
            "我的手机号是[PHONE_1]，请回电。订单号 [ORDER_1]。",
        ),
        ("电话：86-13123456789", "电话：[PHONE_1]"),
        ("write to anna at example dot com", "write to [EMAIL_1]"),
        ("anna@bücher.example and 用户@例子.中国", "[EMAIL_1] and [EMAIL_2]"),
        ("shop.example/reset?token=8f3a9b2c7d", "[URL_1]"),
        ("RR123456785GB, not RR123456784GB", "[TRACKING_1], not RR123456784GB"),
        ("the door code is 4821.", "the door code is [CODE_1]."),
        ("the error code is 1603", "the error code is 1603"),
        ("postgres://anna:s3cret@db.example.com/shop", "[URL_1]"),
        ("my IP is 81.2.69.142, the router 192.168.0.1", "my IP is [IP_1], the router 192.168.0.1"),
        ("version 81.2.69.142", "version 81.2.69.142"),
        ("born on 3 May 1990, ordered on 3 May 2025", "born on [DATE_1], ordered on 3 May 2025"),
        ("You find our shop at 9 Ferry Lane.", "You find our shop at 9 Ferry Lane."),
        ("Send it to 12 High Street, SW1A 1AA", "Send it to [ADDRESS_1], [ADDRESS_2]"),
        ("Sehr geehrte Frau Dr. Schmidt,", "Sehr geehrte Frau Dr. [NAME_1],"),
        ("Hi there, hello team, dear customer service", "Hi there, hello team, dear customer service"),
        ("Hello Kettle & Otter, May I ask? Will it fit?", "Hello Kettle & Otter, May I ask? Will it fit?"),
        ("password: Sonnenblume7", "password: [SECRET_1]"),
        ("the password is wrong", "the password is wrong"),
    ],
)
def test_kinds(text, masked):
    assert Masker().mask(text) == masked
    assert Masker().mask(masked) == masked


def test_a_countrys_numbers_need_no_separators():
    assert Masker().mask("017612345678") == "017612345678"
    assert Masker(countries=["DE"]).mask("017612345678") == "[PHONE_1]"
    turns = (Turn(Role.CUSTOMER, "3471234567"), Turn(Role.AGENT, "Grazie."))
    masked, _ = mask_conversation(Conversation("1", turns, language="it"))
    assert masked.turns[0].text == "[PHONE_1]"


def test_names_of_the_conversations_people_go_wherever_they_stand():
    turns = (
        Turn(Role.CUSTOMER, "My order, please. Then Grace wrote", "Anna Schmidt"),
        Turn(Role.AGENT, "Anna, this is for you. Mrs Schmidt's kettle went out. Will Grace call?", "Grace"),
        Turn(Role.CUSTOMER, "Kind regards\nanna schmidt, mit Anna"),
    )
    conversation = Conversation("1", turns, extras={"requester": {"name": "Jo Wirth"}, "note": "for Wirth"})
    masked, counts = mask_conversation(conversation)
    assert [turn.text for turn in masked.turns] == [
        "My order, please. Then [NAME_1] wrote",
        "[NAME_2], this is for you. Mrs [NAME_2]'s kettle went out. Will [NAME_1] call?",
        "Kind regards\nanna schmidt, mit [NAME_2]",
    ]
    assert [turn.author for turn in masked.turns] == ["Anna Schmidt", "Grace", None]
    assert masked.extras == {"requester": {"name": "[NAME_3]"}, "note": "for [NAME_3]"}
    assert counts == {"NAME": 5}
    assert mask_conversation(masked)[0] == masked


def test_a_name_that_is_a_word_too_goes_within_sentences_only():
    turns = (Turn(Role.CUSTOMER, "Will it fit? I asked Will."), Turn(Role.AGENT, "May I ask why? Will", "Will"))
    masked, _ = mask_conversation(Conversation("1", turns))
    assert [turn.text for turn in masked.turns] == ["Will it fit? I asked [NAME_1].", "May I ask why? Will"]
