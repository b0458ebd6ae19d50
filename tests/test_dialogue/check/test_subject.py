from __future__ import annotations

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
