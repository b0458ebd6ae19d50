"""What a lead lays down for the desk, over HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatbot.clock import real_clock
from chatbot.home import Home
from chatbot.service import audit
from chatbot.service.access import api_keys
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope
from finetune.model.checkpoint import write_manifest
from tests.test_api.conftest import join, serving
from tests.test_api.visitor.test_identity import Clock
from tests.test_service.doubles import RulePipeline, StandInLoader


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url, "hours": "Mon-Fri 09:00-17:00 UTC"})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(RulePipeline()), replace(real_clock(), now=clock.now)) as running:
        yield running
        running.loader.pipeline.released.set()


@pytest.fixture
async def lead(desk):
    headers = await join(desk, "Lea", Role.LEAD)

    async def ask(method, path, body=None, **query):
        return await desk.client.request(method, f"/v1/desk{path}", json=body, params=query, headers=headers)

    return ask


async def test_hours_are_those_of_the_settings_until_a_lead_lays_down_others(lead):
    first = (await lead("GET", "/hours")).json()
    assert (first["hours"], first["by"], first["zone"]) == ("Mon-Fri 09:00-17:00 UTC", None, "UTC")
    assert first["days"] == [[{"opens": "09:00", "closes": "17:00"}]] * 5 + [[], []]
    written = "Sat 10:00-11:00, Sat 13:00-14:00 Europe/Berlin closed 2027-01-01..2027-01-03"
    changed = await lead("PUT", "/hours", {"hours": written}, language="de")
    assert changed.status_code == 200, changed.text
    now = (await lead("GET", "/hours", language="de")).json()
    assert now == changed.json()
    assert (now["hours"], now["by"], now["closed"]) == (written, "Lea", [{"first": "2027-01-01", "last": "2027-01-03"}])
    assert "Wir sind wieder da: Samstag" in now["told"]
    refused = await lead("PUT", "/hours", {"hours": "Sat 10:00-09:00 UTC"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert "ends before it begins" in refused.json()["detail"]
    none = (await lead("PUT", "/hours", {"hours": None})).json()
    assert (none["hours"], none["days"], none["by"]) == (None, [], "Lea")


async def bot_said(visitor):
    return (await visitor.until("message.done"))[-1]["payload"]


async def test_nothing_is_answered_alone_once_that_is_stopped_not_even_what_is_being_written(desk, lead):
    visitor = await desk.start()
    await visitor.say("where is it", "1")
    await visitor.until("message.delta")  # it is being written and waits
    stopped = (await lead("POST", "/stop", {"why": "Prices changed."})).json()
    assert (stopped["on"], stopped["by"], stopped["why"]) == (False, "Lea", "Prices changed.")
    desk.loader.pipeline.released.set()
    assert (await bot_said(visitor))["decision"] == "hand_over"
    shown = await visitor.get()
    assert "You said" not in shown.text
    assert shown.json()["handover"]["reason"] == "not_sure"

    other = await desk.start()
    await other.say("and this", "1")
    events = await other.until("message.done")
    assert "message.delta" not in {each["kind"] for each in events}, "nobody sees what may not be sent being written"
    assert "suggestion" not in events[-1]["payload"]
    key = await api_keys.create(desk.app.state.running.database, "shop", scopes=[Scope.SUGGEST, Scope.AGENT])
    headers = {"Authorization": f"Bearer {key}"}
    trace = await desk.client.get(f"/v1/messages/{events[-1]['payload']['id']}/trace", headers=headers)
    assert trace.json()["trace"]["decision"]["reason"] == "stopped"
    said = {"messages": [{"role": "user", "content": "where is it"}]}
    by_key = (await desk.client.post("/v1/chat/completions", json=said, headers=headers)).json()
    assert (by_key["understudy"]["decision"], by_key["understudy"]["evidence"]) == ("hand_over", [])
    assert "You said" not in by_key["choices"][0]["message"]["content"]

    assert (await lead("GET", "/contract")).json()["alone"] == stopped
    assert (await lead("POST", "/resume")).json()["on"]
    third = await desk.start()
    await third.say("hello", "1")
    assert (await bot_said(third))["decision"] == "answer"


async def test_without_a_contract_it_is_told_what_a_promise_takes_and_the_promise_can_be_laid_down(lead, settings):
    found = (await lead("GET", "/contract")).json()
    assert (found["serves"], found["evidence"], found["versions"], found["laid_down"]) == (None, None, [], False)
    assert (found["promise"], found["needed"], found["cases_needed"]) == ({"risk": 0.05, "sure": 0.9}, 45, 150)
    assert (await lead("PUT", "/promise", {"promise": {"risk": 0.1, "sure": 0.8}})).status_code == 200
    found = (await lead("GET", "/contract")).json()
    assert (found["promise"], found["laid_down"]) == ({"risk": 0.1, "sure": 0.8}, True)
    assert found["settings"] == {"risk": 0.05, "sure": 0.9}
    assert (await lead("PUT", "/promise", {"promise": {"risk": 0, "sure": 0.8}})).status_code == 422
    back = await lead("PUT", "/promise", {"promise": None})
    assert (back.json(), settings.desk().current().promise) == ({"risk": 0.05, "sure": 0.9}, None)


async def test_a_damaged_model_does_not_serve_and_nothing_is_recorded(lead, desk, settings):
    home = settings.desk()
    for name in ("m1", "m2"):
        folder = home.models / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        write_manifest(folder, created="2026-03-02", base="ours", method="full", settings={}, figures={"after": {}})
    (home.models / "m2" / "config.json").write_text("{ }")
    listed = (await lead("GET", "/models")).json()["models"]
    assert [(each["name"], each["after"]) for each in listed] == [("m2", None), ("m1", None)]

    async def serve(name, over=None):
        return await lead("PUT", "/versions/model", {"version": name, "over": over})

    assert (await serve("m1")).status_code == 204
    damaged = await serve("m2", over="m1")
    assert (damaged.status_code, home.current().model) == (422, "m1")
    assert "damaged" in damaged.json()["detail"]
    assert (await serve("../m1", over="m1")).status_code == 404
    assert (await serve("m1", over="m2")).json()["code"] == "changed"
    assert (await lead("PUT", "/versions/index", {"version": "m1", "over": None})).status_code == 422
    async with desk.app.state.running.database.read() as session:
        recorded = [each for each in await audit.page(session, 0, 1000) if each["act"] == "promoted"]
    assert [each["subject"] for each in recorded] == ["model m1"]


async def test_reports_are_read_by_name_and_nothing_else_is(lead, settings, tmp_path):
    reports = Home(settings.home).create().reports
    (reports / "replay-20260302-093000-aaaa.html").write_text("<title>Of 3 &amp; 4</title>")
    (reports / "replay-20260302-093000-aaaa.json").write_text("{}")
    (reports / "exam-20260303-093000-aaaa.html").write_text("<title>later</title>")
    (tmp_path / "secret.html").write_text("secret")
    (reports / "link.html").symlink_to(tmp_path / "secret.html")
    found = (await lead("GET", "/reports")).json()["reports"]
    assert [(each["kind"], each["title"], each["created"]) for each in found] == [
        ("exam", "later", "2026-03-03T09:30:00+00:00"),
        ("replay", "Of 3 & 4", "2026-03-02T09:30:00+00:00"),
    ]
    page = await lead("GET", f"/reports/{found[1]['name']}")
    assert page.text == "<title>Of 3 &amp; 4</title>"
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none';")
    for name in ("link", "..%2Fsecret", "nothing", ".hidden"):
        assert (await lead("GET", f"/reports/{name}")).status_code == 404, name
