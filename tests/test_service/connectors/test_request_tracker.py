"""What a ticket of Request Tracker is read as, and what is sent to it; nobody is asked over a network.

The answers are those of a Request Tracker 5.0.3, shortened.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from chatbot.service.connectors.asking import BusyError, ChangedMeanwhileError
from chatbot.service.connectors.desks.request_tracker import RequestTracker
from chatbot.service.connectors.protocol import Change, Rung, Written, marked
from chatbot.service.outgoing.door import Answer, OutgoingError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GIVEN = {"user": "bot", "password": f"1-28-{'0' * 32}"}
STAFF = {"mira": 1, "bot": 1, "carl": 0}


class StubClient:
    """Answers by method and path, one answer after the other; the last one stays. It knows who is on the staff."""

    def __init__(self, answers):
        self.answers = {f"GET user/{name}": [(200, {"Privileged": is_one})] for name, is_one in STAFF.items()}
        self.answers |= {where: list(given) for where, given in answers.items()}
        self.asked = []

    async def ask(self, method, url, *, headers, content=None, **_):
        parts = urlsplit(url)
        where = f"{method} {parts.path.removeprefix('/rt/REST/2.0/')}"
        self.asked.append((where, dict(parse_qsl(parts.query)), headers, content and json.loads(content)))
        given = self.answers[where]
        status, body, *more = given.pop(0) if len(given) > 1 else given[0]
        return Answer(status, {"retry-after": "7", **dict(*more)}, json.dumps(body).encode(), False, False)

    def sent(self, where):
        return [given for each, _, _, given in self.asked if each == where]


def person(name):
    return {"Name": name, "EmailAddress": f"{name}@shop.example", "RealName": name.title(), "id": name}


def ticket(**more):
    asks = [person("ada")]
    return {"id": "7", "Subject": "Parcel", "Status": "open", "Priority": "0", "Requestor": asks, **more}


def transaction(number, kind, who="ada", **more):
    created = f"2026-05-01T10:{number:02}:00Z"
    about = {"Type": kind, "Field": "", "ObjectId": "7", "Created": created, "Creator": person(who)}
    return {"id": str(number), **about, **more}


def attachment(of, content, kind="text/plain", *, number=None, filename=""):
    name = str(number or of * 10)
    return {"id": name, "TransactionId": str(of), "ContentType": kind, "Filename": filename, "Content": content}


def listed(*items, pages=None):
    return [(200, {"items": list(items), "pages": pages, "count": len(items)})]


def desk_of(answers, given=GIVEN):
    client = StubClient(answers)
    return RequestTracker(client, "https://help.example/rt/", given), client


async def read(history, attachments, **more):
    answers = {"GET tickets": listed(ticket(**more), pages=1)}
    answers |= {"GET ticket/7/history": listed(*history), "GET ticket/7/attachments": listed(*attachments)}
    desk, _ = desk_of(answers)
    return await desk.fetch("7")


async def test_who_speaks_and_to_whom():
    theirs = await read(
        [
            transaction(4, "Correspond", "carl"),
            transaction(1, "Create"),
            transaction(2, "EmailRecord", "RT_System"),
            transaction(3, "Correspond", "mira"),
            transaction(5, "Comment", "mira"),
            transaction(6, "Status", "mira"),
            transaction(7, "Correspond", "bot"),
            transaction(8, "Comment", "ada"),
            transaction(9, "Correspond", "mira"),
        ],
        [
            attachment(1, "Where is it?"),
            attachment(2, "We have your mail."),
            attachment(3, "<p>Tomorrow &amp; early</p>", "text/html; charset=utf-8"),
            attachment(4, "I am only in copy"),
            attachment(5, "VIP"),
            attachment(7, "Ours\n> quoted"),
            attachment(8, "of hers"),
            attachment(9, " "),
        ],
        Priority="80",
    )
    assert [(each.key, each.role, each.audience, each.text) for each in theirs.remarks] == [
        ("1", "customer", "customer", "Where is it?"),
        ("3", "agent", "customer", "Tomorrow & early"),
        ("4", "customer", "customer", "I am only in copy"),
        ("5", "agent", "team", "VIP"),
        ("7", "bot", "customer", "Ours\n> quoted"),
        ("8", "agent", "team", "of hers"),
    ]
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)
    assert (theirs.email, theirs.name, theirs.priority) == ("ada@shop.example", "Ada", "high")
    assert theirs.url == "https://help.example/rt/Ticket/Display.html?id=7"


async def test_our_note_is_known_again_and_a_mark_of_others_or_in_public_is_not():
    history = [transaction(1, "Create"), transaction(2, "Comment", "bot"), transaction(3, "Comment", "mira")]
    note = marked("Suggested", "1")
    theirs = await read(
        [*history, transaction(4, "Correspond", "bot")],
        [attachment(1, note), *(attachment(number, marked("Suggested", str(number))) for number in (2, 3, 4))],
    )
    assert theirs.noted == {"2"}
    assert [each.key for each in theirs.remarks] == ["1", "3", "4"]


async def test_plain_text_is_read_rather_than_html_and_files_are_none_and_are_not_fetched():
    parts = [
        attachment(1, "", "multipart/mixed", number=1),
        attachment(1, "", "text/html", number=2),
        attachment(1, "", number=3),
        attachment(1, "", number=4, filename="log.txt"),
        attachment(1, "", "image/png", number=5, filename="a.png"),
    ]
    answers = {
        "GET tickets": listed(ticket(), pages=1),
        "GET ticket/7/history": listed(transaction(1, "Create")),
        "GET ticket/7/attachments": listed(*parts),
        "GET attachment/3": [(200, {"Content": b64encode("Grüße".encode()).decode()})],
    }
    desk, client = desk_of(answers)
    assert [each.text for each in (await desk.fetch("7")).remarks] == ["Grüße"]
    assert all("Content" not in query.get("fields", "").split(",") for _, query, _, _ in client.asked)


@pytest.mark.parametrize(
    ("status", "category"),
    [("new", "open"), ("stalled", "waiting"), ("rejected", "done"), ("resolved", "done"), ("of their own", "open")],
)
async def test_where_it_stands(status, category):
    theirs = await read([transaction(1, "Create")], [attachment(1, "Where?")], Status=status)
    assert theirs.category == category
    assert (theirs.unanswered is None) == (category == "done")


async def test_long_histories_are_read_page_by_page_though_some_of_it_may_not_be_seen():
    history = [transaction(number % 60, "Correspond") | {"id": str(number)} for number in range(1, 151)]
    answers = {
        "GET tickets": listed(ticket(), pages=1),
        "GET ticket/7/history": [*listed(*history[:90]), *listed(*history[90:]), *listed()],
        "GET ticket/7/attachments": listed(*(attachment(number, "…") for number in range(1, 151)), pages=1),
    }
    desk, client = desk_of(answers)
    assert len((await desk.fetch("7")).remarks) == 150
    assert [query["page"] for where, query, _, _ in client.asked if "history" in where] == ["1", "2", "3"]


async def test_what_changed_is_asked_for_by_age_and_what_was_merged_meanwhile_is_done():
    now = datetime.now(UTC)
    link = {"Field": "MergedInto", "Created": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    old = {"Field": "MergedInto", "ObjectId": "5"}
    history = [
        transaction(1, "Create"),
        transaction(2, "Create", ObjectId="6"),
        transaction(3, "AddLink", "mira", **link, ObjectId="6"),
        transaction(4, "AddLink", "mira", **link),
        transaction(5, "AddLink", "mira", **old),
    ]
    answers = {"GET tickets": listed(ticket(), pages=1), "GET ticket/7/history": listed(*history)}
    desk, client = desk_of(answers | {"GET ticket/7/attachments": listed(attachment(1, "Where?"))})
    found = [each async for each in desk.changes(now - timedelta(seconds=100))]
    assert [(each.id, each.category, len(each.remarks), each.email) for each in found] == [
        ("7", "open", 1, "ada@shop.example"),
        ("6", "done", 0, "ada@shop.example"),
    ]
    asked = client.asked[0][1]["query"]
    assert 400 <= int(asked.removeprefix("LastUpdated > '").removesuffix(" seconds ago'")) <= 430
    assert [each.id async for each in desk.changes(None)] == ["7"]
    queries = [query["query"] for where, query, _, _ in client.asked if where == "GET tickets"]
    assert queries[1:] == ["Status = '__Active__'"]


async def test_what_is_in_no_list_any_more_is_done_or_gone():
    gone = ticket(id=9, Status="deleted", Requestor=[{"id": "ada"}])
    answers = {"GET tickets": listed(pages=0), "GET ticket/7": [(200, gone)], "GET user/ada": [(200, person("ada"))]}
    desk, _ = desk_of(answers)
    theirs = await desk.fetch("7")
    assert (theirs.id, theirs.category, theirs.email) == ("7", "done", "ada@shop.example")
    desk, _ = desk_of({"GET tickets": listed(pages=0), "GET ticket/7": [(404, {"message": "Not Found"})]})
    assert await desk.fetch("7") is None


@pytest.mark.parametrize(("verb", "does"), [("comment", "note"), ("correspond", "reply")])
async def test_what_is_written_is_plain_text_by_the_verb_that_says_to_whom(verb, does):
    where = {"location": "/rt/REST/2.0/transaction/44"}
    desk, client = desk_of({f"POST ticket/7/{verb}": [(201, ["Added"], where)]})
    assert await getattr(desk, does)("7", "A <b>\nB") == Written("bot", "44")
    assert client.sent(f"POST ticket/7/{verb}") == [{"Content": "A <b>\nB", "ContentType": "text/plain"}]
    assert client.asked[0][2]["Authorization"] == f"token {GIVEN['password']}"


async def test_a_password_is_no_token():
    desk, client = desk_of({"GET tickets": [(200, {"items": [], "pages": 0})]}, {"user": "bot", "password": "1-2-x"})
    assert await desk.newest(5) == []
    assert client.asked[0][2]["Authorization"] == f"Basic {b64encode(b'bot:1-2-x').decode()}"


def stands(status, owner):
    return (200, {"Status": status, "Owner": {"id": owner}}, {"etag": '"56"'})


async def test_a_change_is_made_as_it_was_read_and_read_back():
    answers = {
        "GET ticket/7": [stands("open", "Nobody"), stands("open", "Nobody"), stands("resolved", "mira")],
        "PUT ticket/7": [(412, {}), (200, ["changed"])],
        "POST users": listed({"id": "mira"}),
    }
    desk, client = desk_of(answers)
    await desk.change("7", Change(category="done", assignee="mira@shop.example"))
    assert client.sent("PUT ticket/7") == [{"Status": "resolved", "Owner": "mira"}] * 2
    assert {headers["If-Match"] for where, _, headers, _ in client.asked if where == "PUT ticket/7"} == {'"56"'}
    desk, _ = desk_of(answers | {"GET ticket/7": [stands("open", "x")], "PUT ticket/7": [(412, {})]})
    with pytest.raises(ChangedMeanwhileError):
        await desk.change("7", Change(category="done"))


async def test_what_is_answered_as_done_and_was_not_is_told():
    desk, _ = desk_of({"GET ticket/7": [stands("open", "Nobody")], "PUT ticket/7": [(200, ["Permission denied"])]})
    with pytest.raises(OutgoingError, match="does not let bot change Status"):
        await desk.change("7", Change(category="waiting"))


async def test_a_ticket_of_somebody_elses_is_stolen_and_one_for_nobody_we_know_stays():
    answers = {
        "GET ticket/7": [stands("open", "mira"), stands("open", "mira"), stands("open", "bot")],
        "PUT ticket/7": [(200, ["You can only reassign tickets that you own"])],
        "PUT ticket/7/steal": [(200, ["Owner changed"])],
        "POST users": [*listed({"id": "bot"}), *listed()],
    }
    desk, client = desk_of(answers)
    await desk.change("7", Change(assignee="bot@shop.example"))
    assert client.sent("PUT ticket/7/steal") == [{}]
    await desk.change("7", Change(assignee="nobody@shop.example"))
    assert len(client.sent("PUT ticket/7")) == 1


@pytest.mark.parametrize("name", ["../user/1", "7 OR id > 0", "7'", "-1", "٧", "", "9" * 40])
async def test_a_name_that_is_no_number_is_not_asked_for(name):
    desk, client = desk_of({})
    assert await desk.fetch(name) is None
    with pytest.raises(OutgoingError, match="by number"):
        await desk.reply(name, "x")
    assert client.asked == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, {"message": "Unauthorized"}, OutgoingError, "refuses the credentials"),
        (429, None, BusyError, "busy"),
        (500, None, OutgoingError, "answers 500"),
        (200, [], OutgoingError, "answers what is no"),
        (200, {"items": [{"Subject": "no id"}], "pages": 1}, OutgoingError, "answers what is no"),
        (200, {"items": [ticket(id="../user/1")], "pages": 1}, OutgoingError, "number"),
    ],
)
async def test_what_it_answers_wrongly_is_told_as_a_sentence(status, body, kind, said):
    desk, _ = desk_of({"GET tickets": [(status, body)]})
    with pytest.raises(kind, match=said):
        await desk.fetch("7")


@pytest.mark.parametrize(("refs", "writes"), [(["self", "comment", "correspond"], True), (["self", "comment"], False)])
async def test_what_the_account_may_is_told_before_anything_is_kept(refs, writes):
    links = {"_hyperlinks": [{"ref": each} for each in refs]}
    desk, _ = desk_of({"GET tickets": listed({"id": "7"}), "GET ticket/7": [(200, links)]})
    if writes:
        assert len([step async for step in desk.check()]) == 2
    else:
        with pytest.raises(OutgoingError, match="not write"):
            _ = [step async for step in desk.check()]


def test_whoever_rings_says_at_most_which_ticket():
    assert RequestTracker.heard({}, b" 7\n", GIVEN, NOW) == Rung("7")
    assert RequestTracker.heard({}, b"7 OR 1", GIVEN, NOW) == Rung()
