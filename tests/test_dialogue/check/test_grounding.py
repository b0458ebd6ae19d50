from __future__ import annotations

from chatbot.dialogue.check.evidence import Sources
from chatbot.dialogue.check.grounding import check_support


def test_support():
    sources = Sources(("You can return it within 30 days. Refunds take 3 to 5 business days.",), "my blue kettle")
    assert check_support("Thanks for writing! You can return your blue kettle, refunds take some days.", sources).passed
    nonsense = check_support("Quantum dragons enjoy singing beneath crystal mountains every evening.", sources)
    assert not nonsense.passed
    assert "quant" in nonsense.detail
