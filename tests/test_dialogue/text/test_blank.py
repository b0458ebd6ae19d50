"""What cannot be seen: whole classes of Unicode, and nothing that says something."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from chatbot.dialogue.text.blank import is_blank


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\r\n\u00a0\u2003\u3000\u2028\u2029\u1680",
        "\u200b\u200c\u200d\u2060\ufeff",
        "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c",
        "\ufe00\ufe0f\U000e0100\U000e01ef\u180b\u180e",
        "\u3164\uffa0\u115f\u1160\u17b4\u17b5",
        "\u2800\u2800",
        "\u00ad\u034f\u2061\u2064\u206f",
        "\U000e0001\U000e0041\U000e007f",
        "\ufff9\ufffa\ufffb\ufffc\U0001d159\U0001d173",
        "\x07\x1b\x85",
    ],
)
def test_what_is_drawn_as_nothing(text):
    assert is_blank(text)
    assert not is_blank(f"{text}?")
    assert not is_blank(f".{text}")


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d🔧",
        "❤\ufe0f",
        "🏴\U000e0067\U000e0062\U000e007f",
        "\u0301",
        "\u20e3",
        "\ufffd",
        "\ue000",
        "\u0600",
        "1",
    ],
)
def test_what_is_seen(text):
    assert not is_blank(text)


def test_of_what_is_written_only_the_fillers_are_blank():
    letters = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] in "LNPS"]
    assert set("".join(one for one in letters if is_blank(one))) == set(
        "\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159"
    )
