"""Markdown as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importers.markdown_text import plain_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Wait **20 minutes**, *then* `reset`.", "Wait 20 minutes, then reset."),
        ("# Title\n\nFirst\nline.\n\nSecond.", "Title\n\nFirst line.\n\nSecond."),
        ("Do:\n\n1. Pull the plug.\n2. Wait.\n\nDone.", "Do:\n\n1. Pull the plug.\n2. Wait.\n\nDone."),
        ("- one\n- two\n  - inner\n- three", "- one\n- two\n  - inner\n- three"),
        ("See [the guide](https://shop.example/help/x).", "See the guide (https://shop.example/help/x)."),
        ("<https://shop.example>", "https://shop.example"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("```\ncode  **stays**\n```", "code  **stays**"),
        ("a < b & c", "a < b & c"),
    ],
)
def test_reads_as_the_page_does(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text


@given(st.text(alphabet="ab1 *_-#>`[]()|\n.", max_size=200))
def test_any_text_is_read_without_an_error(markdown: str) -> None:
    assert isinstance(plain_text(markdown), str)
