from __future__ import annotations

import pytest

from chatbot.dialogue.text.set_phrases import SmallTalk, is_angry, language_of, sentence, small_talk, wants_person


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


@pytest.mark.parametrize("text", ["I am a bit disappointed.", "OK!!", "MY USB-C HUB", "My merdeka shirt", ""])
def test_no_anger(text):
    assert not is_angry(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi!", SmallTalk.GREETING),
        ("  hello there :)", SmallTalk.GREETING),
        ("Guten Tag", SmallTalk.GREETING),
        ("你好！", SmallTalk.GREETING),
        ("Thanks!!", SmallTalk.THANKS),
        ("that's all, thanks", SmallTalk.THANKS),
        ("Vielen Dank \U0001f64f", SmallTalk.THANKS),
        ("Hi, where is my parcel?", None),
        ("thanks, but it still fails", None),
        ("", None),
    ],
)
def test_small_talk(text, kind):
    assert small_talk(text) is kind


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("Wo ist mein Paket? Ich habe es noch nicht", "de"),
        ("Où est mon colis ?", "fr"),
        ("¿Dónde está mi paquete? Tengo una pregunta", "es"),
        ("Dove è il mio pacco?", "it"),
        ("Waar is mijn pakket?", "nl"),
        ("我的包裹在哪里？", "zh"),
        ("荷物はどこですか", "en"),
        ("", "en"),
        ("12345", "en"),
    ],
)
def test_language(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("occasion", ["unsure", "person", "anger", "greeting", "thanks"])
def test_every_occasion_has_a_sentence_in_seven_languages(occasion):
    said = {sentence(occasion, language) for language in ("en", "de", "fr", "es", "it", "nl", "zh")}
    assert len(said) == 7
    assert sentence(occasion, "cs") == sentence(occasion, "en")
