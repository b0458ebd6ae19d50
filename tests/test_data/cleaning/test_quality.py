"""What is left of a conversation, and why the rest went."""

from __future__ import annotations

import pytest

from data.cleaning.quality import MAX_TURN_CHARACTERS, clean, fingerprint
from data.cleaning.quoted_mail import what_was_said
from data.cleaning.spam import is_spam
from data.transcripts import Conversation, Role, Turn


def conversation(*turns, **labels):
    roles = {"c": Role.CUSTOMER, "a": Role.AGENT, "b": Role.BOT, "n": Role.NOTE}
    return Conversation("1", tuple(Turn(roles[role], text, *author) for role, text, *author in turns), labels=labels)


def test_only_customers_and_our_agents_stay():
    turns = [("b", "Welcome"), ("c", "Help"), ("a", "me too", "other"), ("n", "angry"), ("a", " "), ("a", "Sure", "us")]
    cleaned = clean(conversation(*turns))
    assert [turn.text for turn in cleaned.conversation.turns] == ["Help", "Sure"]
    assert cleaned.turns == {"bot turn": 1, "internal note": 1, "not our agent": 1, "empty turn": 1}


def test_labels_that_point_at_turns_follow_them():
    original = conversation(("b", "Hi"), ("c", "Help"), ("a", "Sure"), solution_turn=2, solved=True, topic="x")
    assert clean(original).conversation.labels == {"solution_turn": 1, "solved": True, "topic": "x"}
    original = conversation(("c", "Help"), ("a", "so", "other"), ("a", "Sure"), solution_turn=1)
    assert clean(original).conversation.labels == {}


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([("a", "Hello")], "no customer turn"),
        ([("c", "Hello?")], "no agent answer"),
        ([("a", "Hello"), ("c", "Hi")], "no agent answer"),
        ([("c", "Hello?"), ("a", "same", "other"), ("b", "Hi")], "no agent answer"),
        ([("c", "x" * 400), ("a", "What?")], "spam"),
        ([("c", "> \n>"), ("a", "What?")], "no customer turn"),
    ],
)
def test_conversations_that_go_as_a_whole(turns, reason):
    cleaned = clean(conversation(*turns))
    assert cleaned.conversation is None
    assert cleaned.reason == reason


def test_an_untouched_conversation_is_the_same_object():
    original = conversation(("c", "Help"), ("a", "Sure"))
    assert clean(original).conversation is original


def test_a_pasted_log_is_cut_at_a_line():
    log = "It crashes:\n" + "at frame 0x00f\n" * 5000
    cleaned = clean(conversation(("c", log), ("a", "Update")))
    text = cleaned.conversation.turns[0].text
    assert MAX_TURN_CHARACTERS * 0.9 < len(text) <= MAX_TURN_CHARACTERS
    assert text.endswith("0x00f")
    assert cleaned.turns == {"long turn cut": 1}


def test_an_opening_message_that_is_all_quoted_is_the_question():
    cleaned = clean(conversation(("c", "> Where is\n> my parcel?"), ("a", "> On its way"), ("a", "Tomorrow")))
    assert [turn.text for turn in cleaned.conversation.turns] == ["Where is\nmy parcel?", "Tomorrow"]
    assert cleaned.turns == {"quoted mail cut": 1, "quoted mail only": 1}


