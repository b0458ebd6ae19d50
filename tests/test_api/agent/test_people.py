"""People at the door: cookies, other sites' pages, a password asked again, and what a person's cookie opens."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from chatbot.clock import real_clock
from chatbot.service import audit
from chatbot.service.access import api_keys, people
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope
from chatbot.service.audit import COMMAND_LINE
from tests.test_api.conftest import PASSWORD, join, serving
from tests.test_api.visitor.test_identity import Clock
from tests.test_service.doubles import StandInLoader

HTTPS = {"X-Forwarded-Proto": "https", "Host": "help.shop.example"}


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


@pytest.fixture
async def admin(desk):
    return await join(desk, "Ada", Role.ADMIN)


@asynccontextmanager
async def browser(desk):
    async with httpx.AsyncClient(base_url=desk.url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        yield client


def sign_in(client, name="mira", password=PASSWORD, **headers):
    said = {"email": f"{name}@shop.example", "password": password}
    return client.post("/v1/session", json=said, headers=headers)


def cookie_of(answer):
    name, _, rest = answer.headers["set-cookie"].partition("=")
    value, *attributes = rest.split("; ")
    return name, value, {each.partition("=")[0].lower(): each.partition("=")[2] for each in attributes}


async def test_the_first_link_makes_the_first_admin_over_http(desk):
    from chatbot.service.access import links

    running = desk.app.state.running
    async with running.database.write() as session:
        token = await links.first(session, running.clock)
    async with browser(desk) as ada:
        shown = (await ada.post("/v1/links/look", json={"token": token})).json()
        assert (shown["kind"], shown["name"]) == ("first", None)
        answer = await ada.post(
            "/v1/links/accept", json={"token": token, "password": PASSWORD, "name": "Ada", "email": "ada@shop.example"}
        )
        assert (answer.status_code, answer.json()["role"]) == (200, "admin")
        assert (await ada.get("/v1/me")).json()["permissions"] == [
            "own",
            "answer",
            "suggest",
            "lead",
            "numbers",
            "knowledge",
            "desk",
            "erase",
            "people",
            "keys",
            "audit",
        ]
        again = await ada.post("/v1/links/accept", json={"token": token, "password": PASSWORD})
        assert (again.status_code, again.json()["code"]) == (404, "link_invalid")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts(desk):
    await join(desk, "Mira")
    name, value, attributes = cookie_of(await sign_in(desk.client, **HTTPS))
    assert name == "__Host-understudy"
    assert value.startswith("uss_")
    assert set(attributes) == {"httponly", "max-age", "path", "samesite", "secure"}
    assert (attributes["samesite"].lower(), attributes["path"], attributes["max-age"]) == ("lax", "/", "1209600")
    local, _, attributes = cookie_of(await sign_in(desk.client))
    assert (local, "secure" in attributes, "httponly" in attributes) == ("understudy", False, True)
    desk.client.cookies.clear()
    for wrong in ({"Cookie": f"understudy={value}", **HTTPS}, {"Cookie": f"__Host-understudy={value}"}):
        assert (await desk.client.get("/v1/me", headers=wrong)).status_code == 401
    well = {"Cookie": f"__Host-understudy={value}", **HTTPS}
    assert (await desk.client.get("/v1/me", headers=well)).status_code == 200


async def test_nobody_signs_in_over_a_line_that_others_read(desk):
    await join(desk, "Mira")
    refused = await sign_in(desk.client, Host="help.shop.example")
    assert (refused.status_code, refused.json()["code"]) == (403, "https_needed")
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "HERE"}, False),
        ({"Origin": "HERE"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://127.0.0.1"}, False),  # another port
        ({}, False),
    ],
)
async def test_only_our_own_pages_change_anything_by_a_cookie(desk, headers, own):
    mira = await join(desk, "Mira")
    headers = {name: value.replace("HERE", desk.url) for name, value in headers.items()}
    answer = await desk.client.post("/v1/presence", json={}, headers={"Cookie": mira["Cookie"], **headers})
    assert answer.status_code == (200 if own else 403)
    assert own or answer.json()["code"] == "cross_site"
    seen = await desk.client.get("/v1/queue", headers={"Cookie": mira["Cookie"], **headers})
    assert seen.status_code == 200  # what changes nothing, and what no other page can read
    signing_in = await sign_in(desk.client, **headers)
    assert signing_in.status_code == (200 if own or not headers else 403)


async def test_a_body_that_is_no_json_is_refused(desk):
    mira = await join(desk, "Mira")
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        answer = await desk.client.post("/v1/presence", content="{}", headers={**mira, "Content-Type": kind})
        assert answer.status_code == 415


async def test_a_failed_sign_in_reads_the_same_whatever_is_wrong(desk):
    await join(desk, "Mira")
    answers = [await sign_in(desk.client, name, "wrong wrong wrong") for name in ("mira", "nobody", "")]
    assert {(each.status_code, each.text) for each in answers} == {(401, answers[0].text)}
    assert answers[0].json()["code"] == "sign_in_failed"
    for name in ("mira", "nobody"):
        codes = [(await sign_in(desk.client, name, "wrong wrong wrong")).status_code for _ in range(6)]
        assert codes == [401] * 4 + [429] * 2
    assert "set-cookie" not in answers[0].headers


async def test_signing_in_again_makes_another_token_and_ends_the_one_before(desk):
    await join(desk, "Mira")
    async with browser(desk) as mira:
        _, first, _ = cookie_of(await sign_in(mira))
        _, second, _ = cookie_of(await sign_in(mira))
        assert first != second
        for value, status in ((first, 401), (second, 200)):
            answer = await desk.client.get("/v1/me", headers={"Cookie": f"understudy={value}"})
            assert answer.status_code == status


async def test_devices_are_listed_and_ended(desk):
    first = await join(desk, "Mira")
    async with browser(desk) as mira:
        await sign_in(mira, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
        devices = (await mira.get("/v1/me/devices")).json()["devices"]
        assert [each["here"] for each in devices].count(True) == 1
        here = next(each for each in devices if each["here"])
        other = next(each for each in devices if not each["here"])
        assert here["device"] == "Firefox on Linux"
        foreign = await join(desk, "Jon")
        refused = await desk.client.delete(f"/v1/me/devices/{other['id']}", headers=foreign)
        assert refused.status_code == 404
        assert (await mira.delete(f"/v1/me/devices/{other['id']}")).status_code == 204
        assert (await desk.client.get("/v1/me", headers=first)).status_code == 401
        gone = await mira.delete("/v1/session")
        assert (gone.status_code, cookie_of(gone)[2]["max-age"]) == (204, "0")
        assert (await mira.get("/v1/me")).status_code == 401


async def test_what_is_dangerous_takes_the_password_again(desk, admin, clock):
    new = {"email": "new@shop.example", "name": "New", "role": "agent"}
    assert (await desk.client.post("/v1/people", json=new, headers=admin)).status_code == 201
    clock.late = timedelta(minutes=11)
    refused = await desk.client.post("/v1/people", json=new, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_needed")
    assert (await desk.client.get("/v1/people", headers=admin)).status_code == 200
    wrong = await desk.client.post("/v1/session/proof", json={"password": "wrong wrong wrong"}, headers=admin)
    assert wrong.json()["code"] == "sign_in_failed"
    proved = await desk.client.post("/v1/session/proof", json={"password": PASSWORD}, headers=admin)
    fresh = {**admin, "Cookie": f"understudy={cookie_of(proved)[1]}"}
    assert (await desk.client.get("/v1/me", headers=admin)).status_code == 401  # the token is another from here on
    again = await desk.client.post("/v1/people", json=new, headers=fresh)
    assert (again.status_code, again.json()["code"]) == (409, "person_known")


async def test_an_admin_looks_after_people_and_keys_and_all_of_it_is_recorded(desk, admin):
    async def asked(method, path, body=None, status=200):
        answer = await desk.client.request(method, path, json=body, headers=admin)
        assert answer.status_code == status, answer.text
        return answer.json()

    invited = await asked("POST", "/v1/people", {"email": "jon@shop.example", "name": "Jon", "role": "agent"}, 201)
    assert invited["link"].startswith(f"{desk.url}/console/#link=")
    token = invited["link"].partition("#link=")[2]
    async with browser(desk) as jon:
        assert (await jon.post("/v1/links/accept", json={"token": token, "password": "short"})).status_code == 422
        assert (await jon.post("/v1/links/accept", json={"token": token, "password": PASSWORD})).status_code == 200
        assert (await asked("PUT", f"/v1/people/{invited['id']}/role", {"role": "lead"}))["role"] == "lead"
        assert (await jon.get("/v1/me")).status_code == 401  # signs in under the new role
        assert (await sign_in(jon, "jon")).json()["role"] == "lead"
        assert (await asked("POST", f"/v1/people/{invited['id']}/disable"))["state"] == "disabled"
        assert (await jon.get("/v1/queue")).status_code == 401
        assert (await sign_in(jon, "jon")).status_code == 401
    await asked("POST", f"/v1/people/{invited['id']}/enable")
    assert "#link=usl_" in (await asked("POST", f"/v1/people/{invited['id']}/link", status=201))["link"]
    (ada,) = [each for each in (await asked("GET", "/v1/people"))["people"] if each["role"] == "admin"]
    for path, body in ((f"/v1/people/{ada['id']}/disable", None), (f"/v1/people/{ada['id']}/role", {"role": "lead"})):
        assert (await asked("PUT" if body else "POST", path, body, 409))["code"] == "last_admin"
    key = (await asked("POST", "/v1/keys", {"name": "help desk", "scopes": ["suggest"]}, 201))["key"]
    (held,) = (await asked("GET", "/v1/keys"))["keys"]
    assert (held["scopes"], held["hint"]) == (["suggest"], key[:8])
    await asked("DELETE", f"/v1/keys/{held['id']}")
    log = await asked("GET", "/v1/audit")
    assert [line["act"] for line in log["lines"]] == [
        *("invited", "password_set", "signed_in"),  # Ada
        *("invited", "password_set", "signed_in", "role_changed", "signed_in", "disabled", "sign_in_failed", "enabled"),
        *("link_made", "key_made", "key_revoked", "exported"),
    ]
    assert {line["who"] for line in log["lines"] if line["act"] == "disabled"} == {f"Ada ({ada['id']})"}
    assert all(line["address"] == "127.0.0.1" for line in log["lines"] if line["via"] != "command line")
    async with desk.app.state.running.database.read() as session:
        assert (await audit.verify(session)).broken is None
    for secret in (key, token, PASSWORD, admin["Cookie"].partition("=")[2]):
        assert secret not in str(log)


async def test_an_erased_conversation_is_recorded_with_who_erased_it(desk, admin):
    article = {"title": "Returns", "text": "Send it back."}
    assert (await desk.client.put("/v1/articles/returns", json=article, headers=admin)).status_code == 201
    assert (await desk.client.delete("/v1/articles/returns", headers=admin)).status_code == 200
    assert (await desk.client.delete("/v1/articles/returns", headers=admin)).status_code == 404
    lines = (await desk.client.get("/v1/audit", headers=admin)).json()["lines"]
    assert [(line["subject"], line["who"][:3]) for line in lines if line["act"] == "erased"] == [("returns", "Ada")]


async def test_who_is_signed_in_answers_as_themselves(desk):
    mira, jon = await join(desk, "Mira"), await join(desk, "Jon")
    visitor = await desk.start()
    await visitor.post("/handover")
    at = f"/v1/conversations/{visitor.id}"

    async def asked(path, body, headers=mira):
        return await desk.client.post(at + path, json=body, headers=headers)

    assert [each["id"] for each in (await desk.client.get("/v1/queue", headers=mira)).json()["waiting"]] == [visitor.id]
    assert (await asked("/claim", {})).status_code == 200
    taken = await asked("/claim", {}, jon)
    assert (taken.status_code, taken.json()["code"]) == (409, "already_taken")
    assert "Mira" in taken.json()["detail"]
    assert (await asked("/replies", {"visible_to": "customer", "client_id": "r", "text": "Hello"}, jon)).json()[
        "code"
    ] == "not_yours"
    said = (await asked("/replies", {"visible_to": "customer", "client_id": "r", "text": "Hello"})).json()
    assert (said["role"], said["author"]) == ("agent", "Mira")
    for path, body in (
        ("/replies", {"visible_to": "customer", "client_id": "q", "text": "x"}),
        ("/claim", {}),
        ("/release", {}),
        ("/typing", {}),
    ):
        refused = await asked(path, {"agent": "Jon", **body})
        assert (refused.status_code, refused.json()["code"]) == (403, "other_agent")
    events = (await desk.client.get(f"/v1/queue/{visitor.id}/events", headers=mira)).json()["events"]
    assert any(each["payload"].get("author") == "Mira" for each in events)
    assert (await asked("/typing", {"on": True})).status_code == 204
    assert (await asked("/release", {"to": "waiting"})).status_code == 200


async def test_a_page_says_whose_it_is_and_does_nothing_in_anothers_name(desk):
    mira, jon = await join(desk, "Mira"), await join(desk, "Jon")
    ids = [(await desk.client.get("/v1/me", headers=one)).json()["id"] for one in (mira, jon)]
    for whose, status in zip(ids, (200, 401), strict=True):
        answer = await desk.client.get("/v1/worklist", headers={**mira, "X-Person": whose})
        assert answer.status_code == status
    assert answer.json()["code"] == "unauthorised"
    assert (await desk.client.post("/v1/presence", json={}, headers={**jon, "X-Person": ids[0]})).status_code == 401


async def test_who_waits_for_events_hears_nothing_once_they_are_disabled(desk):
    mira = await join(desk, "Mira")
    visitor = await desk.start()
    seq = (await desk.client.get(f"/v1/queue/{visitor.id}", headers=mira)).json()["seq"]
    url = f"/v1/queue/{visitor.id}/events?after={seq}&wait=20"
    waiting = asyncio.create_task(desk.client.get(url, headers=mira))
    await asyncio.sleep(0.2)
    running = desk.app.state.running
    async with running.database.write() as session:
        person = await people.find(session, "mira@shop.example")
        await people.disable(session, running.clock, COMMAND_LINE, person.id)
    await visitor.post("/rating", {"score": 5})
    answer = await waiting
    assert answer.status_code == 401


async def test_waiting_for_events_keeps_nobody_signed_in(desk, clock):
    mira = await join(desk, "Mira")
    visitor = await desk.start()
    for _ in range(3):
        clock.late += timedelta(hours=5)
        answer = await desk.client.get(f"/v1/queue/{visitor.id}/events", headers=mira)
    assert answer.status_code == 401


async def test_the_same_idempotency_key_of_two_people_is_two_keys(desk):
    mira, jon = await join(desk, "Mira"), await join(desk, "Jon")
    visitor = await desk.start()
    for person, status in ((mira, 200), (jon, 409), (mira, 200)):
        headers = {**person, "Idempotency-Key": "k"}
        answer = await desk.client.post(f"/v1/conversations/{visitor.id}/claim", json={}, headers=headers)
        assert answer.status_code == status
    assert answer.headers["idempotent-replayed"] == "true"


async def test_a_key_for_nobody_in_particular_has_to_name_a_person(desk):
    database = desk.app.state.running.database
    wide = await api_keys.create(database, "help desk", scopes=[Scope.AGENT])
    miras = await api_keys.create(database, "Mira's", scopes=[Scope.AGENT], agent="Mira")
    answers = [
        await desk.client.post("/v1/presence", json={}, headers={"Authorization": f"Bearer {key}"})
        for key in (wide, miras)
    ]
    assert (answers[0].status_code, answers[0].json()["code"]) == (422, "invalid_input")
    assert answers[1].json()["agent"] == "Mira"


async def test_who_is_disabled_comes_in_by_no_key_that_acts_for_them(desk, admin):
    await join(desk, "Mira")
    key = await api_keys.create(desk.app.state.running.database, "Mira's", scopes=[Scope.AGENT], agent="Mira")
    (mira,) = [
        each for each in (await desk.client.get("/v1/people", headers=admin)).json()["people"] if each["name"] == "Mira"
    ]
    for act, status in (("disable", 401), ("enable", 200)):
        assert (await desk.client.post(f"/v1/people/{mira['id']}/{act}", headers=admin)).status_code == 200
        for path in ("/v1/queue", "/v1/changes?wait=0"):
            answer = await desk.client.get(path, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == status, (path, answer.text)


async def test_only_hashes_of_tokens_and_passwords_are_stored(desk, admin, all_that_is_stored):
    invited = await desk.client.post(
        "/v1/people", json={"email": "jon@shop.example", "name": "Jon"}, headers={**admin, "Idempotency-Key": "k"}
    )
    await desk.stop()
    stored = all_that_is_stored()
    assert b"jon@shop.example" in stored
    for secret in (PASSWORD, admin["Cookie"].partition("=")[2], invited.json()["link"].partition("=")[2]):
        assert secret.encode() not in stored
