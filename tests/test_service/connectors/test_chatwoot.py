"""Chatwoot as its API reference describes it: what is read there, what is written, what rings; no network is asked."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

import pytest

from chatbot.service.connectors.desks.chatwoot import Chatwoot
from chatbot.service.connectors.protocol import Change, Rung, UnsignedError, Written, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"account_id": "3", "token": "t0ken"}
URL = "https://help.example"
BEGUN = 1777629600  # 2026-05-01T10:00:00Z
ADA = {"id": 11, "name": "Ada", "email": "ada@mail.example", "type": "contact"}
BOB = {"id": 12, "name": "Bob B.", "available_name": "Bob", "type": "user"}
US = {"id": 99, "name": "Understudy", "available_name": "Understudy", "type": "user"}
ROBOT = {"id": 5, "name": "Robot", "type": "agent_bot"}
CAPTAIN = {"id": 6, "name": "Captain", "type": "captain_assistant"}
IN, OUT, ACTIVITY, TEMPLATE = range(4)
ACCOUNT = "/api/v1/accounts/3"


class FakeChatwoot(FakeApi):
    """Conversations, two to a page, and their messages, three to a page."""

    def __init__(self):
        super().__init__()
        self.conversations, self.messages, self.clock = {}, {}, 0
        self.conversation(7)

    def conversation(self, number, **more):
        self.conversations[number] = {
            "id": number,
            "account_id": 3,
            "meta": {"sender": ADA, "channel": "Channel::Email", "hmac_verified": False},
            "additional_attributes": {"mail_subject": "Parcel"},
            "status": "open",
            "priority": "medium",
            "labels": ["parcel"],
            "muted": False,
            "created_at": BEGUN,
            "last_activity_at": self._now(),
            "messages": [],
            **more,
        }
        self.messages.setdefault(number, [])

    def says(self, number, sender, content, kind=None, *, private=False, **more):
        key = 1000 + sum(map(len, self.messages.values()))
        said = {
            "id": key,
            "content": content,
            "conversation_id": number,
            "message_type": (IN if sender is ADA else OUT) if kind is None else kind,
            "content_type": "text",
            "content_attributes": {},
            "status": "sent",
            "private": private,
            "created_at": self._now(),
            "sender": sender,
            **more,
        }
        self.messages[number].append(said)
        self.conversations[number]["last_activity_at"] = said["created_at"]
        return said

    def _now(self):
        self.clock += 60
        return BEGUN + self.clock

    @on("GET", "/api/v1/profile")
    def _me(self, asked):
        assert asked.headers["api_access_token"] == "t0ken"
        return {"id": 99, "name": "Understudy", "accounts": [{"id": 3, "name": "Shop", "role": "agent"}]}

    @on("GET", f"{ACCOUNT}/agents")
    def _agents(self, asked):
        return [{"id": 12, "email": "bob@shop.example", "name": "Bob", "role": "agent"}, {"id": 99, "email": None}]

    @on("GET", f"{ACCOUNT}/conversations")
    def _list(self, asked):
        assert asked.query["sort_by"] == "last_activity_at_desc"
        assert asked.query["assignee_type"] == "all"
        status, page = asked.query["status"], int(asked.query["page"])
        found = [each for each in self.conversations.values() if status in {"all", each["status"]}]
        found.sort(key=lambda each: -each["last_activity_at"])
        counts = {"mine_count": 0, "unassigned_count": 0, "assigned_count": 0, "all_count": len(found)}
        return {"data": {"meta": counts, "payload": found[(page - 1) * 2 : page * 2]}}

    @on("GET", rf"{ACCOUNT}/conversations/(\d+)")
    def _conversation(self, asked, number):
        if int(number) not in self.conversations:
            return 404, {"error": "Resource could not be found"}
        return self.conversations[int(number)]

    @on("GET", rf"{ACCOUNT}/conversations/(\d+)/messages")
    def _messages(self, asked, number):
        before = int(asked.query.get("before", 10**9))
        found = [each for each in self.messages[int(number)] if each["id"] < before]
        return {"meta": {"labels": [], "contact": {"payload": [ADA]}}, "payload": found[-3:]}

    @on("POST", rf"{ACCOUNT}/conversations/(\d+)/messages")
    def _say(self, asked, number):
        given = asked.given
        assert given["message_type"] == "outgoing"
        return self.says(int(number), US, given["content"], OUT, private=given.get("private", False))

    @on("GET", rf"{ACCOUNT}/conversations/(\d+)/labels")
    def _labels(self, asked, number):
        return {"payload": self.conversations[int(number)]["labels"]}

    @on("POST", rf"{ACCOUNT}/conversations/(\d+)/labels")
    def _label(self, asked, number):
        self.conversations[int(number)]["labels"] = asked.given["labels"]
        return {"payload": asked.given["labels"]}

    @on("POST", rf"{ACCOUNT}/conversations/(\d+)/assignments")
    def _assign(self, asked, number):
        self.conversations[int(number)]["assignee"] = asked.given["assignee_id"]

    @on("POST", rf"{ACCOUNT}/conversations/(\d+)/toggle_status")
    def _status(self, asked, number):
        self.conversations[int(number)]["status"] = asked.given["status"]
        return {"meta": {}, "payload": {"success": True, "current_status": asked.given["status"]}}


def chatwoot():
    """One with a conversation that has a little of everything, and another that is resolved."""
    fake = FakeChatwoot()
    fake.says(7, ADA, "Where is it?\n\n> Order 5 is sent.\n\nSee?")
    fake.says(7, BOB, "Tomorrow **early**.\nBye")
    fake.says(7, BOB, "A VIP.", private=True)
    fake.says(7, None, "Bob self-assigned this", ACTIVITY)
    fake.says(7, ADA, "And today?")
    fake.conversation(8, status="resolved")
    fake.says(8, ADA, None, attachments=[{"id": 1, "file_type": "image", "data_url": "https://help.example/a.png"}])
    return fake


def desk(fake):
    return Chatwoot(fake, URL + "/", GIVEN)


async def test_who_speaks_and_to_whom():
    fake = chatwoot()
    fake.says(7, ROBOT, "I am a robot.")
    fake.says(7, CAPTAIN, "Aye.")
    fake.says(7, CAPTAIN, "He is cross.", private=True)
    fake.says(7, None, "Who sent this?", OUT)
    fake.says(7, None, "From my phone.", OUT, content_attributes={"external_echo": True})
    fake.says(7, BOB, "By a rule.", content_attributes={"automation_rule_id": 4})
    fake.says(7, None, "How was it?", TEMPLATE, content_type="input_csat")
    fake.says(7, BOB, "This message was deleted", content_attributes={"deleted": True})
    fake.says(7, BOB, "It did not get out.", status="failed")
    theirs = await desk(fake).fetch("7")
    assert [(each.role, each.audience, each.author, each.text) for each in theirs.remarks] == [
        ("customer", "customer", "Ada", "Where is it?\n\n> Order 5 is sent.\n\nSee?"),
        ("agent", "customer", "Bob", "Tomorrow **early**.\nBye"),
        ("agent", "team", "Bob", "A VIP."),
        ("customer", "customer", "Ada", "And today?"),
        ("bot", "customer", "Robot", "I am a robot."),
        ("bot", "customer", "Captain", "Aye."),
        ("bot", "team", "Captain", "He is cross."),
        ("bot", "customer", None, "Who sent this?"),
        ("agent", "customer", None, "From my phone."),
        ("bot", "customer", "Bob", "By a rule."),
    ]
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 2, tzinfo=UTC)
    assert (theirs.email, theirs.name, theirs.priority, theirs.tags) == (
        "ada@mail.example",
        "Ada",
        "normal",
        ("parcel",),
    )
    assert (theirs.url, theirs.subject) == ("https://help.example/app/accounts/3/conversations/7", "Parcel")


async def test_what_is_quoted_stays_in_the_opening_only():
    fake = FakeChatwoot()
    fake.says(7, BOB, "We have news.")
    fake.says(7, ADA, "It says:\n\n> Error 5\n\nWhat now?")
    fake.says(7, ADA, "Still so.\n> Try again.\n\nReally.")
    texts = [each.text for each in (await desk(fake).fetch("7")).remarks]
    assert "Error 5" in texts[1]
    assert texts[2].split() == ["Still", "so.", "Really."]


async def test_a_picture_alone_is_a_message():
    theirs = await desk(chatwoot()).fetch("8")
    assert [each.text for each in theirs.remarks] == ["📎 image"]


async def test_messages_are_read_back_to_the_first():
    fake = FakeChatwoot()
    keys = [str(fake.says(7, (ADA, BOB)[number % 2], f"Message {number}")["id"]) for number in range(10)]
    theirs = await desk(fake).fetch("7")
    assert [each.key for each in theirs.remarks] == keys
    fake = FakeChatwoot()
    assert (await desk(fake).fetch("7")).remarks == ()


async def test_pages_without_an_end_are_told():
    fake = chatwoot()
    same = {"payload": fake.messages[7][:1]}
    fake.first.extend([fake.conversations[7], same, same])
    with pytest.raises(OutgoingError, match="again and again"):
        await desk(fake).fetch("7")


@pytest.mark.parametrize(
    ("status", "category"), [("open", "open"), ("pending", "open"), ("snoozed", "waiting"), ("resolved", "done")]
)
async def test_where_it_stands(status, category):
    fake = chatwoot()
    fake.conversations[7]["status"] = status
    assert (await desk(fake).fetch("7")).category == category
    assert await desk(fake).fetch("404") is None


async def test_a_note_is_private_is_read_back_as_ours_and_runs_nothing():
    fake = chatwoot()
    ours = desk(fake)
    asked = (await ours.fetch("7")).unanswered.key
    written = await ours.note("7", marked("Say:\n\n{{contact.email}} {% raw %}", asked))
    ((_, path, given),) = fake.writes()
    assert (path, given["private"]) == (f"{ACCOUNT}/conversations/7/messages", True)
    assert not any(mark in given["content"] for mark in ("{{", "{%"))
    assert written == Written("99", str(fake.messages[7][-1]["id"]))
    theirs = await ours.fetch("7")
    assert theirs.noted == {asked}
    assert written.key not in [each.key for each in theirs.remarks]
    assert theirs.unanswered.key == asked


async def test_a_mark_is_ours_only_in_a_note_of_the_team():
    fake = chatwoot()
    fake.says(7, ADA, marked("I am clever", "1000"))
    fake.says(7, ADA, marked("and cleverer", "1000"), private=True)
    fake.says(7, BOB, marked("a slip", "1000"))
    assert (await desk(fake).fetch("7")).noted == frozenset()


async def test_a_reply_is_public_and_keeps_its_lines():
    fake = chatwoot()
    written = await desk(fake).reply("7", "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob")
    assert fake.writes()[0][2]["private"] is False
    theirs = await desk(fake).fetch("7")
    (said,) = [each for each in theirs.remarks if each.key == written.key]
    assert (said.role, said.audience, said.text) == (
        "agent",
        "customer",
        "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob",
    )
    assert theirs.unanswered is None


async def test_what_is_changed():
    fake = chatwoot()
    ours = desk(fake)
    await ours.change("7", Change("waiting", add_tags=("late", "parcel"), assignee="bob@shop.example"))
    conversation = fake.conversations[7]
    assert (conversation["status"], conversation["assignee"], conversation["labels"]) == (
        "snoozed",
        12,
        ["parcel", "late"],
    )
    await ours.change("7", Change("done", remove_tags=("parcel",), assignee=""))
    assert (conversation["status"], conversation["assignee"], conversation["labels"]) == ("resolved", None, ["late"])
    fake.asked.clear()
    await ours.change("7", Change(add_tags=("late",)))
    await ours.change("7", Change())
    assert not fake.writes()
    with pytest.raises(OutgoingError, match="no agent"):
        await ours.change("7", Change(assignee="nobody@shop.example"))


async def test_changes_are_listed_until_they_are_too_old():
    fake = chatwoot()
    for number in range(9, 15):
        fake.conversation(number, status="resolved")
    since = datetime.fromtimestamp(fake.conversations[12]["last_activity_at"] + 240, UTC)
    assert [each.id async for each in desk(fake).changes(since)] == ["14", "13", "12", "11"]
    pages = [each.query["page"] for each in fake.asked if each.path == f"{ACCOUNT}/conversations"]
    assert pages == ["1", "2", "3"]


async def test_at_first_all_is_read_that_is_not_resolved():
    fake = chatwoot()
    fake.conversation(9, status="pending")
    fake.conversation(10, status="snoozed")
    fake.conversation(11)
    fake.conversation(12)
    assert [each.id async for each in desk(fake).changes(None)] == ["12", "11", "7", "9", "10"]
    assert [each.id for each in await desk(fake).newest(3)] == ["12", "11", "10"]
    assert len(await desk(fake).newest(50)) == 6


async def test_a_conversation_that_moves_while_it_is_read_hides_no_other():
    fake = chatwoot()
    for number in (9, 10, 11):
        fake.conversation(number)
    found = []
    async for each in desk(fake).changes(datetime(2026, 4, 1, tzinfo=UTC)):
        found.append(each.id)
        if len(found) == 2:
            fake.says(11, ADA, "Me again.")
            fake.says(7, ADA, "And me.")
    assert sorted(found, key=int) == ["8", "9", "10", "11"]  # seven comes with the next reading
    began = datetime.fromtimestamp(BEGUN + fake.clock, UTC)
    assert "7" in [each.id async for each in desk(fake).changes(began)]


async def test_the_account_is_tried_and_nothing_written():
    fake = chatwoot()
    assert [step async for step in desk(fake).check()] == [
        "The API answers, and knows us: Understudy.",
        "Conversations may be read.",
    ]
    assert not fake.writes()
    with pytest.raises(OutgoingError, match="in no account 4"):
        _ = [step async for step in Chatwoot(fake, URL, {**GIVEN, "account_id": "4"}).check()]


@pytest.mark.parametrize("account", ["", "../../x", "3/conversations", "three", "3?x=1"])
def test_an_account_that_is_no_number_leads_nowhere(account):
    with pytest.raises(OutgoingError, match="no number of an account"):
        Chatwoot(FakeChatwoot(), URL, {**GIVEN, "account_id": account})


async def test_there_are_no_drafts():
    with pytest.raises(OutgoingError, match="no drafts"):
        await desk(chatwoot()).draft("7", "x")
    assert not Chatwoot.abilities.draft


AT = str(int(NOW.timestamp()))


def signed(body, at=AT, secret="s3cret"):
    mac = hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()
    return {"x-chatwoot-signature": f"sha256={mac}", "x-chatwoot-timestamp": at, "x-chatwoot-delivery": "4f6a"}


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b'{"event": "message_created", "id": 1, "conversation": {"id": 7}}', "7"),
        (b'{"event": "conversation_status_changed", "id": 7, "status": "open"}', "7"),
        (b'{"event": "webwidget_triggered", "id": 7, "contact": {}}', None),
        (b'{"event": "message_created", "id": 7, "conversation": {"id": "7/../8"}}', None),
    ],
)
def test_a_hook_says_at_most_which_ticket(body, ticket):
    assert Chatwoot.heard(signed(body), body, {**GIVEN, "hook_secret": "s3cret"}, NOW) == Rung(ticket)
    assert Chatwoot.heard({}, body, GIVEN, NOW) == Rung(ticket)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"{}", str(int(AT) - 301)),
        signed(b"{}", str(int(AT) + 301)),
        signed(b"{}", secret="another"),
        signed(b"{ }"),
        signed(b"{}", "yesterday"),
        signed(b"{}", ""),
        signed(b"{}", "9" * 19),
        {**signed(b"{}", str(int(AT) - 600)), "x-chatwoot-timestamp": AT},
        {**signed(b"{}"), "x-chatwoot-signature": signed(b"{}")["x-chatwoot-signature"].removeprefix("sha256=")},
        {**signed(b"{}"), "x-chatwoot-signature": "sha256=ä\ud800"},
    ],
)
def test_a_hook_that_is_not_signed_rightly_and_lately_is_refused(headers):
    with pytest.raises(UnsignedError):
        Chatwoot.heard(headers, b"{}", {**GIVEN, "hook_secret": "s3cret"}, NOW)


async def test_whatever_it_answers_is_read_or_told():
    await fake_api.bears_what_it_is_answered(chatwoot, "7", Chatwoot, GIVEN)


async def test_names_that_lead_elsewhere_errors_and_strange_hooks():
    await fake_api.bears_foreign_names(chatwoot, Chatwoot, GIVEN)
    await fake_api.tells_errors(chatwoot, "7", Chatwoot, GIVEN)
    fake_api.bears_strange_hooks(Chatwoot, GIVEN)
