"""What Help Scout's conversations are read as, and what is sent to it: a fake of its API, in which things lie."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from chatbot.service.connectors import reading
from chatbot.service.connectors.asking import BusyError
from chatbot.service.connectors.desks.help_scout import HelpScout
from chatbot.service.connectors.protocol import LONGEST, Change, Rung, UnsignedError, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"user": "app", "secret": "s3cret"}
SIGNED = {**GIVEN, "hook_secret": "h00k"}
TOKEN = (200, {"access_token": "t1", "expires_in": 9999})
ADA = {"id": 256, "type": "customer", "first": "Ada", "last": "Love", "email": "ada@mail.example"}
BEN = {"id": 4, "type": "user", "first": "Ben", "last": "", "email": "ben@shop.example"}
ROBOT = {"id": 6, "type": "system_user", "first": "AI", "last": "Answers", "email": ""}


def thread(number, body, kind="customer", by=None, *, state="published", **more):
    return {
        "id": number,
        "type": kind,
        "status": "active",
        "state": state,
        "action": {"type": "default", "associatedEntities": {}},
        "body": body,
        "source": {"type": "email", "via": "customer"},
        "customer": ADA,
        "createdBy": by or (ADA if kind in {"customer", "chat"} else BEN),
        "assignedTo": {"id": 4},
        "to": [],
        "createdAt": f"2026-05-01T10:{number:02}:00Z",
        "_embedded": {"attachments": []},
        **more,
    }


def conversation(number=7, status="active", modified="2026-05-01T11:00:00Z", **more):
    return {
        "id": number,
        "number": 349,
        "threads": 2,
        "type": "email",
        "folderId": 1,
        "status": status,
        "state": "published",
        "subject": "Where is it?",
        "mailboxId": 85,
        "createdBy": ADA,
        "createdAt": "2026-05-01T10:00:00Z",
        "userUpdatedAt": modified,
        "tags": [{"id": 1, "color": "#fff", "tag": "vip"}, {"id": 2, "color": "#fff", "tag": "parcel"}],
        "primaryCustomer": ADA,
        "_links": {"self": {"href": f"https://api.helpscout.net/v2/conversations/{number}"}},
        **more,
    }


class FakeHelpScout(FakeApi):
    page = 3

    def __init__(self, *threads, **more):
        super().__init__()
        self.conversations = {7: conversation(**more)}
        self.threads = {7: list(threads)}
        self.refused = set()
        self.fetched = 0

    def answer(self, asked):
        if asked.path != "/v2/oauth2/token":
            token = asked.headers["Authorization"].removeprefix("Bearer ")
            if not token.startswith("t") or token in self.refused:
                return 401, {"error": "invalid_token"}
        return super().answer(asked)

    @on("POST", "/v2/oauth2/token")
    def token(self, asked):
        assert asked.given == {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s3cret"}
        assert "Authorization" not in asked.headers
        self.fetched += 1
        return {"token_type": "bearer", "access_token": f"t{self.fetched}", "expires_in": 172800}

    def paged(self, asked, name, rows):
        page = int(asked.query.get("page", 1))
        found = rows[(page - 1) * self.page : page * self.page]
        pages = -(-len(rows) // self.page)
        said = {"page": {"size": self.page, "totalElements": len(rows), "totalPages": pages, "number": page}}
        return said | ({"_embedded": {name: found}} if found else {})

    @on("GET", "/v2/users/me")
    def me(self, asked):
        return {"id": 9, "email": "understudy@shop.example", "firstName": "Under"}

    @on("GET", "/v2/users")
    def users(self, asked):
        return self.paged(asked, "users", [{"id": 4, "email": "ben@shop.example"}])

    @on("GET", "/v2/mailboxes")
    def mailboxes(self, asked):
        return self.paged(asked, "mailboxes", [{"id": 85, "name": "Help"}])

    @on("GET", "/v2/conversations")
    def listed(self, asked):
        by = {"modifiedAt": "userUpdatedAt"}.get(asked.query["sortField"], asked.query["sortField"])
        rows = sorted(self.conversations.values(), key=lambda row: (row[by], row["id"]), reverse=True)
        if asked.query["status"] == "open":
            rows = [row for row in rows if row["status"] in {"active", "pending"}]
        since = asked.query.get("modifiedSince", "")
        return self.paged(asked, "conversations", [row for row in rows if row["userUpdatedAt"] >= since])

    @on("GET", r"/v2/conversations/(\d+)")
    def conversation(self, asked, number):
        found = self.conversations.get(int(number))
        return found or (404, {"error": "Not Found"})

    @on("GET", r"/v3/conversations/(\d+)/threads")
    def listed_threads(self, asked, number):
        return self.paged(asked, "threads", self.threads.get(int(number), [])[::-1])

    @on("POST", r"/v2/conversations/(\d+)/notes")
    def note(self, asked, number):
        return self.write(int(number), asked.given["text"], "note")

    @on("POST", r"/v2/conversations/(\d+)/reply")
    def reply(self, asked, number):
        assert asked.given["customer"] == {"id": 256}
        draft = asked.given.get("draft", False)
        if not draft:
            self.conversations[int(number)]["status"] = asked.given.get("status", "active")
        return self.write(int(number), asked.given["text"], "message", state="draft" if draft else "published")

    def write(self, number, body, kind, **more):
        made = thread(len(self.threads[number]) + 20, body, kind, {**BEN, "id": 9}, **more)
        self.threads[number].append(made)
        return 201, None, {"resource-id": str(made["id"])}

    @on("PATCH", r"/v2/conversations/(\d+)")
    def patch(self, asked, number):
        self.conversations[int(number)][asked.given["path"][1:]] = asked.given.get("value")
        return 204, None

    @on("PUT", r"/v2/conversations/(\d+)/tags")
    def tag(self, asked, number):
        self.conversations[int(number)]["tags"] = [{"id": 1, "tag": tag} for tag in asked.given["tags"]]
        return 204, None


def full():
    return FakeHelpScout(
        thread(1, "Where is <b>it</b>?<br>Order 5"),
        thread(2, None, "lineitem"),
        thread(3, "Tomorrow.", "message"),
        thread(4, marked("Try this", "1"), "note"),
        thread(5, "And today?", _embedded={"attachments": [{"id": 1, "filename": "a.png"}]}),
        thread(6, "Dear Ada,", "message", state="draft"),
    )


def small():
    fake = FakeHelpScout(
        thread(1, "A VIP.", "note"), thread(2, "Where?"), thread(3, "Dear Ada", "message", state="draft")
    )
    fake.page = 50
    return fake


def desk(fake, given=GIVEN):
    return HelpScout(fake, "https://help.example/", given)


async def read(*threads, **more):
    return await desk(FakeHelpScout(*threads, **more)).fetch("7")


async def test_a_conversation_as_a_whole_over_its_pages_oldest_first():
    theirs = await desk(full()).fetch("7")
    fake_api.check_theirs(theirs)
    assert (theirs.id, theirs.url) == ("7", "https://secure.helpscout.net/conversation/7/349/")
    assert (theirs.subject, theirs.category, theirs.priority) == ("Where is it?", "open", None)
    assert (theirs.email, theirs.name, theirs.tags) == ("ada@mail.example", "Ada Love", ("vip", "parcel"))
    assert [(each.key, each.role, each.audience, each.text) for each in theirs.remarks] == [
        ("1", "customer", "customer", "Where is it?\nOrder 5"),
        ("3", "agent", "customer", "Tomorrow."),
        ("5", "customer", "customer", "And today?"),
    ]
    assert theirs.noted == {"1"}
    assert theirs.drafts == ("Dear Ada,",)
    assert theirs.unanswered.key == "5"
    assert theirs.remarks[0].author == "Ada Love"
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)


async def test_who_speaks_and_to_whom():
    theirs = await read(
        thread(1, "Hi", "chat"),
        thread(2, "Hello, I am a bot", "message", ROBOT),
        thread(3, "We are closed", "message", action={"type": "automatic-workflow"}),
        thread(4, "She called", "phone", BEN),
        thread(5, "Fwd to the carrier", "forwardchild", BEN),
        thread(6, "who knows", "something new", BEN),
        thread(7, "[understudy:1]"),
        thread(8, "held for review", "message", state="underreview"),
        thread(9, "hidden", state="hidden"),
        thread(10, "a note not saved", "note", state="draft"),
        thread(11, "", "message"),
    )
    assert [(each.key, each.role, each.audience) for each in theirs.remarks] == [
        ("1", "customer", "customer"),
        ("2", "bot", "customer"),
        ("3", "bot", "customer"),
        ("4", "agent", "team"),
        ("5", "agent", "team"),
        ("6", "agent", "team"),
        ("7", "customer", "customer"),
    ]
    assert (theirs.noted, theirs.drafts) == (frozenset(), ())


async def test_threads_of_the_same_second_stay_in_order():
    same = "2026-05-01T10:00:00Z"
    theirs = await read(thread(1, "one", createdAt=same), thread(2, "two", createdAt=same))
    assert [each.key for each in theirs.remarks] == ["1", "2"]


async def test_the_mail_that_is_answered_is_cut():
    theirs = await read(
        thread(1, "It says<blockquote>no such order</blockquote>Why?"),
        thread(2, "Thanks!<br><br>On 1 May 2026 at 10:00, Ben wrote:<blockquote>Because.</blockquote>"),
        thread(3, "x" * 30_000),
    )
    opening, answer, long = (each.text for each in theirs.remarks)
    assert "> no such order" in opening
    assert (answer, len(long)) == ("Thanks!", LONGEST)


@pytest.mark.parametrize(
    ("more", "category"),
    [
        ({"status": "active"}, "open"),
        ({"status": "pending"}, "waiting"),
        ({"status": "closed"}, "done"),
        ({"status": "spam"}, "done"),
        ({"state": "deleted"}, "done"),
        ({"state": "draft"}, "done"),
    ],
)
async def test_where_it_stands(more, category):
    theirs = await read(thread(1, "Where?"), **more)
    assert theirs.category == category
    assert (theirs.unanswered is None) == (category == "done")


async def test_a_note_is_known_again():
    fake = full()
    written = await desk(fake).note("7", marked("Say <script>alert(1)</script> & {%customer.firstName%}\ngo", "5"))
    assert written.key == "26"
    theirs = await desk(fake).fetch("7")
    assert theirs.noted == {"1", "5"}
    assert len(theirs.remarks) == 3
    body = fake.threads[7][-1]["body"]
    assert not any(tag in body for tag in ("<script>", "{%"))


async def test_a_draft_lies_there_unsent_and_a_reply_is_read_back_as_it_was():
    fake = full()
    words = "Dear Ada,\n\nit <comes>.\n\nBest regards\nBen"
    assert (await desk(fake).draft("7", words)).key == "26"
    assert fake.conversations[7]["status"] == "active"
    theirs = await desk(fake).fetch("7")
    assert theirs.drafts == ("Dear Ada,", words)
    assert theirs.unanswered.key == "5"
    assert (await desk(fake).reply("7", words)).key == "27"
    theirs = await desk(fake).fetch("7")
    assert (theirs.remarks[-1].key, theirs.remarks[-1].text) == ("27", words)
    assert (theirs.category, theirs.unanswered) == ("waiting", None)


async def test_status_tags_and_owner_are_changed():
    fake = full()
    await desk(fake).change("7", Change("done", ("late", "VIP"), ("parcel",), "BEN@shop.example"))
    raw = fake.conversations[7]
    assert (raw["status"], raw["assignTo"]) == ("closed", 4)
    assert [tag["tag"] for tag in raw["tags"]] == ["vip", "late"]
    before = len(fake.writes())
    await desk(fake).change("7", Change(add_tags=("late",), assignee="nobody@shop.example"))
    assert [each[1] for each in fake.writes()[before:]] == ["/v2/oauth2/token"]
    await desk(fake).change("7", Change(assignee=""))
    assert raw["assignTo"] is None


async def test_what_was_changed_since_is_read_over_pages_and_what_is_older_is_not():
    fake = full()
    for number in range(100, 108):
        status = "closed" if number % 2 else "pending"
        fake.conversations[number] = conversation(number, status, f"2026-05-01T12:{number - 60:02}:00Z")
    since = datetime(2026, 5, 1, 12, 53, tzinfo=UTC)
    assert {each.id async for each in desk(fake).changes(since)} == {str(n) for n in range(103, 108)}
    assert {each.id async for each in desk(fake).changes(None)} == {"7", "100", "102", "104", "106"}
    assert [each.id for each in await desk(fake).newest(2)] == ["107", "106"]


async def test_what_is_gone_or_merged_into_another_is_none():
    fake = full()
    assert await desk(fake).fetch("8") is None
    fake.conversation = None
    moved = FakeHelpScout()
    moved.first.extend([TOKEN, (301, b"", {"location": "/v2/conversations/9"})])
    assert await desk(moved).fetch("7") is None


async def test_a_token_that_is_refused_is_fetched_anew_once():
    fake = full()
    connected = desk(fake)
    await connected.fetch("7")
    await connected.fetch("7")
    assert fake.fetched == 1
    fake.refused = {"t1"}
    assert await connected.fetch("7") is not None
    assert fake.fetched == 2
    fake.refused = {"t1", "t2", "t3"}
    with pytest.raises(OutgoingError, match="refuses"):
        await connected.fetch("7")
    assert fake.fetched == 3


async def test_a_token_that_runs_out_is_fetched_anew(monkeypatch):
    fake = full()
    connected = desk(fake)
    await connected.fetch("7")
    clock = fake_time(monkeypatch)
    clock[0] += 200_000
    await connected.fetch("7")
    assert fake.fetched == 2


def fake_time(monkeypatch):
    import time

    at = [time.monotonic()]
    monkeypatch.setattr("chatbot.service.connectors.desks.help_scout_tokens.time.monotonic", lambda: at[0])
    return at


async def test_the_limit_of_a_minute_is_kept(monkeypatch):
    clock = fake_time(monkeypatch)
    fake = full()
    fake.headers = {"x-ratelimit-remaining-minute": "1"}
    connected = desk(fake)
    assert await connected.fetch("7") is not None  # one is left for each that reads
    with pytest.raises(BusyError) as busy:
        await connected.note("7", "Hello")
    assert busy.value.wait == 60
    clock[0] += 61
    await connected.note("7", "Hello")
    limited = full()
    limited.first.extend([TOKEN, (429, {}, {"x-ratelimit-retry-after": "12"})])
    with pytest.raises(BusyError) as busy:
        await desk(limited).fetch("7")
    assert busy.value.wait == 12


async def test_a_long_reading_waits_where_it_is_told_to(monkeypatch):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(reading.asyncio, "sleep", sleep)
    fake = full()
    fake.first.extend([TOKEN, (429, {}, {"x-ratelimit-retry-after": "12"})])
    assert [each.id async for each in desk(fake).changes(None)] == ["7"]
    assert slept == [12]


async def test_check_says_who_we_are():
    assert [step async for step in desk(full()).check()] == [
        "The API answers; we are understudy@shop.example there.",
        "We see inboxes: 1.",
    ]


def signature(body, secret="h00k"):
    return b64encode(hmac.new(secret.encode(), body, hashlib.sha1).digest()).decode()


def test_a_hook_is_signed_over_its_bytes_and_may_be_about_something_else():
    body = b'{"id": 7, "subject": "x"}'
    good = {"x-helpscout-signature": signature(body), "x-helpscout-event": "convo.customer.reply.created"}
    assert HelpScout.heard(good, body, SIGNED, NOW) == Rung("7")
    assert HelpScout.heard({**good, "x-helpscout-event": "customer.updated"}, body, SIGNED, NOW) == Rung()
    assert HelpScout.heard({}, body, GIVEN, NOW) == Rung("7")
    for said in (None, "", signature(body, "other"), signature(body + b" ")):
        with pytest.raises(UnsignedError):
            HelpScout.heard({**good, "x-helpscout-signature": said} if said is not None else {}, body, SIGNED, NOW)


def test_strange_hooks():
    fake_api.bears_strange_hooks(HelpScout, GIVEN)
    fake_api.bears_strange_hooks(HelpScout, SIGNED)


async def test_junk_foreign_names_and_errors():
    await fake_api.bears_what_it_is_answered(small, "7", HelpScout, GIVEN)
    await fake_api.bears_foreign_names(full, HelpScout, GIVEN)
    await fake_api.tells_errors(full, "7", HelpScout, GIVEN)
