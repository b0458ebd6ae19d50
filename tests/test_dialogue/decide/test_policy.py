from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.dialogue.answer import Candidate, CheckResult, Decision
from chatbot.dialogue.ask import Question
from chatbot.dialogue.decide.error_budget import Promise, Threshold, Thresholds
from chatbot.dialogue.decide.policy import SUGGEST_FROM, Policy, failed_turns
from chatbot.dialogue.text.set_phrases import sentence
from chatbot.dialogue.window import read

GOOD = Candidate("Refunds take 5 days.", "verbatim", ("m1:1",), checks=(CheckResult("length", passed=True),))
BAD = Candidate("Refunds take 5 days.", "verbatim", ("m1:1",), checks=(CheckResult("numbers", False, "5"),))
ASKED = Question(Candidate("Which model is it?", "verbatim", ("m2:1",)), share=0.6)
CONTRACT = Thresholds(
    Promise(0.05, 0.9),
    Threshold(answer=0.8, suggest=0.3, cases=120, wrong=1, bound=0.032),
    {"legal": Threshold(answer=None, topic="legal"), "refunds": Threshold(answer=0.6, topic="refunds")},
)


@pytest.mark.parametrize(
    ("probability", "topic", "decision", "reason"),
    [
        (0.85, None, Decision.ANSWER, "confident"),
        (0.8, None, Decision.ANSWER, "confident"),
        (0.79, None, Decision.SUGGEST, "suggestion"),
        (0.3, None, Decision.SUGGEST, "suggestion"),
        (0.29, None, Decision.HAND_OVER, "low_confidence"),
        (0.65, "refunds", Decision.ANSWER, "confident"),
        (0.99, "legal", Decision.SUGGEST, "suggestion"),
        (0.65, "a topic without its own", Decision.SUGGEST, "suggestion"),
    ],
)
def test_the_contract_decides(probability, topic, decision, reason):
    verdict = Policy(thresholds=CONTRACT).decide([GOOD], GOOD, probability, topic=topic)
    assert (verdict.decision, verdict.reason) == (decision, reason)
    assert f"{probability:.2f}" in verdict.detail


@pytest.mark.parametrize(
    ("probability", "decision", "reason"),
    [
        (0.99, Decision.SUGGEST, "foreign_subject"),
        (0.5, Decision.SUGGEST, "suggestion"),
        (0.1, Decision.HAND_OVER, "low_confidence"),
    ],
)
def test_what_is_near_no_topic_is_not_answered_from_the_past(probability, decision, reason):
    for policy in (Policy(thresholds=CONTRACT), Policy(answer_threshold=0.8)):
        verdict = policy.decide([GOOD], GOOD, probability, out_of_scope=True)
        assert verdict.decision is not Decision.ANSWER
    verdict = Policy(thresholds=CONTRACT).decide([GOOD], GOOD, probability, out_of_scope=True)
    assert (verdict.decision, verdict.reason) == (decision, reason)


def test_an_article_may_answer_what_is_near_no_topic_where_nothing_is_promised():
    told = replace(GOOD, origin="excerpt")
    assert Policy(answer_threshold=0.8).decide([told], told, 0.99, out_of_scope=True).decision is Decision.ANSWER
    assert Policy(answer_threshold=0.8).decide([told], told, 0.7, out_of_scope=True).decision is not Decision.ANSWER
    assert Policy(thresholds=CONTRACT).decide([told], told, 0.99, out_of_scope=True).reason == "foreign_subject"


def test_without_a_contract_the_setting_decides_and_only_an_article_answers():
    policy, told = Policy(answer_threshold=0.5), replace(GOOD, origin="excerpt")
    assert policy.decide([told], told, 0.5).decision is Decision.ANSWER
    verdict = policy.decide([GOOD], GOOD, 0.5)
    assert (verdict.decision, verdict.reason) == (Decision.SUGGEST, "nothing_promised")
    assert policy.decide([told], told, SUGGEST_FROM - 0.01).decision is Decision.HAND_OVER
    assert policy.decide([told], told, SUGGEST_FROM).decision is Decision.SUGGEST
    assert not Policy(answer_threshold=1.0).is_confident(0.999)


