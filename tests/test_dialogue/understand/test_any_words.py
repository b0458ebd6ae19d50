"""Whatever customers write: nothing breaks, and a part is never empty."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.understand.follow_up import standalone
from chatbot.dialogue.understand.questions import MOST, questions_in
from data.transcripts import Role, Turn
from retrieval.passages import QUESTION_CHARACTERS, weight

WORDS = (
    "and to the wren, not for it how long what is my ? 1) 2) & also sorry i meant und wie kann ich ¿ y la 那 送货 ？ -"
)
SAID = st.lists(st.sampled_from(WORDS.split()) | st.text(max_size=6), max_size=14).map(" ".join)


@given(st.lists(SAID, max_size=5))
def test_any_dialogue_can_be_looked_up(texts):
    turns = [Turn((Role.CUSTOMER, Role.BOT)[place % 2], text) for place, text in enumerate(texts)]
    assert weight(standalone(turns)) <= QUESTION_CHARACTERS


@given(SAID)
def test_any_message_has_its_questions(text):
    found = questions_in(text)
    assert 1 <= len(found) <= MOST
    assert len(found) == 1 or all(each.words.strip() for each in found)
