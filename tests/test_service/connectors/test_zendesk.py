"""Zendesk as its API reference describes it: what is read there, what is written, what rings; no network is asked."""

from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.service.connectors import reading
from chatbot.service.connectors.asking import BusyError, ChangedMeanwhileError
from chatbot.service.connectors.desks.zendesk import Zendesk
from chatbot.service.connectors.protocol import Change, Rung, UnsignedError, Written, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"user": "bot@shop.example", "token": "t0ken"}
URL = "https://help.example"
ADA, BOB, CAROL, US = 11, 12, 13, 99
USERS = {
    ADA: {"id": ADA, "name": "Ada", "email": "ada@mail.example", "role": "end-user"},
    BOB: {"id": BOB, "name": "Bob", "email": "bob@shop.example", "role": "agent"},
    CAROL: {"id": CAROL, "name": "Carol", "email": "carol@mail.example", "role": "end-user"},
    US: {"id": US, "name": "Understudy", "email": "bot@shop.example", "role": "admin"},
}


class FakeZendesk(FakeApi):
    """Tickets and their comments. Comments come two to a page, tickets one."""

    def __init__(self):
        super().__init__()
        self.tickets, self.comments, self.clock = {}, {}, 0
        self.ticket(7)

    def ticket(self, number, **more):
        self.tickets[number] = {
            "id": number,
            "subject": "Parcel",
            "raw_subject": "Parcel",
            "requester_id": ADA,
            "submitter_id": ADA,
            "status": "new",
            "priority": "high",
            "tags": ["parcel"],
            "updated_at": self._now(),
            "created_at": "2026-05-01T10:00:00Z",
            "generated_timestamp": 1777629600,
            **more,
        }
        self.comments.setdefault(number, [])

    def says(self, number, author, html, *, public=True, via="web", **more):
        key = 1000 + sum(map(len, self.comments.values()))
        self.comments[number].append({
            "id": key,
            "type": "Comment",
            "author_id": author,
            "body": "not this",
            "html_body": f'<div class="zd-comment" dir="auto">{html}</div>',
            "plain_body": "nor this",
            "public": public,
            "attachments": [],
            "audit_id": key + 50_000,
            "via": {"channel": via, "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": self._now(),
            **more,
        })  # fmt: skip
        self.tickets[number]["updated_at"] = self._now()
        return str(key)

    def _now(self):
        self.clock += 1
        return f"2026-05-01T10:{self.clock:02}:00Z"

    @on("GET", r"/api/v2/users/me\.json")
    def _me(self, asked):
        return {"user": USERS[US]}

    @on("GET", r"/api/v2/tickets/count\.json")
    def _count(self, asked):
        return {"count": {"value": len(self.tickets), "refreshed_at": "2026-05-01T10:00:00+00:00"}}

    @on("GET", r"/api/v2/tickets\.json")
    def _tickets(self, asked):
        newest = sorted(self.tickets.values(), key=lambda each: -each["id"])
        return {"tickets": newest[: int(asked.query["per_page"])], "next_page": None, "count": len(newest)}

    @on("GET", r"/api/v2/incremental/tickets/cursor\.json")
    def _export(self, asked):
        assert ("start_time" in asked.query) != ("cursor" in asked.query)
        place = int(asked.query.get("cursor", "c0").removeprefix("c"))
        found = [*self.tickets.values()]
        ends = place + 1 >= len(found)
        return {"tickets": found[place : place + 1], "after_cursor": f"c{place + 1}", "end_of_stream": ends}

    @on("GET", r"/api/v2/search/export\.json")
    def _search(self, asked):
        assert asked.query["filter[type]"] == "ticket"
        assert asked.query["query"] == "status<solved"
        found = [each for each in self.tickets.values() if each["status"] in {"new", "open", "pending", "hold"}]
        return self._page(asked, "results", found, 1)

    @on("GET", r"/api/v2/tickets/(\d+)\.json")
    def _ticket(self, asked, number):
        assert asked.query["include"] == "users"
        if int(number) not in self.tickets:
            return 404, {"error": "RecordNotFound", "description": "Not found"}
        ticket = self.tickets[int(number)]
        return {"ticket": ticket, "users": [USERS[ticket["requester_id"]]]}

    @on("GET", r"/api/v2/tickets/(\d+)/comments\.json")
    def _comments(self, asked, number):
        said = self._page(asked, "comments", self.comments[int(number)], 2)
        authors = {each["author_id"] for each in said["comments"]}
        return {**said, "users": [USERS[each] for each in authors if each in USERS]}

    def _page(self, asked, name, found, size):
        place = int(asked.query.get("page[after]", "0"))
        more = place + size < len(found)
        cursor = str(place + size) if more else None
        return {
            name: found[place : place + size],
            "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": None},
            "links": {"next": None, "prev": None},
        }

    @on("PUT", r"/api/v2/tickets/(\d+)\.json")
    def _update(self, asked, number):
        ticket, given = self.tickets[int(number)], dict(asked.given["ticket"])
        if given.pop("safe_update", False) and given.pop("updated_stamp") != ticket["updated_at"]:
            return 409, {"error": "UpdateConflict", "description": "Safe Update prevented the update"}
        events = []
        if comment := given.pop("comment", None):
            key = self.says(int(number), US, comment["html_body"], public=comment["public"], via="api")
            events.append({"id": int(key), "type": "Comment", "public": comment["public"]})
        if (email := given.pop("assignee_email", None)) is not None:
            given["assignee_id"] = next(each["id"] for each in USERS.values() if each["email"] == email)
        ticket.update(given, updated_at=self._now())
        return {"ticket": ticket, "audit": {"id": 1, "author_id": US, "events": [{"id": 3, "type": "Change"}, *events]}}

    @on("PUT", r"/api/v2/tickets/(\d+)/tags\.json")
    def _tag(self, asked, number):
        tags = self.tickets[int(number)]["tags"]
        tags += [tag for tag in asked.given["tags"] if tag not in tags]
        return {"tags": tags}

    @on("DELETE", r"/api/v2/tickets/(\d+)/tags\.json")
    def _untag(self, asked, number):
        ticket = self.tickets[int(number)]
        ticket["tags"] = [tag for tag in ticket["tags"] if tag not in asked.given["tags"]]
        return {"tags": ticket["tags"]}


