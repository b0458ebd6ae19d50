"""What requests of Jira Service Management are read as, and what is sent: a fake of its APIs, in which things lie."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.service.connectors.desks.jira import Jira
from chatbot.service.connectors.desks.jira_texts import as_wiki
from chatbot.service.connectors.protocol import LONGEST, Change, Rung, UnsignedError, Written, marked
from chatbot.service.connectors.reading import OPENING
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"user": "understudy@shop.example", "token": "t0ken"}
SIGNED = {**GIVEN, "hook_secret": "s3cret"}


def person(account, name, kind="atlassian", email=None):
    known = {"accountId": account, "accountType": kind, "displayName": name, "active": True}
    return known | ({"emailAddress": email} if email else {})


ADA = person("qm:7:ada", "Ada Love", "customer", "ada@mail.example")
EVE = person("557:eve", "Eve", "atlassian")
BEN = person("557:ben", "Ben", "atlassian", "ben@shop.example")
ME = person("557:me", "Understudy", "atlassian", "understudy@shop.example")
RULE = person("557:rule", "Automation for Jira", "app")


def document(*blocks):
    return {"type": "doc", "version": 1, "content": [*blocks]}


def paragraph(*inline):
    content = [{"type": "text", "text": each} if isinstance(each, str) else each for each in inline]
    return {"type": "paragraph", "content": content}


def typed(words):
    """What an editor makes of plain words."""
    content = []
    for place, each in enumerate(words.split("\n")):
        content += ([{"type": "hardBreak"}] if place else []) + ([{"type": "text", "text": each}] if each else [])
    return document({"type": "paragraph", "content": content})


def comment(number, words, author=ADA, *, public=True, **more):
    body = typed(words) if isinstance(words, str) else words
    created = f"2026-05-01T12:{number:02}:00.000+0200"
    # The platform's flag says that all are public, as it does in hooks.
    made = {"id": str(number), "author": author, "body": body, "created": created, "jsdPublic": True, "public": public}
    return made | more


STATUSES = {
    "Waiting for support": "indeterminate",
    "Waiting for customer": "indeterminate",
    "Declined": "done",
    "Resolved": "done",
    "Open": "new",
}


def status(name):
    return {"name": name, "statusCategory": {"key": STATUSES[name]}}


def issue(number=7, now="Waiting for support", updated="2026-05-01T10:00:00Z", **fields):
    return {
        "id": str(number),
        "key": f"SUP-{number}",
        "fields": {
            "summary": "Where is it?",
            "description": typed("My parcel\nis late"),
            "status": status(now),
            "priority": {"name": "High"},
            "labels": ["vip"],
            "reporter": ADA,
            "assignee": None,
            "created": "2026-05-01T12:00:00.000+0200",
            "updated": updated,
            **fields,
        },
    }


class FakeJira(FakeApi):
    page = 2

    def __init__(self, *comments, **fields):
        super().__init__()
        self.issues = {7: issue(**fields)}
        self.comments = {7: list(comments)}
        self.participants = [EVE, BEN]

    def answer(self, asked):
        basic = b64encode(b"understudy@shop.example:t0ken").decode()
        assert asked.headers["Authorization"] == f"Basic {basic}"
        return super().answer(asked)

    def paged(self, asked, rows):
        start = int(asked.query["start"])
        found = rows[start : start + self.page]
        last = start + self.page >= len(rows)
        return {"size": len(found), "start": start, "limit": self.page, "isLastPage": last, "values": found}

    @on("GET", "/rest/api/3/myself")
    def me(self, asked):
        return ME

    @on("GET", "/rest/servicedeskapi/servicedesk")
    def desks(self, asked):
        return self.paged(asked, [{"id": "1", "projectKey": key} for key in ("SUP", "HR", "IT")])

    @on("GET", "/rest/api/3/search/jql")
    def search(self, asked):
        jql = asked.query["jql"]
        assert re.match(r'project in \("[A-Za-z0-9", -]+\) (AND|ORDER)', jql), jql
        by = jql.split("ORDER BY ")[1].split()[0]
        rows = sorted(self.issues.values(), key=lambda row: (row["fields"][by], int(row["id"])), reverse=True)
        if "statusCategory != Done" in jql:
            rows = [row for row in rows if row["fields"]["status"]["statusCategory"]["key"] != "done"]
        if found := re.search(r'updated >= "-(\d+)m"', jql):
            since = datetime.now(UTC) - timedelta(minutes=int(found[1]))
            rows = [row for row in rows if datetime.fromisoformat(row["fields"]["updated"]) >= since]
        start = int(asked.query.get("nextPageToken", 0))
        after = {"nextPageToken": str(start + self.page)} if start + self.page < len(rows) else {}
        rows = [{"id": row["id"], "key": row["key"]} for row in rows[start : start + self.page]]
        return {"issues": rows, "isLast": not after, **after}

    @on("GET", r"/rest/api/3/issue/(\d+)")
    def issue(self, asked, number):
        return self.issues.get(int(number)) or (404, {"errorMessages": ["Issue does not exist"]})

    @on("PUT", r"/rest/api/3/issue/(\d+)")
    def edit(self, asked, number):
        for each in asked.given["update"]["labels"]:
            labels = self.issues[int(number)]["fields"]["labels"]
            labels.append(each["add"]) if "add" in each else labels.remove(each["remove"])
        return 204, None

    @on("PUT", r"/rest/api/3/issue/(\d+)/assignee")
    def assign(self, asked, number):
        self.issues[int(number)]["fields"]["assignee"] = asked.given
        return 204, None

    @on("GET", "/rest/api/3/user/assignable/search")
    def assignable(self, asked):
        hidden = {name: value for name, value in BEN.items() if name != "emailAddress"}
        if "query" not in asked.query:
            return [hidden, ME]
        return [hidden] if asked.query["query"].lower() == "ben@shop.example" else []

    @on("GET", r"/rest/api/3/issue/(\d+)/transitions")
    def transitions(self, asked, number):
        return {"transitions": [{"id": str(at), "to": status(name)} for at, name in enumerate(STATUSES, 11)]}

    @on("POST", r"/rest/api/3/issue/(\d+)/transitions")
    def move(self, asked, number):
        name = [*STATUSES][int(asked.given["transition"]["id"]) - 11]
        self.issues[int(number)]["fields"]["status"] = status(name)
        return 204, None

    @on("GET", r"/rest/api/3/issue/(\d+)/comment")
    def listed(self, asked, number):
        rows, start = self.comments.get(int(number), []), int(asked.query["startAt"])
        shown = [{name: value for name, value in row.items() if name != "public"} for row in rows]
        return {"comments": shown[start : start + self.page], "startAt": start, "total": len(rows)}

    @on("GET", r"/rest/servicedeskapi/request/(\d+)")
    def request(self, asked, number):
        if int(number) == 8:
            return 404, {"errorMessage": "The request does not exist"}
        return {"issueId": number, "issueKey": f"SUP-{number}", "reporter": ADA}

    @on("GET", r"/rest/servicedeskapi/request/(\d+)/comment")
    def shown(self, asked, number):
        rows = self.comments.get(int(number), [])
        return self.paged(asked, [{"id": row["id"], "public": row["public"], "body": "wiki"} for row in rows])

    @on("POST", r"/rest/servicedeskapi/request/(\d+)/comment")
    def write(self, asked, number):
        assert isinstance(asked.given["public"], bool)
        rows = self.comments[int(number)]
        made = comment(len(rows) + 20, unwiki(asked.given["body"]), ME, public=asked.given["public"])
        rows.append(made)
        return 201, {"id": made["id"], "public": made["public"], "author": {"accountId": ME["accountId"]}}

    @on("GET", r"/rest/servicedeskapi/request/(\d+)/participant")
    def taking_part(self, asked, number):
        return self.paged(asked, [{"accountId": each["accountId"]} for each in self.participants])


def unwiki(body):
    """What Jira's renderer makes of markup, as far as it would go wrong here."""
    assert not re.search(r"(?<!\\)[\[\]{}*_|]", re.sub(r"https?://\S+", "", body)), body
    return re.sub(r"\\(.)", r"\1", body)