QUOTED = [
    "Thanks!\n> old words\n> more",
    "Thanks!\n\nOn Mon, 3 Mar 2025 at 10:11, Ann Lee <a@x.example> wrote:\n\nold words\nmore",
    "Thanks!\n\nOn Mon, 3 Mar 2025, Ann wrote:\n> old words",
    "Thanks!\nAm 03.03.2025 um 10:11 schrieb Ann Lee:\nold words",
    "Thanks!\nLe 3 mars 2025 à 10:11, Ann Lee a écrit :\nold words",
    "Thanks!\nEl lun, 3 mar 2025 a las 10:11, Ann (<a@x.example>) escribió:\nold words",
    "Thanks!\nIl giorno lun 3 mar 2025 alle ore 10:11 Ann ha scritto:\nold words",
    "Thanks!\nOp ma 3 mrt 2025 om 10:11 schreef Ann Lee:\nold words",
    "Thanks!\n-----Original Message-----\nFrom: Ann\nold words",
    "Thanks!\n-----Ursprüngliche Nachricht-----\nold words",
    "Thanks!\n----- Message d'origine -----\nold words",
    "Thanks!\n-----Mensaje original-----\nold words",
    "Thanks!\n-----Messaggio originale-----\nold words",
    "Thanks!\n-----Oorspronkelijk bericht-----\nold words",
    "Thanks!\n\nVon: Ann\nGesendet: Montag\nAn: Bob\nBetreff: x\n\nold words",
    "Thanks!\n\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: x\n\nold words",
    "Ann wrote\n\n> old words\n\nThanks!",
    "Thanks!\n-- \nAnn Lee\nold words Ltd",
    "Thanks!\n\nSent from my iPhone",
    "Thanks!\nVon meinem iPhone gesendet",
    "Thanks!\nEnvoyé de mon iPhone",
    "Thanks!\nEnviado desde mi iPhone",
    "Thanks!\nInviato da iPhone",
    "Thanks!\nVerstuurd vanaf mijn iPhone",
]


@pytest.mark.parametrize("text", QUOTED)
def test_quoted_mail_and_signatures_are_cut(text):
    said = what_was_said(text)
    assert said.text == "Thanks!"
    assert said.quoted or said.signature


@pytest.mark.parametrize(
    "text",
    [
        "Go to Tools > Options > General",
        "On the screen it says 5 things. He wrote: nothing",
        "I wrote earlier:\nthat it fails",
        "The mail has\nFrom: a\nTo: b\nDate: c\nSubject: d\nand is not shown",
        "-----Original Message-----\nis what the subject says",
        "--\n",
        "one\n--\n" + "a long text goes on here\n" * 40,
        "Sent from the wrong account again and I do not know why, can you see it?",
        "| a | b |\n| 1 | 2 |",
        "Sent from my",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert what_was_said(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "a" * 500,
        "Best online casino with free spins, play now https://x.example",
        "Call QuickBooks customer support number +1 800 555 0199 or whatsapp +18005550199",
        " ".join(f"https://x{n}.example/buy-now-cheap" for n in range(8)) + " cheap watches",
    ],
)
def test_spam(text):
    assert is_spam(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I get a lot of spam about viagra, how do I filter it? See https://x.example",
        "help!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        "Noooooooooooooooooooooooooooooooooooo it happened again, I lost all of my mail",
        "Which is right for me? " + " or ".join(f"https://docs.example/page-{n}" for n in range(6)),
        "My parcel from the casino gift shop is late",
    ],
)
def test_no_spam(text):
    assert not is_spam(text)


def test_fingerprint_sees_words_only():
    one = conversation(("c", "Hello  World"), ("a", "Hi"))
    assert fingerprint(one) == fingerprint(conversation(("c", " hello world\n"), ("a", "HI"), topic="x"))
    assert fingerprint(one) != fingerprint(conversation(("c", "Hello World Hi")))
    assert fingerprint(one) != fingerprint(conversation(("a", "Hello World"), ("c", "Hi")))


@pytest.mark.parametrize(
    "text",
    [
        "[Internal note] refuse her",
        "Internal: refuse her",
        "Interne Notiz: ablehnen",
        "Nota interna: no",
        "内部备注：拒绝",
    ],
)
def test_a_message_that_says_that_it_is_internal_is_no_answer(text):
    turns = (Turn(Role.CUSTOMER, "Is it mended?"), Turn(Role.AGENT, text), Turn(Role.AGENT, "Yes, it is mended."))
    cleaned = clean(Conversation("a", turns))
    assert [turn.text for turn in cleaned.conversation.turns] == ["Is it mended?", "Yes, it is mended."]
    assert clean(Conversation("b", (turns[0], Turn(Role.AGENT, "Internal parts are sold as sets.")))).conversation
