"""Which answers are asked for: those that carry a slot, drawn so that nothing else moves the draw."""

from __future__ import annotations

from voice_questions import carrying, first_moments, repeating

from data.transcripts import Conversation, Role, Turn


def _conversation(number: int) -> Conversation:
    said = [
        "Hello, I want a table.",
        "For how many?",
        f"For {number} people at Tamarind.",
        f"A table for {number}, is that right?",
        "Yes.",
        f"It is booked, the code is Z{number}X.",
    ]
    turns = tuple(Turn(Role.AGENT if place % 2 else Role.CUSTOMER, text, None, None) for place, text in enumerate(said))
    return Conversation(id=f"c{number}", turns=turns)


CONVERSATIONS = [_conversation(number) for number in range(2, 40)]


def test_first_moments_are_the_first() -> None:
    assert {moment.answer for moment in first_moments(CONVERSATIONS)} == {"For how many?"}


def test_one_answer_with_a_slot_is_drawn_of_each_conversation() -> None:
    drawn = carrying(CONVERSATIONS, seed=0)
    assert sorted(moment.conversation_id for moment in drawn) == sorted(each.id for each in CONVERSATIONS)
    assert {moment.turn_index for moment in drawn} == {3, 5}, "never the question without a slot"
    assert [moment.conversation_id for moment in drawn] != [each.id for each in CONVERSATIONS]


def test_a_draw_depends_on_the_seed_and_its_conversation_alone() -> None:
    drawn = {moment.id for moment in carrying(CONVERSATIONS, seed=0)}
    assert {moment.id for moment in carrying(CONVERSATIONS[5:20], seed=0)} < drawn
    assert {moment.id for moment in carrying(CONVERSATIONS, seed=1)} != drawn


def test_repeating_answers_take_up_what_was_said() -> None:
    assert {moment.turn_index for moment in repeating(CONVERSATIONS)} == {3}
