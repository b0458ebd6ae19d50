"""Intercom as its API reference describes it: what is read there, what is written, what rings; no network is asked."""

from __future__ import annotations

import hmac
import time
from datetime import UTC, datetime

import pytest

from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.desks import intercom as adapter
from chatbot.service.connectors.desks.intercom import Intercom
from chatbot.service.connectors.protocol import Change, Rung, UnsignedError, Written, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"token": "t0ken"}
URL = "https://api.eu.intercom.io"
BEGUN = 1777629600  # 2026-05-01T10:00:00Z
ADA = {"type": "user", "id": "5ba682d2", "name": "Ada", "email": "ada@mail.example"}
BOB = {"type": "admin", "id": "12", "name": "Bob", "email": "bob@shop.example"}
US = {"type": "admin", "id": "99", "name": "Understudy", "email": "bot@shop.example"}
FIN = {"type": "bot", "id": "1", "name": "Fin", "email": "operator@intercom.io", "from_ai_agent": True}
NOBODY = {"type": "nobody_admin", "id": "0"}


class FakeIntercom(FakeApi):
    """Conversations and their parts."""

    host = "api.eu.intercom.io"

    def __init__(self):
        super().__init__()
        self.conversations, self.clock, self.tags = {}, 0, []
        self.conversation(7)

    def conversation(self, number, body="<p>Where is it?</p>", author=ADA, delivered_as="customer_initiated", **more):
        self.conversations[number] = {
            "type": "conversation",
            "id": str(number),
            "created_at": BEGUN,
            "updated_at": self._now(),
            "title": None,
            "source": {
                "type": "email",
                "id": "403918251",
                "delivered_as": delivered_as,
                "subject": "<p>Parcel</p>",
                "body": body,
                "author": author,
                "attachments": [],
                "redacted": False,
            },
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": ADA["id"]}]},
            "state": "open",
            "open": True,
            "priority": "priority",
            "admin_assignee_id": None,
            "tags": {"type": "tag.list", "tags": []},
            "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0},
            **more,
        }

    def says(self, number, author, body, kind="comment", **more):
        conversation = self.conversations[number]
        parts = conversation["conversation_parts"]
        key = str(1000 + number * 100 + parts["total_count"])
        parts["conversation_parts"].append({
            "type": "conversation_part",
            "id": key,
            "part_type": kind,
            "body": body,
            "created_at": self._now(),
            "updated_at": BEGUN,
            "author": author,
            "attachments": [],
            "redacted": False,
            **more,
        })  # fmt: skip
        parts["total_count"] += 1
        conversation["updated_at"] = self._now()
        return key

    def _now(self):
        self.clock += 60
        return BEGUN + self.clock

    @on("GET", "/me")
    def _me(self, asked):
        return {**US, "email_verified": True, "app": {"type": "app", "id_code": "abc123", "name": "Shop"}}

    @on("GET", "/admins")
    def _admins(self, asked):
        return {"type": "admin.list", "admins": [BOB, US, {"type": "admin", "id": "13", "email": None}]}

    @on("POST", "/conversations/search")
    def _search(self, asked):
        given = asked.given
        assert given["sort"] == {"field": "updated_at", "order": "descending"}
        page = given["pagination"]
        assert 1 <= page["per_page"] <= 150
        found = sorted(self.conversations.values(), key=lambda each: -each["updated_at"])
        found = [each for each in found if self._matches(each, given["query"])]
        place = int(page.get("starting_after", "0"))
        end = place + page["per_page"]
        following = {"page": 2, "starting_after": str(end)} if end < len(found) else None
        listed = [{name: value for name, value in each.items() if name != "conversation_parts"} for each in found]
        pages = {"type": "pages", "page": 1, "per_page": page["per_page"], "total_pages": 9}
        pages |= {"next": following} if following else {}
        return {"type": "conversation.list", "conversations": listed[place:end], "total_count": 9, "pages": pages}

    def _matches(self, conversation, query):
        if query["operator"] == "OR":
            return any(self._matches(conversation, each) for each in query["value"])
        value = conversation[query["field"]]
        return value > query["value"] if query["operator"] == ">" else value == query["value"]

    @on("GET", r"/conversations/(\d+)")
    def _conversation(self, asked, number):
        if int(number) not in self.conversations:
            return 404, {"type": "error.list", "errors": [{"code": "not_found", "message": "Resource Not Found"}]}
        return self.conversations[int(number)]

    @on("POST", r"/conversations/(\d+)/reply")
    def _reply(self, asked, number):
        given = asked.given
        assert (given["type"], given["admin_id"]) == ("admin", US["id"])
        self.says(int(number), US, given["body"], given["message_type"])
        return self.conversations[int(number)]

    @on("POST", r"/conversations/(\d+)/parts")
    def _manage(self, asked, number):
        given, conversation = asked.given, self.conversations[int(number)]
        assert (given["type"], given["admin_id"]) == ("admin", US["id"])
        match given["message_type"]:
            case "close":
                conversation["state"] = "closed"
            case "open":
                conversation["state"] = "open"
            case "snoozed":
                conversation["state"], conversation["snoozed_until"] = "snoozed", given["snoozed_until"]
            case "assignment":
                conversation["admin_assignee_id"] = int(given["assignee_id"]) or None
        self.says(int(number), US, None, given["message_type"])
        return conversation

    @on("POST", "/tags")
    def _tag(self, asked):
        name = asked.given["name"]
        if name not in self.tags:
            self.tags.append(name)
        return {"type": "tag", "id": str(self.tags.index(name) + 50), "name": name}

    @on("POST", r"/conversations/(\d+)/tags")
    def _tagged(self, asked, number):
        tag = {"type": "tag", "id": asked.given["id"], "name": self.tags[int(asked.given["id"]) - 50]}
        there = self.conversations[int(number)]["tags"]["tags"]
        if tag not in there:
            there.append(tag)
        return tag

    @on("DELETE", r"/conversations/(\d+)/tags/(\d+)")
    def _untagged(self, asked, number, tag):
        assert asked.given == {"admin_id": US["id"]}
        there = self.conversations[int(number)]["tags"]
        there["tags"] = [each for each in there["tags"] if each["id"] != tag]
        return {"type": "tag", "id": tag}


