"""What a desk would have decided of past questions is what it decides of new ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.rank.probability import ProbabilityModel, Spline
from chatbot.learning.backtest.decide import decided, likelier
from tests.test_learning.past import a_case

SURE = ProbabilityModel(intercept=3.0, inputs={})


@pytest.mark.parametrize(
    ("features", "decision"),
    [
        ({"article": 1.0}, Decision.ANSWER),
        ({"article": 1.0, "own_case": 1.0}, Decision.SUGGEST),
        ({"article": 0.0}, Decision.SUGGEST),
        ({"article": 1.0, "refined": 1.0}, Decision.SUGGEST),
        ({"article": 1.0, "written": 1.0}, Decision.SUGGEST),
    ],
)
def test_without_a_contract_what_an_article_says_is_answered_and_nothing_else(features, decision):
    case = replace(a_case(1), features=features)
    assert decided([case], SURE, Policy())[0].decision is decision


def test_what_a_model_wrote_stands_for_a_question_where_it_is_likelier_right():
    one, other = replace(a_case(1), features={"similarity": 0.2}), replace(a_case(2), features={"similarity": 0.8})
    nothing = replace(a_case(3), ours=None, features={})
    wrote = {each.id: replace(each, ours="mine", features={"similarity": 0.5}) for each in (one, other, nothing)}
    near = ProbabilityModel(intercept=0.0, inputs={"similarity": Spline(0.0, 1.0, (3.0,))})
    assert [each.ours for each in likelier([one, other, nothing], wrote, near)] == ["mine", other.ours, "mine"]
    assert likelier([one, other, nothing], {}, near) == [one, other, nothing]
