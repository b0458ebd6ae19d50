"""What closes a mail is cut: cards under formulas, devices, notices, marks of mail programs. Words stay."""

from __future__ import annotations

import pytest

from data.cleaning.quality import clean
from data.cleaning.quoted_mail import what_was_said
from data.transcripts import Conversation, Role, Turn

ANSWER = "Yes, we repair music boxes in our own workshop."
OLD = "Do you repair music boxes?\nMy neighbour Mr Okonkwo at 14 Rose Lane has one too."
CLOSED = [
    "Best regards, Anna Berg",
    "Mit freundlichen Grüßen, Anna\nKundenservice",
    "Kind regards\n[NAME_1]\nSupport",
    "Best,\nAnna Berg\nCustomer Support Agent",
    "Kind regards,\n\nAnna Berg\nHead of Customer Care | Kettle & Otter Ltd\nT: +44 20 7946 0123\nwww.shop.example",
    "Best regards,\nPriya",
    "Mit freundlichen Grüßen\n\nJonas Weber\nKundenservice\nTel. 030 1234567",
    "Cordialement,\nCamille Dubois\nResponsable du service client",
    "Un saludo,\nLucía Fernández\nAtención al cliente",
    "Cordiali saluti\nGiulia Rossi\nAddetta all'assistenza clienti",
    "Met vriendelijke groet,\nSanne de Vries\nKlantenservice",
    "此致\n敬礼\n李雷\n客户服务部",
    "祝好，\n李雷",
    "Thanks,\nThe Kettle Team",
    "Warm regards,\nThe Support Team",
    (
        "Best,\nAnna\n\nThis e-mail and any attachments are confidential and intended solely for the "
        "addressee.\nIf you are not the intended recipient, delete it."
    ),
    (
        "Kind regards,\nAnna Berg\nSenior Adviser, Kettle & Otter\n\nCONFIDENTIALITY NOTICE: The "
        "contents of this email are confidential and meant for its recipient only."
    ),
    "Sent from Outlook for Android",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android (https://aka.ms/AAb9ysg)",
    "Gesendet von Outlook für Android",
    "Von meinem iPhone gesendet",
    "Gesendet von meinem iPhone",
    "Envoyé de mon iPhone",
    "Envoyé depuis Outlook pour Android",
    "Téléchargez Outlook pour Android",
    "Enviado desde mi iPhone",
    "Enviado desde Outlook para Android",
    "Obtener Outlook para Android",
    "Inviato da iPhone",
    "Inviato da Outlook per Android",
    "Scarica Outlook per Android",
    "Verstuurd vanaf mijn iPhone",
    "Verzonden vanuit Outlook voor Android",
    "Outlook voor Android downloaden",
    "发自我的iPhone",
    "从我的 iPhone 发送",
    "发送自 Outlook for Android",
    "获取 Outlook for Android",
    "Sent from my iPhone\nPlease excuse my brevity.",
    (
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat "
        "sind, löschen Sie sie bitte."
    ),
    "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement à leurs destinataires.",
    "Este mensaje y sus archivos adjuntos son confidenciales y van dirigidos a su destinatario.",
    "Questo messaggio contiene informazioni riservate ed è destinato esclusivamente al destinatario.",
    "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Bent u dat niet, wis het.",
    "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。禁止任何其他人以任何形式使用本邮件中的信息。",
]
HEADED = [
    "________________________________\nFrom: Anna Berg",
    "________________________________\nVon: Anna Berg <a@b.example>",
    "________________________________\nDe : Anna\nEnvoyé : lundi",
    "________________________________\n\nFrom: Anna Berg",
    "**From:** Anna Berg\n**Sent:** Friday",
    "*From:* Anna Berg\n*Sent:* Friday 6 December",
    "*Von:* Anna\n*Gesendet:* Freitag",
    "**De :** Anna\n**Envoyé :** lundi 3 mars",
    "*De:* Ana\n*Enviado:* lunes",
    "*Da:* Ana\n*Inviato:* lunedì",
    "**Van:** A\n**Verzonden:** maandag",
    "**发件人:** 李雷\n**发送时间:** 2024年",
    "From: Anna <a@b.example>\nSent: Friday",
    "From: Anna Berg\n\nSent: Friday\n\nTo: Shop",
    "*From: *Anna Berg\n*Sent: *Friday",
    "-----Reply message-----",
    "----- Message d'origine -----",
    "***** Original Message *****",
    "-------- Weitergeleitete Nachricht --------",
    "Am 06.12.2024 um 13:30 schrieb Anna Berg <anna@x.example>:",
    "Le 6 déc. 2024 à 13:30, Anna Berg <a@x.example> a écrit :",
    "El 6 dic 2024, a las 13:30, Anna escribió:",
    "Il giorno 6 dic 2024, alle ore 13:30, Anna <a@x.example> ha scritto:",
    "Op 6 dec. 2024, om 13:30 heeft Anna <a@x.example> het volgende geschreven:",
    "在 2024年12月6日，13:30，Anna <a@x.example> 写道：",
    "On Dec 6, 2024, at 1:30 PM, Anna Berg <a@x.example> wrote:",
]
PAGES = [
    (
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><font><b>From:</b> '
        "Anna Berg<br><b>Sent:</b> Friday</font></div><div>{O}</div>"
    ),
    '<div id="x_divRplyFwdMsg"><b>De :</b> Anna</div><p>{O}</p>',
    '<hr><div id="divRplyFwdMsg">Quelqu un</div><blockquote>{O}</blockquote>',
    (
        '<div class="gmail_quote"><div class="gmail_attr">On Fri, 6 Dec 2024 Anna '
        'wrote:<br></div><blockquote class="gmail_quote">{O}</blockquote></div>'
    ),
    (
        '<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">pe vin, '
        '6 XII Anna zrobila:<br></div><blockquote class="gmail_quote">{O}</blockquote></div>'
    ),
    '<div class="gmail_quote">{O}</div>',
    '<div id="ydp1a2b3cyahoo_quoted_123" class="ydp1a2b3cyahoo_quoted">{O}</div>',
    '<div id="yahoo_quoted_4407"><div>On Friday, 6 December 2024, Anna wrote:</div><div>{O}</div></div>',
    '<div><br><blockquote type="cite"><div>On 6 Dec 2024, at 13:30, Anna wrote:</div>{O}</blockquote></div>',
    (
        '<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/x">Outlook for '
        'Android</a></div><div id="mail-editor-reference-message-container"><b>From:</b> '
        "Anna<br>{O}</div>"
    ),
    '<div id="Signature"><p>Anna Berg</p><p>Support</p></div>',
    "<p>Kind regards,</p><p>Anna Berg<br>Support</p>",
    '<div class="moz-cite-prefix">Am 6.12. schrieb Anna:</div><blockquote type="cite">{O}</blockquote>',
]
WORDS = [
    "It works.\nThanks, Anna",
    "I like it.\nBest, Anna said, is the blue one",
    "Thanks\nSupport was great",
    "Thanks,\nAnna\nSupport told me it works",
    "Thanks\nit works now",
    "Thanks,\nThe lid is broken too",
    "Best,\nOpen the settings first",
    "Please open it.\nThanks, and then press Start",
    "We sign with Kind regards,\nwhich is rude?",
    "The line under my mail says\nSent from my iPhone\nand I want it gone",
    "Is this e-mail confidential?\nHow do I mark it?",
    "Thanks!\n\nWhen will it arrive",
    "Choose one:\n- Best\n- Good",
    "My steps:\n1. Regards\n2. Love",
    "Cheers\nDoes Anna work today?",
    "Thanks\nAlso the support told me nothing",
    "Hello,\nsent from the warehouse yesterday, it has not come",
    "Merci\nQuand arrive mon colis",
    "Danke\nDie Lampe ist kaputt",
    "Colours:\nRegards\nRed",
    "谢谢\n我的订单在哪",
    "Send it:\n____\nFrom: the shop\nto you",
    "The form says\n____________\nFrom: ____\nTo: ____",
    "**From:** the door\n**To:** the wall it is 3 m. Fits?",
    "My mail client shows From: and Sent: in bold, how can I change it?",
    "It went out.\nSent by DHL yesterday",
    "Sie kam nicht an.\nGesendet mit der Post",
]


def cleaned(text):
    turns = (Turn(Role.CUSTOMER, "Do you repair music boxes?"), Turn(Role.AGENT, text))
    return clean(Conversation("1", turns)).conversation.turns[1].text


@pytest.mark.parametrize("end", CLOSED)
def test_what_closes_a_mail_is_cut(end):
    said = what_was_said(f"{ANSWER}\n\n{end}")
    assert said.text == ANSWER
    assert said.signature


@pytest.mark.parametrize("heading", HEADED)
def test_old_mail_below_is_cut_in_an_answer_and_in_the_opening_message(heading):
    text = f"{ANSWER}\n\n{heading}\n{OLD}"
    assert what_was_said(text).text == what_was_said(text, opening=True).text == ANSWER


@pytest.mark.parametrize("page", PAGES)
def test_marks_of_mail_programs_say_where_it_begins(page):
    assert cleaned(f"<html><body><div>{ANSWER}</div>{page.format(O=OLD)}</body></html>") == ANSWER


@pytest.mark.parametrize("text", WORDS)
def test_words_that_look_like_it_stay(text):
    assert what_was_said(text, opening=True).text == text


def test_what_follows_a_signature_or_stands_between_quotes_stays():
    assert what_was_said("Yes.\n\nBest,\nAnna\n\nThe manual is attached.").text == "Yes.\n\nThe manual is attached."
    assert what_was_said("Yes.\nBest\nAnna Berg\nSupport\n\nP.S. It is blue.").text == "Yes.\n\nP.S. It is blue."
    notice = "This message is confidential and intended for the recipient only.\nDelete it otherwise."
    assert what_was_said(f"Yes.\n\n{notice}\n\nIs it blue?").text == "Yes.\n\n\nIs it blue?"
    page = (
        '<div class="gmail_quote"><div class="gmail_attr">On Fri, 6 Dec 2024 Anna wrote:<br></div>'
        '<blockquote class="gmail_quote">Do you repair?</blockquote><div>Yes, we do.</div>'
        '<blockquote class="gmail_quote">And chairs?</blockquote><div>No.</div></div>'
    )
    assert cleaned(page) == "Yes, we do.\n\nNo."