def intercom():
    """One with a conversation that has a little of everything, and another that is closed."""
    fake = FakeIntercom()
    fake.says(7, BOB, None, "assignment")
    fake.says(7, BOB, "<p>Tomorrow&nbsp;&amp; early.</p>")
    fake.says(7, BOB, "<p>A VIP.</p>", "note")
    fake.says(7, {**ADA, "type": "lead"}, "<p>And today?</p>")
    fake.conversation(8, state="closed")
    return fake


def desk(fake):
    return Intercom(fake, URL + "/", GIVEN)


async def test_who_speaks_and_to_whom():
    fake = intercom()
    fake.says(7, FIN, "<p>I am Fin.</p>")
    fake.says(7, {**BOB, "from_ai_agent": True}, "<p>I am not Bob.</p>")
    fake.says(7, BOB, "<p>Take this, Carol.</p>", "assignment")
    fake.says(7, BOB, "<p>Bye.</p>", "close")
    fake.says(7, NOBODY, "<p>Who?</p>")
    fake.says(7, BOB, "<p>later kinds of part</p>", "some_new_event")
    fake.says(7, {**ADA, "type": "contact"}, "<p>Customers whisper to nobody.</p>", "some_new_event")
    fake.says(7, BOB, "<p>gone</p>", redacted=True)
    fake.says(7, ADA, None, attachments=[{"type": "upload", "name": "a.pdf", "url": "https://x.example/a.pdf"}])
    theirs = await desk(fake).fetch("7")
    assert [(each.role, each.audience, each.text) for each in theirs.remarks] == [
        ("customer", "customer", "Where is it?"),
        ("agent", "customer", "Tomorrow & early."),
        ("agent", "team", "A VIP."),
        ("customer", "customer", "And today?"),
        ("bot", "customer", "I am Fin."),
        ("bot", "customer", "I am not Bob."),
        ("agent", "team", "Take this, Carol."),
        ("agent", "customer", "Bye."),
        ("bot", "customer", "Who?"),
        ("agent", "team", "later kinds of part"),
        ("customer", "customer", "Customers whisper to nobody."),
        ("customer", "customer", "📎 a.pdf"),
    ]
    assert (theirs.remarks[0].key, theirs.remarks[0].author) == ("opening", "Ada")
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert (theirs.email, theirs.name, theirs.priority) == ("ada@mail.example", "Ada", "high")
    assert theirs.subject == "Parcel"
    assert theirs.url == "https://app.eu.intercom.com/a/inbox/abc123/inbox/conversation/7"


