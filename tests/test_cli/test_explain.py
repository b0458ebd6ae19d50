from __future__ import annotations

import pytest

from chatbot.cli.explain import print_trace
from chatbot.dialogue.decide.error_budget import Promise

CANDIDATE = {
    "origin": "verbatim",
    "text": "Refunds take 5 [working] days.",
    "evidence": ["m1:1"],
    "score": 0.68,
    "probability": 0.91,
    "features": {"similarity": 0.88, "same_share": 0.5},
    "failed": [],
}
THRESHOLD = {"answer": 0.8, "suggest": 0.3, "cases": 120, "wrong": 1, "bound": 0.0321, "topic": None}
TRACE = {
    "question": "how long do refunds take",
    "language": "en",
    "topic": "t7",
    "evidence": [{"id": "m1:1", "kind": "moment", "score": 1.2, "text": "Refunds take 5 days.", "title": None}],
    "candidates": [
        {**CANDIDATE, "text": "In 99 hours.", "failed": [{"name": "numbers", "detail": "99"}], "probability": 0.95},
        CANDIDATE,
    ],
    "probability": {
        "value": 0.91,
        "calibrated_on": 1412,
        "start": -1.5,
        "adds": {"similarity": 2.5, "votes": 0.75, "same_share": 0.5},
    },
    "asking": None,
    "threshold": {**THRESHOLD, "promise": {"risk": 0.05, "sure": 0.9}},
    "decision": {"decision": "answer", "reason": "confident", "detail": "Sure enough.", "mode": "verbatim"},
    "versions": {"model": None, "index": "i1", "contract": "c4"},
}


@pytest.fixture
def printed(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def run(**change):
        print_trace({**TRACE, **change}, Promise())
        return capsys.readouterr().out

    return run


def test_a_decision_is_told_from_question_to_versions(printed):
    said = printed()
    for part in (
        "how long do refunds take",
        "topic t7",
        "answered, verbatim (confident)",
        "0.91 that your agents would send the best reply (fitted on 1,412 past questions)",
        "+2.50 for similarity 0.88",
        "+0.75 for votes, not known",
        "+0.50 for same share 0.50",
        "from a start of -1.50",
        "0.80 for this desk: 1 of 120 past replies as sure were wrong, so at most 3.2%",
        "(promised: at most 5% wrong, 90% sure)",
        "index i1, contract c4",
        "Refunds take 5 [working] days.",
        "failed numbers: 99",
    ):
        assert part in said, part
    assert "None" not in said


def test_what_is_not_promised_is_not_told_as_a_promise(printed):
    said = printed(threshold={**THRESHOLD, "promise": None}, probability={**TRACE["probability"], "calibrated_on": 0})
    assert "nothing is promised" in said
    assert "at least 150 judged cases" in " ".join(said.split())
    assert "contracts fit --questions FILE" in " ".join(said.split())
    assert "not calibrated" in said
    none = {**THRESHOLD, "answer": None, "topic": "t7", "promise": {"risk": 0.05, "sure": 0.9}}
    assert "none for topic t7: 120 past questions do not show at most 5% wrong" in printed(threshold=none)


def test_a_question_asked_back_is_told(printed):
    asked = {"text": "Which model?", "evidence": ["m2:1"], "share": 0.62}
    decision = {"decision": "ask_back", "reason": "agents_ask", "detail": "Not sure.", "mode": "verbatim"}
    said = printed(asking=asked, decision=decision)
    assert "asked back" in said
    assert "62% of agents asked in such cases: Which model?" in said


@pytest.mark.parametrize(
    "trace", [{"failed": True}, {"decision": TRACE["decision"]}, {**TRACE, "threshold": 0.5, "probability": None}]
)
def test_an_older_or_a_broken_trace_is_printed_as_far_as_it_goes(capsys, trace):
    print_trace(trace, Promise())
    assert capsys.readouterr().out.strip()


def test_the_questions_of_one_message_are_told_one_after_the_other(printed):
    said = printed(parts=[{**TRACE, "question": "the first?"}, {**TRACE, "question": "the second?"}])
    assert said.index("Question 1 of this message") < said.index("the first?")
    assert said.index("the first?") < said.index("Question 2 of this message") < said.index("the second?")