def test_the_promise_is_told_and_so_is_that_there_is_none():
    policy = Policy(thresholds=CONTRACT)
    assert "at most 5% wrong, 90% sure" in policy.decide([GOOD], GOOD, 0.85).detail
    assert "too little was proven" in policy.decide([GOOD], GOOD, 0.99, topic="legal").detail
    assert "wrong" not in Policy().decide([GOOD], GOOD, 0.85).detail


def test_asking_back_comes_before_a_suggestion_and_after_an_answer():
    policy = Policy(thresholds=CONTRACT)
    assert policy.decide([GOOD], GOOD, 0.5, question=ASKED).reason == "agents_ask"
    assert policy.decide([BAD], None, 0.0, question=ASKED).decision is Decision.ASK_BACK
    assert policy.decide([GOOD], GOOD, 0.9, question=ASKED).decision is Decision.ANSWER


def test_nothing_found_and_nothing_sound():
    assert Policy().decide([], None, 0.0).reason == "nothing_found"
    verdict = Policy().decide([BAD], None, 0.0)
    assert (verdict.reason, verdict.decision) == ("checks_failed", Decision.HAND_OVER)
    assert "numbers" in verdict.detail


@pytest.mark.parametrize(
    ("lines", "failed"),
    [
        (["c: how long do refunds take"], 0),
        (["c: how long", "b: 5 days.", "c: no, longer"], 1),
        (["c: how long", "b: 5 days.", "c: no", "b: 5 days, really.", "c: still not"], 2),
        (["c: how long", "b: 5 days.", "c: no", "b: Which order?", "c: that one", "c: hello?"], 2),
        (["c: Hi!", "b: Hello! What can I do for you?", "c: how long", "b: 5 days.", "c: no"], 1),
        (["c: how long", "b: 5 days.", "c: Thanks!", "b: You're welcome.", "c: and then?"], 0),
        (["c: how long", "b: 5 days.", "c: Thanks! Do you sell tea?", "b: Yes.", "c: the blend is out"], 1),
        (["c: is delivery free?", "b: From £40.", "c: and to Ireland?", "b: From £90.", "c: how long does it take"], 0),
        (
            [
                "c: is delivery free?",
                "b: From £40.",
                "c: is delivery free",
                "b: From £40.",
                "c: that doesn't help, why?",
            ],
            2,
        ),
        (
            [
                "c: my kettle leaks",
                "b: Descale it.",
                "c: water comes out of the lid",
                "b: Descale.",
                "c: is it broken?",
            ],
            1,
        ),
        (
            [
                "c: ist der Versand frei?",
                "b: Ab 40 £.",
                "c: wie lange dauert er?",
                "b: 2 Tage.",
                "c: stimmt das auch? das ist falsch",
            ],
            1,
        ),
        (["c: 运费多少钱?", "b: 3.95.", "c: 多久能到?", "b: 2 天。", "c: 不对,我问的是运费"], 1),
        (["c: how long", "a: 5 days.", "c: no", "a: 6 days.", "c: no"], 0),
        (["b: Hello!", "c: how long"], 0),
        (["c: how long", f"b: {sentence('unsure', 'en')}", "c: hello", f"b: {sentence('person', 'en')}", "c: no"], 0),
    ],
)
def test_which_turns_failed(ask, lines, failed):
    assert failed_turns(read(ask(*lines))) == failed


def test_who_waits_for_a_person_is_not_greeted(ask):
    handed_over = sentence("unsure", "en")
    assert Policy().decide_at_once(read(ask("c: is it lost", f"b: {handed_over}", "c: hello??"))) is None
    greeted = Policy().decide_at_once(read(ask("c: hi", f"b: {sentence('greeting', 'en')}", "c: hello??")))
    assert greeted is not None
    assert greeted.reason == "greeting"


def test_the_third_failed_turn_is_for_a_person(ask):
    lines = ["c: how long", "b: 5 days.", "c: no", "b: It is 5 days.", "c: that is wrong"]
    verdict = Policy().decide_at_once(read(ask(*lines)))
    assert verdict is not None
    assert (verdict.decision, verdict.reason) == (Decision.HAND_OVER, "third_failed_turn")
    assert Policy().decide_at_once(read(ask(*lines[:3]))) is None
    thanked = Policy().decide_at_once(read(ask(*lines[:4], "c: Thank you!")))
    assert thanked is not None
    assert thanked.reason == "thanks"
