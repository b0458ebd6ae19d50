"""Mail programs of seven languages: what they add is cut, wrapped or not, and what customers quote themselves stays."""

from __future__ import annotations

import time

import pytest

from data.cleaning.quality import clean
from data.cleaning.quoted_mail import what_was_said
from data.transcripts import Conversation, Role, Turn

OLD = "Do you repair music boxes?\nMy neighbour Mr Okonkwo at 14 Rose Lane has one too."
HEADINGS = {
    "gmail, wrapped at the address": "On Thu, Dec 6, 2024 at 1:30 PM Wilhelmina Abbeele <\nw.a@example.com> wrote:\n",
    "gmail, wrapped before it": "On Thu, Dec 6, 2024 at 1:30 PM Wilhelmina Abbeele\n<w.a@example.com> wrote:\n",
    "over three lines": "On Dec 6, 2024 Wilhelmina\nvan der Abbeele of Abbeele music\n<w.a@example.com> wrote:\n",
    "apple": "On 6 Dec 2024, at 13:30, ANNA wrote:\n",
    "thunderbird": "On 06.12.24 13:30, Anna Berg wrote:\n",
    "german gmail": "Am Do., 6. Dez. 2024 um 13:30 Uhr schrieb Anna Berg <\nanna@example.com>:\n",
    "german thunderbird": "Am 06.12.2024 um 13:30 schrieb Anna Berg:\n",
    "german name first": "ANNA schrieb am Do., 6. Dez. 2024, 13:30:\n",
    "french": "Le jeu. 6 déc. 2024 à 13:30, ANNA\na écrit :\n",
    "spanish": "El jue, 6 dic 2024 a las 13:30, Anna Berg (<anna@example.com>)\nescribió:\n",
    "italian": "Il giorno gio 6 dic 2024 alle ore 13:30 Anna Berg\n<anna@example.com> ha scritto:\n",
    "dutch": "Op do 6 dec 2024 om 13:30 schreef ANNA:\n",
    "chinese": "在 2024年12月6日，下午1:30，ANNA 写道：\n",
    "chinese gmail": "ANNA 于2024年12月6日周五 13:30写道：\n",
    "old gmail": "2024-12-06 13:30 GMT+01:00 ANNA:\n",
    "zoho": "---- On Fri, 06 Dec 2024 13:30:00 +0100 ANNA wrote ----\n",
    "address only": "ANNA wrote:\n",
    "mac outlook": "From: ANNA\nDate: 6 December 2024 at 13:30\nTo: Shop\nSubject: Re: Music\n",
    "mac outlook, bold": "*From:* ANNA\n*Date:* 6 December 2024\n*To:* Shop\n*Subject:* Music\n",
    "outlook": "From: Anna Berg\nSent: Friday\nTo: Shop\nSubject: Music\n",
    "outlook, a rule above": "__________________\nFrom: Anna Berg\nSent: Friday\nTo: Shop\nSubject: Music\n",
    "outlook, wrapped": "From: ANNA\nSent: Friday\nTo: <s@shop.example>;\n <o@shop.example>\nSubject: Music\n",
    "german": "Von: ANNA\nDatum: 6. Dezember 2024 um 13:30\nAn: Shop\nBetreff: Musik\n",
    "french block": "De : ANNA\nDate : 6 décembre 2024 à 13:30\nÀ : Shop\nObjet : Musique\n",
    "spanish block": "De: ANNA\nFecha: 6 de diciembre de 2024, 13:30\nPara: Shop\nAsunto: Música\n",
    "italian block": "Da: ANNA\nData: 6 dicembre 2024 alle 13:30\nA: Shop\nOggetto: Musica\n",
    "dutch block": "Van: ANNA\nDatum: 6 december 2024 om 13:30\nAan: Shop\nOnderwerp: Muziek\n",
    "chinese block": "发件人: ANNA\n发送时间: 2024年12月6日 13:30\n收件人: Shop\n主题: 音乐\n",
    "qq": "------------------ 原始邮件 ------------------\n发件人: Anna\n",
    "forwarded": "Begin forwarded message:\n\nFrom: Anna Berg\n",
    "german forwarded": "Anfang der weitergeleiteten Nachricht:\n\nVon: Anna Berg\n",
    "french original": "-----Message d’origine-----\nDe : Anna\n",
    "reply above": "##- Bitte geben Sie Ihre Antwort über dieser Zeile ein. -##\n",
}  # fmt: skip


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS)
def test_old_mail_below_a_heading_is_cut_quoted_or_not(heading):
    heading = heading.replace("ANNA", "Anna Berg <anna@example.com>")
    answer = "Yes, we repair music boxes in our own workshop."
    for old in (OLD, "\n" + OLD, "> " + OLD.replace("\n", "\n> "), "\n> " + OLD.replace("\n", "\n> ")):
        said = what_was_said(f"{answer}\n\n{heading}{old}")
        assert said.text == answer
        assert said.quoted


@pytest.mark.parametrize(
    "text",
    [
        "Please send us:\nFrom: where it was sent\nTo: where it goes\nDate: the day\nSubject: what it is",
        "On 3 March we wrote to the maker:\nno answer yet.".replace("wrote to the maker:", "wrote to the maker."),
        "He wrote:\nit does not work",
        "At 10:30 it stopped. The display said 3:\nplease wait",
        "In 2024 she wrote a book about it: the best of all",
        "Steps:\n1. Open it\n2. On page 3 choose Reset",
        "Copy it to a flash drive\n---\nPaste it on the new PC:\n- open the folder\n- launch it",
        "So much for today\n---",
        "Van: the blue one\nAn: other",
        "Price a - b\n---\nTotal 5" + "\nand so on" * 20,
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert what_was_said(text).text == text


def turns(*texts):
    return Conversation("1", tuple(Turn((Role.CUSTOMER, Role.AGENT)[n % 2], text) for n, text in enumerate(texts)))


def test_what_a_customer_quotes_in_the_opening_message_stays():
    text = "The coffee machine shows this:\n\n> E-77 water level sensor\n> please call service\n\nWhat should I do?"
    cleaned = clean(turns(text, "Dry its foot."))
    assert cleaned.conversation.turns[0].text == text
    assert not cleaned.turns


def test_old_mail_in_an_opening_message_goes():
    text = "Where is it?\n\nOn Fri, Dec 6, 2024 at 1:30 PM Shop <s@shop.example> wrote:\n> Thank you for your order"
    assert clean(turns(text, "Here.")).conversation.turns[0].text == "Where is it?"
    later = clean(turns("Where?", "Here.", "> Here.\nWhere is here?", "There."))
    assert [turn.text for turn in later.conversation.turns] == ["Where?", "Here.", "Where is here?", "There."]


@pytest.mark.parametrize("mark", ["-- ", "--", "\u2014", "___", "---"])
def test_signatures(mark):
    said = what_was_said(f"Yes, we do.\n{mark}\nAnna Berg\nSupport, Shop Ltd")
    assert said.text == "Yes, we do."
    assert said.signature


@pytest.mark.parametrize(
    "bad",
    [
        "On 1" + " a" * 5000,
        "On 1\n" * 2000,
        "From: a\n" * 2000,
        "a <a@b.example> wrote " * 500,
        "> " * 5000,
        "在1" * 3000,
    ],
)
def test_hostile_texts_take_no_longer_than_their_length(bad):
    def took(text):
        start = time.perf_counter()
        what_was_said("x\n" + text)
        return time.perf_counter() - start

    assert took(bad * 4) < 40 * max(took(bad), 0.001)
