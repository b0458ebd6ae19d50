"""What Front's conversations are read as, and what is sent to it: a fake of its Core API, in which things lie."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.service.connectors.desks.front import Front
from chatbot.service.connectors.protocol import LONGEST, Change, Rung, UnsignedError, Written, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"user": "understudy@shop.example", "token": "t0ken"}
SIGNED = {**GIVEN, "hook_secret": "s3cret"}
BEGUN = datetime(2026, 5, 1, 10, tzinfo=UTC).timestamp()
NAME = "cnv_7"


def teammate(name, email):
    return {"id": f"tea_{name.lower()}", "email": email, "first_name": name, "last_name": "", "is_blocked": False}


BEN = teammate("Ben", "ben@shop.example")
ME = teammate("Understudy", "understudy@shop.example")


def message(number, body, author=None, *, inbound=True, **more):
    customer = {"handle": "ada@mail.example", "name": "Ada Love", "role": "from" if inbound else "to"}
    ours = {"handle": "help@shop.example", "name": None, "role": "to" if inbound else "from"}
    return {
        "_links": {"self": f"https://shop.api.frontapp.com/messages/msg_{number}"},
        "id": f"msg_{number}",
        "type": "email",
        "is_inbound": inbound,
        "draft_mode": None,
        "error_type": None,
        "created_at": BEGUN + 60 * number + 0.5,
        "subject": "Where is it?",
        "author": author,
        "recipients": [customer, ours],
        "body": body,
        "text": "",
        "attachments": [],
        **more,
    }


def comment(number, body, author=BEN):
    return {"id": f"com_{number}", "author": author, "body": body, "posted_at": BEGUN + 60 * number, "is_pinned": False}


def conversation(name=NAME, status="unassigned", created=BEGUN, **more):
    return {
        "_links": {"self": f"https://shop.api.frontapp.com/conversations/{name}"},
        "id": name,
        "subject": "Where is it?",
        "status": status,
        "assignee": None,
        "recipient": {"handle": "ada@mail.example", "name": "Ada Love", "role": "from"},
        "tags": [{"id": "tag_1", "name": "vip"}],
        "links": [],
        "scheduled_reminders": [],
        "created_at": created,
        "is_private": False,
        **more,
    }


class FakeFront(FakeApi):
    page = 2

    def __init__(self, *messages, comments=(), **more):
        super().__init__()
        self.conversations = {NAME: conversation(**more)}
        self.messages = {NAME: list(messages)}
        self.comments = {NAME: list(comments)}
        self.drafts = {NAME: []}
        self.tags = {"vip": "tag_1", "late": "tag_2"}
        self.events = []

    def answer(self, asked):
        assert asked.headers["Authorization"] == "Bearer t0ken"
        return super().answer(asked)

    def paged(self, asked, rows):
        start = int(asked.query.get("page_token", "p0")[1:])
        after = None
        if start + self.page < len(rows):  # at the host of the company
            after = f"https://shop.api.frontapp.com{asked.path}?limit=100&page_token=p{start + self.page}"
        return {"_pagination": {"next": after}, "_results": rows[start : start + self.page]}

    @on("GET", "/me")
    def me(self, asked):
        return {"id": "cmp_1", "name": "Shop"}

    @on("GET", "/teammates/alt%3Aemail%3A(.+)")
    def teammate(self, asked, email):
        email = email.replace("%40", "@").lower()
        return next((each for each in (BEN, ME) if each["email"] == email), (404, {"_error": {"status": 404}}))

    @on("GET", "/inboxes")
    def inboxes(self, asked):
        return self.paged(asked, [{"id": "inb_1", "name": "Help"}])

    @on("GET", "/inboxes/inb_1/channels")
    def channels(self, asked):
        rows = [{"id": "cha_1", "address": "sales@shop.example"}, {"id": "cha_2", "send_as": "Help@shop.example"}]
        return self.paged(asked, rows)

    @on("GET", "/events")
    def listed_events(self, asked):
        after = float(asked.query["q[after]"])
        return self.paged(asked, [each for each in self.events[::-1] if each["emitted_at"] >= after])

    @on("GET", "/conversations")
    def listed(self, asked):
        rows = [*self.conversations.values()]
        if "statuses" in asked.url:
            assert "statuses%5D%5B%5D=assigned&" in asked.url
            rows = [row for row in rows if row["status"] in {"assigned", "unassigned"}]
        return self.paged(asked, rows)

    @on("GET", "/conversations/(cnv_[a-z0-9]+)")
    def conversation(self, asked, name):
        return self.conversations.get(name) or (404, {"_error": {"status": 404}})

    @on("PATCH", "/conversations/(cnv_[a-z0-9]+)")
    def patch(self, asked, name):
        self.conversations[name].update(asked.given)
        return 204, None

    @on("GET", "/conversations/(cnv_[a-z0-9]+)/messages")
    def listed_messages(self, asked, name):
        return self.paged(asked, self.messages.get(name, [])[::-1])

    @on("GET", "/conversations/(cnv_[a-z0-9]+)/comments")
    def listed_comments(self, asked, name):
        return self.paged(asked, self.comments.get(name, [])[::-1])

    @on("GET", "/conversations/(cnv_[a-z0-9]+)/drafts")
    def listed_drafts(self, asked, name):
        return self.paged(asked, self.drafts.get(name, []))

    @on("GET", "/conversations/(cnv_[a-z0-9]+)/inboxes")
    def of_conversation(self, asked, name):
        return self.paged(asked, [{"id": "inb_1"}])

    @on("POST", "/conversations/(cnv_[a-z0-9]+)/comments")
    def add_comment(self, asked, name):
        assert asked.given["author_id"] == "alt:email:understudy@shop.example"
        made = comment(len(self.comments[name]) + 30, asked.given["body"], ME)
        self.comments[name].append(made)
        return 201, made

    @on("POST", "/conversations/(cnv_[a-z0-9]+)/drafts")
    def add_draft(self, asked, name):
        given = asked.given
        assert (given["author_id"], given["mode"]) == ("alt:email:understudy@shop.example", "shared")
        made = message(40, given["body"], ME, inbound=False, draft_mode="shared", channel=given["channel_id"])
        self.drafts[name].append(made)
        return 200, made

    @on("POST", "/conversations/(cnv_[a-z0-9]+)/messages")
    def add_message(self, asked, name):
        if asked.given["options"].get("archive", True):
            self.conversations[name]["status"] = "archived"
        self.messages[name].append(message(50, asked.given["body"], ME, inbound=False))
        return 202, {"status": "accepted", "message_uid": "abc"}

    @on("PUT", "/conversations/(cnv_[a-z0-9]+)/assignee")
    def assign(self, asked, name):
        self.conversations[name]["assignee"] = asked.given["assignee_id"]
        return 204, None

    @on("GET", "/tags")
    def listed_tags(self, asked):
        return self.paged(asked, [{"id": name, "name": tag} for tag, name in self.tags.items()])

    @on("POST", "/tags")
    def new_tag(self, asked):
        self.tags[asked.given["name"]] = "tag_9"
        return 201, {"id": "tag_9", "name": asked.given["name"]}

    @on("POST", "/conversations/(cnv_[a-z0-9]+)/tags")
    def tag(self, asked, name):
        names = {name: tag for tag, name in self.tags.items()}
        self.conversations[name]["tags"] += [{"id": each, "name": names[each]} for each in asked.given["tag_ids"]]
        return 204, None

    @on("DELETE", "/conversations/(cnv_[a-z0-9]+)/tags")
    def untag(self, asked, name):
        there = self.conversations[name]["tags"]
        there[:] = [each for each in there if each["id"] not in asked.given["tag_ids"]]
        return 204, None


def full():
    return FakeFront(
        message(1, "Where is <b>it</b>?<br>Order 5"),
        message(2, "Tomorrow.", BEN, inbound=False),
        message(5, "And today?"),
        comments=[comment(3, marked("Try this", "msg_1"), ME), comment(4, "careful")],
    )


def small():
    fake = FakeFront(message(1, "Where?"), comments=[comment(3, "A VIP.")])
    fake.drafts[NAME].append(message(9, "Dear Ada", BEN, inbound=False, draft_mode="shared"))
    fake.events.append({"id": "evt_1", "type": "inbound", "emitted_at": BEGUN, "conversation": {"id": NAME}})
    fake.page = 50
    return fake


def desk(fake, given=GIVEN):
    return Front(fake, "https://help.example/", given)


async def read(*messages, **more):
    return await desk(FakeFront(*messages, **more)).fetch(NAME)


async def test_a_conversation_as_a_whole_over_pages_that_lie_at_another_host():
    theirs = await desk(full()).fetch(NAME)
    fake_api.check_theirs(theirs)
    assert (theirs.id, theirs.url) == (NAME, "https://app.frontapp.com/open/cnv_7")
    assert (theirs.subject, theirs.category, theirs.priority) == ("Where is it?", "open", None)
    assert (theirs.email, theirs.name, theirs.tags) == ("ada@mail.example", "Ada Love", ("vip",))
    assert [(each.key, each.role, each.audience, each.text) for each in theirs.remarks] == [
        ("msg_1", "customer", "customer", "Where is it?\nOrder 5"),
        ("msg_2", "agent", "customer", "Tomorrow."),
        ("com_4", "agent", "team", "careful"),
        ("msg_5", "customer", "customer", "And today?"),
    ]
    assert theirs.noted == {"msg_1"}
    assert theirs.unanswered.key == "msg_5"
    assert [each.author for each in theirs.remarks[:2]] == ["Ada Love", "Ben"]
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 1, 0, 500_000, tzinfo=UTC)


async def test_who_speaks_and_what_was_never_sent():
    theirs = await read(
        message(1, "It says<blockquote>no such order</blockquote>Why?"),
        message(2, "We have your mail", inbound=False),
        message(3, "I write", BEN, inbound=False, draft_mode="private"),
        message(4, "Failed", BEN, inbound=False, draft_mode="shared", error_type="bounce"),
        message(5, "Thanks!<blockquote>Because.</blockquote>"),
        message(6, "[understudy:msg_1]", type="sms"),
        message(7, "x" * 30_000),
        message(8, ""),
        comments=[comment(9, "by a rule", None)],
    )
    assert [(each.key, each.role, each.audience) for each in theirs.remarks] == [
        ("msg_1", "customer", "customer"),
        ("msg_2", "bot", "customer"),
        ("msg_5", "customer", "customer"),
        ("msg_6", "customer", "customer"),
        ("msg_7", "customer", "customer"),
        ("com_9", "bot", "team"),
    ]
    texts = [each.text for each in theirs.remarks]
    assert "> no such order" in texts[0]
    assert (texts[2], len(texts[4])) == ("Thanks!", LONGEST)
    assert theirs.noted == frozenset()
    assert theirs.drafts == ("I write", "Failed")


@pytest.mark.parametrize(
    ("more", "category"),
    [
        ({"status": "unassigned"}, "open"),
        ({"status": "assigned"}, "open"),
        ({"status": "archived"}, "done"),
        ({"status": "archived", "scheduled_reminders": [{"scheduled_at": 1}]}, "waiting"),
        ({"status": "archived", "status_category": "waiting"}, "waiting"),
        ({"status": "assigned", "status_category": "resolved"}, "done"),
        ({"status": "deleted"}, "done"),
        ({"status": "spam", "status_category": "open"}, "done"),
    ],
)
async def test_where_it_stands(more, category):
    assert (await read(message(1, "Where?"), **more)).category == category


async def test_a_note_is_a_comment_and_known_again():
    fake = full()
    words = marked("Say <b> & {{x}}\ngo", "msg_5")
    assert await desk(fake).note(NAME, words) == Written("tea_understudy", "com_32")
    theirs = await desk(fake).fetch(NAME)
    assert theirs.noted == {"msg_1", "msg_5"}
    assert len(theirs.remarks) == 4


async def test_a_draft_is_shared_in_the_channel_that_was_written_to():
    fake = full()
    words = "Dear Ada,\n\nit <comes>.\n\nBest regards\nBen"
    assert await desk(fake).draft(NAME, words) == Written("tea_understudy", "msg_40")
    assert fake.drafts[NAME][0]["channel"] == "cha_2"
    theirs = await desk(fake).fetch(NAME)
    assert theirs.drafts == (words,)
    assert theirs.unanswered.key == "msg_5"
    fake = full()
    fake.messages[NAME] = []
    await desk(fake).draft(NAME, words)
    assert fake.drafts[NAME][0]["channel"] == "cha_1"


async def test_a_reply_archives_nothing_and_is_read_back_as_it_was():
    fake = full()
    words = "Dear Ada,\n\nit <comes>.\n\nBest regards\nBen"
    assert await desk(fake).reply(NAME, words) == Written()
    ((_, _, given),) = fake.writes()
    assert html.unescape(given["text"]) == words
    theirs = await desk(fake).fetch(NAME)
    assert (theirs.remarks[-1].role, theirs.remarks[-1].text) == ("agent", words)
    assert (theirs.category, theirs.unanswered) == ("open", None)


async def test_status_tags_and_assignee_are_changed():
    fake = full()
    await desk(fake).change(NAME, Change("done", ("Late", "new"), ("vip", "unknown"), "ben@shop.example"))
    raw = fake.conversations[NAME]
    assert (raw["status"], raw["assignee"]) == ("archived", "alt:email:ben@shop.example")
    assert [each["name"] for each in raw["tags"]] == ["late", "new"]
    await desk(fake).change(NAME, Change("open", assignee=""))
    assert (raw["status"], raw["assignee"]) == ("open", None)
    before = len(fake.writes())
    await desk(fake).change(NAME, Change("waiting", assignee="nobody@shop.example"))
    await desk(fake).change(NAME, Change(assignee="../../x?y=1#z"))
    assert len(fake.writes()) == before


async def test_what_happened_since_is_read_once_each_and_what_is_gone_is_passed_over():
    fake = full()
    for number in range(5):
        name = f"cnv_a{number}"
        fake.conversations[name] = conversation(name, "archived" if number % 2 else "assigned", BEGUN + number)
        fake.events += [{"id": "evt_1", "emitted_at": BEGUN + 3600 * number, "conversation": {"id": name}}] * 2
    fake.events.append({"id": "evt_2", "emitted_at": BEGUN + 9e4, "conversation": {"id": "cnv_merged"}})
    fake.events.append({"id": "evt_3", "emitted_at": BEGUN + 9e4, "conversation": None})
    since = datetime.fromtimestamp(BEGUN, UTC) + timedelta(hours=2, minutes=9)
    assert [each.id async for each in desk(fake).changes(since)] == ["cnv_a4", "cnv_a3", "cnv_a2"]
    assert {each.id async for each in desk(fake).changes(None)} == {NAME, "cnv_a0", "cnv_a2", "cnv_a4"}
    fake.page = 50
    assert [each.id for each in await desk(fake).newest(2)] == ["cnv_a4", "cnv_a3"]


async def test_what_is_gone_or_merged_into_another_is_none():
    fake = full()
    assert await desk(fake).fetch("cnv_8") is None
    fake.first.append((301, b"", {"location": "https://shop.api.frontapp.com/conversations/cnv_9"}))
    assert await desk(fake).fetch(NAME) is None


async def test_check_finds_the_teammate():
    assert [step async for step in desk(full()).check()] == [
        "The API answers, of Shop.",
        "The teammate who writes is there.",
        "We see inboxes: 1.",
    ]
    with pytest.raises(OutgoingError, match="no teammate"):
        _ = [step async for step in desk(full(), {**GIVEN, "user": "x@shop.example"}).check()]


def signed(body, at=NOW, secret="s3cret", **more):
    stamp = str(int(at.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{stamp}:".encode() + body, hashlib.sha256).digest()
    return {"x-front-request-timestamp": stamp, "x-front-signature": b64encode(digest).decode(), **more}


def test_a_hook_is_signed_with_its_time():
    event = {"id": "evt_1", "type": "inbound", "conversation": {"id": NAME}}
    body = json.dumps({"type": "inbound_received", "authorization": {"id": "cmp_1"}, "payload": event}).encode()
    assert Front.heard(signed(body), body, SIGNED, NOW) == Rung(NAME)
    assert Front.heard(signed(body, NOW - timedelta(minutes=4)), body, SIGNED, NOW) == Rung(NAME)
    assert Front.heard({}, json.dumps(event).encode(), GIVEN, NOW) == Rung(NAME)
    wrong = [
        {},
        signed(body, secret="other"),
        signed(body + b" "),
        signed(body, NOW - timedelta(minutes=6)),
        signed(body, NOW + timedelta(minutes=6)),
        {**signed(body), "x-front-request-timestamp": str(int(NOW.timestamp() * 1000) + 1)},
        {"x-front-signature": signed(body)["x-front-signature"]},
    ]
    for headers in wrong:
        with pytest.raises(UnsignedError):
            Front.heard(headers, body, SIGNED, NOW)
    for stamp in ("", "x", "nan", "1e400"):
        digest = hmac.new(b"s3cret", f"{stamp}:".encode() + body, hashlib.sha256).digest()
        headers = {"x-front-request-timestamp": stamp, "x-front-signature": b64encode(digest).decode()}
        with pytest.raises(UnsignedError):
            Front.heard(headers, body, SIGNED, NOW)


def test_a_challenge_is_given_back_only_to_who_signs():
    body = b'{"type": "sync", "authorization": {"id": "cmp_abc"}}'
    headers = signed(body, **{"x-front-challenge": "abc"})
    assert Front.heard(headers, body, SIGNED, NOW) == Rung(echo="abc")
    with pytest.raises(UnsignedError):
        Front.heard({"x-front-challenge": "abc"}, body, SIGNED, NOW)


def test_strange_hooks():
    fake_api.bears_strange_hooks(Front, GIVEN)
    fake_api.bears_strange_hooks(Front, SIGNED)


async def test_junk_foreign_names_and_errors():
    await fake_api.bears_what_it_is_answered(small, NAME, Front, GIVEN)
    await fake_api.bears_foreign_names(full, Front, GIVEN)
    await fake_api.tells_errors(full, NAME, Front, GIVEN)
