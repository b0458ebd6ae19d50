"""What an issue of a Roundup is read as, and what is sent to it; nobody is asked over a network.

The answers are those of a Roundup 2.6, shortened.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from chatbot.service.connectors.asking import BusyError, ChangedMeanwhileError
from chatbot.service.connectors.desks.roundup import Roundup
from chatbot.service.connectors.desks.roundup_notes import RoundupWithNotes
from chatbot.service.connectors.protocol import Change, Rung, Written, marked
from chatbot.service.outgoing.door import Answer, OutgoingError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GIVEN = {"user": "bot", "password": "x", "agents": "mira, Agent", "private": "internal", "notes": "suggestion"}


class StubClient:
    """Answers by method and the last of the path, one answer after the other; the last one stays."""

    def __init__(self, answers):
        self.answers = {where: list(given) for where, given in answers.items()}
        self.asked = []

    async def ask(self, method, url, *, headers, content=None, **_):
        parts = urlsplit(url)
        where = f"{method} {parts.path.removeprefix('/support/rest/data/')}"
        self.asked.append((where, parse_qsl(parts.query), headers, content and json.loads(content)))
        given = self.answers[where]
        status, body = given.pop(0) if len(given) > 1 else given[0]
        return Answer(status, {"retry-after": "7"}, json.dumps(body).encode(), False, False)

    def sent(self, where):
        return [given for each, _, _, given in self.asked if each == where]


def issue(*messages, status="unread", **more):
    return {
        "id": "7",
        "title": "Parcel",
        "messages": [{"id": str(each["id"]), "link": "…"} for each in messages],
        "keyword": [{"id": "2", "name": "late"}],
        "superseder": [],
        "status.name": status,
        "priority.name": "bug",
        "creator.username": "ada",
        "creator.realname": "Ada",
        "creator.address": "ada@shop.example",
        "suggestion": None,
        **more,
    }


def message(number, content, who="ada", *, roles="User", kind=None, internal=None):
    return {
        "id": str(number),
        "content": content,
        "type": kind,
        "internal": internal,
        "creation": f"2026-05-01.10:{number:02}:00",
        "author.username": who,
        "author.realname": who.title(),
        "author.roles": roles,
    }


def listed(*items):
    return [(200, {"data": {"collection": list(items), "@total_size": len(items)}})]


def desk_of(answers, kind=RoundupWithNotes):
    client = StubClient(answers)
    return kind(client, "https://help.example/support/", GIVEN), client


async def read(*messages, **more):
    desk, _ = desk_of({"GET issue": listed(issue(*messages, **more)), "GET msg": listed(*messages)})
    return await desk.fetch("7")


async def test_who_speaks_and_to_whom():
    theirs = await read(
        message(4, "It is on its way.", "bot", roles="User, Agent"),
        message(1, "Where is it?"),
        message(2, "Tomorrow.", "mira"),
        message(3, "I look.", "tom", roles="User,Agent"),
        message(5, "VIP", "mira", internal=True),
        message(6, "Not for all", internal=True),
        message(7, "  "),
    )
    assert [(each.key, each.role, each.audience) for each in theirs.remarks] == [
        ("1", "customer", "customer"),
        ("2", "agent", "customer"),
        ("3", "agent", "customer"),
        ("4", "bot", "customer"),
        ("5", "agent", "team"),
        ("6", "agent", "team"),
    ]
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)
    assert theirs.unanswered is None
    assert (theirs.email, theirs.name, theirs.priority, theirs.tags) == ("ada@shop.example", "Ada", "normal", ("late",))
    assert theirs.url == "https://help.example/support/issue7"


async def test_quoted_mail_is_cut_but_for_the_opening_messages_own():
    quoting = "Still nothing.\n\nOn Fri, 1 May 2026 at 10:00, Shop <help@shop.example> wrote:\n> It is on its way."
    own = "> Where is it?\nNobody answered.\n> Hello?\nNor that."
    theirs = await read(message(1, own), message(2, quoting), message(3, "<p>A &amp; B</p>", kind="text/html"))
    assert [each.text for each in theirs.remarks] == [own, "Still nothing.", "A & B"]


async def test_our_note_is_known_again_and_what_somebody_else_wrote_there_is_none():
    assert (await read(message(1, "Where?"), suggestion=marked("Suggested", "1"))).noted == {"1"}
    assert (await read(message(1, "Where?"), suggestion="of mine")).noted == frozenset()


@pytest.mark.parametrize(
    ("more", "category"),
    [
        ({"status": "chatting"}, "open"),
        ({"status": "need-eg"}, "waiting"),
        ({"status": "resolved"}, "done"),
        ({"status": "chatting", "superseder": [{"id": "3"}]}, "done"),
        ({"status": None}, "open"),
    ],
)
async def test_where_it_stands(more, category):
    theirs = await read(message(1, "Where?"), **more)
    assert theirs.category == category
    assert (theirs.unanswered is None) == (category == "done")


async def test_changes_are_asked_for_with_a_zone_and_a_margin_and_read_page_by_page():
    page = [issue() | {"id": str(number)} for number in range(1, 51)]
    desk, client = desk_of({"GET issue": [*listed(*page), *listed(issue() | {"id": "51"})]})
    found = [each.id async for each in desk.changes(NOW)]
    assert found == [str(number) for number in range(1, 52)]
    first, second = (dict(query) for _, query, _, _ in client.asked)
    assert first["activity"] == "from 2026-04-30.23:55:00+0000"
    assert [(each["@page_index"], each["@sort"]) for each in (first, second)] == [("1", "id"), ("2", "id")]


async def test_at_first_everything_that_is_not_done_is_asked_for_what_has_no_status_included():
    statuses = listed({"id": "1", "name": "unread"}, {"id": "8", "name": "resolved"}, {"id": "9", "name": "ours"})
    desk, client = desk_of({"GET status": statuses, "GET issue": listed()})
    assert [each async for each in desk.changes(None)] == []
    assert dict(client.asked[-1][1])["status"] == "-1,1,9"


async def test_messages_are_asked_for_by_fifty():
    messages = [message(number, "…" * number) for number in range(1, 60)]
    desk, client = desk_of(
        {"GET issue": listed(issue(*messages)), "GET msg": [*listed(*messages[:50]), *listed(*messages[50:])]}
    )
    assert len((await desk.fetch("7")).remarks) == 59
    asked = [[value for name, value in query if name == "id"] for where, query, _, _ in client.asked if "msg" in where]
    assert [len(each) for each in asked] == [50, 9]


ITEM = [(200, {"data": {"@etag": '"a"', "attributes": {"keyword": [{"id": "2", "name": "late"}], "suggestion": None}}})]


async def test_a_reply_is_a_message_of_ours_that_is_linked_in_the_issue():
    desk, client = desk_of({"POST msg": [(201, {"data": {"id": "12"}})], "GET issue/7": ITEM, "PATCH issue/7": ITEM})
    assert await desk.reply("7", "Here") == Written("bot", "12")
    assert client.sent("POST msg") == [{"content": "Here", "author": "bot", "date": ".", "type": "text/plain"}]
    assert client.sent("PATCH issue/7") == [{"@op": "add", "messages": ["12"]}]
    headers = client.asked[-1][2]
    assert (headers["If-Match"], headers["Origin"]) == ('"a"', "https://help.example")
    assert headers.keys() >= {"X-Requested-With", "Referer", "Authorization"}


async def test_an_issue_that_was_changed_meanwhile_is_read_again_once():
    other = (200, {"data": {"@etag": '"b"', "attributes": {"keyword": [], "suggestion": None}}})
    desk, client = desk_of({"GET issue/7": [*ITEM, other], "PATCH issue/7": [(412, {}), (200, {})]})
    assert await desk.note("7", marked("Suggested", "1")) == Written("bot")
    etags = [headers["If-Match"] for where, _, headers, _ in client.asked if where == "PATCH issue/7"]
    assert etags == ['"a"', '"b"']
    desk, client = desk_of({"GET issue/7": ITEM, "PATCH issue/7": [(412, {})]})
    with pytest.raises(ChangedMeanwhileError):
        await desk.note("7", "x")
    assert len(client.sent("PATCH issue/7")) == 2


async def test_words_of_somebody_else_are_not_written_over():
    there = [(200, {"data": {"@etag": '"a"', "attributes": {"keyword": [], "suggestion": "Mira's"}}})]
    desk, client = desk_of({"GET issue/7": there})
    with pytest.raises(OutgoingError, match="somebody else"):
        await desk.note("7", "ours")
    assert client.sent("PATCH issue/7") == []


async def test_what_is_changed_is_sent_at_once_and_nothing_where_nothing_changes():
    answers = {
        "GET status": listed({"id": "3", "name": "chatting"}, {"id": "8", "name": "resolved"}),
        "GET user": listed({"id": "4", "address": "Mira@shop.example"}, {"id": "5"}),
        "GET keyword": listed({"id": "2", "name": "late"}),
        "POST keyword": [(201, {"data": {"id": "6"}})],
        "GET issue/7": ITEM,
        "PATCH issue/7": ITEM,
    }
    desk, client = desk_of(answers)
    change = Change(category="done", add_tags=("box",), remove_tags=("late",), assignee="mira@shop.example")
    await desk.change("7", change)
    await desk.change("7", Change(category="waiting", add_tags=("late",), assignee="x@shop.example"))
    assert client.sent("PATCH issue/7") == [{"status": "8", "assignedto": "4", "keyword": ["6"]}]


async def test_a_tracker_as_it_comes_keeps_no_notes():
    desk, client = desk_of({}, kind=Roundup)
    assert not desk.abilities.note
    with pytest.raises(OutgoingError, match="could not read"):
        await desk.note("7", "x")
    assert client.asked == []


@pytest.mark.parametrize("name", ["../user/1", "7&status=1", "7 ", "-1", "٧", "", "9" * 40])
async def test_a_name_that_is_no_number_is_not_asked_for(name):
    desk, client = desk_of({})
    assert await desk.fetch(name) is None
    with pytest.raises(OutgoingError, match="by number"):
        await desk.reply(name, "x")
    assert client.asked == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, None, OutgoingError, "refuses the credentials"),
        (429, None, BusyError, "busy"),
        (400, None, OutgoingError, "answers 400"),
        (200, [], OutgoingError, "answers what is no"),
        (200, {"data": {"collection": [{"id": "7"}]}}, OutgoingError, "answers what is no"),
        (200, {"data": {"collection": [issue() | {"messages": [{"id": "1&@page_size=0"}]}]}}, OutgoingError, "number"),
    ],
)
async def test_what_it_answers_wrongly_is_told_as_a_sentence(status, body, kind, said):
    desk, _ = desk_of({"GET issue": [(status, body)]})
    with pytest.raises(kind, match=said):
        await desk.fetch("7")


async def test_what_is_not_there_is_none():
    desk, _ = desk_of({"GET issue": listed()})
    assert await desk.fetch("7") is None


async def test_people_who_are_not_there_are_told_before_anything_is_kept():
    answers = {"GET issue": listed(), "GET msg": listed(), "GET user": listed({"id": "4", "username": "tom"})}
    desk, _ = desk_of(answers, kind=Roundup)
    with pytest.raises(OutgoingError, match="name the accounts"):
        _ = [step async for step in desk.check()]


def test_whoever_rings_says_nothing():
    assert Roundup.heard({}, b'{"issue": 7}', GIVEN, NOW) == Rung()
