"""Questions with one answer stand in for one another."""

from __future__ import annotations

from dataclasses import replace

from data.transcripts import Role, Turn
from finetune.augment.paraphrase import paraphrasing
from tests.test_finetune.augment.augment_desk import asked, learnt

RETURN = "You can send it back within thirty days, free of charge."
MOMENTS = [
    asked(1, "How do I return it?", RETURN),
    asked(2, "May I send the lamp back?", RETURN.lower()),
    asked(3, "Wie schicke ich es zurück?", RETURN, language="de"),
    asked(4, "Hello?", "Which one?"),
    asked(5, "Good day", "Which one?"),
    asked(6, "And then?", RETURN, Turn(Role.CUSTOMER, "Hello"), Turn(Role.AGENT, "Hello")),
]


def questions(moments, *some) -> list[str | None]:
    made = paraphrasing(moments)([learnt(each, "evidence") for each in some], 0)
    return [new and new.moment.context[-1].text for new in made]


def test_only_lone_questions_of_one_language_with_one_telling_answer_are_swapped():
    assert questions(MOMENTS, *MOMENTS) == ["May I send the lamp back?", "How do I return it?", None, None, None, None]


def test_answer_and_evidence_stay():
    (made,) = paraphrasing(MOMENTS)([learnt(MOMENTS[0], "evidence")], 0)
    assert made is not None
    assert (made.moment.answer, made.evidence) == (RETURN, ("evidence",))


def test_a_question_that_lacks_what_the_answer_relies_on_does_not_stand_in():
    answer = "Your order 4711 to Oslo can be sent back within thirty days."
    one, two, three = (
        asked(1, "Can order 4711 to oslo go back?", answer),
        asked(2, "Can I return it?", answer),
        asked(3, "I want order 4711 gone, back from Oslo!", answer),
    )
    assert questions([one, two, three], one) == ["I want order 4711 gone, back from Oslo!"]
    assert questions([one, two], one) == [None]


def test_the_caller_may_say_which_answers_are_the_same():
    moments = [replace(each, answer=f"{each.id} Which one?") for each in MOMENTS[3:5]]
    technique = paraphrasing(moments, same=lambda moment: moment.answer.split()[-1])
    made = technique([learnt(moments[0])], 0)
    assert made[0] is not None
    assert made[0].moment.context[0].text == "Good day"