def zendesk():
    """One with a ticket that has a little of everything, and another that is done."""
    fake = FakeZendesk()
    fake.says(7, ADA, "<p>Where is it?</p><blockquote><p>Order 5 is sent.</p></blockquote><p>See?</p>")
    fake.says(7, BOB, "<p>Tomorrow&nbsp;&amp; early.</p>")
    fake.says(7, BOB, "<p>A VIP.</p>", public=False)
    fake.ticket(8, status="solved", requester_id=CAROL)
    fake.says(8, CAROL, "Thanks", attachments=[{"id": 1, "file_name": "a.pdf"}])
    return fake


def desk(fake):
    return Zendesk(fake, URL + "/", GIVEN)


async def test_who_speaks_and_to_whom():
    fake = zendesk()
    fake.says(7, CAROL, "I am copied in.")
    fake.says(7, -1, "Escalated.", via="rule")
    fake.says(7, CAROL, "I have no place here.", public=False)
    fake.says(7, 77, "Whoever I am.")
    fake.says(7, BOB, "Request 5 was merged into this.", via={"channel": "web", "source": {"rel": "merge"}})
    fake.comments[7][-1]["via"] = {"channel": "web", "source": {"rel": "merge"}}
    theirs = await desk(fake).fetch("7")
    assert [(each.role, each.audience, each.author) for each in theirs.remarks] == [
        ("customer", "customer", "Ada"),
        ("agent", "customer", "Bob"),
        ("agent", "team", "Bob"),
        ("customer", "customer", "Carol"),
        ("bot", "customer", None),
        ("agent", "team", "Carol"),
        ("bot", "customer", None),
        ("bot", "customer", "Bob"),
    ]
    assert theirs.remarks[1].text == "Tomorrow & early."
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 2, tzinfo=UTC)
    assert (theirs.email, theirs.name, theirs.priority, theirs.tags) == ("ada@mail.example", "Ada", "high", ("parcel",))
    assert (theirs.url, theirs.subject) == ("https://help.example/agent/tickets/7", "Parcel")


async def test_comments_are_read_to_the_last_page_with_who_wrote_them():
    fake = FakeZendesk()
    keys = [fake.says(7, (ADA, BOB)[number % 2], f"Message {number}") for number in range(7)]
    theirs = await desk(fake).fetch("7")
    assert [each.key for each in theirs.remarks] == keys
    assert [each.author for each in theirs.remarks[:2]] == ["Ada", "Bob"]
    assert theirs.unanswered.key == keys[-1]


