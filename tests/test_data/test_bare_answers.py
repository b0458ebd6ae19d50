"""What says who writes to whom goes from an answer, in eight languages; a name that matters stays."""

from __future__ import annotations

import pytest

from data.bare_answers import bare_answer, names_in
from data.moments import moments_of
from data.transcripts import Conversation, Role, Turn

NAMES = frozenset({"maren", "tomek", "priya", "joss", "elodie", "li na", "li", "na", "wsmwk", "anna"})


def table(block):
    rows = [line.partition(" =>") for line in block.strip().splitlines()]
    return [(text.replace("\\n", "\n").strip(), bare.replace("\\n", "\n").strip()) for text, _, bare in rows]


@pytest.mark.parametrize(
    ("text", "bare"),
    table(r"""
Hi Maria, it is on its way. => It is on its way.
Hello Maria Lopez! it is. => It is.
Dear Mr. Smith,\n\nyour kettle is fine. => Your kettle is fine.
Guten Tag Frau Huber, das geht. => Das geht.
Bonjour Marie, c'est bon. => C'est bon.
hi maria, it is. => It is.
Hiya Lotte! It is. => It is.
Good day Ada! It is. => It is.
Hi [NAME_1], it is on its way. => It is on its way.
Guten Tag Frau [NAME_1], das geht. => Das geht.
Hi Anna, thanks for reaching out. Press Reset. => Thanks for reaching out. Press Reset.
Hi Anna - press Reset. => Press Reset.
Hey Anna\nPress Reset. => Press Reset.
Good afternoon Anna, press Reset. => Press Reset.
Morning Anna! Press Reset. => Press Reset.
Hallo Anna, drück auf Reset. => Drück auf Reset.
Liebe Anna, bitte drücken Sie auf Reset. => Bitte drücken Sie auf Reset.
Sehr geehrte Frau Huber,\nbitte drücken Sie auf Reset. => Bitte drücken Sie auf Reset.
Chère Anna, appuyez sur Reset. => Appuyez sur Reset.
Estimada Anna, pulse Reset. => Pulse Reset.
Buenos días Anna, pulse Reset. => Pulse Reset.
Ciao Anna, premi Reset. => Premi Reset.
Gentile Anna, prema Reset. => Prema Reset.
Beste Anna, druk op Reset. => Druk op Reset.
Olá Anna, prima Reset. => Prima Reset.
Thanks, [NAME_1]! It is. => Thanks! It is.
Thanks, Anna! It is. => Thanks! It is.
Thank you Anna. It is. => Thank you. It is.
[NAME_1], press Reset. => Press Reset.
It is, [NAME_1]. => It is.
"""),
)
def test_whom_it_greets_goes(text, bare):
    assert bare_answer(text, NAMES) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    table(r"""
Hello, Elodie here. It is. => It is.
Hi, this is Elodie. It is. => It is.
Li Na here, it is. => It is.
Hello [NAME_2], [NAME_1] here! It is. => It is.
Priya here! Press Reset. => Press Reset.
Hi, Priya here! Press Reset. => Press Reset.
Hi there! Priya here. Press Reset. => Press Reset.
Priya from Kettle & Otter here. Press Reset. => Press Reset.
Hi Anna, Priya here from Kettle & Otter! Press Reset. => Press Reset.
My name is Tom and I'll help you. Press Reset. => Press Reset.
My name is Tom and I'll be helping you with your kettle today. Press Reset. => Press Reset.
Hello, my name is Tom. Press Reset. => Press Reset.
Hello! My name's Priya, happy to help. Press Reset. => Press Reset.
Hi! This is Tom from Customer Care. Press Reset. => Press Reset.
I'm Priya and I'm going to look after you. Press Reset. => Press Reset.
I am Tom, your support agent. Press Reset. => Press Reset.
You're chatting with Priya. Press Reset. => Press Reset.
You are now speaking to Priya. Press Reset. => Press Reset.
You're through to Tom. Press Reset. => Press Reset.
Tom speaking. Press Reset. => Press Reset.
Hier ist Maren vom Kundendienst. Bitte drücken Sie Reset. => Bitte drücken Sie Reset.
Mein Name ist Maren und ich helfe Ihnen gerne weiter. Bitte drücken Sie Reset. => Bitte drücken Sie Reset.
Hallo, Maren hier. Bitte drücken Sie Reset. => Bitte drücken Sie Reset.
Ich bin Maren. Bitte drücken Sie Reset. => Bitte drücken Sie Reset.
Ici Elodie du service client. Appuyez sur Reset. => Appuyez sur Reset.
Je m'appelle Elodie et je vais vous aider. Appuyez sur Reset. => Appuyez sur Reset.
Je suis Elodie. Appuyez sur Reset. => Appuyez sur Reset.
Soy Lucía del equipo de soporte. Pulse Reset. => Pulse Reset.
Me llamo Carlos y le voy a ayudar. Pulse Reset. => Pulse Reset.
Le atiende María. Pulse Reset. => Pulse Reset.
Sono Giulia del servizio clienti. Prema Reset. => Prema Reset.
Mi chiamo Marco e la aiuterò. Prema Reset. => Prema Reset.
Je spreekt met Sanne. Druk op Reset. => Druk op Reset.
Mijn naam is Sanne en ik help u graag. Druk op Reset. => Druk op Reset.
Sou a Beatriz do apoio ao cliente. Prima Reset. => Prima Reset.
O meu nome é João e vou ajudar. Prima Reset. => Prima Reset.
您好，我是客服小李。请按重置键。 => 您好，请按重置键。
我叫王芳，请按重置键。 => 请按重置键。
"""),
)
def test_who_introduces_themselves_goes(text, bare):
    assert bare_answer(text, NAMES) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    table(r"""
You need 54 mm. All the best, Maren => You need 54 mm.
You need 54 mm. Good luck. Tomek => You need 54 mm. Good luck.
You need 54 mm. Good luck. Zdislav => You need 54 mm. Good luck.
You need 54 mm.\n\nBest regards,\nLi Na => You need 54 mm.
You need 54 mm. All the best, [NAME_1] => You need 54 mm.
You need 54 mm.\n\nBest regards,\n[NAME_1] [NAME_2] => You need 54 mm.
You need 54 mm. [NAME_1] => You need 54 mm.
You need 54 mm.\n[NAME_1] => You need 54 mm.
You need 54 mm.\nWarmly, Priya => You need 54 mm.
You need 54 mm. Cheers, Joss => You need 54 mm.
You need 54 mm.\nCheers Joss => You need 54 mm.
You need 54 mm. Thanks, Tom => You need 54 mm.
You need 54 mm. Thanks!\nBest,\nTom => You need 54 mm.
You need 54 mm.\nBest, Tom => You need 54 mm.
You need 54 mm. Kind regards => You need 54 mm.
You need 54 mm.\nBest wishes from Ferry Lane => You need 54 mm.
You need 54 mm.\n- Tom => You need 54 mm.
You need 54 mm. ~ Priya => You need 54 mm.
You need 54 mm. -P. => You need 54 mm.
You need 54 mm. ^TM => You need 54 mm.
You need 54 mm.\nwsmwk => You need 54 mm.
You need 54 mm.\nPriya, Customer Care => You need 54 mm.
You need 54 mm.\nPriya (support) => You need 54 mm.
You need 54 mm.\nKind regards,\nPriya from Kettle & Otter => You need 54 mm.
You need 54 mm.\nKind regards,\nPriya\nCustomer Care => You need 54 mm.
You need 54 mm.\nKind regards,\nYour Kettle & Otter team => You need 54 mm.
Das geht. Viele Grüße => Das geht.
Das geht. Viele Grüße, Maren => Das geht.
Das geht.\nMit freundlichen Grüßen\nMaren Huber => Das geht.
Das geht.\nLG Maren => Das geht.
C'est bon. Cordialement, Elodie => C'est bon.
C'est bon.\nBien à vous,\nElodie => C'est bon.
Así es. Un saludo, Carlos => Así es.
Va bene. Cordiali saluti, Giulia => Va bene.
Dat kan. Met vriendelijke groet, Sanne => Dat kan.
Dat kan. Groetjes, Sanne => Dat kan.
Está bem. Cumprimentos, Beatriz => Está bem.
请按重置键。\n祝好，\n王芳 => 请按重置键。
Hi Anna,\nPriya here! Press Reset.\nWarmly, Priya => Press Reset.
Tomek =>
Hi Anna! =>
Best regards,\nMaren =>
"""),
)
def test_who_signs_goes(text, bare):
    assert bare_answer(text, NAMES) == bare


