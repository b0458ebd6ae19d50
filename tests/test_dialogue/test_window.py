from __future__ import annotations

import pytest

from chatbot.dialogue.text.set_phrases import sentence
from chatbot.dialogue.window import MAX_TURN_CHARACTERS, MAX_TURNS, read, refilled
from data.transcripts import Role, Turn


def test_masks_and_keeps_what_it_masked(ask):
    window = read(ask("c: I am jo@mail.example", "a: Thanks", "c: jo@mail.example, did it arrive?"))
    assert "jo@mail" not in window.question
    assert all("jo@mail" not in turn.text for turn in window.turns)
    assert window.values == {"[EMAIL_1]": "jo@mail.example"}
    assert "jo@mail.example" in window.customer
    assert window.latest == "jo@mail.example, did it arrive?"


def test_what_an_article_has_to_answer_is_asked_in_the_customers_words_alone(ask):
    window = read(ask("c: how much is delivery?", "b: Express is £7.95.", "c: and for how long?"))
    assert "Express" in window.question
    assert window.asked == "how much is delivery?\nand for how long?"
    assert window.respelt(str.upper).asked == window.asked.upper()


def test_a_set_phrase_of_ours_tells_nothing_of_what_is_asked(ask):
    window = read(ask("c: how much is delivery?", f"b: {sentence('unsure', 'en')}", "c: and for how long?"))
    assert window.question == window.asked == "how much is delivery?\nand for how long?"


def test_latest_is_the_run_since_the_last_answer(ask):
    assert read(ask("c: one", "b: two", "c: three", "n: note", "c: four")).latest == "three\nfour"
    assert read(ask("c: one", "b: two")).latest == "one"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["c:    "],
        ["c: \U0001f600\U0001f600"],
        ["b: Hello!", "b: Anyone?"],
        ["n: a note"],
        ["c: ...", "a: yes"],
        ["c: \ud800"],
    ],
)
def test_no_customer_words(ask, lines):
    assert not read(ask(*lines)).has_words


def test_very_long_conversations_keep_their_opening_and_their_end(ask):
    turns = ask("b: Welcome", "c: the opening", *[f"{'ca'[n % 2]}: turn {n}" for n in range(500)])
    window = read(turns)
    assert len(window.turns) == MAX_TURNS
    assert window.turns[0].text == "the opening"
    assert window.turns[-1].text == "turn 499"
    assert "the opening" in window.question


def test_a_very_long_turn_keeps_both_ends():
    window = read([Turn(Role.CUSTOMER, "start " + "x" * 1_000_000 + " end")])
    assert len(window.turns[0].text) <= MAX_TURN_CHARACTERS + 1
    assert window.turns[0].text.startswith("start")
    assert window.turns[0].text.endswith("end")


def test_refills_the_customers_own_data_only(ask):
    window = read(ask("c: I am jo@mail.example"))
    slot = "It goes to [EMAIL_1]."
    assert refilled(slot, window, asked="my mail is [EMAIL_1]", answered=slot) == "It goes to jo@mail.example."
    # An address that the past customer never wrote is the agent's.
    assert refilled(slot, window, asked="where do I write to?", answered=slot) == slot
    assert refilled("Order [ORDER_1].", window, asked="[ORDER_1]", answered="[ORDER_1]") == "Order [ORDER_1]."


def test_refills_nothing_when_there_are_two(ask):
    window = read(ask("c: jo@mail.example or ann@mail.example"))
    assert refilled("To [EMAIL_1].", window, asked="[EMAIL_1]", answered="[EMAIL_1]") == "To [EMAIL_1]."
