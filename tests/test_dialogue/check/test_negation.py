from __future__ import annotations

import pytest

from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.negation import check_negation


@pytest.mark.parametrize(
    ("evidence", "turned"),
    [
        ("You can return it within 30 days.", "You cannot return it within 30 days."),
        ("You can't return opened coffee.", "You can return opened coffee."),
        ("Geöffnete Filter können Sie nicht zurückgeben.", "Geöffnete Filter können Sie zurückgeben."),
        ("Vous ne pouvez pas retourner les filtres ouverts.", "Vous pouvez retourner les filtres ouverts."),
        ("No puede devolver los filtros abiertos.", "Puede devolver los filtros abiertos."),
        ("Non può restituire i filtri aperti.", "Può restituire i filtri aperti."),
        ("U kunt geopende filters niet terugsturen.", "U kunt geopende filters terugsturen."),
        ("您不可以退货。", "您可以退货。"),
        ("We deliver to Ireland. We do not deliver to Norway.", "We deliver to Norway."),
    ],
)
def test_a_turned_negation_fails_and_the_evidence_itself_passes(evidence, turned):
    sources = Sources((evidence,))
    assert not check_negation(turned, sources).passed
    assert check_negation(evidence, sources).passed


@pytest.mark.parametrize(
    "text", ["Do not hesitate to return it within 30 days.", "Within 30 days of delivery you can return the kettle."]
)
def test_idle_negations_and_other_wordings_pass(text):
    assert check_negation(text, Sources(("You can return the kettle within 30 days of delivery.",))).passed