@pytest.mark.parametrize(
    ("text", "bare"),
    table(r"""
Priya here! You have 30 days. => You have 30 days.
You have 30 days.\nWarmly, Priya\nKettle & Otter => You have 30 days.
Hello there, my name is Tom, and I'd be happy to assist you. You have 30 days. => You have 30 days.
Good evening Mrs Miller, You have 30 days. Kind regards, Tom Baker, Customer Service => You have 30 days.
Hey Sam 👋 You have 30 days. => You have 30 days.
Hi Anna 🙂\nYou have 30 days. => You have 30 days.
Hello Anna! Thanks for writing to Otter, this is Priya. It is 54 mm. => Thanks for writing to Otter. It is 54 mm.
Thank you for contacting us, Anna. You have 30 days. => Thank you for contacting us. You have 30 days.
Thanks for your message Anna! You have 30 days. => Thanks for your message! You have 30 days.
You have 30 days, Anna! => You have 30 days!
Dear customer,\nYou have 30 days.\nYours, the team => You have 30 days.
Hi, I'm Priya from the returns team! You have 30 days. => You have 30 days.
Hi! Priya from Kettle & Otter. You have 30 days. => Hi! You have 30 days.
You have 30 days.\n\nPriya ☕ => You have 30 days.
You have 30 days. Have a lovely day, Priya => You have 30 days.
You have 30 days. Have a great weekend! Priya x => You have 30 days. Have a great weekend!
You have 30 days. Cheers,\nJoss :) => You have 30 days.
You have 30 days. Best,\nPriya :-) => You have 30 days.
You have 30 days.\nYours sincerely\nPriya Patel\nCustomer Care Team\nKettle & Otter => You have 30 days.
Sie haben 30 Tage. Mit freundlichen Grüßen, Ihr Kundenservice => Sie haben 30 Tage.
Sie haben 30 Tage. Ihre Maren => Sie haben 30 Tage.
Vous avez 30 jours. Bonne journée, Elodie => Vous avez 30 jours.
Tiene 30 días. Atentamente, Lucía => Tiene 30 días.
Ha 30 giorni. Buona giornata, Giulia => Ha 30 giorni.
Hallo Anna, mijn naam is Sanne. Je hebt 30 dagen. Groetjes, Sanne => Je hebt 30 dagen.
Olá Ana, o meu nome é João. Tem 30 dias. Com os melhores cumprimentos, João => Tem 30 dias.
您好，我是小王，很高兴为您服务。您有30天。 => 您好，很高兴为您服务。您有30天。
I'm Tom, your support agent today. You have 30 days. => You have 30 days.
It's Tom again. You have 30 days. => You have 30 days.
Tom again! You have 30 days. => You have 30 days.
You have 30 days. Regards => You have 30 days.
Agent Tom: You have 30 days. => You have 30 days.
Hi Anna,You have 30 days. => You have 30 days.
Hello dear Anna, You have 30 days. => You have 30 days.
Greetings Anna, you have 30 days. => You have 30 days.
Sincerely,\nThe Support Team =>
Welcome back, Anna! You have 30 days. => You have 30 days.
Many thanks,\nTom (he/him) =>
You have 30 days. Sent by Tom => You have 30 days.
You have 30 days. Signed, Tom => You have 30 days.
You have 30 days. With love from Priya => You have 30 days.
You have 30 days. Thank you, Anna, and have a nice day! => You have 30 days. Thank you, and have a nice day!
"""),
)
def test_more_ways_to_say_who_writes(text, bare):
    assert bare_answer(text, {"priya", "joss"}) == bare


