"""Tables whose cells hold all comments of a ticket: read as turns, or stopped with a sentence; never stored raw."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importers import REGISTRY
from data.importers.importer import Broken, Found, ImportOptions, Told
from data.intake import Accepted, take

COMMENTS = [
    {"id": 1, "author_id": 11, "body": "Where is it? Wilma", "public": True, "created_at": "2025-03-01T09:00:00Z"},
    {"id": 2, "author_id": 77, "body": "Refuse her", "public": False, "created_at": "2025-03-01T09:02:00Z"},
    {"id": 3, "author_id": 77, "html_body": "<p>On its way.</p>", "public": True, "created_at": "2025-03-01T09:05:00Z"},
]


def write(path, header, *rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read(path, **columns):
    rows = list(REGISTRY["csv"].read(path, ImportOptions(columns=columns)))
    talks = [[(str(turn.role), turn.text) for turn in row.item.turns] for row in rows if isinstance(row, Found)]
    return talks, [row.message for row in rows if isinstance(row, Broken)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "zendesk.csv"


def test_comments_of_zendesk_become_turns(path):
    write(path, ["Id", "Subject", "Requester id", "Comments"], ["901", "Parcel", "11", json.dumps(COMMENTS)])
    rows = list(take([path]))
    (talk,) = [row for row in rows if isinstance(row, Accepted)]
    assert [(str(turn.role), turn.text) for turn in talk.item.turns] == [
        ("customer", "Parcel\nWhere is it? Wilma"),
        ("agent", "On its way."),
    ]
    assert talk.item.id == "901"
    assert talk.turn_drops["internal note"] == 1
    assert talk.item.labels == {"title": "Parcel", "created": "2025-03-01"}
    assert not any(turn.extras for turn in talk.item.turns)
    assert any("Comments" in row.message for row in rows if isinstance(row, Told))


def test_a_list_of_tickets_without_their_messages_is_told_as_that(path):
    write(
        path, ["Id", "Subject", "Requester", "Status", "Created at"], ["1", "Parcel", "Wilma", "solved", "2025-03-01"]
    )
    talks, (message,) = read(path)
    assert not talks
    assert "without what was said in them" in message


def test_as_python_writes_them_and_mapped_as_an_answer(path):
    write(path, ["Ticket", "Requester", "Description", "Notes"], ["1", "11", "Where is it? Wilma", str(COMMENTS)])
    talks, broken = read(path, question="Description", answer="Notes")
    assert not broken
    assert [role for role, _ in talks[0]] == ["customer", "note", "agent"]


def test_an_opening_message_kept_apart_comes_first(path):
    later = [{"author": {"role": "agent", "name": "Lisa"}, "body": "Dry it."}]
    write(path, ["Id", "Description", "Comments"], ["1", "It is wet", json.dumps(later)])
    assert read(path)[0] == [[("customer", "It is wet"), ("agent", "Dry it.")]]


@pytest.mark.parametrize("mapped", [{}, {"answer": "Comments", "question": "Description"}])
def test_nothing_is_guessed_of_who_is_the_customer(path, mapped):
    write(path, ["Id", "Description", "Comments"], ["1", "x", json.dumps(COMMENTS)])
    talks, (message,) = read(path, **mapped)
    assert not talks
    assert "who of the comments' authors is the customer" in message
    talks, broken = read(path, agent_value="77", customer_value="11", **mapped)
    assert not broken
    assert [role for role, _ in talks[0]] == ["customer", "customer", "note", "agent"]


def test_what_says_internal_and_is_not_understood_stops_the_file(path):
    comments = [{"role": "agent", "body": "a", "visibility": "blue"}, {"role": "customer", "body": "b"}]
    write(path, ["Id", "Comments"], ["1", json.dumps(comments)])
    talks, broken = read(path)
    assert not talks
    assert "'blue'" in broken[0]


def test_a_cell_cut_off_or_among_words_is_left_out(path):
    cut = json.dumps(COMMENTS)[:150]
    write(path, ["Id", "Requester id", "Comments"], ["1", "11", cut], ["2", "11", json.dumps(COMMENTS)])
    talks, (message,) = read(path)
    assert len(talks) == 1
    assert "cuts a cell after 32,767" in message
    for cell in (json.dumps(COMMENTS), cut, str(COMMENTS)):
        write(path, ["question", "answer"], ["Where?", cell], ["When?", "Now."])
        talks, (message,) = read(path)
        assert talks == [[("customer", "When?"), ("agent", "Now.")]]
        assert "list of comments" in message


KEYS = st.sampled_from(["body", "author_id", "public", "role", "author", "created_at", "html_body", "private", "type"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.dictionaries(KEYS, VALUES, max_size=5) | VALUES, max_size=4), max_size=4), st.data())
def test_any_comments_are_read_or_told(tmp_path_factory, rows, data):
    path = tmp_path_factory.mktemp("c") / "a.csv"
    cells = []
    for row in rows:
        text = data.draw(st.sampled_from([json.dumps(row), repr(row)])).encode("utf-8", "replace").decode()
        cells.append(text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text)
    start = json.dumps([{"author_id": 1, "body": "a"}])
    write(path, ["id", "requester_id", "comments"], ["0", "1", start], *(["1", "1", cell] for cell in cells))
    for row in take([path]):
        assert isinstance(row, Broken | Told) or row
