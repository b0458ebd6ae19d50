"""What a desk would have decided of past questions is what it decides of new ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.rank.probability import ProbabilityModel
from chatbot.learning.backtest.decide import decided
from tests.test_learning.past import a_case

SURE = ProbabilityModel(intercept=3.0, inputs={})


@pytest.mark.parametrize(
    ("features", "decision"),
    [
        ({"article": 1.0}, Decision.ANSWER),
        ({"article": 1.0, "own_case": 1.0}, Decision.SUGGEST),
        ({"article": 0.0}, Decision.SUGGEST),
        ({"article": 1.0, "refined": 1.0}, Decision.SUGGEST),
    ],
)
def test_without_a_contract_what_an_article_says_is_answered_and_nothing_else(features, decision):
    case = replace(a_case(1), features=features)
    assert decided([case], SURE, Policy())[0].decision is decision
