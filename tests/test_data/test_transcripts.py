"""Canonical lines there and back, and the moments in a conversation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.moments import MAX_ANSWER_CHARACTERS, moments_of
from data.transcripts import (
    Conversation,
    Role,
    TranscriptError,
    Turn,
    article_from_json,
    article_to_json,
    conversation_from_json,
    conversation_to_json,
    to_line,
    turns_from_json,
    web_address,
)

EXTRAS = st.dictionaries(st.sampled_from(["x", "votes"]), st.integers() | st.text())
TURNS = st.builds(
    Turn, st.sampled_from(Role), st.text(), st.none() | st.text(min_size=1), st.none() | st.just("2024-01-01"), EXTRAS
)
CONVERSATIONS = st.builds(
    Conversation,
    st.text(min_size=1),
    st.lists(TURNS, min_size=1, max_size=5).map(tuple),
    st.none() | st.just("en"),
    EXTRAS,
    extras=EXTRAS,
)


@given(CONVERSATIONS)
def test_a_conversation_there_and_back(conversation):
    line = to_line(conversation_to_json(conversation))
    assert "\n" not in line
    assert conversation_from_json(json.loads(line)) == conversation


def test_questions_of_an_article_are_a_list_of_texts():
    row = {"slug": "s", "title": "t", "text": "x", "questions": ["do you do nappies?", " "]}
    assert article_from_json(row).questions == ("do you do nappies?",)
    assert article_to_json(article_from_json(row))["questions"] == ["do you do nappies?"]
    for wrong in ("do you do nappies?", [1]):
        with pytest.raises(TranscriptError, match="list of strings"):
            article_from_json({**row, "questions": wrong})


def test_an_article_there_and_back():
    row = {"slug": "s", "title": "T", "text": "x", "language": "en", "url": None, "updated": None, "topics": "a;b"}
    assert article_to_json(article_from_json(row)) == row


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        {"id": "", "turns": [{"role": "agent", "text": "x"}]},
        {"id": True, "turns": [{"role": "agent", "text": "x"}]},
        {"id": "1", "turns": "x"},
        {"id": "1", "turns": [{"role": "agent"}]},
        {"id": "1", "turns": [{"role": {}, "text": "x"}]},
        {"id": "1", "turns": [{"role": "agent", "text": "x"}], "labels": []},
    ],
)
def test_what_is_no_transcript_is_named(row):
    with pytest.raises(TranscriptError, match="expected"):
        conversation_from_json(row)
    with pytest.raises(TranscriptError, match="expected"):
        turns_from_json({"role": "agent"})


def test_moments_are_runs_of_our_agents_after_a_customer():
    turns = [
        (Role.AGENT, "Welcome", None),
        (Role.CUSTOMER, "Where?", None),
        (Role.BOT, "Beep", None),
        (Role.AGENT, "Here", "ann"),
        (Role.AGENT, "me too", "other"),
        (Role.AGENT, "And there", "ann"),
        (Role.CUSTOMER, "Thanks", None),
        (Role.AGENT, "x" * MAX_ANSWER_CHARACTERS, "bob"),
        (Role.AGENT, "too much", "bob"),
    ]
    conversation = Conversation("c", tuple(Turn(*turn) for turn in turns), labels={"created": "2024-01-01"})
    first, second = moments_of(conversation)
    assert first.answer == "Here\n\nAnd there"
    assert [turn.text for turn in first.context] == ["Welcome", "Where?"]
    assert (first.author, first.created) == ("ann", "2024-01-01")
    assert second.answer == "x" * MAX_ANSWER_CHARACTERS
    assert second.context[-1].text == "Thanks"
    assert len({first.id, second.id}) == 2


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://shop.example/x",
        "mailto:a@b.example",
        "//evil.example/x",
        "/help/returns",
        "help/returns",
        "https:evil",
        "https:///x",
        "https://",
        "https:\\\\evil.example",
        "https://bank.example@evil.example/",
        "https://shop.example:port/",
        "https://[::1",
        'https://shop.example/"onclick=',
        "https://shop.example/\u202eexe",
        "https://shop.example/ x",
        "https://shop.example/" + "x" * 2000,
        "",
        None,
        7,
    ],
)
def test_what_no_page_may_link_to(address):
    assert web_address(address) is None


@pytest.mark.parametrize(
    "address",
    ["https://shop.example", "http://shop.example:8080/a?b=c#d", "HTTPS://Shop.Example/ä/帮助", "https://[::1]/x"],
)
def test_what_a_page_may_link_to(address):
    assert web_address(f" {address}\n") == address
