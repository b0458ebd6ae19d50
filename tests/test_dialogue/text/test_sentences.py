from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.text.sentences import finished, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One here. Two there!  Three", ["One here. ", "Two there!  ", "Three"]),
        ("It costs 1.000 or 3.5 e.g. now. Yes", ["It costs 1.000 or 3.5 e.g. now. ", "Yes"]),
        ("1. Open it\n2. Close it", ["1. Open it\n", "2. Close it"]),
        ("好的。谢谢", ["好的。", "谢谢"]),
        ("", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


def test_a_sentence_is_finished_when_the_next_has_begun():
    assert finished("One here. ") == []
    assert finished("One here. T") == ["One here. "]
    assert finished("It costs 3.") == []


@given(st.text(alphabet="ab .!?\n\u30021", max_size=60))
def test_nothing_is_lost(text):
    assert "".join(sentences(text)).rstrip() == text.rstrip()


@given(st.text(alphabet="ab .!?\n\u30021", max_size=60), st.integers(0, 60))
def test_what_is_finished_stays_finished(text, cut):
    assert "".join(finished(text)).startswith("".join(finished(text[:cut])))