@pytest.mark.parametrize(
    ("author", "delivered_as", "role"),
    [
        (ADA, "customer_initiated", "customer"),
        (ADA, "operator_initiated", "customer"),
        (BOB, "admin_initiated", "agent"),
        (BOB, "automated", "bot"),
        (FIN, "operator_initiated", "bot"),
    ],
)
async def test_who_began_it(author, delivered_as, role):
    fake = FakeIntercom()
    fake.conversation(7, author=author, delivered_as=delivered_as)
    theirs = await desk(fake).fetch("7")
    assert [each.role for each in theirs.remarks] == [role]
    assert (theirs.unanswered is not None) == (role == "customer")


async def test_what_is_quoted_stays_in_the_opening_only():
    quote = "<p>On 3 May 2026 at 11:12:10, Anna (a@example.com) said:</p><blockquote><p>Error 5</p></blockquote>"
    fake = FakeIntercom()
    fake.conversation(7, body="<p>It says:</p><blockquote><p>Error 5</p></blockquote><p>What now?</p>")
    fake.says(7, ADA, f"<p>Still so.</p>{quote}")
    fake.says(7, ADA, "<p>Still so.</p><blockquote><p>Try again.</p></blockquote><p>Really.</p>")
    first, second, third = (await desk(fake).fetch("7")).remarks
    assert "Error 5" in first.text
    assert second.text == "Still so."
    assert third.text.split() == ["Still", "so.", "Really."]


@pytest.mark.parametrize(
    ("state", "category"), [("open", "open"), ("snoozed", "waiting"), ("closed", "done"), ("?", "open")]
)
async def test_where_it_stands(state, category):
    fake = intercom()
    fake.conversations[7]["state"] = state
    assert (await desk(fake).fetch("7")).category == category


async def test_what_is_not_there_is_none_and_one_without_a_beginning_is_read():
    fake = intercom()
    assert await desk(fake).fetch("404") is None
    fake.conversations[7]["source"] = None
    assert (await desk(fake).fetch("7")).remarks[0].role == "agent"


async def test_a_note_is_for_the_team_is_read_back_as_ours_and_runs_nothing():
    fake = intercom()
    ours = desk(fake)
    written = await ours.note("7", marked("Say <b>this</b>:\n\n{{ user.email }} & more", "opening"))
    (given,) = [each.given for each in fake.of("POST")]
    assert given["message_type"] == "note"
    assert not any(mark in given["body"] for mark in ("{{", "<b>"))
    there = fake.conversations[7]["conversation_parts"]["conversation_parts"]
    assert written == Written("99", there[-1]["id"])
    theirs = await ours.fetch("7")
    assert theirs.noted == {"opening"}
    assert written.key not in [each.key for each in theirs.remarks]
    assert len([each for each in fake.asked if each.path == "/me"]) == 1


async def test_a_mark_is_ours_only_in_a_note_of_the_team():
    fake = intercom()
    fake.says(7, ADA, marked("I am clever", "opening"))
    fake.says(7, ADA, marked("and cleverer", "opening"), "note")
    fake.says(7, BOB, marked("a slip", "opening"))
    assert (await desk(fake).fetch("7")).noted == frozenset()


async def test_a_reply_is_public_and_keeps_its_lines():
    fake = intercom()
    written = await desk(fake).reply("7", "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob")
    assert fake.of("POST")[0].given["message_type"] == "comment"
    theirs = await desk(fake).fetch("7")
    (said,) = [each for each in theirs.remarks if each.key == written.key]
    assert (said.role, said.audience, said.text) == (
        "agent",
        "customer",
        "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob",
    )
    assert theirs.unanswered is None


async def test_what_is_changed():
    fake = intercom()
    ours = desk(fake)
    await ours.change("7", Change("waiting", add_tags=("late", "parcel"), assignee="bob@shop.example"))
    conversation = fake.conversations[7]
    assert (conversation["state"], conversation["admin_assignee_id"]) == ("snoozed", 12)
    assert 6 < (conversation["snoozed_until"] - time.time()) / 86400 < 8
    assert (await ours.fetch("7")).tags == ("late", "parcel")
    await ours.change("7", Change("done", remove_tags=("parcel", "never there"), assignee=""))
    assert (conversation["state"], conversation["admin_assignee_id"]) == ("closed", None)
    assert (await ours.fetch("7")).tags == ("late",)
    await ours.change("7", Change("open"))
    assert conversation["state"] == "open"
    with pytest.raises(OutgoingError, match="no admin"):
        await ours.change("7", Change(assignee="nobody@shop.example"))
    fake.asked.clear()
    await ours.change("7", Change())
    assert not fake.asked


