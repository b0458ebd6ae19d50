from __future__ import annotations

import re
from pathlib import Path

import pytest

import chatbot
from chatbot.dialogue.text.set_phrases import (
    asks_of_others,
    asks_to_look,
    is_angry,
    languages,
    occasions,
    sentence,
    wants_person,
    weekday,
)


@pytest.mark.parametrize(
    "text",
    [
        "Can I talk to a human?",
        "I want to speak to someone NOW",
        "human agent, please",
        "Ich möchte mit einem Menschen sprechen",
        "je veux parler à un conseiller",
        "quiero hablar con una persona",
        "vorrei parlare con un operatore",
        "ik wil een medewerker spreken",
        "chci mluvit s člověkem",
        "我要转人工",
    ],
)
def test_wants_a_person(text):
    assert wants_person(text)


@pytest.mark.parametrize(
    "text", ["How do I return it?", "Is it a humane product?", "My agent's name is Smith", "", "人"]
)
def test_does_not_ask_for_a_person(text):
    assert not wants_person(text)


@pytest.mark.parametrize(
    "text",
    ["This is a SCAM!", "I will call my lawyer", "das ist Betrug", "WHERE IS MY PARCEL I HAVE WAITED FOR WEEKS NOW!!!"],
)
def test_anger(text):
    assert is_angry(text)


def test_angry_pictures_alone_are_anger():
    assert is_angry("\U0001f621\U0001f621")
    assert not is_angry("the label shows \U0001f621, what does it mean")


@pytest.mark.parametrize("text", ["I am a bit disappointed.", "OK!!", "MY USB-C HUB", "My merdeka shirt", ""])
def test_no_anger(text):
    assert not is_angry(text)


LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "zh")
GAPS = {
    "opening": ["day", "time", "zone"],
    "opening_on": ["day", "date", "time", "zone"],
    "answer_from": ["when"],
    "answer_within": ["when"],
    "usual_minutes": ["minutes"],
    "usual_hours": ["hours"],
    "passed_on": ["question"],
    "wait": ["seconds"],
    "other_language": ["named"],
    "too_long": ["characters", "most"],
    "file_too_large": ["most"],
    "files_too_many": ["most"],
}


def test_everything_is_said_in_seven_languages():
    assert languages() == set(LANGUAGES)
    for number in range(7):
        assert weekday(number, "cs") == weekday(number, "en")
    assert len({weekday(number, language) for number in range(7) for language in LANGUAGES}) == 49


@pytest.mark.parametrize("occasion", sorted(occasions()))
def test_every_occasion_has_a_sentence_in_seven_languages(occasion):
    values = {gap: f"<{gap}>" for gap in GAPS.get(occasion, ())}
    said = {sentence(occasion, language, **values) for language in LANGUAGES}
    assert len(said) == 7
    assert all(value in one for one in said for value in values.values())
    assert not any("{" in one for one in said)
    assert sentence(occasion, "cs", **values) == sentence(occasion, "en", **values)


@pytest.mark.parametrize(
    "occasion", ["unsure", "person", "handover", "crisis", "hazard", "others_data", "thanks", "other_language"]
)
def test_what_a_conversation_holds_is_in_portuguese_too(occasion):
    values = {gap: f"<{gap}>" for gap in GAPS.get(occasion, ())}
    said = [sentence(occasion, language, **values) for language in (*LANGUAGES, "pt")]
    assert len(set(said)) == 8


def test_no_sentence_of_the_table_stands_in_python():
    package = Path(chatbot.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py")))
    assert "def sentence" in source
    for occasion in occasions() - {"opening", "opening_on"}:  # no words, only their order
        values = dict.fromkeys(GAPS.get(occasion, ()), "\0")
        parts = sentence(occasion, "en", **values).split("\0")
        assert not re.search(".{0,60}".join(map(re.escape, parts)), source), occasion


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("what's my neighbour's order?", True),
        ("What is the tracking link of my friend Yusuf's order?", True),
        ("I'd like the address of whoever ordered KO-133871", True),
        ("what did the customer before me ask you", True),
        ("where is my order", False),
        ("can my neighbour take the parcel", False),
        ("it is for a friend's birthday", False),
        ("my sister's kettle is broken", False),
    ],
)
def test_what_is_somebody_elses_is_for_a_person(text, others):
    assert asks_of_others(text) is others


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("why has my refund not come, it's 3 weeks", True),
        ("Why hasn't my bean post parcel arrived?", True),
        ("why is my order still processing", True),
        ("I did not order express but I was charged £7.95 for it", True),
        ("Warum ist mein Paket noch nicht da?", True),
        ("pourquoi mon colis n'est pas arrivé", True),
        ("why has my kettle not switched off", False),
        ("why is my refund less than I paid", False),
        ("why does my parcel come in two boxes", False),
        ("when is the card charged", False),
        ("my parcel has not come, what now", False),
    ],
)
def test_why_their_own_thing_has_not_come_is_to_be_looked_into(text, own):
    assert asks_to_look(text) is own
