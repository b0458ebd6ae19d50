from __future__ import annotations

import pytest

from chatbot.dialogue.text.greetings import is_only_greeting, without_greeting, without_signature


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Hi Maria, it is on its way.", "It is on its way."),
        ("Hello Maria Lopez! it is.", "It is."),
        ("Dear Mr. Smith,\n\nyour kettle is fine.", "Your kettle is fine."),
        ("Guten Tag Frau Huber, das geht.", "Das geht."),
        ("Bonjour Marie, c'est bon.", "C'est bon."),
        ("hi maria, it is.", "It is."),
        ("It is.\n\nHi Maria,\nnow it is.", "It is.\n\nnow it is."),
        ("Hiya Lotte! It is.", "It is."),
        ("Good day Ada! It is.", "It is."),
        ("Hello, Elodie here. It is.", "It is."),
        ("Hi, this is Elodie. It is.", "It is."),
        ("Li Na here, it is.", "It is."),
        ("Hello! This is easy.", "Hello! This is easy."),
        ("You are right here. It is.", "You are right here. It is."),
        ("Hi there, it is.", "Hi there, it is."),
        ("Hi, it is.", "Hi, it is."),
        ("Hi! It is.", "Hi! It is."),
        ("Hello and thanks for writing to us.", "Hello and thanks for writing to us."),
        ("Hi [NAME_1], it is on its way.", "It is on its way."),
        ("Hello [NAME_2], [NAME_1] here! It is.", "It is."),
        ("Guten Tag Frau [NAME_1], das geht.", "Das geht."),
        ("Thanks, [NAME_1]! It is.", "Thanks! It is."),
        ("Thanks [NAME_1]. It is.", "Thanks. It is."),
        ("[NAME_1], press Reset.", "Press Reset."),
        ("It is, [NAME_1].", "It is."),
        ("I have asked [NAME_1].", "I have asked [NAME_1]."),
        ("Hinges are spare parts, see below.", "Hinges are spare parts, see below."),
    ],
)
def test_greetings_lose_their_names(text, bare):
    assert without_greeting(text) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("You need 54 mm. All the best, Maren", "You need 54 mm."),
        ("You need 54 mm. Good luck. Tomek", "You need 54 mm. Good luck."),
        ("You need 54 mm.\n\nBest regards,\nLi Na", "You need 54 mm."),
        ("Das geht. Viele Grüße", "Das geht."),
        ("You need 54 mm. All the best, [NAME_1]", "You need 54 mm."),
        ("You need 54 mm.\n\nBest regards,\n[NAME_1] [NAME_2]", "You need 54 mm."),
        ("You need 54 mm. [NAME_1]", "You need 54 mm."),
        ("It is in Settings.", "It is in Settings."),
        ("This one is the best", "This one is the best"),
        ("Click on Settings and then on Account", "Click on Settings and then on Account"),
        ("", ""),
    ],
)
def test_signatures_go(text, bare):
    assert without_signature(text) == bare


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
