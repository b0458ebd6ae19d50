from __future__ import annotations

import pytest

from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.subject import check_subject


def _subject(question, answer, about=()):
    return check_subject(answer, Sources((answer,), question, question, about)).passed


def test_the_country_of_the_question():
    uk = "Standard delivery takes 2 to 4 working days within the United Kingdom."
    assert not _subject("How long does delivery to Norway take?", uk)
    assert not _subject("How long is delivery to Oslo?", uk)
    assert not _subject("Wie lange dauert delivery nach Norwegen?", uk)
    assert _subject("How long does delivery to Norway take?", "Delivery: we do not deliver to Norway.")
    assert _subject("How long does delivery to Spain take?", "Delivery to the European Union takes 4 to 8 days.")
    assert _subject("How long does standard delivery take?", uk)
    assert _subject("I have a turkey and a china pot, does delivery take long?", uk)


def test_the_product_of_the_question():
    wren = "Turn the dial, the Wren needs 6 clicks."
    badger = Sources((wren,), "", "how many clicks for the badger dial?", (), ("Set the Badger to 5.",))
    assert not check_subject(wren, badger).passed
    assert check_subject(wren, Sources((wren,), "", "how many clicks for the wren dial?", ())).passed


UNION = "Delivery to the United Kingdom takes 2 days, to Ireland 3, in the European Union 8."
BESIDE = ("We send to Belgium and Norway.", "It says Received.", "Das Etikett liegt im Paket, die Ware im Karton.")


@pytest.mark.parametrize(
    ("question", "evidence", "passed"),
    [
        ("How long is delivery to belgium?", UNION, True),
        ("How long is delivery to Norway?", UNION, False),
        ("I received a parcel that is broken", "Is the Heron in your parcel broken? Send a photo.", True),
        ("Was kostet das Etikett?", "Die Rücksendung kostet £8.90, auch des Heron; das klebt darauf.", True),
        ("How do I clean the Badger?", "Wipe and clean the Heron with a damp cloth.", False),
    ],
)
def test_a_country_of_a_region_and_a_word_of_any_desk_are_no_names(question, evidence, passed):
    beside = (*BESIDE, "Set the Badger to 5.", "Clean the Heron.")
    assert check_subject(evidence, Sources((evidence,), question, question, (), beside)).passed is passed


def test_what_was_said_of_another_code_is_nothing_to_do_about_this_one():
    stop, about = "Please stop using the kettle and send a photo of it.", ("the bottom of my kettle says P25-07",)
    assert not _subject("the bottom of my kettle says P25-06", stop, about)
    assert _subject("the bottom of my kettle says P25-07", stop, about)
    assert _subject("the bottom of my kettle says nothing", stop, about)
    assert _subject("the kettle of order AB-123456 is broken", stop, ("my kettle of order AB-654321 is broken",))
