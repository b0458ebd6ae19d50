"""The figures of a replay, counted by hand and held against what they claim."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.learning.replay.replay_figures import RISKS, Terms, figures
from tests.test_learning.past import a_case, a_history

TERMS = Terms(0.05, 0.9, promised=True, threshold=0.8, versions={"index": "i1", "model": None})


def test_counts_agreement_and_reasons():
    cases = [
        a_case(0),
        a_case(1, right=False, probability=0.95),
        a_case(2, right=None, judged_by=None),
        a_case(3, decision=Decision.ASK_BACK, reason="agents_ask", topic=None, said="Which one?"),
        a_case(4, decision=Decision.SUGGEST, reason="suggestion", language="fr", judged_by="links"),
        a_case(5, decision=Decision.HAND_OVER, reason="wants_person", ours=None, right=None, judged_by=None),
    ]
    told = figures(cases, TERMS)
    total = told.total
    assert (total.cases, total.answered, total.asked_back, total.suggested, total.handed_over) == (6, 3, 1, 1, 1)
    assert (total.judged, total.right) == (2, 1)
    assert told.judged_by == {"encoder": 3, "links": 1}
    assert told.probability.cases == 4
    assert [(group.name, group.cases) for group in told.topics] == [("parcel", 5), ("(no topic)", 1)]
    assert {group.name: group.cases for group in told.languages} == {"en": 5, "fr": 1}
    assert [group.name for group in told.months] == ["2026-01", "2026-02", "2026-03"]
    assert ("answer", "confident", 3) in told.reasons
    assert [case.id for case in told.worst] == ["c1:1"]
    assert [case.id for case in told.best] == ["c0:1"]
    assert (told.since, told.until) == ("2026-01-01", "2026-03-06")
    assert told.to_json()["total"]["agreement"] == 0.5
    assert told.wrong_at_most == pytest.approx(0.9486833)  # 1 wrong of 2: beta(2, 1) at 0.9 is the square root of 0.9


def test_a_true_probability_is_found_reliable_and_beats_likeness():
    told = figures(a_history(3000), TERMS)
    assert told.reliability is not None
    assert told.reliability.ece < 0.04
    assert told.probability.area < told.similarity.area
    by_risk = {one.risk: one for one in told.allowed}
    assert by_risk[0.3].probability > by_risk[0.3].similarity
    for one in told.allowed:  # what can be promised beforehand is never more than what is seen afterwards
        assert one.claimed <= one.probability + 1e-9
    assert [one.risk for one in told.allowed] == list(RISKS)


def test_a_lying_probability_is_found_out():
    sure = [replace(case, probability=0.5 + case.probability / 2) for case in a_history(2000)]
    honest, lying = figures(a_history(2000), TERMS), figures(sure, TERMS)
    assert honest.reliability is not None
    assert lying.reliability is not None
    assert lying.reliability.ece > honest.reliability.ece + 0.1


def test_few_cases_promise_nothing():
    told = figures([a_case(number, probability=1 - number / 1000) for number in range(40)], TERMS)
    assert next(one for one in told.allowed if one.risk == 0.05).claimed == 0.0


def test_the_worst_are_the_surest_wrong_ones_and_the_best_are_different_replies():
    wrong = [a_case(number, right=False, probability=0.8 + number / 1000) for number in range(30)]
    right = [a_case(100 + number, ours=f"reply {number // 2}") for number in range(40)]
    told = figures(wrong + right, TERMS)
    assert [case.id for case in told.worst] == [f"c{number}:1" for number in range(29, 9, -1)]
    assert len({case.ours for case in told.best}) == len(told.best) == 10


def test_nothing_at_all_and_nothing_judged():
    empty = figures([], TERMS)
    assert (empty.total.cases, empty.reliability, empty.wrong_at_most) == (0, None, 1.0)
    unjudged = figures([a_case(number, right=None, judged_by=None, created=None) for number in range(3)], TERMS)
    assert (unjudged.probability.cases, unjudged.since) == (0, None)
    for told in (empty, unjudged):
        json.dumps(told.to_json(), allow_nan=False)
