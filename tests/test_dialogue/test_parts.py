from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Answer, Decision, Evidence
from chatbot.dialogue.parts import joined, parts_of
from chatbot.dialogue.pipeline import Pipeline
from chatbot.dialogue.window import read
from tests.promised import promised

BOTH = "how long do refunds take and how do I descale the kettle"
REFUND = "Refunds take 5 working days after the return has arrived."
PROMISED = promised(0.5)
KETTLE = "Fill it with water and citric acid, boil it, wait and rinse it twice."


def an_answer(reply, decision=Decision.ANSWER, confidence=0.9, **also):
    evidence = (Evidence(f"e-{reply}", "article", 0.8, reply),)
    trace = {"question": reply, "language": "en", "decision": {"decision": decision}}
    given = {"mode": "verbatim", "reason": "confident", "evidence": evidence, "trace": trace, **also}
    return Answer(reply, decision, confidence, **given)


@pytest.fixture
def of(ask):
    """The joined answer to two questions, by the answers to each."""

    def make(*answers):
        turns = ask(f"c: {BOTH}")
        return joined(read(turns), parts_of(turns), answers)

    return make


def test_each_part_is_the_dialogue_with_one_question(ask):
    parts = parts_of(ask("c: hello", "b: Hello!", f"c: {BOTH}", "n: a note"))
    assert [part.words for part in parts] == ["how long do refunds take", "how do I descale the kettle"]
    assert [[turn.text for turn in part.turns] for part in parts] == [
        ["hello", "Hello!", "how long do refunds take"],
        ["hello", "Hello!", "how do I descale the kettle"],
    ]


@pytest.mark.parametrize("lines", [["c: how long do refunds take"], [f"c: {BOTH}", "b: Five days."], ["b: Hi"], []])
def test_one_question_has_no_parts(ask, lines):
    assert parts_of(ask(*lines)) == []


def test_all_sure_is_an_answer_as_sure_as_the_least_sure(of):
    answer = of(an_answer("Five days.", confidence=0.9), an_answer("With acid.", confidence=0.7))
    assert (answer.decision, answer.confidence, answer.mode) == (Decision.ANSWER, 0.7, "verbatim")
    assert answer.reply == "Five days.\n\nWith acid."
    assert [each.id for each in answer.evidence] == ["e-Five days.", "e-With acid."]
    assert [part["question"] for part in answer.trace["parts"]] == ["Five days.", "With acid."]


def test_what_is_not_sure_goes_to_a_person_and_the_rest_is_said(of):
    unsure = an_answer("I'm not sure.", Decision.SUGGEST, 0.4, mode="hand_over", suggestion="a draft")
    answer = of(an_answer("Five days."), unsure)
    assert (answer.decision, answer.reason, answer.suggestion) == (Decision.HAND_OVER, "partly_answered", "a draft")
    assert answer.reply.startswith("Five days.\n\n")
    assert "how do I descale the kettle" in answer.reply
    assert "how long do refunds take" not in answer.reply
    assert "I'm not sure." not in answer.reply
    assert [each.id for each in answer.evidence] == ["e-Five days."]
    assert answer.trace["decision"]["decision"] is Decision.HAND_OVER


def test_a_question_back_follows_what_is_sure(of):
    answer = of(an_answer("Five days."), an_answer("Which kettle?", Decision.ASK_BACK, 0.3))
    assert (answer.decision, answer.reply) == (Decision.ASK_BACK, "Five days.\n\nWhich kettle?")


def test_a_text_is_said_once(of):
    assert of(an_answer("Five days."), an_answer("Five days.")).reply == "Five days."
    assert of(an_answer("Five days."), an_answer("It takes this: Five days.")).reply == "It takes this: Five days."


def test_a_line_is_said_once(of):
    pause, cancel, skip = "Pause for up to 12 weeks. It starts again.", "Cancel at any time.", "Skip a delivery."
    listed = f"You can:\n- {pause}\n- {cancel}"
    assert of(an_answer(f"You can: {pause}"), an_answer(listed)).reply == listed
    more = of(an_answer(listed), an_answer(f"You can:\n- {pause}\n- {skip}")).reply
    assert more == f"{listed}\n\nYou can:\n- {skip}"
    assert of(an_answer(f"No fee.\n\n{pause}"), an_answer(f"{pause}\n\n{skip}")).reply == (
        f"No fee.\n\n{pause}\n\n{skip}"
    )
    steps = ["1. Pull the plug.\n2. Wipe it.", "1. Pull the plug.\n2. Descale it."]
    assert of(*map(an_answer, steps)).reply == "\n\n".join(steps)


def test_where_nothing_is_sure_there_is_nothing_to_join(of):
    unsure = an_answer("I'm not sure.", Decision.HAND_OVER, 0.4)
    assert of(unsure, unsure) is None
    assert of(unsure, an_answer("Which kettle?", Decision.ASK_BACK)) is None


def test_the_customer_is_told_in_their_language(ask):
    turns = ask("c: Wie lange dauert die Erstattung und kann ich auf Rechnung bezahlen?")
    sure, unsure = an_answer("Fünf Tage."), an_answer("?", Decision.HAND_OVER, 0.1)
    answer = joined(read(turns), parts_of(turns), [sure, unsure])
    assert answer.reply.startswith("Fünf Tage.\n\nDazu antwortet Ihnen hier ein Mensch")
    assert "„kann ich auf Rechnung bezahlen?“" in answer.reply


def test_both_questions_of_a_message_are_answered(retriever, ask):
    answer = Pipeline(retriever, **PROMISED).answer(ask(f"c: {BOTH}?"))
    assert answer.decision is Decision.ANSWER
    assert REFUND in answer.reply
    assert KETTLE in answer.reply
    assert {each.id for each in answer.evidence} == {"m1:1", "m7:1"}


def test_the_unknown_half_is_passed_on_and_not_dropped(retriever, ask):
    answer = Pipeline(retriever, **PROMISED).answer(
        ask("c: how long do refunds take and does your submarine fly to jupiter?")
    )
    assert (answer.decision, answer.reason) == (Decision.HAND_OVER, "partly_answered")
    assert answer.reply.startswith(REFUND)
    assert "does your submarine fly to jupiter?" in answer.reply


def test_danger_in_one_of_the_questions_is_for_a_person_at_once(retriever, ask):
    answer = Pipeline(retriever).answer(ask("c: how long do refunds take and can I use it, there is smoke coming out?"))
    assert answer.reason == "hazard"
    assert REFUND not in answer.reply


def test_a_past_message_is_asked_whole(retriever, ask):
    answer = Pipeline(retriever).backtest(ask(f"c: {BOTH}?"), before=None, exclude_source="x")
    assert "parts" not in answer.trace
