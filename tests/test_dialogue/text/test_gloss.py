from __future__ import annotations

import pytest

from chatbot.dialogue.text.gloss import gloss, glossed_languages, words_by_language

LANGUAGES = {"en", "de", "fr", "es", "it", "nl", "pt", "zh"}


def test_every_row_has_a_cell_for_each_language():
    assert glossed_languages() == LANGUAGES
    assert all(len(words) > 200 for language, words in words_by_language().items() if language not in {"zh", "en"})


@pytest.mark.parametrize(
    ("text", "language", "read_as"),
    [
        ("Wie entkalke ich meinen Wasserkocher?", "de", "how descale I my kettle ?"),
        ("Ersatzteilbestellung", "de", "spare part order"),
        ("Rücksendeetikett", "de", "label"),
        ("J’ai oublié mon mot de passe", "fr", "I have forgot my password"),
        ("Combien de temps pour être remboursé ?", "fr", "how long for is refund ?"),
        ("Délai : nous remboursons", "fr", "time we refund"),
        ("la bouilloire de l'année", "fr", "kettle from year"),
        ("CUÁNTO CUESTA EL ENVÍO", "es", "how much cost delivery"),
        ("cuanto cuesta el envio", "es", "how much cost delivery"),
        ("Quanto costa la spedizione?", "it", "how much cost delivery ?"),
        ("Hoe kan ik mijn bestelling annuleren?", "nl", "how can I my order cancel ?"),
        ("Como posso cancelar a minha encomenda?", "pt", "how can cancel my order ?"),
        ("水壶怎么除水垢？", "zh", "kettle how descale ?"),
        ("Heron zeigt E-107, [EMAIL_1]", "de", "Heron error E-107 [EMAIL_1]"),
        ("", "de", ""),
    ],
)
def test_word_by_word_into_english(text, language, read_as):
    assert gloss(text, language, "en").text == read_as


def test_from_english_too():
    assert gloss("How much is the delivery?", "en", "de").text == "wie viel ist the lieferung ?"


@pytest.mark.parametrize(
    ("text", "language", "known"),
    [
        ("Wie kann ich zahlen?", "de", 1.0),
        ("Zahlen mit Zwetschgen", "de", 0.5),
        ("pagar con ciruelas", "es", 0.5),
        ("pagar con PayPal", "es", 1.0),
        ("Hallo", "de", 0.0),
        ("E107", "de", 0.0),
        ("李子付款", "zh", 0.5),
    ],
)
def test_how_much_of_the_matter_is_known(text, language, known):
    assert gloss(text, language, "en").known == known


def test_a_language_that_is_not_in_the_table():
    with pytest.raises(KeyError):
        gloss("Kde je můj balík", "cs", "en")