async def test_changes_are_searched_for_from_before_and_to_the_end(monkeypatch):
    monkeypatch.setattr(adapter, "_PAGE", 1)
    fake = intercom()
    fake.conversation(9, state="snoozed")
    found = [each async for each in desk(fake).changes(datetime(2026, 5, 1, 10, 10, tzinfo=UTC))]
    assert [(each.id, each.category) for each in found] == [("9", "waiting"), ("8", "done"), ("7", "open")]
    first = fake.asked[0]
    assert first.given["query"] == {"field": "updated_at", "operator": ">", "value": BEGUN + 5 * 60}
    assert first.headers["Authorization"] == "Bearer t0ken"
    assert first.headers["Intercom-Version"]
    assert [each.id async for each in desk(fake).changes(None)] == ["9", "7"]
    assert [each.id for each in await desk(fake).newest(1)] == ["9"]


async def test_pages_without_an_end_are_told():
    fake = intercom()
    same = {"conversations": [], "pages": {"next": {"starting_after": "same"}}}
    fake.first.extend([same, same])
    with pytest.raises(OutgoingError, match="again and again"):
        _ = [each async for each in desk(fake).changes(NOW)]


async def test_when_to_ask_again_is_read_from_when_its_limit_begins_anew():
    fake = intercom()
    fake.first.append((429, {"type": "error.list"}, {"x-ratelimit-reset": str(int(time.time()) + 30)}))
    with pytest.raises(BusyError) as busy:
        await desk(fake).fetch("7")
    assert 20 < busy.value.wait <= 30


async def test_the_token_is_tried_and_nothing_written():
    fake = intercom()
    assert [step async for step in desk(fake).check()] == [
        "The API answers, and knows us: Understudy.",
        "Conversations may be read.",
    ]
    assert [each[1] for each in fake.writes()] == ["/conversations/search"]


async def test_there_are_no_drafts():
    with pytest.raises(OutgoingError, match="no drafts"):
        await desk(intercom()).draft("7", "x")
    assert not Intercom.abilities.draft


def signed(body, secret="s3cret"):
    return {"x-hub-signature": "sha1=" + hmac.digest(secret.encode(), body, "sha1").hex()}


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b'{"topic": "conversation.user.replied", "data": {"item": {"type": "conversation", "id": "7"}}}', "7"),
        (b'{"topic": "ping", "data": {"item": {"type": "ping", "message": "something"}}}', None),
        (b'{"topic": "contact.created", "data": {"item": {"type": "contact", "id": "7"}}}', None),
        (b'{"topic": "x", "data": {"item": {"type": "conversation", "id": "../me"}}}', None),
    ],
)
def test_a_hook_says_at_most_which_ticket(body, ticket):
    assert Intercom.heard(signed(body), body, {**GIVEN, "hook_secret": "s3cret"}, NOW) == Rung(ticket)
    assert Intercom.heard({}, body, GIVEN, NOW) == Rung(ticket)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"{}", secret="another"),
        signed(b"{ }"),
        {"x-hub-signature": signed(b"{}")["x-hub-signature"].removeprefix("sha1=")},
        {"x-hub-signature": "sha1="},
        {"x-hub-signature": "sha1=ä\ud800"},
        {"x-hub-signature": "sha256=" + hmac.digest(b"s3cret", b"{}", "sha256").hex()},
    ],
)
def test_a_hook_that_is_not_signed_rightly_is_refused(headers):
    with pytest.raises(UnsignedError):
        Intercom.heard(headers, b"{}", {**GIVEN, "hook_secret": "s3cret"}, NOW)


async def test_whatever_it_answers_is_read_or_told():
    await fake_api.bears_what_it_is_answered(intercom, "7", Intercom, GIVEN, URL)


async def test_names_that_lead_elsewhere_errors_and_strange_hooks():
    await fake_api.bears_foreign_names(intercom, Intercom, GIVEN, URL)
    await fake_api.tells_errors(intercom, "7", Intercom, GIVEN, URL)
    fake_api.bears_strange_hooks(Intercom, GIVEN)
