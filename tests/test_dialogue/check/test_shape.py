from __future__ import annotations

import pytest

from chatbot.dialogue.check.shape import (
    check_complete,
    check_hidden,
    check_length,
    check_placeholders,
    check_repetition,
)


def test_hidden_text():
    assert not check_hidden("Pay \u202e001\u202c now").passed
    assert not check_hidden("pass\u200bword").passed
    assert not check_hidden("p\u0430ssword").passed
    assert check_hidden("Straße, naïve, 退款, \U0001f468\u200d\U0001f469\u200d\U0001f467, 5 \u00b5m").passed


@pytest.mark.parametrize("left", ["[EMAIL_1]", "[PHONE]", "[ORDER_12]", "<redacted>"])
def test_a_slot_that_was_not_filled_fails(left):
    assert not check_placeholders(f"We wrote to {left}.").passed
    assert check_placeholders("Press [OK], see [1].").passed


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("Please restart it. Then try again.", True),
        ("no no no no", False),
        ("please try please try please try", False),
        ("Click on Settings, then click on Account, then click on Security, then click on Save.", True),
        ("You can return it to us. It is free. You can return it to us.", False),
        ("请重启请重启请重启请重启", False),
        ("", True),
    ],
)
def test_repetition(text, passed):
    assert check_repetition(text).passed is passed


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("It is done.", True),
        ("Is it done?", True),
        ("It is done \U0001f600", True),
        ("See https://shop.example/a", True),
        ('He said "done."', True),
        ("好的。", True),
        ("It is", False),
        (", and then it is done.", False),
        ("and then it is done.", False),
    ],
)
def test_complete(text, passed):
    assert check_complete(text).passed is passed


def test_length():
    assert not check_length("").passed
    assert not check_length("ok").passed
    assert not check_length("\U0001f600 \U0001f600").passed
    assert not check_length("word " * 2000).passed
    assert check_length("退款需要三天").passed
