from __future__ import annotations

import pytest

from chatbot.dialogue.text.small_talk import SmallTalk, small_talk


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi!", SmallTalk.GREETING),
        ("  hello there :)", SmallTalk.GREETING),
        ("Guten Tag", SmallTalk.GREETING),
        ("你好！", SmallTalk.GREETING),
        ("Thanks!!", SmallTalk.THANKS),
        ("that's all, thanks", SmallTalk.THANKS),
        ("Vielen Dank 🙏", SmallTalk.THANKS),
        ("d'accord", SmallTalk.ACKNOWLEDGEMENT),
        ("Alles klar!", SmallTalk.ACKNOWLEDGEMENT),
        ("好的", SmallTalk.ACKNOWLEDGEMENT),
        ("👍🏽", SmallTalk.ACKNOWLEDGEMENT),
        ("👍👍", SmallTalk.ACKNOWLEDGEMENT),
        ("你真好", SmallTalk.PRAISE),
        ("Great service!", SmallTalk.PRAISE),
        ("?", SmallTalk.UNCLEAR),
        ("??", SmallTalk.UNCLEAR),
        ("right you are. bye then", SmallTalk.THANKS),
        ("Thanks, got it!", SmallTalk.ACKNOWLEDGEMENT),
    ],
)
def test_a_phrase(text, kind):
    assert small_talk(text) is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ok thanks so much for your help today!!", SmallTalk.THANKS),
        ("great, that's sorted then", SmallTalk.ACKNOWLEDGEMENT),
        ("haha no worries", SmallTalk.ACKNOWLEDGEMENT),
        ("wow that was really quick", SmallTalk.PRAISE),
        ("thanks for getting back to me so quickly", SmallTalk.THANKS),
        ("Okay, understood. Have a nice day!", SmallTalk.THANKS),
        ("that answers my question, thank you very much", SmallTalk.THANKS),
        ("Oh, thanks", SmallTalk.THANKS),
        ("wow! you helped me a lot", SmallTalk.PRAISE),
        ("nice chatting with you, bye for now", SmallTalk.THANKS),
        ("hello?? is anyone there", SmallTalk.GREETING),
        ("anyone there", SmallTalk.GREETING),
        ("hey, i have a question", SmallTalk.GREETING),
        ("vielen lieben Dank für Ihre Hilfe", SmallTalk.THANKS),
        ("super, das hat geklappt", SmallTalk.ACKNOWLEDGEMENT),
        ("Hallo, ist da jemand?", SmallTalk.GREETING),
        ("merci beaucoup pour votre aide !", SmallTalk.THANKS),
        ("c'est parfait, ça marche maintenant", SmallTalk.ACKNOWLEDGEMENT),
        ("Bonjour, il y a quelqu'un ?", SmallTalk.GREETING),
        ("muchas gracias por su ayuda", SmallTalk.THANKS),
        ("vale, perfecto", SmallTalk.ACKNOWLEDGEMENT),
        ("hola, ¿hay alguien?", SmallTalk.GREETING),
        ("grazie mille per l'aiuto", SmallTalk.THANKS),
        ("va bene, tutto chiaro", SmallTalk.ACKNOWLEDGEMENT),
        ("buongiorno, c'è qualcuno?", SmallTalk.GREETING),
        ("hartelijk bedankt voor uw hulp", SmallTalk.THANKS),
        ("top, het is gelukt", SmallTalk.ACKNOWLEDGEMENT),
        ("hallo, is er iemand?", SmallTalk.GREETING),
        ("好的，非常感谢您的耐心", SmallTalk.THANKS),
        ("明白了，没问题", SmallTalk.ACKNOWLEDGEMENT),
        ("有人吗？", SmallTalk.GREETING),
    ],
)
def test_more_words_of_the_same_kind_in_seven_languages(text, kind):
    assert small_talk(text) is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Thanks Tom", SmallTalk.THANKS),
        ("thanks tom", SmallTalk.THANKS),
        ("Cheers, Zbigniewa", SmallTalk.THANKS),
        ("Thanks so much Priya, you're a star", SmallTalk.PRAISE),
        ("Hi Maria!", SmallTalk.GREETING),
        ("hello team", SmallTalk.GREETING),
        ("Danke schön Frau Müller", SmallTalk.THANKS),
        ("Bonjour Madame", SmallTalk.GREETING),
        ("got it, thank you sir", SmallTalk.THANKS),
        ("Many thanks,\nMaria", SmallTalk.THANKS),
    ],
)
def test_whoever_it_is_said_to(text, kind):
    assert small_talk(text) is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("thaaaanks", SmallTalk.THANKS),
        ("okkkk", SmallTalk.ACKNOWLEDGEMENT),
        ("helloooo", SmallTalk.GREETING),
        ("thnaks", SmallTalk.THANKS),
        ("youre the best", SmallTalk.PRAISE),
        ("thats great :D", SmallTalk.PRAISE),
        ("gracias, hasta manana", SmallTalk.THANKS),
    ],
)
def test_however_it_is_typed(text, kind):
    assert small_talk(text) is kind


@pytest.mark.parametrize(
    "text", ["asdkjh qwe zzzx", "sdfsdfsdf", "lkjhg", "jjjjjjj", "asdf", "lalalala", "ok?", "all good?"]
)
def test_what_nobody_understands(text):
    assert small_talk(text) is SmallTalk.UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        "thanks, but it still leaks",
        "ok and how long?",
        "great, you broke it again",
        "great, now it does not work",
        "thanks for nothing",
        "well done, it leaks",
        "thanks a lot for wasting my time",
        "thanks 🙄",
        "great :(",
        "it doesn't work",
        "that's not helpful",
        "danke, aber es tropft immer noch",
        "toll, schon wieder kaputt",
        "super, und wie lange?",
        "merci mais ça fuit toujours",
        "gracias pero sigue goteando",
        "grazie ma perde ancora",
        "bedankt maar hij lekt nog",
        "谢谢，但是还漏水",
        "太好了，又坏了",
        "不好",
    ],
)
def test_a_complaint_or_question_behind_kind_words_is_none(text):
    assert small_talk(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Hi! Thanks. The lid broke",
        "ok, and the wren?",
        "ok wren",
        "Thanks! Wren?",
        "thanks for the kettle",
        "hello refund",
        "hello heron leaks",
        "help my kettle leaks",
        "right now!",
        "oh",
        "oh well",
        "yes",
        "no",
        "ja",
        "si",
        "   ",
        "",
        "Hi, where is my parcel?",
        "E107",
        "dhl",
        "prst",
        "dziękuję, gdzie moja paczka",
        "wherismyordr",
    ],
)
def test_what_names_a_thing_or_answers_is_none(text):
    assert small_talk(text) is None
