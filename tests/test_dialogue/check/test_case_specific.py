from __future__ import annotations

import pytest

from chatbot.dialogue.check.case_specific import case_markers, check_case
from chatbot.dialogue.check.evidence import Sources


@pytest.mark.parametrize(
    "answer",
    [
        "I've checked your order and it is fine.",
        "I have just refunded it.",
        "We've sent a new jug today.",
        "I'm sending you a new one.",
        "I'll ask the carrier.",
        "Your parcel left us on Monday.",
        "[ORDER_1] is on its way.",
        "I'd like Elodie to look at this.",
        "Ich habe die Erstattung veranlasst.",
        "Nice try, but I'm a person with a mug of tea.",
        "Je viens de vous rembourser.",
        "You have 60 days. Let me correct myself: 30 days.",
        "It is £4. Sorry, I meant £3.50.",
        "Ich muss mich korrigieren, es sind 30 Tage.",
        "A real person here, so no worries: it goes out today.",
    ],
)
def test_an_answer_about_one_case(answer):
    assert case_markers(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Refunds take 5 working days.",
        "We refund within 14 days and send you an e-mail.",
        'Look for our e-mail "Your parcel is on its way".',
        "I'm sorry to hear that. Please press the red button.",
        "You can cancel it yourself; we have three shops.",
        "Open Orders and choose the order.",
        "Ask for a correction of the invoice on the page Invoices.",
        "Choose the colour you meant to order and press Change.",
    ],
)
def test_an_answer_for_everyone(answer):
    assert case_markers(answer) == ()


@pytest.mark.parametrize(
    "answer",
    [
        "As you said, it is fine.",
        "Your account shows two orders.",
        "Mrs Quist, it is fine.",
        "You're well within the 2 years.",
    ],
)
def test_another_customers_case(answer):
    assert not check_case(answer, Sources((answer,))).passed


def test_days_of_other_customers():
    assert not check_case("The last day is 13 December.", Sources((), "when do I have to order?")).passed
    assert check_case("Yes, 13 December works.", Sources((), "Is Dec 13 still in time?")).passed


def test_an_address_is_the_desks_own_where_others_name_it():
    answer = "Bring it to 12 Ferry Lane."
    assert not check_case(answer, Sources((answer,))).passed
    assert check_case(answer, Sources((answer,), beside=("We are at 12 Ferry Lane.",))).passed
