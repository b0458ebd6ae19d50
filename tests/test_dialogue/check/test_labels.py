"""Labels of screens are looked up as nobody's name; a person's name in the same place is."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.backing import Backing
from chatbot.dialogue.check.names import looked_up
from chatbot.dialogue.check.specific import check_specific


@pytest.mark.parametrize(
    "text",
    [
        "Please choose Security, then Sign-in.",
        "Open the app and tap Settings > Privacy & Security.",
        "Go to Account Settings and press Save.",
        "You find it under Notifications.",
        "Click on the Billing tab, then Invoices.",
        "Press and hold Descale, and select Pairing.",
        "In Tools > Account Settings > Junk you can.",
        "Cliquez sur Paramètres, puis Confidentialité.",
        "Pulse Ajustes y luego Privacidad.",
        "Tocchi Impostazioni, poi Sicurezza.",
        "Kies Instellingen en dan Beveiliging.",
        "Wählen Sie Sicherheit und dann Anmeldung.",
        "请选择“安全”。",
    ],
)
def test_labels_name_nobody(text):
    assert not [word for word, inside in looked_up(text) if inside]
    assert check_specific(text, Backing((), lambda words: (), lambda word: True)).passed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Please ask for Maren.", "Maren"),
        ("You find it under Weber.", "Weber"),
        ("You find it under Weber and Security.", "Weber"),
        ("Choose Maren, then Security.", "Maren"),
        ("Click on Okonkwo, then Settings.", "Okonkwo"),
        ("Select Manning from the list.", "Manning"),
        ("Open the drawer of Fleming.", "Fleming"),
        ("It is under Page.", "Page"),
        ("Choisissez Camille, puis Sécurité.", "Camille"),
        ("Ask Security for Leopoldine.", "Leopoldine"),
        ("The Security said so.", "Security"),
    ],
)
def test_a_persons_name_in_the_same_place_is_looked_up(text, name):
    assert (name, True) in looked_up(text)
    assert not check_specific(text, Backing((), lambda words: (), lambda word: True)).passed
