"""Freshdesk as its API reference describes it: what is read there, what is written, what rings; no network is asked."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.service.connectors import reading
from chatbot.service.connectors.desks import freshdesk as adapter
from chatbot.service.connectors.desks.freshdesk import Freshdesk
from chatbot.service.connectors.protocol import Change, Rung, Written, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"token": "k3y"}
URL = "https://help.example"
ADA, BOB, US = 11, 12, 99
AGENTS = [
    {"id": BOB, "contact": {"name": "Bob", "email": "bob@shop.example"}, "ticket_scope": 1},
    {"id": US, "contact": {"name": "Understudy", "email": "bot@shop.example"}, "ticket_scope": 1},
]


class FakeFreshdesk(FakeApi):
    """Tickets and their conversations, two to a page (the adapter's pages are made as small by a fixture)."""

    def __init__(self):
        super().__init__()
        self.tickets, self.conversations, self.clock = {}, {}, 0
        self.ticket(7)

    def ticket(self, number, **more):
        self.tickets[number] = {
            "id": number,
            "subject": "Parcel",
            "description": "<div>Where is it?<br>Order 5</div>",
            "description_text": "Where is it?Order 5",
            "requester_id": ADA,
            "requester": {"id": ADA, "name": "Ada", "email": "ada@mail.example", "mobile": None, "phone": None},
            "responder_id": None,
            "source": 1,
            "status": 2,
            "priority": 4,
            "spam": False,
            "tags": ["parcel"],
            "attachments": [],
            "created_at": "2026-05-01T10:00:00Z",
            "updated_at": self._now(),
            **more,
        }
        self.conversations.setdefault(number, [])

    def says(self, number, body, *, user=BOB, incoming=False, private=False, source=0, **more):
        key = 1000 + sum(map(len, self.conversations.values()))
        said = {
            "id": key,
            "ticket_id": number,
            "user_id": user,
            "body": body,
            "body_text": "not this",
            "incoming": incoming,
            "private": private,
            "source": source,
            "attachments": [],
            "created_at": self._now(),
            **more,
        }
        self.conversations[number].append(said)
        self.tickets[number]["updated_at"] = self._now()
        return said

    def _now(self):
        self.clock += 1
        return f"2026-05-01T10:{self.clock:02}:00Z"

    def _page(self, asked, found):
        size, page = int(asked.query["per_page"]), int(asked.query.get("page", "1"))
        assert 1 <= size <= 100
        return found[(page - 1) * size : page * size]

    @on("GET", "/api/v2/agents/me")
    def _me(self, asked):
        return AGENTS[1]

    @on("GET", "/api/v2/agents")
    def _agents(self, asked):
        return [each for each in AGENTS if each["contact"]["email"] == asked.query["email"]]

    @on("GET", "/api/v2/tickets")
    def _tickets(self, asked):
        found = [each for each in self.tickets.values() if not each["spam"]]
        if "updated_since" in asked.query:
            found = [each for each in found if each["updated_at"] >= asked.query["updated_since"]]
        by = asked.query.get("order_by", "created_at")
        found = sorted(found, key=lambda each: (each[by], each["id"]), reverse=asked.query.get("order_type") != "asc")
        listed = ("description", "description_text", "requester", "attachments")
        return [
            {name: value for name, value in each.items() if name not in listed} for each in self._page(asked, found)
        ]

    @on("GET", r"/api/v2/tickets/(\d+)")
    def _ticket(self, asked, number):
        if int(number) not in self.tickets:
            return 404, None
        return self.tickets[int(number)]

    @on("GET", r"/api/v2/tickets/(\d+)/conversations")
    def _conversations(self, asked, number):
        return self._page(asked, self.conversations[int(number)])

    @on("POST", r"/api/v2/tickets/(\d+)/notes")
    def _note(self, asked, number):
        given = asked.given
        return 201, self.says(int(number), given["body"], user=US, private=given.get("private", True), source=2)

    @on("POST", r"/api/v2/tickets/(\d+)/reply")
    def _reply(self, asked, number):
        assert set(asked.given) == {"body"}
        return 201, self.says(int(number), asked.given["body"], user=US)

    @on("PUT", r"/api/v2/tickets/(\d+)")
    def _update(self, asked, number):
        self.tickets[int(number)].update(asked.given)
        return self.tickets[int(number)]


def freshdesk():
    """One with a ticket that has a little of everything, and another that is done."""
    fake = FakeFreshdesk()
    fake.says(7, "<div>Tomorrow&nbsp;&amp; early.</div>")
    fake.says(7, "<div>A VIP.</div>", private=True, source=2)
    fake.says(7, "<div>And today?</div>", user=ADA, incoming=True)
    fake.ticket(8, status=5)
    return fake


def desk(fake):
    return Freshdesk(fake, URL + "/", GIVEN)


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(adapter, "_PAGE", 2)


async def test_who_speaks_and_to_whom():
    fake = freshdesk()
    fake.says(7, "Could you, supplier?", source=8)
    fake.says(7, "We could.", user=55, incoming=True, private=True)
    fake.says(7, "5 of 5", user=ADA, incoming=True, source=6)
    fake.says(7, "For all to read.", source=2)
    fake.says(7, "Escalated.", user=None, source=2)
    fake.says(7, "gone", deleted=True)
    fake.says(
        7,
        "",
        body_text="",
        user=ADA,
        incoming=True,
        attachments=[{"id": 1, "name": "a.pdf"}, {"id": 2, "name": "b.jpg"}],
    )
    theirs = await desk(fake).fetch("7")
    assert [(each.role, each.audience, each.text) for each in theirs.remarks] == [
        ("customer", "customer", "Where is it?\nOrder 5"),
        ("agent", "customer", "Tomorrow & early."),
        ("agent", "team", "A VIP."),
        ("customer", "customer", "And today?"),
        ("agent", "team", "Could you, supplier?"),
        ("agent", "team", "We could."),
        ("agent", "customer", "For all to read."),
        ("bot", "customer", "Escalated."),
        ("customer", "customer", "📎 a.pdf, b.jpg"),
    ]
    assert theirs.remarks[0].key == "opening"
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert (theirs.email, theirs.name, theirs.priority, theirs.tags) == (
        "ada@mail.example",
        "Ada",
        "urgent",
        ("parcel",),
    )
    assert (theirs.url, theirs.subject) == ("https://help.example/a/tickets/7", "Parcel")


async def test_a_ticket_that_the_team_began_is_not_the_customers():
    fake = FakeFreshdesk()
    fake.ticket(7, source=10)
    theirs = await desk(fake).fetch("7")
    assert theirs.remarks[0].role == "agent"
    assert theirs.unanswered is None


async def test_what_is_quoted_stays_in_the_opening_only():
    fake = FakeFreshdesk()
    quote = '<div class="freshdesk_quote"><blockquote class="freshdesk_quote">Error 5</blockquote></div>'
    fake.ticket(7, description=f"<div>It says:{quote}What now?</div>")
    fake.says(7, f"<div>Still so.</div>{quote}<div>Really.</div>", user=ADA, incoming=True)
    first, second = (await desk(fake).fetch("7")).remarks
    assert "Error 5" in first.text
    assert "Error 5" not in second.text
    assert second.text.split() == ["Still", "so.", "Really."]


@pytest.mark.parametrize(
    ("status", "category"),
    [(2, "open"), (3, "waiting"), (4, "done"), (5, "done"), (6, "waiting"), (7, "waiting"), (21, "open")],
)
async def test_where_it_stands(status, category):
    fake = freshdesk()
    fake.tickets[7]["status"] = status
    assert (await desk(fake).fetch("7")).category == category


async def test_what_is_deleted_spam_or_not_there_is_none():
    fake = freshdesk()
    fake.tickets[7]["deleted"] = True
    fake.tickets[8]["spam"] = True
    assert [await desk(fake).fetch(number) for number in ("7", "8", "404")] == [None] * 3


@pytest.mark.usefixtures("small_pages")
async def test_conversations_are_read_to_the_last_page():
    fake = FakeFreshdesk()
    keys = [str(fake.says(7, f"Message {number}")["id"]) for number in range(6)]
    theirs = await desk(fake).fetch("7")
    assert [each.key for each in theirs.remarks] == ["opening", *keys]


async def test_a_note_is_private_is_read_back_as_ours_and_runs_nothing():
    fake = freshdesk()
    ours = desk(fake)
    written = await ours.note("7", marked("Say <b>this</b>:\n\n{{ticket.requester.email}} & more", "opening"))
    ((_, path, given),) = fake.writes()
    assert (path, given["private"]) == ("/api/v2/tickets/7/notes", True)
    assert not any(mark in given["body"] for mark in ("{{", "<b>"))
    assert written == Written(str(US), str(fake.conversations[7][-1]["id"]))
    theirs = await ours.fetch("7")
    assert theirs.noted == {"opening"}
    assert written.key not in [each.key for each in theirs.remarks]


async def test_a_mark_is_ours_only_in_a_note_of_the_team():
    fake = freshdesk()
    fake.says(7, marked("I am clever", "opening"), user=ADA, incoming=True)
    fake.says(7, marked("and cleverer", "opening"), user=ADA, incoming=True, private=True)
    fake.says(7, marked("a slip", "opening"))
    assert (await desk(fake).fetch("7")).noted == frozenset()


async def test_a_reply_is_public_and_keeps_its_lines():
    fake = freshdesk()
    written = await desk(fake).reply("7", "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob")
    theirs = await desk(fake).fetch("7")
    (said,) = [each for each in theirs.remarks if each.key == written.key]
    assert (said.role, said.audience, said.text) == (
        "agent",
        "customer",
        "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob",
    )
    assert theirs.unanswered is None


async def test_what_is_changed():
    fake = freshdesk()
    await desk(fake).change("7", Change("waiting", add_tags=("late", "parcel"), assignee="bob@shop.example"))
    ticket = fake.tickets[7]
    assert (ticket["status"], ticket["responder_id"], ticket["tags"]) == (3, BOB, ["parcel", "late"])
    await desk(fake).change("7", Change("done", remove_tags=("parcel",), assignee=""))
    assert (ticket["status"], ticket["responder_id"], ticket["tags"]) == (4, None, ["late"])
    fake.asked.clear()
    await desk(fake).change("7", Change(add_tags=("late",)))
    await desk(fake).change("7", Change())
    assert not fake.writes()
    with pytest.raises(OutgoingError, match="no agent"):
        await desk(fake).change("7", Change(assignee="nobody@shop.example"))


@pytest.mark.usefixtures("small_pages")
async def test_changes_are_read_newest_first_from_before_and_to_the_end():
    fake = freshdesk()
    for number in (9, 10, 11):
        fake.ticket(number, status=4)
    fake.ticket(12, spam=True)
    found = [each async for each in desk(fake).changes(datetime(2026, 5, 1, 10, 10, tzinfo=UTC))]
    assert [each.id for each in found] == ["11", "10", "9", "8", "7"]
    first = fake.asked[0]
    assert first.query["updated_since"] == "2026-05-01T10:05:00Z"
    assert (first.query["order_by"], first.query["order_type"]) == ("updated_at", "desc")
    assert first.headers["Authorization"] == "Basic " + b64encode(b"k3y:X").decode()


@pytest.mark.usefixtures("small_pages")
async def test_a_ticket_that_moves_while_it_is_read_hides_no_other():
    fake = freshdesk()
    for number in (9, 10, 11):
        fake.ticket(number)
    found = []
    async for each in desk(fake).changes(NOW - timedelta(days=1)):
        found.append(each.id)
        if len(found) == 2:
            fake.says(7, "Changed just now.")
    assert found == ["11", "10", "9", "8"]
    began = datetime(2026, 5, 1, 10, fake.clock, tzinfo=UTC)
    assert "7" in [each.id async for each in desk(fake).changes(began)]


async def test_at_first_all_is_read_that_is_not_done():
    fake = freshdesk()
    fake.ticket(9, status=7)
    assert [each.id async for each in desk(fake).changes(None)] == ["9", "7"]
    assert [each.id for each in await desk(fake).newest(1)] == ["9"]


async def test_some_of_the_limit_is_left_for_hooks_and_others(monkeypatch):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)
        fake.headers["x-ratelimit-remaining"] = "199"

    monkeypatch.setattr(reading.asyncio, "sleep", sleep)
    fake = freshdesk()
    fake.headers["x-ratelimit-remaining"] = "9"
    ours = desk(fake)
    assert [each.id async for each in ours.changes(NOW - timedelta(days=1))] == ["8", "7"]
    assert waited == [60.0]
    fake.headers["x-ratelimit-remaining"] = "0"
    await ours.reply("7", "What is written is not held up by that.")
    assert waited == [60.0]


