from __future__ import annotations

import pytest

from chatbot.dialogue.text.language import detected_language, language_of

SHORT = {
    "en": "no|yes|ok|thanks|ok thanks|hi|hello|refund?|where is it|??|👍|12345|KO-134512|Heron|still nothing|any news?|"
    "not yet|no thanks|it broke|cancel it|hello anyone there|gift card|fine|oi|E107|Berlin",
    "de": "ja|nein|hallo|ok danke|danke|nein danke|ja bitte|Rechnung?|und wie lange|noch nicht|geht nicht|wo ist es|"
    "super danke|Guten Tag|kaputt|stornieren|Rückgabe|no, noch nicht da|Passwort vergessen",
    "fr": "oui|non merci|bonjour|merci|salut|et la facture ?|c'est cassé|remboursement|toujours rien|l'adresse|"
    "pas encore|ok merci|j'attends|mon colis|d'accord",
    "es": "hola|sí|no gracias|gracias|buenas|¿cuánto?|mi pedido|todavía no|vale gracias|no funciona|factura por favor|"
    "no, mañana|devolver|y el envío",
    "it": "ciao|grazie|no grazie|buongiorno|quanto costa|il mio ordine|non ancora|va bene|spedizione|sì grazie|è rotto|"
    "perché",
    "nl": "dank je|bedankt|nee|nee dank je|waar is het|mijn bestelling|nog niet|goedemorgen|factuur|"
    "ja graag|werkt niet",
    "pt": "olá|obrigado|não|sim|bom dia|minha encomenda|ainda não|não obrigada|quanto custa o envio|você pode ajudar",
    "zh": "你好|谢谢|好的|不|退款|没有收到|多少钱|ok 谢谢",
}
AFTER = [
    ("no", "Hola, quiero devolver el molinillo", "es"),
    ("no", "Buongiorno, vorrei un rimborso", "it"),
    ("no", "Hi, my parcel is late", "en"),
    ("si si", "Hi, my parcel is late", "en"),
    ("ja ja", "Hi, my parcel is late", "en"),
    ("ok", "Wie lange dauert der Versand?", "de"),
    ("ok", "Quand arrive mon colis ?", "fr"),
    ("??", "Wo bleibt mein Paket", "de"),
    ("??", "我的包裹在哪里？", "zh"),
    ("KO-134512", "Où est ma commande", "fr"),
    ("super", "Danke für die Hilfe", "de"),
    ("super", "Merci pour votre aide", "fr"),
    ("perfect", "Waar blijft mijn pakket?", "nl"),
    ("hallo", "Mijn ketel is kapot", "nl"),
    ("test", "Wie kann ich bezahlen", "de"),
    ("👍", "Gracias por la respuesta", "es"),
    ("12 April", "Quando chega a minha encomenda?", "pt"),
    ("Heron", "Ho comprato un bollitore", "it"),
    ("hello?", "Wo bleibt mein Paket", "de"),
    ("Ben", "I would like to book a table", "en"),
    ("merci", "Hola", "fr"),
    ("hello, anybody there?", "Wo bleibt mein Paket", "en"),
    ("do you speak English?", "Hola", "en"),
    ("also gut", "My kettle is broken", "de"),
    ("Vielen Dank!", "Where is my parcel?", "de"),
    ("nee dank je", "Where is my parcel?", "nl"),
    ("E3", "水壶坏了", "zh"),
]


@pytest.mark.parametrize(
    ("text", "language"), [(text, language) for language, row in SHORT.items() for text in row.split("|")]
)
def test_a_short_message_alone_at_an_english_desk(text, language):
    assert language_of(text, home="en") == language


@pytest.mark.parametrize(("text", "before", "language"), AFTER)
def test_a_short_message_is_read_with_what_the_customer_wrote_before(text, before, language):
    assert language_of(text, before) == language


@pytest.mark.parametrize("home", ["de", "fr", "es"])
@pytest.mark.parametrize("text", ["", "??", "12345", "KO-134512", "👍", "E3"])
def test_what_tells_nothing_is_in_the_language_of_the_desk(text, home):
    assert language_of(text, home=home) == home


@pytest.mark.parametrize(("home", "language"), [("en", "en"), ("es", "es"), ("it", "it"), ("de", "en")])
def test_a_word_of_several_languages_goes_to_the_desks_own_if_it_has_it(home, language):
    assert language_of("no", home=home) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("Wo ist mein Paket? Ich habe es noch nicht", "de"),
        ("Où est mon colis ?", "fr"),
        ("¿Dónde está mi paquete? Tengo una pregunta", "es"),
        ("Dove è il mio pacco?", "it"),
        ("Waar is mijn pakket?", "nl"),
        ("Onde está a minha encomenda? Não chegou", "pt"),
        ("我的包裹在哪里？", "zh"),
        ("荷物はどこですか、まだ届きません", "ja"),
        ("Kde je moje objednávka, už čekám týden", "cs"),
        ("My Heron shows E3, the base is dry", "en"),
        ("the otter one takes ages, is that normal", "en"),
        ("Order KO-134512: no sound, no light, no nothing", "en"),
    ],
)
def test_a_whole_message(text, language):
    assert language_of(text) == language


def test_only_a_text_of_a_few_words_has_a_language_for_sure():
    assert detected_language("ok") is None
    assert detected_language("https://shop.example/der/die/das") is None
    assert detected_language("Wie lange dauert es, bis ich mein Geld bekomme?") == "de"