def full():
    return FakeJira(
        comment(1, "Tomorrow.", BEN),
        comment(2, marked("Try this", OPENING), ME, public=False),
        comment(3, "And today?"),
    )


def small():
    fake = FakeJira(comment(1, "A VIP.", BEN, public=False), comment(2, "Tomorrow.", BEN))
    fake.page = 50
    fake.participants = [EVE]
    return fake


def desk(fake, given=GIVEN):
    return Jira(fake, "https://help.example/", given)


async def read(*comments, **fields):
    return await desk(FakeJira(*comments, **fields)).fetch("7")


async def test_a_request_as_a_whole_over_its_pages():
    theirs = await desk(full()).fetch("7")
    fake_api.check_theirs(theirs)
    assert (theirs.id, theirs.url) == ("7", "https://help.example/browse/SUP-7")
    assert (theirs.subject, theirs.category, theirs.priority) == ("Where is it?", "open", "high")
    assert (theirs.email, theirs.name, theirs.tags) == ("ada@mail.example", "Ada Love", ("vip",))
    assert [(each.key, each.role, each.audience, each.text) for each in theirs.remarks] == [
        (OPENING, "customer", "customer", "My parcel\nis late"),
        ("1", "agent", "customer", "Tomorrow."),
        ("3", "customer", "customer", "And today?"),
    ]
    assert theirs.noted == {OPENING}
    assert theirs.unanswered.key == "3"
    assert theirs.remarks[1].at == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)