async def test_the_opening_keeps_what_it_quotes_and_an_answer_does_not():
    fake = FakeZendesk()
    fake.says(7, ADA, "<p>It says:</p><blockquote>Error 5</blockquote><p>What now?</p>")
    fake.says(7, ADA, "<p>Still so.</p><blockquote>Try again.</blockquote><p>Really.</p>")
    first, second = (await desk(fake).fetch("7")).remarks
    assert "Error 5" in first.text
    assert second.text == "Still so.\n\nReally."


@pytest.mark.parametrize(
    ("status", "category"),
    [
        ("new", "open"),
        ("open", "open"),
        ("pending", "waiting"),
        ("hold", "waiting"),
        ("solved", "done"),
        ("closed", "done"),
    ],
)
async def test_where_it_stands(status, category):
    fake = zendesk()
    fake.tickets[7]["status"] = status
    assert (await desk(fake).fetch("7")).category == category


async def test_what_is_deleted_or_not_there_is_none():
    fake = zendesk()
    fake.tickets[7]["status"] = "deleted"
    assert await desk(fake).fetch("7") is None
    assert await desk(fake).fetch("404") is None
    assert [each.id async for each in desk(fake).changes(NOW)] == ["8"]


async def test_a_note_is_private_is_read_back_as_ours_and_runs_nothing():
    fake = zendesk()
    ours = desk(fake)
    asked = (await ours.fetch("7")).remarks[0].key
    text = marked("Say <b>this</b>:\n\n{{ticket.requester.email}} {% if %} & more", asked)
    written = await ours.note("7", text)
    comment = fake.of("PUT")[0].given["ticket"]["comment"]
    assert comment["public"] is False
    assert not any(mark in comment["html_body"] for mark in ("{{", "{%", "<b>"))
    assert written == Written(str(US), str(fake.comments[7][-1]["id"]))
    theirs = await ours.fetch("7")
    assert theirs.noted == {asked}
    assert written.key not in [each.key for each in theirs.remarks]


async def test_a_mark_is_ours_only_in_a_note_of_the_team():
    fake = zendesk()
    fake.says(7, ADA, marked("I am clever", "1000"))
    fake.says(7, ADA, marked("and cleverer", "1000"), public=False)
    assert (await desk(fake).fetch("7")).noted == frozenset()


async def test_a_reply_is_public_and_keeps_its_lines():
    fake = zendesk()
    written = await desk(fake).reply("7", "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob")
    theirs = await desk(fake).fetch("7")
    (said,) = [each for each in theirs.remarks if each.key == written.key]
    assert (said.role, said.audience) == ("agent", "customer")
    assert said.text == "Dear Ada,\n\nit is 5 < 6.\nBest regards\nBob"
    assert theirs.unanswered is None


async def test_what_was_changed_since_it_was_read_is_left_alone():
    fake = zendesk()
    ours = desk(fake)
    await ours.fetch("7")
    fake.says(7, ADA, "Never mind!")
    with pytest.raises(ChangedMeanwhileError):
        await ours.reply("7", "It comes tomorrow.")
    assert fake.comments[7][-1]["author_id"] == ADA
    await ours.fetch("7")
    await ours.reply("7", "Good.")
    await ours.change("7", Change(category="waiting"))  # what we changed ourselves is no conflict
    assert fake.tickets[7]["status"] == "pending"


async def test_what_is_changed():
    fake = zendesk()
    change = Change("done", add_tags=("late parcel", "parcel"), remove_tags=("x",), assignee="bob@shop.example")
    await desk(fake).change("7", change)
    ticket = fake.tickets[7]
    assert (ticket["status"], ticket["assignee_id"], ticket["tags"]) == ("solved", BOB, ["parcel", "late_parcel"])
    await desk(fake).change("7", Change(remove_tags=("parcel",), assignee=""))
    assert (ticket["assignee_id"], ticket["tags"]) == (None, ["late_parcel"])
    fake.asked.clear()
    await desk(fake).change("7", Change())
    assert not fake.asked


async def test_changes_are_exported_from_before_and_to_the_end():
    fake = zendesk()
    since = NOW - timedelta(hours=1)
    found = [each async for each in desk(fake).changes(since)]
    assert [(each.id, each.category) for each in found] == [("7", "open"), ("8", "done")]
    start = int(fake.asked[0].query["start_time"])
    assert start <= (since - timedelta(minutes=2)).timestamp()
    assert fake.asked[0].headers["Authorization"] == "Basic " + b64encode(b"bot@shop.example/token:t0ken").decode()
    future = datetime.now(UTC)
    fake.asked.clear()
    _ = [each async for each in desk(fake).changes(future)]
    assert int(fake.asked[0].query["start_time"]) < future.timestamp() - 60