@pytest.mark.parametrize(
    "text",
    r"""
Tom: You have 30 days.
Note: You have 30 days.
Ireland: 3 to 6 working days.
The kettle comes from Leeds.
Parcels from Leeds.
Filters from Kettle & Otter. They fit.
Welcome to the shop. It is open.
Sent by Marrow Parcel, it takes 2 days.
Thanks for choosing Express! It leaves today.
Ihre Bestellung wird gepackt.
Deine Dose hat ein Ventil.
It comes in Ruby, Amber, Jade.
The lid is from Victoria.
This is tracked again.
Support: press Reset.
Hello! This is easy.
You are right here. It is.
Hi there, it is.
Hi, it is.
Hi! It is.
Hello and thanks for writing to us.
Hello! Press Reset.
I have asked [NAME_1].
Hinges are spare parts, see below.
It is in Settings.
This one is the best
Click on Settings and then on Account
Ask for Priya in the Leeds shop.
Bring it to Leeds and ask for Priya.
Please write to Tom at the repair desk.
Our trainer, Priya, teaches on Saturdays.
Dr. Smith is there on Mondays.
We have rooms at Best Western.
Our partner hotels: Best Western
Rooms are free. Best Western has some too.
Give our regards to the chef.
With regards to your question, press Reset.
As regards the filter, it is 54 mm.
Best before end of May.
Best results come with soft water.
Love, Actually is the film on Friday.
Thanks for writing. It is 54 mm.
Thanks. Press Reset.
Many thanks for the photo.
Morning routine: rinse the filter first.
Good morning! We open at nine.
Beste Wahl: 54 mm.
Liebe zum Detail ist uns wichtig.
Click here. Then restart.
More here: press Reset.
Nothing here, then. Press Reset.
Look here! The light is red.
Duplicated here https://help.example/1
This is Thunderbird. It is a mail program.
This is Windows Defender, which blocks it.
I'm glad you wrote. Press Reset.
I am sorry. Press Reset.
I'm on Windows as well. Press Reset.
It's Friday, so tomorrow it is.
It's German. Choose English first.
The settings are:\nMail\nCalendar
Choose one of these:\nFirefox
Restart it:\n- Stop Thunderbird.\n- Start Thunderbird.
Is it on? No.
It is in your folder. Interesting.
Works in these browsers:\n- Chrome\n- Firefox
It works in Paris, Rome and Berlin.
Use the button that says Reset
Yes, Monday. The shop opens at nine.
Sorry, Sundays we are closed.
Take care of the seal.
Take care: the seal is hot.
Ich bin nicht sicher, bitte drücken Sie Reset.
Hier ist der Link: drücken Sie Reset.
Viele Grüße aus der Werkstatt bekommt, wer schreibt.
Ici, la livraison est gratuite.
Je suis désolée. Appuyez sur Reset.
C'est Noël, la boutique est fermée.
Sono disponibili tre misure.
Soy consciente de ello. Pulse Reset.
Aquí tiene el enlace: pulse Reset.
Merci de patienter.
Gracias por escribir. Pulse Reset.
Saludos es el nombre del café.
我是说请按重置键。
您好，请按重置键。
""".strip().splitlines(),
)
def test_what_says_something_stays(text):
    text = text.replace("\\n", "\n")
    assert bare_answer(text, NAMES) == text


