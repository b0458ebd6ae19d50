"""The window of a question and the cutting of articles: bounded, and nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.transcripts import Article, Conversation, Role, Turn
from retrieval.passages import (
    CHUNK_CHARACTERS,
    CHUNK_WORDS,
    QUESTION_CHARACTERS,
    PassageKind,
    chunks,
    cut,
    passages_of_article,
    passages_of_conversation,
    question_text,
    weight,
)

TURNS = st.lists(
    st.builds(Turn, role=st.sampled_from(Role), text=st.text(max_size=1500), author=st.just("helper")), max_size=8
)


def customer(text):
    return Turn(Role.CUSTOMER, text)


def agent(text):
    return Turn(Role.AGENT, text, author="helper")


def test_a_single_message_is_the_question():
    assert question_text([customer("  My inbox\nis   empty ")]) == "My inbox is empty"


def test_the_last_message_keeps_its_problem():
    turns = [customer("Printing fails with error 42"), agent("Did you restart?"), customer("it still does not work")]
    assert question_text(turns) == "Printing fails with error 42\nit still does not work"


def test_all_messages_since_the_last_answer_count():
    turns = [customer("A"), agent("B"), customer("C"), agent("D"), customer("E"), customer("F")]
    assert question_text(turns) == "A\nE F"


def test_a_long_opening_leaves_room_for_the_latest():
    question = question_text([customer("word " * 1000), agent("?"), customer("the latest thing")])
    assert question.endswith("\nthe latest thing")
    assert len(question) > QUESTION_CHARACTERS * 0.9


def test_a_long_latest_message_leaves_room_for_the_opening():
    question = question_text([customer("opening " * 20), agent("?"), customer("word " * 100_000)])
    assert question.startswith("opening opening")
    assert "\nword word" in question


def test_no_customer_no_question():
    assert question_text([]) == ""
    assert question_text([agent("Hello"), customer("   ")]) == ""


def test_foreign_scripts_weigh_more():
    assert len(question_text([customer("邮件" * 2000)])) == QUESTION_CHARACTERS // 4


@given(TURNS)
def test_a_question_is_bounded_and_only_made_of_customer_words(turns):
    question = question_text(turns)
    assert weight(question) <= QUESTION_CHARACTERS
    said = {word for turn in turns if turn.role is Role.CUSTOMER for word in turn.text.split()}
    whole = question.split()
    assert all(any(word in other for other in said) for word in whole)


@given(st.lists(st.text(min_size=1, max_size=100).filter(str.strip), min_size=1, max_size=3))
def test_short_questions_lose_nothing(texts):
    turns = [turn for text in texts for turn in (customer(text), agent("And?"))][:-1]
    question = question_text(turns)
    wanted = [texts[0]] if len(texts) == 1 else [texts[0], texts[-1]]
    if weight(" ".join(wanted)) < 600:
        assert question.split() == " ".join(wanted).split()


@given(st.text(), st.integers(0, 200))
def test_cut_keeps_the_start(text, room):
    start = cut(text, room)
    assert text.startswith(start)
    assert weight(start) <= max(room, 0)


@given(st.lists(st.text(alphabet="ab .\n!。é邮", max_size=3000), max_size=5))
def test_chunks_lose_nothing_and_are_bounded(parts):
    text = "\n\n".join(parts)
    found = chunks(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(chunk.strip() for chunk in found)
    assert all(len(chunk.split()) <= CHUNK_WORDS and weight(chunk) <= CHUNK_CHARACTERS for chunk in found)


def test_paragraphs_stay_whole_and_headings_stay_with_their_text():
    paragraph = "This is a sentence of seven words. " * 10
    found = chunks(f"{paragraph}\n\n{paragraph}\n\nAnother topic\n\n{paragraph}")
    assert [chunk.count("sentence") for chunk in found] == [20, 10]
    assert found[1].startswith("Another topic\n\nThis")


@pytest.mark.parametrize("last", ["你可以：", "- in a box\n- with the slip"])
def test_what_leads_to_something_and_a_short_list_are_no_headings(last):
    paragraph = "This is a sentence of seven words. " * 10
    found = chunks(f"{paragraph}\n\n{paragraph}\n\n{last}\n\n{paragraph}")
    assert found[0].endswith(last)


def test_an_article_is_found_by_its_title_too():
    found = passages_of_article(
        Article("pay", "How to pay", "By card.", url="https://x.test/pay", updated="2024-01-01")
    )
    assert [(p.id, p.kind, p.question, p.answer) for p in found] == [
        ("pay#0", PassageKind.ARTICLE, "How to pay\nBy card.", "By card.")
    ]
    assert (found[0].source_id, found[0].title, found[0].url) == ("pay", "How to pay", "https://x.test/pay")
    assert found[0].created == "2024-01-01"
    assert passages_of_article(Article("empty", "Nothing", "  \n\n ")) == []


def test_questions_added_to_an_article_come_after_its_text_and_point_to_it():
    text, added = passages_of_article(Article("cloths", "Cloths", "Muslin.", questions=("do you do\nnappies?",)))
    assert (text.links, added.links) == ((), ("cloths",))
    assert (added.id, added.question, added.source_id) == ("cloths#1", "do you do nappies?", "cloths")


def test_a_conversation_gives_a_passage_for_each_answered_question():
    turns = (customer("First?"), agent("One."), customer("Second?"), agent("Two."), customer("Third?"))
    found = passages_of_conversation(Conversation("c", turns, labels={"title": "T", "created": "2024-05-05"}))
    assert [(p.question, p.answer) for p in found] == [("First?", "One."), ("First?\nSecond?", "Two.")]
    assert {(p.source_id, p.title, p.created) for p in found} == {("c", "T", "2024-05-05")}
    assert passages_of_conversation(Conversation("e", (customer(" "), agent("Hello?")))) == []
