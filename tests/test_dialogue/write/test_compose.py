from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.dialogue.window import read
from chatbot.dialogue.write.compose import compose
from data.transcripts import Role, Turn
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit

CLEAR = "Open the menu and choose Clear recent history."
RESTART = "Restart the program afterwards."
OTHER = "Buy a new printer cable in any shop."


def _hit(number, answer, similarity=0.8, kind=PassageKind.MOMENT, question="why is it slow"):
    return Hit(Passage(f"m{number}:1", kind, question, answer, f"m{number}"), score=similarity, similarity=similarity)


def _window(text="Why is it so slow?"):
    return read([Turn(Role.CUSTOMER, text)])


def _text(sentences):
    return "".join(sentence.text for sentence in sentences).strip()


def test_what_the_answers_agree_on_is_kept_and_the_rest_left_out():
    hits = [_hit(1, f"{CLEAR} {OTHER}"), _hit(2, f"{CLEAR} {RESTART}"), _hit(3, f"{RESTART} {CLEAR}")]
    found = compose(_window(), hits)
    assert CLEAR in _text(found)
    assert RESTART in _text(found)
    assert OTHER not in _text(found)


def test_each_sentence_names_a_passage_that_holds_it():
    hits = [_hit(1, f"{CLEAR} {OTHER}"), _hit(2, f"{CLEAR} {RESTART}"), _hit(3, RESTART)]
    answers = {hit.passage.id: hit.passage.answer for hit in hits}
    found = compose(_window(), hits)
    assert found
    assert all(sentence.text.strip() in answers[sentence.evidence_id] for sentence in found)


def test_nothing_is_said_twice():
    found = compose(_window(), [_hit(number, f"{CLEAR} {RESTART}") for number in range(4)])
    assert sorted(sentence.text.strip() for sentence in found) == sorted([CLEAR, RESTART])


def test_the_same_of_two_things_is_said_of_one():
    kettle = "Please descale the kettle twice with citric acid and rinse it before use."
    hits = [_hit(1, kettle, 0.9), _hit(2, kettle.replace("kettle", "lamp"), 0.8), _hit(3, kettle, 0.7)]
    assert _text(compose(_window("My kettle has limescale"), hits)) == kettle


def test_a_chinese_sentence_has_words():
    answer = "\u8bf7\u6253\u5f00\u83dc\u5355\u7136\u540e\u6e05\u9664\u8bb0\u5f55\u3002"
    found = compose(_window("\u4e3a\u4ec0\u4e48\u8fd9\u4e48\u6162"), [_hit(1, answer), _hit(2, answer)])
    assert _text(found) == answer


def test_neighbours_vote_and_are_not_copied():
    neighbours = [_hit(number, f"{OTHER} {CLEAR}") for number in range(5, 8)]
    found = compose(_window(), [_hit(1, f"{CLEAR} {RESTART}")], neighbours)
    assert [sentence.evidence_id for sentence in found] == ["m1:1"]
    assert _text(found) == CLEAR


def test_a_nearer_question_has_more_to_say():
    far = [_hit(number, OTHER, similarity=0.3) for number in range(5, 9)]
    hits = [_hit(1, f"{CLEAR} {OTHER}", similarity=0.9), _hit(2, CLEAR, similarity=0.9)]
    assert compose(_window(), hits, far)[0].text.strip() == CLEAR


def test_a_lone_passage_does_not_vouch_for_itself():
    assert compose(_window(), [_hit(1, CLEAR)]) == []
    assert compose(_window(), []) == []


@pytest.mark.parametrize(
    "other_case",
    [
        "I have refunded your order today.",
        "Please write to [EMAIL_1] about it.",
        "> it is slow since the update of Monday",
        "jo-el said it is slow since the update of Monday",
        "Error E77 means that the disk is full.",
    ],
)
def test_what_is_about_another_case_is_left_out(other_case):
    hits = [_hit(number, f"{CLEAR}\n{other_case}") for number in range(3)]
    found = compose(_window("Why is it slow, it says E12?"), hits)
    assert _text(found) == CLEAR


def test_what_leads_to_a_list_stays_with_its_first_line():
    answer = "Do this:\n1. Open the menu.\n2. Choose Clear recent history."
    found = compose(_window(), [_hit(1, answer), _hit(2, answer)])
    assert all(not sentence.text.rstrip().endswith(":") for sentence in found)
    assert _text(found).startswith("Do this:\n1. Open the menu.")


def test_the_reply_has_a_longest_length(monkeypatch):
    monkeypatch.setattr("chatbot.dialogue.write.compose.MAX_CHARACTERS", 70)
    answers = [" ".join(f"Step {word} is to press the {word} key." for word in ("red", "blue", "green"))] * 3
    hits = [_hit(number, answer) for number, answer in enumerate(answers)]
    assert len(_text(compose(_window(), hits))) <= 70


TEXTS = st.lists(
    st.sampled_from([CLEAR, RESTART, OTHER, "Was?", "\u91cd\u542f\u5b83\u3002", "a", "\n", "Do this:"]), max_size=6
)


@given(st.lists(TEXTS.map(" ".join), max_size=4))
def test_whatever_the_passages_are_only_their_sentences_come_out(answers):
    hits = [_hit(number, answer) for number, answer in enumerate(answers)]
    found = compose(_window(), hits)
    assert all(sentence.text.strip() in answers[int(sentence.evidence_id[1])] for sentence in found)
    assert len({(sentence.text, sentence.evidence_id) for sentence in found}) <= sum(map(len, answers))