async def test_the_key_is_tried_and_nothing_written():
    fake = freshdesk()
    assert [step async for step in desk(fake).check()] == [
        "The API answers, and knows us: Understudy.",
        "Tickets may be read.",
    ]
    assert not fake.writes()


async def test_there_are_no_drafts():
    with pytest.raises(OutgoingError, match="no drafts"):
        await desk(freshdesk()).draft("7", "x")
    assert not Freshdesk.abilities.draft


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b'{"ticket": "7"}', "7"),
        (b'{"freshdesk_webhook": {"ticket_id": 7, "ticket_subject": "x"}}', "7"),
        (b'{"ticket": "7/../8"}', None),
        (b'{"ticket": -7}', None),
    ],
)
def test_a_hook_says_at_most_which_ticket(body, ticket):
    assert Freshdesk.heard({}, body, GIVEN, NOW) == Rung(ticket)


async def test_whatever_it_answers_is_read_or_told():
    await fake_api.bears_what_it_is_answered(freshdesk, "7", Freshdesk, GIVEN)


async def test_names_that_lead_elsewhere_errors_and_strange_hooks():
    await fake_api.bears_foreign_names(freshdesk, Freshdesk, GIVEN)
    await fake_api.tells_errors(freshdesk, "7", Freshdesk, GIVEN)
    fake_api.bears_strange_hooks(Freshdesk, GIVEN)
