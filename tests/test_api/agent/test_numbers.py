"""Figures over HTTP: of a talk as it happens, of whom, of which days, as CSV; answers judged; on both databases."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chatbot.clock import real_clock
from chatbot.errors import InputError
from chatbot.service.access import api_keys
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope
from chatbot.service.conversations.office_hours import OfficeHours
from chatbot.service.conversations.rules import Rules
from chatbot.service.numbers.figures import wilson
from chatbot.service.numbers.periods import period
from chatbot.service.numbers.sheet import safe
from tests.test_api.conftest import eventually, join, serving
from tests.test_service.doubles import StandInLoader


class MovableClock:
    """A time that a test moves."""

    def __init__(self):
        self.at = datetime(2026, 11, 25, 9, tzinfo=UTC)

    def now(self):
        return self.at

    def later(self, **by):
        self.at += timedelta(**by)


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def clock():
    return MovableClock()


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


@pytest.fixture
async def call(desk):
    """Calls routes with a key that acts for anybody, or as a person who is signed in."""
    scopes = [Scope.AGENT, Scope.KNOWLEDGE]
    key = await api_keys.create(desk.app.state.running.database, "sheet", scopes=scopes)
    own = {"Authorization": f"Bearer {key}"}

    async def ask(path, method="GET", body=None, headers=None, **params):
        found = await desk.client.request(method, f"/v1{path}", json=body, headers=headers or own, params=params)
        assert found.status_code < 500, found.text
        return found

    return ask


@pytest.fixture
def figures(call):
    """By name, how many and what."""

    async def read(headers=None, of="now", **params):
        answer = await call("/numbers", headers=headers, **params)
        assert answer.status_code == 200, answer.text
        return {each["id"]: (each[of]["n"], each[of]["value"]) for each in answer.json()["figures"]}

    return read


async def talk(desk, clock, call, agent="Mira", replies_after=600):
    """A customer asks, is answered by the bot, wants a person, is answered by one, is done and pleased."""
    visitor = await desk.start()
    await visitor.say("Where is my parcel?", "1")
    await eventually(desk.idle)
    clock.later(seconds=30)
    await visitor.post("/handover")
    await visitor.say("It is late", "2")
    clock.later(seconds=replies_after)
    about = f"/conversations/{visitor.id}"
    await call(f"{about}/claim", "POST", {"agent": agent})
    said = {"agent": agent, "visible_to": "customer", "client_id": "r", "text": "It comes today."}
    assert (await call(f"{about}/replies", "POST", said)).status_code == 201
    focus = [{"conversation_id": visitor.id, "seconds": 45}]
    assert (await call("/presence", "POST", {"agent": agent, "focus": focus})).status_code == 200
    clock.later(seconds=60)
    await call(f"{about}/release", "POST", {"agent": agent, "to": "closed"})
    await visitor.post("/rating", {"score": 5})
    return visitor


async def test_an_empty_desk_has_none_of_anything(figures):
    found = await figures()
    assert len(found) == 16
    assert set(found.values()) == {(0, None)}


async def test_a_talk_is_counted_and_opens_from_its_figures(desk, clock, call, figures):
    visitor = await talk(desk, clock, call)
    young = await figures()
    assert young["first_person"] == young["reply"] == (1, 600)
    assert young["first_any"] == (1, 0)
    assert young["handle"] == (1, 45)
    assert young["csat"] == young["rated"] == (1, 1)
    assert young["resolution"] == young["automation"] == (0, None)  # nobody knows yet whether it stays so
    clock.later(hours=72)
    old = await figures()
    assert old["resolution"] == (1, 690)
    assert old["automation"] == (1, 0)
    behind = (await call("/numbers/reply/conversations")).json()
    shown = [{"id": visitor.id, "words": "Where is my parcel?", "n": 1, "value": 600}]
    assert behind["total"] == 1
    assert [{name: row[name] for name in shown[0]} for row in behind["conversations"]] == shown
    assert (await call("/numbers/nonsense/conversations")).status_code == 422


async def test_periods_are_compared_and_a_wrong_one_is_told(desk, clock, call, figures):
    await talk(desk, clock, call)
    clock.later(days=10)
    assert (await figures(days=7))["reply"] == (0, None)
    assert (await figures(days=7, of="before"))["reply"] == (1, 600)
    assert (await figures(**{"from": "2026-11-25", "to": "2026-11-25"}))["reply"] == (1, 600)
    answer = (await call("/numbers", days=7)).json()
    assert (answer["from"], answer["to"], answer["zone"]) == ("2026-11-29", "2026-12-05", "UTC")
    weeks = next(each["weeks"] for each in answer["figures"] if each["id"] == "reply")
    assert (len(weeks), weeks[-1]["week"], weeks[-2]["week"]) == (12, "2026-11-30", "2026-11-23")
    assert [week["n"] for week in weeks[-3:]] == [0, 1, 0]
    for wrong in ({"from": "2026-11-25"}, {"from": "2026-11-25", "to": "2026-11-24"}, {"from": "x", "to": "y"}):
        assert (await call("/numbers", **wrong)).status_code == 422
    assert (await call("/numbers", days=400)).status_code == 422


async def test_people_see_their_own_alone_and_who_leads_everybodys(desk, clock, call, figures):
    await talk(desk, clock, call, "Mira")
    await talk(desk, clock, call, "Jon", replies_after=100)
    mira, lead = await join(desk, "Mira"), await join(desk, "Lea", Role.LEAD)
    assert (await figures())["reply"] == (await figures(lead))["reply"] == (2, 100)
    assert (await figures(mira))["reply"] == (1, 600)
    groups = (await call("/numbers", headers=mira, by="agent")).json()
    assert groups["agent"] == "Mira"
    assert {group["key"] for each in groups["figures"] for group in each["groups"]} == {"Mira"}
    everybody = (await call("/numbers", headers=lead, by="agent")).json()
    assert {group["key"] for each in everybody["figures"] for group in each["groups"]} == {"Mira", "Jon"}
    for path in ("/numbers", "/numbers.csv", "/numbers/reply/conversations"):
        refused = await call(path, headers=mira, of="Jon")
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
        assert (await call(path, headers=mira, of="Mira")).status_code == 200
        assert (await call(path, headers=lead, of="Jon")).status_code == 200
    assert (await call("/numbers/reply/conversations", headers=mira)).json()["total"] == 1
    assert "Jon" not in (await call("/numbers.csv", headers=mira)).text
    database = desk.app.state.running.database
    bound = await api_keys.create(database, "Jon's", scopes=[Scope.AGENT], agent="Jon")
    his = {"Authorization": f"Bearer {bound}"}
    assert (await figures(his))["reply"] == (1, 100)
    assert (await call("/numbers", headers=his, of="Mira")).status_code == 403


async def test_the_sheet_has_all_of_it_and_no_formula(desk, clock, call):
    await talk(desk, clock, call, "=HYPERLINK(1)")
    answer = await call("/numbers.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["by"] for row in rows} == {"", "before", "week", "agent", "topic", "language"}
    assert {row["key"] for row in rows if row["by"] == "agent"} == {"'=HYPERLINK(1)"}
    reply = next(row for row in rows if (row["figure"], row["by"]) == ("reply", ""))
    assert (reply["n"], float(reply["value"]), reply["zone"]) == ("1", 600, "UTC")
    for text in ("=1", "+1", "-1", "@x", "\tx", "\rx", "\nx"):
        assert safe(text) == f"'{text}"
    assert (safe("refund"), safe(None)) == ("refund", "")


async def test_answers_are_judged_by_who_may(desk, clock, call, figures):
    await talk(desk, clock, call)
    lead, agent = await join(desk, "Lea", Role.LEAD), await join(desk, "Mira")
    shown = (await call("/numbers/judging", headers=lead)).json()
    assert shown["judged"] == 0
    assert shown["answer"]["question"] == "Where is my parcel?"
    name = shown["answer"]["message_id"]
    assert (await call(f"/numbers/judging/{name}", "POST", {"said": "wrong"}, agent)).status_code == 403
    assert (await call(f"/numbers/judging/{name}", "POST", {"said": "nice"}, lead)).status_code == 422
    assert (await call(f"/numbers/judging/{name}", "POST", {"said": "wrong"}, lead)).status_code == 204
    assert (await call("/numbers/judging", headers=lead)).json() == {"judged": 1, "answer": None}
    assert (await figures())["wrong"] == (await figures(agent))["wrong"] == (1, 1)
    gone = {"agent": "Lea", "said": "good"}
    assert (await call("/numbers/judging/m_none", "POST", gone)).status_code == 404


def test_days_and_weeks_are_the_desks(clock):
    hours = OfficeHours.parse("Mon-Fri 09:00-17:00 Europe/Berlin")
    rules = Rules(replace(real_clock(), now=clock.now), hours=hours)
    clock.at = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)  # Monday half past midnight in Berlin
    week = period(rules, days=7)
    assert (week.first, week.last) == (date(2026, 10, 20), date(2026, 10, 26))
    assert week.zone == ZoneInfo("Europe/Berlin")
    begin, end = (each.astimezone(UTC) for each in week.span)
    assert (begin.hour, end.hour) == (22, 23)  # the clock was put back on Sunday
    assert end - begin == timedelta(days=7, hours=1)
    assert week.before.last == date(2026, 10, 19)
    assert len(week.weeks) == 13
    assert week.weeks[-2] == date(2026, 10, 26)
    long = period(rules, days=1, first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert (long.weeks[0], len(long.weeks)) == (date(2025, 12, 29), 54)
    with pytest.raises(InputError):
        period(rules, days=1, first=date(2025, 1, 1), last=date(2026, 12, 31))


def test_the_interval_of_a_share_is_sensible_of_few():
    assert [round(each, 2) for each in wilson(0, 3)] == [0, 0.56]
    assert [round(each, 2) for each in wilson(3, 3)] == [0.44, 1]
    assert [round(each, 3) for each in wilson(10, 100)] == [0.055, 0.174]
