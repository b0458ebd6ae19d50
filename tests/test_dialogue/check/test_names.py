from __future__ import annotations

import pytest

from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.names import check_names


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("Open the menu and press Return.", True),
        ("Press Return. Menus are on top.", True),
        ("Open the Kestrel menu.", False),
        ("Ask FooBar for it.", False),
        ('Choose "Secret mode" there.', False),
        ("Thanks, I will help and I'm glad.", True),
        ("Bitte öffnen Sie das Fenster und drücken Sie die Taste auf der Rückseite.", True),
    ],
)
def test_names(text, passed):
    assert check_names(text, Sources(("Open the menu and press Return.",), "my Kestrel")).passed is passed