@pytest.mark.parametrize(
    ("text", "bare"),
    table(r"""
That is something for Elodie, I am passing you on. One moment, please. =>
Elodie knows more about this than I do and takes over now. =>
I'd like [NAME_1] to look at this. You keep your place. =>
I'm transferring you to my colleague Tom. Please hold on a moment. =>
Hello, Elodie here, taking over from my colleague. It is 54 mm. => It is 54 mm.
Hi, this is Elodie. I've read along. It is 54 mm. => It is 54 mm.
Elodie here, I have read what you wrote. => \n
Ich verbinde Sie mit der Werkstatt. Einen Moment, bitte. =>
One moment, please. The kettle beeps then. => One moment, please. The kettle beeps then.
I'd like you to look at this. => I'd like you to look at this.
"""),
)
def test_who_takes_over_goes(text, bare):
    assert bare_answer(text, NAMES) == bare


def test_a_name_that_only_a_transcript_tells_is_one():
    assert bare_answer("It is in Settings. bogo") == "It is in Settings. bogo"
    assert bare_answer("It is in Settings. bogo", ["bogo"]) == "It is in Settings."
    assert names_in([Turn(Role.AGENT, "a", "Li Na"), Turn(Role.BOT, "b", "Otto")]) == {"li na", "li", "na"}


def test_a_moment_holds_what_was_said_and_the_transcript_who_said_it():
    turns = (
        Turn(Role.CUSTOMER, "Which size?", "Ada"),
        Turn(Role.AGENT, "Hi Ada, bogo here.", "bogo"),
        Turn(Role.AGENT, "It is 54 mm.\nbogo", "bogo"),
        Turn(Role.CUSTOMER, "And the lid?", "Ada"),
        Turn(Role.AGENT, "58 mm, ada.\nWarmly, bogo", "bogo"),
        Turn(Role.CUSTOMER, "Thanks", "Ada"),
        Turn(Role.AGENT, "bogo", "bogo"),
    )
    first, second = moments_of(Conversation("1", turns))
    assert (first.answer, second.answer) == ("It is 54 mm.", "58 mm.")
    assert [turn.text for turn in second.context[1:3]] == ["Hi Ada, bogo here.", "It is 54 mm.\nbogo"]