async def test_at_first_all_is_read_that_is_not_solved():
    fake = zendesk()
    fake.ticket(9, status="hold")
    assert [each.id async for each in desk(fake).changes(None)] == ["7", "9"]
    assert [each.id for each in await desk(fake).newest(2)] == ["9", "8"]


async def test_in_a_long_reading_a_busy_help_desk_is_waited_for(monkeypatch):
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(reading.asyncio, "sleep", sleep)
    fake = zendesk()
    fake.first.extend([(429, {}, {"retry-after": "17"}), (503, b"")])
    assert [each.id async for each in desk(fake).changes(NOW)] == ["7", "8"]
    assert waited == [17.0, 60.0]
    fake.first.append((429, {}, {"retry-after": "900"}))
    with pytest.raises(BusyError):
        _ = [each async for each in desk(fake).changes(NOW)]


async def test_pages_without_an_end_are_told():
    fake = zendesk()
    fake.first.extend([{"tickets": [], "after_cursor": "same", "end_of_stream": False}] * 2)
    with pytest.raises(OutgoingError, match="again and again"):
        _ = [each async for each in desk(fake).changes(NOW)]


async def test_who_is_no_agent_is_told_so_and_an_agent_what_went_well():
    fake = zendesk()
    assert [step async for step in desk(fake).check()] == [
        "The API answers, and knows us: Understudy, admin.",
        "Tickets may be read: 2.",
    ]
    fake.first.append({"user": {"id": None, "name": "Anonymous user", "role": "end-user"}})
    with pytest.raises(OutgoingError, match="no agent"):
        _ = [step async for step in desk(fake).check()]
    assert not fake.writes()


async def test_there_are_no_drafts():
    with pytest.raises(OutgoingError, match="no drafts"):
        await desk(zendesk()).draft("7", "x")
    assert not Zendesk.abilities.draft


def signed(body, at, secret="s3cret"):
    mac = hmac.digest(secret.encode(), at.encode() + body, "sha256")
    return {
        "x-zendesk-webhook-signature": b64encode(mac).decode(),
        "x-zendesk-webhook-signature-timestamp": at,
    }


@pytest.mark.parametrize(
    ("body", "ticket"),
    [
        (b'{"ticket": "7"}', "7"),
        (b'{"ticket": 7}', "7"),
        (
            b'{"type": "zen:event-type:ticket.comment_added", "detail": {"id": "35436"}}',
            "35436",
        ),
        (b'{"ticket": "7/../8"}', None),
    ],
)
def test_a_hook_says_at_most_which_ticket(body, ticket):
    given = {**GIVEN, "hook_secret": "s3cret"}
    assert Zendesk.heard(signed(body, "2026-05-01T11:58:00Z"), body, given, NOW) == Rung(ticket)
    assert Zendesk.heard({}, body, GIVEN, NOW) == Rung(ticket)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"{}", "2026-05-01T11:54:00Z"),
        signed(b"{}", "2026-05-01T12:06:00Z"),
        signed(b"{}", "2026-05-01T12:00:00Z", secret="another"),
        signed(b"{ }", "2026-05-01T12:00:00Z"),
        signed(b"{}", "yesterday"),
        signed(b"{}", ""),
        {**signed(b"{}", "2026-05-01T11:54:00Z"), "x-zendesk-webhook-signature-timestamp": "2026-05-01T12:00:00Z"},
        {**signed(b"{}", "2026-05-01T12:00:00Z"), "x-zendesk-webhook-signature": "ä\ud800"},
    ],
)
def test_a_hook_that_is_not_signed_rightly_and_lately_is_refused(headers):
    with pytest.raises(UnsignedError):
        Zendesk.heard(headers, b"{}", {**GIVEN, "hook_secret": "s3cret"}, NOW)


async def test_whatever_it_answers_is_read_or_told():
    await fake_api.bears_what_it_is_answered(zendesk, "7", Zendesk, GIVEN)


async def test_names_that_lead_elsewhere_errors_and_strange_hooks():
    await fake_api.bears_foreign_names(zendesk, Zendesk, GIVEN)
    await fake_api.tells_errors(zendesk, "7", Zendesk, GIVEN)
    fake_api.bears_strange_hooks(Zendesk, GIVEN)
