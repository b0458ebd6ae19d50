"""What mail programs of many languages write over the mail they answer is cut with it; a firm's notice goes as well."""

from __future__ import annotations

import pytest

from data.cleaning.quoted_mail import what_was_said

ANSWER = "Yes, we repair music boxes in our own workshop."
OLD = "Do you repair music boxes?\nMy neighbour Mr Okonkwo at 14 Rose Lane has one too."
# fmt: off
HEADINGS = {
    "mac mail said": (
        "On 3 May 2026 at 11:12:10, Anna (a@example.com) said:\n"
    ),
    "gmail ja": (
        "2026年5月5日(火) 10:00 Support <support@example.com>:\n"
    ),
    "qq full": (
        '------------------ 原始邮件 ------------------\n'
        '发件人: "Support" <support@example.com>;\n'
        '发送时间: 2026年5月5日(星期二) 上午10:00\n'
        '收件人: "Anna"<anna@qq.com>;\n'
        '主题: Re: 音乐盒\n'
    ),
    "qq --原始--": (
        '------------------&nbsp;原始邮件&nbsp;------------------\n'
        '发件人:&nbsp;"Support"\n'
    ),
    "qq bare": (
        '原始邮件\n'
        '\n'
        '发件人："Support"< support@example.com >;\n'
        '发件时间：2026年5月5日\n'
        '收件人："Anna"\n'
        '主题：Re\n'
    ),
    "foxmail": (
        "发件人： Support\n"
        "发送时间： 2026-05-05 10:00\n"
        "收件人： Anna\n"
        "主题： Re: 音乐盒\n"
    ),
    "163": (
        '在 2026-05-05 10:00:00，"Support" <support@example.com> 写道：\n'
    ),
    "163 at": (
        'At 2026-05-05 10:00:00, "Support" <support@example.com> wrote:\n'
    ),
    "163 reply block": (
        "---- 回复的原邮件 ----\n"
        "| 发件人 | Support<support@example.com> |\n"
        "| 日期 | 2026年05月05日 10:00 |\n"
    ),
    "outlook pt": (
        "De: Anna <anna@example.com>\n"
        "Enviada em: terça-feira, 5 de maio de 2026 10:00\n"
        "Para: Suporte <s@example.com>\n"
        "Assunto: RE: Música\n"
    ),
    "outlook ptpt": (
        "De: Anna <anna@example.com>\n"
        "Enviado: 5 de maio de 2026 10:00\n"
        "Para: Suporte\n"
        "Assunto: RE: Música\n"
    ),
    "outlook pl": (
        "Od: Anna <anna@example.com>\n"
        "Wysłano: wtorek, 5 maja 2026 10:00\n"
        "Do: Support <s@example.com>\n"
        "Temat: RE: Muzyka\n"
    ),
    "outlook sv": (
        "Från: Anna <anna@example.com>\n"
        "Skickat: den 5 maj 2026 10:00\n"
        "Till: Support\n"
        "Ämne: SV: Musik\n"
    ),
    "outlook da": (
        "Fra: Anna <anna@example.com>\n"
        "Sendt: 5. maj 2026 10:00\n"
        "Til: Support\n"
        "Emne: SV: Musik\n"
    ),
    "outlook nb": (
        "Fra: Anna <anna@example.com>\n"
        "Sendt: tirsdag 5. mai 2026 10:00\n"
        "Til: Support\n"
        "Emne: SV: Musikk\n"
    ),
    "outlook fi": (
        "Lähettäjä: Anna <anna@example.com>\n"
        "Lähetetty: tiistai 5. toukokuuta 2026 10.00\n"
        "Vastaanottaja: Support\n"
        "Aihe: VS: Musiikki\n"
    ),
    "outlook cs": (
        "Od: Anna <anna@example.com>\n"
        "Odesláno: úterý 5. května 2026 10:00\n"
        "Komu: Support\n"
        "Předmět: RE: Hudba\n"
    ),
    "outlook sk": (
        "Od: Anna <anna@example.com>\n"
        "Odoslané: utorok 5. mája 2026 10:00\n"
        "Komu: Support\n"
        "Predmet: RE: Hudba\n"
    ),
    "outlook hu": (
        "Feladó: Anna <anna@example.com>\n"
        "Elküldve: 2026. május 5., kedd 10:00\n"
        "Címzett: Support\n"
        "Tárgy: RE: Zene\n"
    ),
    "outlook tr": (
        "Kimden: Anna <anna@example.com>\n"
        "Gönderildi: 5 Mayıs 2026 Salı 10:00\n"
        "Kime: Support\n"
        "Konu: YNT: Müzik\n"
    ),
    "outlook ru": (
        "От: Anna <anna@example.com>\n"
        "Отправлено: 5 мая 2026 г. 10:00\n"
        "Кому: Support\n"
        "Тема: RE: Музыка\n"
    ),
    "outlook uk": (
        "Від: Anna <anna@example.com>\n"
        "Надіслано: 5 травня 2026 р. 10:00\n"
        "Кому: Support\n"
        "Тема: RE: Музика\n"
    ),
    "outlook el": (
        "Από: Anna <anna@example.com>\n"
        "Στάλθηκε: Τρίτη, 5 Μαΐου 2026 10:00\n"
        "Προς: Support\n"
        "Θέμα: RE: Μουσική\n"
    ),
    "outlook ro": (
        "De la: Anna <anna@example.com>\n"
        "Trimis: marți, 5 mai 2026 10:00\n"
        "Către: Support\n"
        "Subiect: RE: Muzică\n"
    ),
    "outlook ja": (
        "差出人: Anna <anna@example.com>\n"
        "送信日時: 2026年5月5日 10:00\n"
        "宛先: Support\n"
        "件名: RE: オルゴール\n"
    ),
    "outlook ko": (
        "보낸 사람: Anna <anna@example.com>\n"
        "보낸 날짜: 2026년 5월 5일 화요일 10:00\n"
        "받는 사람: Support\n"
        "제목: RE: 음악\n"
    ),
    "outlook zh-TW": (
        "寄件者: Anna <anna@example.com>\n"
        "寄件日期: 2026年5月5日 10:00\n"
        "收件者: Support\n"
        "主旨: RE: 音樂\n"
    ),
    "outlook it bold": (
        "*Da:* Anna <anna@example.com>\n"
        "*Inviato:* martedì 5 maggio 2026 10:00\n"
        "*A:* Support\n"
        "*Oggetto:* R: Musica\n"
    ),
    "outlook ca": (
        "De: Anna <anna@example.com>\n"
        "Enviat el: dimarts, 5 de maig de 2026 10:00\n"
        "Per a: Support\n"
        "Tema: RE: Música\n"
    ),
    "thunderbird ru": (
        "05.05.2026 10:00, Anna пишет:\n"
    ),
    "gmail ru": (
        "вт, 5 мая 2026 г. в 10:00, Anna <anna@example.com>:\n"
    ),
    "gmail pl": (
        "wt., 5 maj 2026 o 10:00 Anna <anna@example.com> napisał(a):\n"
    ),
    "gmail cs": (
        "út 5. 5. 2026 v 10:00 odesílatel Anna <anna@example.com> napsal:\n"
    ),
    "gmail tr": (
        "Anna <anna@example.com>, 5 May 2026 Sal, 10:00 tarihinde şunu yazdı:\n"
    ),
    "gmail ko": (
        "2026년 5월 5일 (화) 오전 10:00, Anna <anna@example.com>님이 작성:\n"
    ),
    "gmail zh-TW": (
        "Anna <anna@example.com> 於 2026年5月5日 週二 上午10:00寫道：\n"
    ),
    "gmail fi": (
        "ti 5. toukok. 2026 klo 10.00 Anna (anna@example.com) kirjoitti:\n"
    ),
    "gmail sv": (
        "Den tis 5 maj 2026 kl 10:00 skrev Anna <anna@example.com>:\n"
    ),
    "gmail da": (
        "Den tirs. 5. maj 2026 kl. 10.00 skrev Anna <anna@example.com>:\n"
    ),
    "gmail pt": (
        "Em ter., 5 de mai. de 2026 às 10:00, Anna <anna@example.com>\n"
        "escreveu:\n"
    ),
    "gmail hu": (
        "Anna <anna@example.com> ezt írta (időpont: 2026. máj. 5., K, 10:00):\n"
    ),
    "gmail el": (
        "Στις Τρί 5 Μαΐ 2026 στις 10:00 π.μ., ο/η Anna <anna@example.com> έγραψε:\n"
    ),
    "gmail ro": (
        "În mar., 5 mai 2026 la 10:00, Anna <anna@example.com> a scris:\n"
    ),
    "gmail uk": (
        "вт, 5 трав. 2026 р. о 10:00 Anna <anna@example.com> пише:\n"
    ),
    "apple ja": (
        "2026/05/05 10:00、Anna <anna@example.com>のメール:\n"
    ),
    "apple de": (
        "Am 05.05.2026 um 10:00 schrieb Anna <anna@example.com>:\n"
    ),
    "yahoo": (
        "    On Tuesday, May 5, 2026 at 10:00:00 AM GMT+2, Anna <anna@example.com> wrote:  \n"
    ),
    "proton": (
        "On Tuesday, May 5th, 2026 at 10:00 AM, Anna <anna@example.com> wrote:\n"
    ),
    "proton bare": (
        "------- Original Message -------\n"
        "On Tuesday, May 5th, 2026 at 10:00 AM, Anna <anna@example.com> wrote:\n"
        "\n"
    ),
    "outlook mobile": (
        "________________________________\n"
        "From: Anna Berg <anna@example.com>\n"
        "Sent: Tuesday, May 5, 2026 10:00:00 AM\n"
        "To: Support <s@example.com>\n"
        "Subject: Re: Music\n"
    ),
    "lotus": (
        "Anna Berg/Shop wrote on 05/05/2026 10:00:00 AM:\n"
    ),
    "samsung": (
        "-------- Original message --------\n"
        "From: Anna\n"
        "Date: 5/5/26 10:00 (GMT+01:00)\n"
    ),
    "samsung de": (
        "-------- Ursprüngliche Nachricht --------\n"
        "Von: Anna\n"
        "Datum: 05.05.26 10:00 (GMT+01:00)\n"
    ),
    "samsung pl": (
        "-------- Oryginalna wiadomość --------\n"
        "Od: Anna\n"
    ),
    "samsung pt": (
        "-------- Mensagem original --------\n"
        "De: Anna\n"
    ),
    "samsung sv": (
        "-------- Originalmeddelande --------\n"
        "Från: Anna\n"
    ),
    "samsung ru": (
        "-------- Исходное сообщение --------\n"
        "От: Anna\n"
    ),
    "spark": (
        "On 5 May 2026, 10:00 +0200, Anna <anna@example.com>, wrote:\n"
    ),
    "wrapped 4": (
        "On Tue, May 5, 2026 at 10:00 AM Wilhelmina Antonia van der Abbeele-Okonkwo via\n"
        "Shop Support Team International Customer Care <\n"
        "wilhelmina.abbeele@example.com>\n"
        "wrote:\n"
    ),
    "zendesk inline": (
        "##- Please type your reply above this line -##\n"
    ),
    "fwd by": (
        "---------- Forwarded message ---------\n"
        "From: Anna <a@example.com>\n"
        "Date: Tue, May 5, 2026\n"
    ),
}
NOTICES = {
    "en": (
        "CONFIDENTIALITY NOTICE: This e-mail and any attachments are confidential and may be privileged."
        " If you are not the intended recipient, please notify the sender and delete it."
    ),
    "en2": (
        "This email and any files transmitted with it are confidential and intended solely for the use o"
        "f the individual or entity to whom they are addressed."
    ),
    "de": (
        "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht d"
        "er richtige Adressat sind, informieren Sie bitte sofort den Absender und vernichten Sie diese M"
        "ail."
    ),
    "fr": (
        "Ce message et ses pièces jointes sont confidentiels et établis à l'intention exclusive de leurs"
        " destinataires. Si vous avez reçu ce message par erreur, merci de le détruire."
    ),
    "es": (
        "Este mensaje y sus archivos adjuntos son confidenciales y van dirigidos exclusivamente a su des"
        "tinatario. Si usted no es el destinatario, le rogamos que lo elimine."
    ),
    "it": (
        "Le informazioni contenute in questo messaggio sono riservate e destinate esclusivamente al dest"
        "inatario. Se avete ricevuto questo messaggio per errore, vi preghiamo di eliminarlo."
    ),
    "pt": (
        "Esta mensagem e os seus anexos são confidenciais e destinam-se exclusivamente ao destinatário. "
        "Se recebeu esta mensagem por engano, elimine-a."
    ),
    "zh": (
        "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。如果您错收了本邮件，请您立即通知发件人并删除本邮件。"
    ),
    "nl": (
        "Dit e-mailbericht is uitsluitend bestemd voor de geadresseerde en kan vertrouwelijke informatie"
        " bevatten. Indien u dit bericht ten onrechte ontvangt, verwijder het dan."
    ),
    "en rule": (
        "________________________________\nThis message is for the designated recipient only and may cont"
        "ain privileged, proprietary, or otherwise confidential information."
    ),
}
# fmt: on


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS)
@pytest.mark.parametrize(
    "old", [OLD, "\n\n\n" + OLD, "> " + OLD.replace("\n", "\n> ")], ids=["below", "apart", "quoted"]
)
def test_old_mail_goes_with_its_heading(heading, old):
    assert what_was_said(f"{ANSWER}\n\n{heading}{old}").text == ANSWER


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_notices_go(notice):
    assert what_was_said(f"{ANSWER}\n\n{notice}").text == ANSWER


@pytest.mark.parametrize(
    "text",
    [
        "On 5 May 2026 we sent you a mail that said:\nthe parcel is late. It arrives on Monday.",
        "Your order of 5 May 2026 10:00 was sent to Anna (anna@a.example):\nit is on its way.",
        "Hinweis: Bitte nicht öffnen.\nVon: 9 Uhr\nBis: 17 Uhr\nDatum: 5. Mai\nOrt: Köln",
        "Do: press it\nTemat: music\nOd: 9\nthen go on",
        "O seu pacote:\nEnviado: 05/05/2026\nDe: São Paulo\nPara: Rio\nChega amanhã.",
        "Your parcel:\nSent: 5 May 2026\nFrom: Leeds\nTo: York\nIt arrives tomorrow.",
        "Please keep this message confidential until Monday. The sale starts then.",
        "Тема: заказ\nКому: вам\nОт: нас",
    ],
)
def test_own_words_stay(text):
    assert what_was_said(text).text == text
