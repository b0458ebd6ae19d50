from __future__ import annotations

import pytest

from chatbot.dialogue.text.greetings import is_only_greeting


@pytest.mark.parametrize(
    "text",
    [
        "With pleasure.",
        "You're welcome, Ben! Have a nice day.",
        "No problem :)",
        "Gern geschehen!",
        "De rien",
        "不客气！",
        "Thanks, bye",
    ],
)
def test_politeness_alone_is_told(text):
    assert is_only_greeting(text)


@pytest.mark.parametrize(
    "text",
    [
        "Yes, it is.",
        "You're welcome to return it within 30 days.",
        "No problem with induction hobs.",
        "Thanks. Press Reset.",
        "",
    ],
)
def test_what_says_something_is_not_politeness(text):
    assert not is_only_greeting(text)
