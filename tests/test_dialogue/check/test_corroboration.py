from __future__ import annotations

from chatbot.dialogue.check.corroboration import check_corroborated
from chatbot.dialogue.check.evidence import Sources


def test_a_lone_discount_is_no_policy():
    answer = "You get 90 % off with a code."
    assert not check_corroborated(answer, Sources((answer,), beside=("10 % off with a code.",))).passed
    assert check_corroborated(answer, Sources((answer,), beside=("All get 90 % off today.",))).passed
