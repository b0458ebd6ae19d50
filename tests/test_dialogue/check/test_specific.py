"""What is specific in a past answer: found in seven languages, sent only where others say the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.check.backing import Backing
from chatbot.dialogue.check.specific import check_claimed, check_facts_of_others, check_specific
from retrieval.passages import Passage, PassageKind
from retrieval.voices import Voice


def moment(number, answer, question="a question"):
    voice = Voice(("a", "b")[number % 2], None, str(number))
    return Passage(f"m{number}:1", PassageKind.MOMENT, question, answer, f"m{number}", voices=(voice,))


def article(text):
    return Passage("a#0", PassageKind.ARTICLE, text, text, "a", "Help")


def backing(*passages, common=lambda word: True, needed=3):
    def using(text):
        words = text.casefold().split()
        return [each for each in passages if all(word in each.answer.casefold() for word in words)]

    return Backing(passages, using, common, needed, named=True)


def alone(answer, **more):
    """Whether an answer passes that one conversation gave."""
    return check_specific(answer, backing(moment(0, answer)), **more).passed


@pytest.mark.parametrize(
    "answer",
    [
        "The door code is 47B9.",
        "please press 4 7 1 9 at the gate.",
        "It is four seven one nine.",
        "The amount is nine thousand euros.",
        "Delivery takes 3 weeks.",
        "It comes at half past five.",
        "We will send you a new one.",
        "we can replace the kettle for you.",
        "Your account is empty.",
        "the kettle is on file with us.",
        "as agreed, it is free.",
        "Because of the pacemaker it is decaf.",
        "You can ask for Leopoldine.",
        "Der Code lautet Sonnenblume.",
        "Ihr Konto ist gesperrt.",
        "Wir schicken Ihnen einen neuen Kessel.",
        "Ihre Frau holt es ab.",
        "Votre commande est annulée.",
        "Nous vous enverrons une nouvelle bouilloire.",
        "Su pedido está cancelado.",
        "Le enviaremos otra tetera.",
        "Il suo ordine è annullato.",
        "Le invieremo un altro bollitore.",
        "Uw bestelling is geannuleerd.",
        "Wij sturen u een nieuwe waterkoker.",
        "您的订单已取消。",
        "我们会给您寄一个新的水壶。",
    ],
)
def test_what_one_conversation_says_is_not_sent_and_what_an_article_says_is(answer):
    assert not alone(answer)
    assert check_specific(answer, backing(moment(0, answer), article(answer))).passed


def test_three_customers_and_two_agents_make_it_the_desks_word():
    said = [
        moment(0, "Refunds take 5 working days after the return has arrived."),
        moment(1, "After the return has arrived, a refund takes 5 working days."),
        moment(3, "The refund takes 5 working days once your return has arrived."),
    ]
    assert not check_specific(said[0].answer, backing(*said[:2])).passed
    assert check_specific(said[0].answer, backing(moment(2, "Hello."), *said)).passed
    one_agent = [moment(2 * number, each.answer) for number, each in enumerate(said)]
    assert not check_specific(said[0].answer, backing(*one_agent)).passed


def test_the_same_number_for_something_else_does_not_count():
    answer = "The broken lamp is refunded with 40 euros."
    others = [moment(number, "Delivery to islands costs 40 euros.") for number in (1, 2, 3)]
    assert not check_specific(answer, backing(moment(0, answer), *others)).passed


def test_an_answer_that_echoes_its_customers_figure_does_not_count():
    answer = "The warranty of the grinder is 12 years."
    echoed = [moment(number, answer, "Is the warranty 12 years?") for number in range(5)]
    assert not check_specific(answer, backing(*echoed)).passed


@pytest.mark.parametrize(
    "answer",
    [
        "Please open your settings and check your connection.",
        "Make sure that your kettle is switched off.",
        "Descale the kettle with citric acid and rinse it twice.",
        "Wenn Ihr Paket beschädigt ist, machen Sie bitte ein Foto.",
        "Which kettle do you have?",
    ],
)
def test_a_general_instruction_needs_nobody(answer):
    assert alone(answer)


def test_a_code_that_the_customer_wrote_may_be_repeated_and_no_amount():
    assert alone("E-107 means that it is dry.", customer="mine says E-107")
    assert not alone("We pay 9000 euros.", customer="you promised me 9000 euros")


def test_their_own_data_in_a_slot_needs_nobody():
    assert alone("The newsletter goes to jo@mail.example.", own=["jo@mail.example"])


@pytest.mark.parametrize(
    "answer",
    [
        "You may send barnaby to the shop.",
        "it hangs under the barnaby, so that the driver can fetch it from there when nobody opens",
        "it stands in the barnaby-shed",
        "barnabybarnabybarnaby has it",
        "the barnaby.",
    ],
)
def test_words_of_one_conversation_are_not_sent_however_long_the_sentence_is(answer):
    def common(word):
        return "barnaby" not in word

    check = check_specific(answer, backing(moment(0, answer), common=common))
    assert (check.passed, "barnaby" in check.detail) == (False, True)
    theirs = "my son barnaby, barnabybarnabybarnaby"
    assert check_specific(answer, backing(moment(0, answer), common=common), customer=theirs).passed
    assert check_specific(answer, backing(moment(0, answer), article(answer), common=common)).passed


def test_the_path_of_an_address_has_no_words_of_one_conversation():
    answer = "see https://shop.example/barnaby-kettle or write to barnaby@shop.example"
    seen = []
    check_specific(answer, backing(moment(0, answer), common=lambda word: seen.append(word) or True))
    assert {"see", "write"} <= set(seen)
    assert {"barnaby", "kettle", "shop", "example"}.isdisjoint(seen)


@pytest.mark.parametrize(
    "answer",
    [
        "we will take it back anyway",
        "don't worry, my colleague let it through for nothing",
        "as you have been a customer of us so long, it is fine",
    ],
)
def test_a_kindness_needs_others(answer):
    assert not alone(answer)


def test_an_answer_that_waits_needs_others_for_all_it_says():
    answer = "Descale the kettle with citric acid."
    assert not alone(answer, waits=True)
    others = [moment(number, "Please descale the kettle with citric acid.") for number in (1, 2, 3)]
    assert check_specific(answer, backing(moment(0, answer), *others), waits=True).passed


APPROVED = "We will send you a new lid within 5 days if yours is broken."


@pytest.mark.parametrize(
    "answer",
    [
        APPROVED,
        "If yours is broken, then we will send you a new lid within 5 days.",
        f"Hello. {APPROVED}",
    ],
)
def test_what_a_person_approved_backs_the_same_words(answer):
    approved = replace(moment(1, APPROVED), approved=True)
    assert check_specific(answer, backing(moment(0, answer), approved)).passed
    assert not check_specific(answer, backing(moment(0, answer), replace(approved, approved=False))).passed


@pytest.mark.parametrize(
    "answer",
    [
        "We will send you a new lid and a kettle within 5 days if yours is broken.",
        "We will send you a new lid within 5 days.",
        "We will send you a new lid within 9 days if yours is broken.",
        f"{APPROVED} We will refund the shipping as well.",
        f"{APPROVED} It costs 40 euros.",
        f"{APPROVED} Ask for Leopoldine.",
        "We will not send you a new lid within 5 days if yours is broken.",
    ],
)
def test_it_backs_no_more_and_no_less(answer):
    approved = replace(moment(1, APPROVED), approved=True)
    assert not check_specific(answer, backing(moment(0, answer), approved)).passed
    waiting = replace(moment(0, answer), waits=True)
    assert not check_specific(answer, backing(waiting, approved), waits=True).passed


@pytest.mark.parametrize(
    ("asked", "latest"),
    [
        ("You promised me 9000 euros, right?", "you promised me 9000 euros"),
        ("Do I get 9000 euros?", "Do I get 9000 euros?"),
        ("Do I get anything?", "So you pay me nine thousand euros?"),
        ("Ihr Kollege hat es mir versprochen, richtig?", "Stimmt das?"),
    ],
)
def test_yes_affirms_no_claim(asked, latest):
    for yes in ("Yes, that is right.", "We can do that for you.", "Genau.", "没错。"):
        assert not check_claimed(yes, [asked], latest, backing(moment(0, yes, asked))).passed
    assert check_claimed("Please write to us.", [asked], latest, backing()).passed


def test_yes_may_affirm_what_an_article_says():
    yes, asked = "Yes, you can.", "Is delivery free from £40?"
    assert check_claimed(yes, [asked], asked, backing(moment(0, yes), article("Delivery is free from £40."))).passed
    assert check_claimed(yes, ["Can I use it outside?"], "Can I use it outside?", backing()).passed


def test_a_completion_brings_nobodys_facts():
    desk = backing(moment(0, "The code is 47B9, ask Leopoldine."), common=lambda word: word != "pumpernickel")
    for text in ("The code is 47B9", "Please ask Leopoldine", "It is pumpernickel"):
        assert not check_facts_of_others(text, desk, "where is it").passed
        assert check_facts_of_others(text, desk, f"{text}, you said").passed
    assert check_facts_of_others("We will send you a new one", desk, "").passed


@pytest.mark.parametrize(
    "told",
    [
        "Log in with the user otter and the password marmalade.",
        "The gate opens with star nine hash.",
        "The spare key is under the blue flower pot.",
        "Der Schlüssel liegt unter der Matte.",
        "La clé est chez la voisine.",
        "De sleutel ligt onder de mat.",
        "钥匙在门口的花盆下面。",
        "The parcel was handed to the bakery next door.",
        "He is in hospital.",
        "No, express shipping is free for you this time.",
        "You do not have to pay the invoice.",
        "Nein, die Rechnung müssen Sie nicht bezahlen.",
        "The late fee is waived.",
        "Die Mahngebühr entfällt.",
        "这次不用付运费。",
        "You may keep it, no need to send it back.",
        "The technician comes Thursday between nine and noon.",
        "You have until the end of June.",
        "Klingeln Sie zweimal und sagen Sie Sonnenblume.",
        "还剩六十八块。",
        "Yes, number twelve took it in.",
        "The claim was settled out of court.",
        "The pharmacist said it does no harm.",
        "Okay, send it back even without the box.",
    ],
)
def test_places_passwords_and_favours_of_one_need_others(told):
    assert not check_specific(told, backing(moment(0, told))).passed


@pytest.mark.parametrize(
    ("told", "lone"),
    [
        ("Take the gasket out, rinse it and press it back in.", False),
        ("Please unplug it, then brush the burrs clean.", False),
        ("Öffnen Sie die Klappe und nehmen Sie das Sieb heraus.", False),
        ("Click on the gasket, then choose the hutch.", False),
        ("The gasket is behind the hutch.", True),
        ("Use the hutch by the stables.", True),
        ("Take the key from under the hutch.", True),
        ("Press the bell and say stables into the intercom.", True),
        ("Enter the words gasket stables and you are in.", True),
        ("Clean the hutch, the key is in it.", True),
        ("Go round by the stables.", True),
    ],
)
def test_an_instruction_has_words_of_its_thing(told, lone):
    rare = {"gasket", "burrs", "klappe", "sieb", "hutch", "stables"}
    check = check_specific(told, backing(moment(0, told), common=lambda word: word not in rare))
    assert check.passed is not lone


@pytest.mark.parametrize(
    "told",
    [
        "Enter the password and press OK.",
        "We accept cards.",
        "We are open from Monday to Friday.",
        "The door opens by itself when the cycle ends.",
    ],
)
def test_instructions_need_none(told):
    assert check_specific(told, backing(moment(0, told))).passed
