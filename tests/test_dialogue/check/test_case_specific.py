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


@pytest.mark.parametrize(
    "answer",
    """
A real person here, so no worries: it ships on Monday.
A real person here.
Real human here: the kettle is fine.
I'm a human, not a bot.
I am a real person.
I'm not a robot.
You are writing with a person now.
You're talking to a real human.
You are chatting with a person.
Hello, a human here, I am sorry. Press Reset.
This is a human answering.
I'm on shift until 6.
I'm here until 6 today.
I am in the office until Friday.
I'm out of the office tomorrow.
My shift ends at six.
I'm back on Monday.
As I said on the phone, it is 54 mm.
As I told you on the phone, it is 54 mm.
As we discussed on the phone, it is 54 mm.
As discussed on the phone, it is 54 mm.
It was nice talking to you earlier.
Thanks for your call this morning.
I've just looked at it myself.
I had the same kettle at home.
I have one at home and love it.
I use it myself every morning.
I tried it myself, it works.
I've tested it on my own machine.
I just tried it here and it works.
In my experience it takes an hour.
Personally, I would take the Wren.
My personal favourite is the Wren.
I own two of them.
I'm new here, so bear with me.
I'm just a volunteer.
I am the manager of the shop.
I lead the team.
I'm the engineer who wrote it.
My manager says it is fine.
I asked my manager.
I spoke to my supervisor.
Let me ask my colleague.
Sorry, I was at lunch.
Sorry, I had a day off.
I've just come back from lunch.
I've been working here for ten years.
My name is Zog and I love coffee.
You can reach me directly on extension 12.
Just ask for me.
Call me back any time.
Email me at the address above.
Ich bin ein Mensch und kein Bot.
Ich bin kein Roboter.
Sie schreiben mit einem Menschen.
Ich bin bis 18 Uhr im Dienst.
Wie ich am Telefon sagte, sind es 54 mm.
Ich habe es selbst ausprobiert.
Je suis une vraie personne.
Comme je vous l'ai dit au téléphone, c'est 54 mm.
Soy una persona real.
Como le dije por teléfono, son 54 mm.
Sono una persona vera.
Come le ho detto al telefono, sono 54 mm.
Ik ben een echt mens.
Zoals ik aan de telefoon zei, is het 54 mm.
Sou uma pessoa real.
我是真人客服。
我不是机器人。
I'll be back at nine.
I'm working until 5 tonight.
I finish at six today.
I'm at my desk all day.
I just checked with the warehouse.
As I mentioned when we spoke, it is 54 mm.
When we spoke on Monday I said so.
I've had this kettle for years.
I'm a coffee lover myself.
I know how annoying that is, it happened to me too.
My wife has the same one.
I hope you enjoyed your holiday!
I'm only human.
Human here!
This is not an automated message.
I'm not an AI.
I am no robot.
There is a real person typing this.
I'm your agent today.
Speak to you soon.
I'm here all day if you need me.
See you on Saturday!
I'll see you in the shop.
I took a look myself and it's fine.
I've had a look myself.
I remember you.
I was in the workshop when it came in.
I'm Tom's manager.
Tom is my colleague.
""".strip().splitlines(),
)
def test_what_only_a_person_can_say(answer):
    assert case_markers(answer)


@pytest.mark.parametrize(
    "answer",
    """
Ask for Priya in the Leeds shop.
Only the person who placed the order may change it.
A person must check your identity first; that takes 2 working days.
You can talk to a person Monday to Friday from 9:00 to 17:00.
Our team is here until 6 every day.
The shop is open until 6.
We are in the office from Monday to Friday.
The office is closed on Friday.
As described in the article, press Reset.
By phone you reach us from 9:00 to 17:00.
You can order on the phone as well.
Please call us if it still drips.
Write to us at help@kettleandotter.example.
You can look at it yourself under Orders.
Try it yourself first.
The kettle switches itself off.
We have tested it with soft water.
The manager of the shop decides about that.
Your manager has to approve the invoice first.
Ask a colleague to sign in as well.
The workshop is led by a trainer.
New here? Press Sign up.
If you are new, press Sign up.
A favourite of many customers is the Wren.
It is a machine, not a robot.
The chat bot answers at night.
Persons under 16 need an adult.
It is made for one person.
Forward it to a colleague.
Extension 12 is the repair desk.
I am sorry to hear that. Press Reset.
I understand. The rule is the same for everyone.
I hope that helps.
I'm afraid we don't deliver there.
Ich verstehe. Bitte drücken Sie Reset.
Ein Mensch antwortet Ihnen von 9 bis 17 Uhr.
Sie erreichen uns am Telefon bis 18 Uhr.
Une personne vous répond de 9h à 17h.
Una persona le responde de 9 a 17.
Una persona risponde dalle 9 alle 17.
U bereikt ons aan de telefoon tot 18 uur.
请联系人工客服。
The shop will be back at nine.
See the page Returns.
Your friend can collect it.
The person who gave it is not told.
Automatic messages come from another address.
""".strip().splitlines(),
)
def test_what_speaks_of_people_and_is_true_of_a_desk(answer):
    assert case_markers(answer) == ()


def test_days_of_other_customers():
    assert not check_case("The last day is 13 December.", Sources((), "when do I have to order?")).passed
    assert check_case("Yes, 13 December works.", Sources((), "Is Dec 13 still in time?")).passed


def test_an_address_is_the_desks_own_where_others_name_it():
    answer = "Bring it to 12 Ferry Lane."
    assert not check_case(answer, Sources((answer,))).passed
    assert check_case(answer, Sources((answer,), beside=("We are at 12 Ferry Lane.",))).passed
