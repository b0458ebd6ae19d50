"""What Zammad's tickets are read as, and what is sent to it: a fake of its API, in which things lie once written."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from chatbot.service.connectors.desks.zammad import Zammad
from chatbot.service.connectors.protocol import LONGEST, Change, Rung, UnsignedError, Written, marked
from chatbot.service.outgoing.door import OutgoingError
from tests.test_service.connectors import fake_api
from tests.test_service.connectors.fake_api import NOW, FakeApi, on

GIVEN = {"token": "t0ken"}
SIGNED = {**GIVEN, "hook_secret": "s3cret"}
ME, ADA, BEN = 9, 5, 4
USERS = {
    ME: {"id": ME, "login": "understudy@shop.example", "email": "understudy@shop.example"},
    ADA: {"id": ADA, "login": "ada", "email": "ada@mail.example", "firstname": "Ada", "lastname": "Love"},
    BEN: {"id": BEN, "login": "ben", "email": "ben@shop.example", "firstname": "Ben", "lastname": ""},
}


def article(number, body, sender="Customer", *, internal=False, kind="email", html=True, **more):
    """One as ``?expand=true`` shows it."""
    return {
        "id": number,
        "ticket_id": 7,
        "type": kind,
        "sender": sender,
        "from": {"Customer": "Ada Love <ada@mail.example>", "Agent": "Ben via Shop <help@shop.example>"}.get(sender),
        "to": "help@shop.example",
        "subject": "Parcel",
        "message_id": f"<m{number}@mail.example>",
        "content_type": "text/html" if html else "text/plain",
        "body": body,
        "internal": internal,
        "preferences": {},
        "attachments": [],
        "created_by_id": ADA if sender == "Customer" else BEN,
        "created_at": f"2026-05-01T10:{number:02}:00.000Z",
        **more,
    }


def ticket(number=7, state="open", updated="2026-05-01T11:00:00.000Z", **more):
    return {
        "id": number,
        "number": f"220{number}",
        "title": "Where is it?",
        "state": state,
        "priority": "3 high",
        "group_id": 1,
        "owner_id": 1,
        "customer_id": ADA,
        "customer": "ada",
        "created_at": "2026-05-01T10:00:00.000Z",
        "updated_at": updated,
        **more,
    }


class FakeZammad(FakeApi):
    def __init__(self, *articles, **more):
        super().__init__()
        self.tickets = {7: ticket(**more)}
        self.articles = {7: list(articles)}
        self.tags = {7: ["vip"]}
        self.drafts = {}

    @on("GET", "/api/v1/users/me")
    def me(self, asked):
        assert asked.headers["Authorization"] == "Token token=t0ken"
        return USERS[ME]

    @on("GET", r"/api/v1/users/(\d+)")
    def user(self, asked, number):
        return USERS.get(int(number)) or (404, {"error": "Couldn't find User"})

    @on("GET", "/api/v1/users/search")
    def users(self, asked):
        return [each for each in USERS.values() if asked.query["query"].lower() in each["email"]]

    @on("GET", "/api/v1/tag_search")
    def tag_search(self, asked):
        return [{"id": 1, "value": "vip"}]

    @on("GET", "/api/v1/ticket_states")
    def states(self, asked):
        return [
            {"id": 2, "name": "open", "state_type": "open", "active": True},
            {"id": 8, "name": "Wartet auf Kunde", "state_type": "pending reminder", "active": True},
            {"id": 9, "name": "alt", "state_type": "closed", "active": False},
            {"id": 4, "name": "closed", "state_type": "closed", "active": True},
        ]

    @on("GET", "/api/v1/tickets/search")
    def search(self, asked):
        assert (asked.query["query"], asked.query["expand"]) == ("*", "true")
        rows = sorted(self.tickets.values(), key=lambda row: row[asked.query["sort_by"]], reverse=True)
        most, page = int(asked.query["per_page"]), int(asked.query["page"])
        return rows[(page - 1) * most : page * most]

    @on("GET", r"/api/v1/tickets/(\d+)")
    def ticket(self, asked, number):
        return self.tickets.get(int(number)) or (404, {"error": "Couldn't find Ticket"})

    @on("PUT", r"/api/v1/tickets/(\d+)")
    def changed(self, asked, number):
        self.tickets[int(number)].update(asked.given)
        return self.tickets[int(number)]

    @on("GET", r"/api/v1/ticket_articles/by_ticket/(\d+)")
    def listed(self, asked, number):
        return self.articles.get(int(number), [])

    @on("POST", "/api/v1/ticket_articles")
    def written(self, asked):
        said = self.articles[asked.given["ticket_id"]]
        made = article(len(said) + 20, "", "Agent", created_by_id=ME) | asked.given
        said.append(made)
        return 201, made

    @on("GET", "/api/v1/tags")
    def tagged(self, asked):
        return {"tags": self.tags.get(int(asked.query["o_id"]), [])}

    @on("POST", "/api/v1/tags/add")
    def tag(self, asked):
        self.tags[asked.given["o_id"]].append(asked.given["item"])
        return 201, True

    @on("DELETE", "/api/v1/tags/remove")
    def untag(self, asked):
        self.tags[asked.given["o_id"]].remove(asked.given["item"])
        return True

    @on("GET", r"/api/v1/tickets/(\d+)/shared_draft")
    def draft(self, asked, number):
        found = self.drafts.get(int(number))
        if found is None:
            return {"shared_draft_id": None, "assets": None}
        return {"shared_draft_id": 2, "assets": {"TicketSharedDraftZoom": {"2": found}, "User": {}}}

    @on("PUT", r"/api/v1/tickets/(\d+)/shared_draft")
    def lay(self, asked, number):
        self.drafts[int(number)] = {"id": 2, "updated_by_id": ME, **asked.given}
        return {"shared_draft_id": 2, "assets": {}}


def full():
    fake = FakeZammad(
        article(1, "Where is <b>it</b>?<br>Order 5"),
        article(2, "Tomorrow.", "Agent"),
        article(3, marked("Try this", "1"), "Agent", internal=True, kind="note"),
        article(4, "And today?", attachments=[{"id": 1, "filename": "a.png"}]),
    )
    fake.drafts[7] = {"id": 2, "updated_by_id": BEN, "new_article": {"body": "Hi <i>Ada</i>", "internal": False}}
    return fake


def desk(fake, given=GIVEN):
    return Zammad(fake, "https://help.example/", given)


async def read(*articles, **more):
    return await desk(FakeZammad(*articles, **more)).fetch("7")


async def test_a_ticket_as_a_whole():
    theirs = await desk(full()).fetch("7")
    fake_api.check_theirs(theirs)
    assert (theirs.id, theirs.url) == ("7", "https://help.example/#ticket/zoom/7")
    assert (theirs.subject, theirs.category, theirs.priority) == ("Where is it?", "open", "high")
    assert (theirs.email, theirs.name, theirs.tags) == ("ada@mail.example", "Ada Love", ("vip",))
    assert [(each.key, each.role, each.audience, each.text) for each in theirs.remarks] == [
        ("1", "customer", "customer", "Where is it?\nOrder 5"),
        ("2", "agent", "customer", "Tomorrow."),
        ("4", "customer", "customer", "And today?"),
    ]
    assert theirs.noted == {"1"}
    assert theirs.drafts == ("Hi Ada",)
    assert theirs.unanswered.key == "4"
    assert (theirs.remarks[0].author, theirs.remarks[1].author) == ("Ada Love", "Ben via Shop")
    assert theirs.remarks[0].at == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)


async def test_what_the_system_and_programs_mail_is_no_answer():
    theirs = await read(
        article(1, "From a form", preferences={"is-auto-response": True}),
        article(2, "We have your question.", "System"),
        article(3, "I am on holiday.", preferences={"is-auto-response": True}),
    )
    assert [each.text for each in theirs.remarks] == ["From a form"]
    assert theirs.unanswered.key == "1"


async def test_what_is_internal_is_the_teams_whoever_said_it():
    theirs = await read(
        article(1, "Where is it?"),
        article(2, "She phoned", internal=True, kind="phone"),
        article(3, "I am clever [understudy:1]"),
        article(4, "careful", "Agent", internal=True, kind="note"),
    )
    assert [(each.key, each.role, each.audience) for each in theirs.remarks] == [
        ("1", "customer", "customer"),
        ("2", "agent", "team"),
        ("3", "customer", "customer"),
        ("4", "agent", "team"),
    ]
    assert theirs.noted == frozenset()


async def test_the_mail_that_is_answered_is_cut_but_not_what_the_opening_quotes():
    theirs = await read(
        article(1, "It says\n> no such order\nWhy?", html=False),
        article(2, "Because.", "Agent"),
        article(3, "Thanks!<blockquote type='cite'>Because.</blockquote>"),
    )
    assert [each.text for each in theirs.remarks] == ["It says\n> no such order\nWhy?", "Because.", "Thanks!"]


@pytest.mark.parametrize(
    ("state", "category"),
    [
        ("new", "open"),
        ("pending reminder", "waiting"),
        ("pending close", "waiting"),
        ("closed", "done"),
        ("merged", "done"),
        ("Wartet auf Kunde", "waiting"),
        ("unheard of", "open"),
    ],
)
async def test_where_it_stands(state, category):
    theirs = await read(article(1, "Where?"), state=state)
    assert theirs.category == category


async def test_long_texts_are_cut_and_an_old_zammad_without_drafts_is_read():
    fake = FakeZammad(article(1, "x" * 30_000))
    fake.draft = lambda *_: (404, {})
    theirs = await desk(fake).fetch("7")
    assert len(theirs.remarks[0].text) == LONGEST
    assert theirs.drafts == ()


async def test_a_note_is_internal_of_type_note_and_known_again():
    fake = full()
    words = marked("Say <script>alert(1)</script> & go\nto https://shop.example/a?b=1&c=2", "4")
    assert await desk(fake).note("7", words) == Written(str(ME), "24")
    ((_, path, given),) = fake.writes()
    assert path == "/api/v1/ticket_articles"
    assert (given["type"], given["internal"], given["content_type"]) == ("note", True, "text/html")
    assert "<script>" not in given["body"]
    assert given["body"].count("<br>") == 3
    theirs = await desk(fake).fetch("7")
    assert theirs.noted == {"1", "4"}
    assert len(theirs.remarks) == 3


async def test_a_draft_is_laid_and_lies_there():
    fake = full()
    del fake.drafts[7]
    assert await desk(fake).draft("7", "Dear Ada,\n\nit comes <soon>.") == Written(str(ME))
    given = fake.drafts[7]["new_article"]
    assert (given["type"], given["to"], given["internal"]) == ("email", "ada@mail.example", False)
    assert given["in_reply_to"] == "<m4@mail.example>"
    assert (await desk(fake).fetch("7")).drafts == ("Dear Ada,\n\nit comes <soon>.",)
    await desk(fake).draft("7", "Better.")
    assert (await desk(fake).fetch("7")).drafts == ("Better.",)


async def test_the_draft_of_a_person_is_left_alone_and_a_note_written():
    fake = full()
    before = dict(fake.drafts[7])
    await desk(fake).draft("7", "It comes soon.")
    assert fake.drafts[7] == before
    theirs = await desk(fake).fetch("7")
    assert "4" in theirs.noted
    assert fake.articles[7][-1]["internal"] is True


async def test_the_draft_of_a_note_is_no_reply():
    fake = full()
    fake.drafts[7]["new_article"]["internal"] = True
    assert (await desk(fake).fetch("7")).drafts == ()


async def test_a_reply_is_mailed_to_the_customer_and_read_back_as_it_was():
    fake = full()
    written = await desk(fake).reply("7", "Dear Ada,\nit comes.\n\nBest regards\nBen")
    ((_, _, given),) = fake.writes()
    assert (given["type"], given["internal"], given["to"]) == ("email", False, "ada@mail.example")
    last = (await desk(fake).fetch("7")).remarks[-1]
    assert (last.key, last.role, last.audience) == (written.key, "agent", "customer")
    assert last.text == "Dear Ada,\nit comes.\n\nBest regards\nBen"


async def test_where_there_is_no_address_it_is_a_public_note_and_messengers_are_not_answered():
    fake = FakeZammad(article(1, "Hi", kind="web"), customer_id=77)
    await desk(fake).reply("7", "Hello")
    assert (fake.writes()[0][2]["type"], fake.writes()[0][2]["internal"]) == ("note", False)
    fake = FakeZammad(article(1, "Hi", kind="whatsapp message"))
    with pytest.raises(OutgoingError, match="whatsapp"):
        await desk(fake).reply("7", "Hello")
    assert not fake.writes()


async def test_state_tags_and_owner_are_changed():
    fake = full()
    await desk(fake).change("7", Change("waiting", ("late",), ("vip",), "BEN@shop.example"))
    raw = fake.tickets[7]
    assert (raw["state"], raw["owner_id"]) == ("Wartet auf Kunde", str(BEN))
    assert datetime.fromisoformat(raw["pending_time"]) > datetime.now(UTC) + timedelta(days=2)
    assert fake.tags[7] == ["late"]
    await desk(fake).change("7", Change("done", assignee=""))
    assert (raw["state"], raw["owner_id"]) == ("closed", 1)
    before = len(fake.writes())
    await desk(fake).change("7", Change(assignee="nobody@shop.example"))
    await desk(fake).change("7", Change())
    assert len(fake.writes()) == before


async def test_what_was_changed_since_is_read_over_pages_and_what_is_older_is_not(monkeypatch):
    fake = FakeZammad(article(1, "Where?"))
    for number in range(100, 350):
        minute = number % 60
        state = "closed" if number % 2 else "open"
        fake.tickets[number] = ticket(number, state, f"2026-05-01T{9 + number // 60:02}:{minute:02}:00Z")
    monkeypatch.setattr(fake_api, "_MOST_ASKED", 4000)
    since = datetime(2026, 5, 1, 13, tzinfo=UTC)
    found = [each.id async for each in desk(fake).changes(since)]
    assert {int(each) for each in found} == {n for n in fake.tickets if n >= 240 - 10}
    every = [each.id async for each in desk(fake).changes(None)]
    assert {int(each) for each in every} == {n for n, raw in fake.tickets.items() if raw["state"] != "closed"}
    assert [each.id for each in await desk(fake).newest(2)] == ["7", "100"]


async def test_a_ticket_that_is_gone_or_not_for_us_is_none():
    fake = full()
    assert await desk(fake).fetch("8") is None
    fake.first.append((403, {"error": "Not authorized"}))
    assert await desk(fake).fetch("7") is None


async def test_an_account_that_is_no_agents_is_told_before_anything_is_written():
    fake = full()
    assert [step async for step in desk(fake).check()][-1].startswith("We are an agent")
    fake.first.extend([(200, USERS[ADA]), (403, {"error": "Not authorized"})])
    with pytest.raises(OutgoingError, match="refuses"):
        _ = [step async for step in desk(fake).check()]


def signature(body, secret="s3cret"):
    return f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}"


def test_a_hook_is_signed_over_its_bytes():
    body = b'{"ticket": {"id": 7, "title": "x"}, "article": {"id": 3}}'
    assert Zammad.heard({"x-hub-signature": signature(body)}, body, SIGNED, NOW) == Rung("7")
    assert Zammad.heard({}, body, GIVEN, NOW) == Rung("7")
    for headers in ({}, {"x-hub-signature": signature(body, "other")}, {"x-hub-signature": signature(body + b" ")}):
        with pytest.raises(UnsignedError):
            Zammad.heard(headers, body, SIGNED, NOW)


def test_strange_hooks():
    fake_api.bears_strange_hooks(Zammad, GIVEN)
    fake_api.bears_strange_hooks(Zammad, SIGNED)


def small():
    fake = FakeZammad(article(1, "Where?"), article(2, fake_api.SECRET, "Agent", internal=True, kind="note"))
    fake.drafts = full().drafts
    return fake


async def test_junk_foreign_names_and_errors():
    await fake_api.bears_what_it_is_answered(small, "7", Zammad, GIVEN)
    await fake_api.bears_foreign_names(full, Zammad, GIVEN)
    await fake_api.tells_errors(full, "7", Zammad, GIVEN, hidden={403})
