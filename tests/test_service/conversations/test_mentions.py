"""Whose name stands behind an @."""

from __future__ import annotations

import pytest

from chatbot.service.conversations.notes import mentioned

NAMES = {"Jo", "Jo Ann", "Mira", "王芳"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Mira look", ["Mira"]),
        ("look @mira, @MIRA!", ["Mira"]),
        ("@Jo Ann and @Jo", ["Jo Ann", "Jo"]),
        ("@Joanna", []),
        ("write to a@Mira.example", []),
        ("(@Jo)", ["Jo"]),
        ("请 @王芳 看看", ["王芳"]),
        ("@", []),
        ("@@Jo", ["Jo"]),
    ],
)
def test_names(text, found):
    assert mentioned(text, NAMES) == found
