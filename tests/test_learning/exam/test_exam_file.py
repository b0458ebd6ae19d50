"""Files of questions: both shapes of a line, a table, and what is broken told by its line."""

from __future__ import annotations

import json

import pytest

from chatbot.errors import InputError
from chatbot.learning.exam.exam_file import read_exam
from chatbot.learning.exam.question import Who
from data.transcripts import Role


def written(path, *rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def facts(question):
    return [[each.written for each in group] for group in question.must], [each.written for each in question.never]


def test_the_short_and_the_long_form(tmp_path):
    turns = [
        {"role": "customer", "text": "Hi"},
        {"role": "bot", "text": "Hello!"},
        {"role": "customer", "text": "Lamp?"},
    ]
    path = written(
        tmp_path / "mine.jsonl",
        {"question": "How long?", "must": ["30 days"], "who": "bot"},
        "",
        {
            "id": 7,
            "kind": "follow_up",
            "turns": turns,
            "who": "either",
            "must": [["30 days", "thirty days"], "refund"],
            "never": ["60 days"],
            "article": "help/returns.md#days",
            "language": "en",
            "why": "The rule.",
            "note_to_self": "kept out of the way",
        },
    )
    short, long = read_exam(path).questions
    assert (short.id, short.line, short.who, facts(short)) == ("line-1", 1, Who.BOT, ([["30 days"]], []))
    assert facts(long) == ([["30 days", "thirty days"], ["refund"]], ["60 days"])
    assert (long.id, long.line, long.article, long.kind) == ("7", 3, "returns", "follow_up")
    assert [turn.role for turn in long.turns] == [Role.CUSTOMER, Role.BOT, Role.CUSTOMER]


def test_a_table_that_a_lead_keeps(tmp_path):
    path = written(
        tmp_path / "mine.csv",
        "Question,must,never,who,article",
        '"How long, please?",30 days|thirty days;refund,60 days|90 days,bot,returns.md',
        "A person!,,,person,",
        "too,few",
        "Which years?,re:(two|2) years;kettle,,,",
    )
    read = read_exam(path)
    first, second, third = read.questions
    assert facts(first) == ([["30 days", "thirty days"], ["refund"]], ["60 days", "90 days"])
    assert (first.turns[0].text, first.article, second.who) == ("How long, please?", "returns", Who.PERSON)
    assert facts(third) == ([["re:(two|2) years"], ["kettle"]], [])
    assert [sentence.partition("mine.csv")[2][:3] for sentence in read.broken] == [":4:"]


def test_what_no_terminal_and_no_file_can_hold_is_taken_out(tmp_path):
    row = {"id": "a\x1b[2J\nb", "kind": "k\u0085 \x00", "question": "Why \ud800 \x00?", "who": "Person"}
    (read,) = read_exam(written(tmp_path / "mine.jsonl", row)).questions
    assert (read.id, read.kind, read.who) == ("a [2J b", "k", Who.PERSON)
    assert read.turns[0].text == "Why \ufffd ?"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("not json", "not JSON"),
        ("[1]", "found list"),
        ("[" * 100_000, "nested|within one another"),
        ({"must": ["x"]}, "turns"),
        ({"question": ""}, "customer's question"),
        ({"question": 7}, "customer's words"),
        ({"question": "x", "turns": [{"role": "customer", "text": "y"}]}, "instead of it"),
        ({"turns": [{"role": "bot", "text": "y"}]}, "last is the customer's"),
        ({"turns": [{"role": "robot", "text": "y"}]}, "expected role customer"),
        ({"question": "x" * 200_000}, "at most"),
        ({"question": "x", "who": "robot"}, "bot, person or either"),
        ({"question": "x", "musts": ["y"]}, "may be 'must'"),
        ({"question": "x", "Never": ["y"]}, "may be 'never'"),
        ({"question": "x", "must": 7}, "as a list"),
        ({"question": "x", "must": [7]}, "as words or as a list"),
        ({"question": "x", "must": [[]]}, "as words or as a list"),
        ({"question": "x", "must": [[7]]}, "expected words"),
        ({"question": "x", "must": ["y"] * 51}, "at most 50"),
        ({"question": "x", "never": ["re:("]}, "no regular expression"),
        ({"question": "x", "kind": ["y"]}, "as words"),
        ({"id": "a", "question": "again"}, "stands on line 1 already"),
    ],
)
def test_a_broken_line_is_told_and_costs_itself_only(tmp_path, row, told):
    path = written(tmp_path / "mine.jsonl", {"id": "a", "question": "one"}, row, {"id": "b", "question": "two"})
    read = read_exam(path)
    assert [each.id for each in read.questions] == ["a", "b"]
    (sentence,) = read.broken
    assert sentence.startswith(f"{path}:2: ")
    assert any(each in sentence for each in told.split("|"))


def test_a_file_without_a_question_is_refused_with_a_way_on(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_exam(tmp_path / "absent.jsonl")
    with pytest.raises(InputError, match="header with question"):
        read_exam(written(tmp_path / "a.csv", "text,answer", "x,y"))
    for content in ("", "\n\n", "nonsense"):
        with pytest.raises(InputError, match=r"no question in it; expected .*docs/exam\.md"):
            read_exam(written(tmp_path / "b.jsonl", content))