async def test_who_speaks_and_to_whom_whatever_the_platform_says_is_public():
    theirs = await read(
        comment(1, "me too", EVE),  # takes part
        comment(2, "careful with her", BEN, public=False),  # takes part as well, and is an agent
        comment(3, "Soon.", BEN),
        comment(4, "A rule says", RULE),
        comment(5, "for admins", BEN, visibility={"type": "role", "value": "Administrators"}),
        comment(6, "[understudy:opening]"),
        comment(7, "left the company", None),
        comment(8, ""),
        description=None,
    )
    assert [(each.key, each.role, each.audience) for each in theirs.remarks] == [
        (OPENING, "customer", "customer"),
        ("1", "customer", "customer"),
        ("2", "agent", "team"),
        ("3", "agent", "customer"),
        ("4", "bot", "customer"),
        ("5", "agent", "team"),
        ("6", "customer", "customer"),
        ("7", "customer", "customer"),
    ]
    assert theirs.remarks[0].text == "Where is it?"
    assert theirs.noted == frozenset()


async def test_documents_and_wiki_markup_are_read_as_plain_words():
    link = {"type": "text", "text": "here", "marks": [{"type": "link", "attrs": {"href": "https://a.example/x"}}]}
    items = [{"type": "listItem", "content": [paragraph(each)]} for each in ("one", "two")]
    theirs = await read(
        comment(
            1,
            document(
                paragraph("Look ", link, " & <b>", {"type": "emoji", "attrs": {"shortName": ":)", "text": "🙂"}}),
                {"type": "bulletList", "content": items},
                {"type": "codeBlock", "content": [{"type": "text", "text": "a\n  b"}]},
                {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": "x"}}]},
                paragraph({"type": "mention", "attrs": {"id": "1", "text": "@Ben"}}, " thanks"),
                {"type": "blockquote", "content": [paragraph("said before")]},
            ),
        ),
        comment(2, "x" * 30_000),
        description="*Old* text\nof a wiki",
    )
    opening, first, second = (each.text for each in theirs.remarks)
    assert opening == "*Old* text\nof a wiki"
    assert first.split("\n\n") == ["Look here (https://a.example/x) & <b>🙂", "- one\n- two", "a\n  b", "@Ben thanks"]
    assert len(second) == LONGEST


@pytest.mark.parametrize(
    ("now", "category"),
    [("Open", "open"), ("Waiting for support", "open"), ("Waiting for customer", "waiting"), ("Declined", "done")],
)
async def test_where_it_stands(now, category):
    assert (await read(now=now)).category == category


async def test_a_note_is_never_public_and_known_again():
    fake = full()
    words = marked("Suggested (80% sure):\n{code}x{code} [a|b] *c* see https://a.example/x_y?z={1}", "3")
    assert await desk(fake).note("7", words) == Written(ME["accountId"], "23")
    assert fake.writes()[0][2]["public"] is False
    theirs = await desk(fake).fetch("7")
    assert theirs.noted == {OPENING, "3"}
    assert theirs.unanswered.key == "3"
    kept = FakeJira(comment(1, r"Try \{this\}" + "\n\n" + r"\[understudy:opening\]", ME, public=False))
    assert (await desk(kept).fetch("7")).noted == {OPENING}


async def test_a_reply_is_public_and_read_back_as_it_was():
    fake = full()
    words = "Dear Ada,\n\nit comes at 10-12: see https://a.example/x_y and [1].\n\nBest regards\nBen"
    written = await desk(fake).reply("7", words)
    assert fake.writes()[0][2]["public"] is True
    last = (await desk(fake).fetch("7")).remarks[-1]
    assert (last.key, last.role, last.text) == (written.key, "agent", words)
    with pytest.raises(OutgoingError, match="no drafts"):
        await desk(fake).draft("7", words)


def test_plain_text_stays_as_it_is_in_wiki_markup():
    assert as_wiki("a_b {x} -no- re-do https://a.example/_x_") == r"a\_b \{x\} \-no- re-do https://a.example/_x_"


async def test_status_labels_and_assignee_are_changed():
    fake = full()
    fields = fake.issues[7]["fields"]
    await desk(fake).change("7", Change("done", ("very late",), ("vip",), "BEN@shop.example"))
    assert fields["status"]["name"] == "Resolved"
    assert fields["labels"] == ["very_late"]
    assert fields["assignee"] == {"accountId": BEN["accountId"]}
    await desk(fake).change("7", Change("waiting", assignee=""))
    assert (fields["status"]["name"], fields["assignee"]) == ("Waiting for customer", {"accountId": None})
    before = len(fake.writes())
    await desk(fake).change("7", Change("waiting", assignee="nobody@shop.example"))
    assert len(fake.writes()) == before


async def test_what_was_changed_since_is_read_over_pages_and_what_is_older_is_not():
    fake = full()
    now = datetime.now(UTC)
    for number in range(100, 107):
        at = (now - timedelta(minutes=10 * (number - 99))).isoformat()
        fake.issues[number] = issue(number, "Declined" if number % 2 else "Open", at, created=f"2026-05-02T0{number}")
    found = {each.id async for each in desk(fake).changes(now - timedelta(minutes=25))}
    assert found == {"100", "101", "102"}
    assert {each.id async for each in desk(fake).changes(None)} == {"7", "100", "102", "104", "106"}
    fake = full()
    fake.issues[9] = issue(9, created="2026-05-02T12:00:00Z")
    assert [each.id for each in await desk(fake).newest(2)] == ["9", "7"]


async def test_an_issue_that_is_gone_or_no_request_is_none():
    fake = full()
    fake.issues[8] = issue(8)
    assert await desk(fake).fetch("8") is None
    assert await desk(fake).fetch("9") is None
    assert await desk(fake).fetch("SUP-7") is None


async def test_check_names_the_projects():
    assert [step async for step in desk(full()).check()] == [
        "The API answers; we are Understudy there.",
        "We see the service projects SUP, HR, IT.",
    ]
    fake = full()
    fake.paged = lambda *_: {"values": [], "isLastPage": True}
    with pytest.raises(OutgoingError, match="no service project"):
        _ = [step async for step in desk(fake).check()]


def signature(body, secret="s3cret"):
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def test_a_hook_is_signed_over_its_bytes_and_says_only_which():
    told = {"webhookEvent": "comment_created", "issue": {"id": "7", "key": "SUP-7"}, "comment": {"jsdPublic": True}}
    body = json.dumps(told).encode()
    assert Jira.heard({"x-hub-signature": signature(body)}, body, SIGNED, NOW) == Rung("7")
    assert Jira.heard({}, body, GIVEN, NOW) == Rung("7")
    for headers in ({}, {"x-hub-signature": signature(body, "other")}, {"x-hub-signature": signature(body + b" ")}):
        with pytest.raises(UnsignedError):
            Jira.heard(headers, body, SIGNED, NOW)


def test_strange_hooks():
    fake_api.bears_strange_hooks(Jira, GIVEN)
    fake_api.bears_strange_hooks(Jira, SIGNED)


async def test_junk_foreign_names_and_errors():
    await fake_api.bears_what_it_is_answered(small, "7", Jira, GIVEN)
    await fake_api.bears_foreign_names(full, Jira, GIVEN)
    await fake_api.tells_errors(full, "7", Jira, GIVEN)
