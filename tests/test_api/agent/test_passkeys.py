"""Passkeys over HTTP: made, used once each, for one host; what is copied, old, or somebody else's opens nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pyotp
import pytest

from chatbot.clock import real_clock
from chatbot.service import audit
from chatbot.service.access import people
from chatbot.service.access.roles import Role
from chatbot.service.audit import COMMAND_LINE
from tests.test_api.agent.authenticator import Authenticator
from tests.test_api.agent.test_people import PASSWORD, cookie_of, sign_in
from tests.test_api.conftest import join, serving
from tests.test_api.visitor.test_identity import Clock
from tests.test_service.doubles import StandInLoader


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
async def mira(desk):
    """Mira's browser, at `localhost`: passkeys are for hosts that have a name."""
    cookie = await join(desk, "Mira")
    async with httpx.AsyncClient(base_url=desk.url, headers={**cookie, "Host": localhost(desk)[7:]}) as client:
        yield client


def localhost(desk):
    return desk.url.replace("127.0.0.1", "localhost")


async def options(client, path="/v1/session/passkey/options", **headers):
    answer = await client.post(path, headers={"Sec-Fetch-Site": "same-origin", **headers})
    assert answer.status_code == 200, answer.text
    return answer.json()["options"]


async def made(client, device):
    asked = await options(client, "/v1/me/passkeys/options")
    answer = await client.post("/v1/me/passkeys", json={"passkey": device.make(asked)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def used(client, passkey, path="/v1/session/passkey", **headers):
    return await client.post(path, json={"passkey": passkey}, headers={"Sec-Fetch-Site": "same-origin", **headers})


@pytest.fixture
async def device(desk, mira):
    """What Mira has, after it was made here."""
    found = Authenticator(localhost(desk))
    await made(mira, found)
    return found


async def acts(desk):
    """What was done, and by what, oldest first."""
    async with desk.app.state.running.database.read() as session:
        lines = await audit.page(session, 0, 500)
    return [(line["act"], line["detail"]) for line in lines]


async def test_a_passkey_is_both_factors_and_each_answer_counts_once(desk, mira, device):
    begun = (await mira.post("/v1/me/totp")).json()
    code = pyotp.TOTP(begun["secret"]).at(desk.app.state.running.clock.now())
    assert (await mira.post("/v1/me/totp/confirmation", json={"code": code})).status_code == 200
    mira.headers.pop("Cookie")
    asked = await options(mira)
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")  # whose it is the device says
    answer = device.use(asked)
    first = await used(mira, answer)
    assert (first.status_code, first.json()["name"]) == (200, "Mira")
    assert cookie_of(first)[0] == "understudy"
    for again in (answer, device.use(asked)):  # the same, and another signature under the same challenge
        assert (await used(mira, again)).json()["code"] == "sign_in_failed"
    (shown,) = (await mira.get("/v1/me/passkeys")).json()["passkeys"]
    assert (shown["host"], shown["used_at"] is None) == ("localhost", False)
    done = await acts(desk)
    failed = "sign_in_failed"
    assert [act for act, _ in done][-5:] == ["passkey_added", "factor_set", "signed_in", failed, failed]
    assert json.loads(done[-3][1])["by"] == "passkey"


@pytest.mark.parametrize(
    "attack",
    [
        lambda device, asked: device.use(asked, origin="https://evil.example"),
        lambda device, asked: device.use(asked, host="evil.example"),
        lambda device, asked: device.use(asked, challenge="AAAA"),
        lambda device, asked: device.use({**asked, "rpId": "127.0.0.1"}),
        lambda device, asked: {**device.use(asked), "rawId": "AAAA"},
        lambda device, asked: {**device.use(asked), "id": "\0", "rawId": "\0"},
        lambda device, asked: device.use(asked) | {"response": Authenticator(device.origin).use(asked)["response"]},
        lambda device, asked: {},
        lambda device, asked: {"id": ["x"], "rawId": 5, "response": [1]},
        lambda device, asked: {**device.use(asked), "type": "password"},
    ],
)
async def test_what_was_not_signed_here_for_this_challenge_opens_nothing(desk, mira, device, attack):
    refused = await used(mira, attack(device, await options(mira)))
    assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_failed")
    assert "set-cookie" not in refused.headers
    assert (await used(mira, device.use(await options(mira)))).status_code == 200  # nor is it spoilt by that


async def test_a_challenge_is_over_after_minutes(desk, clock, mira, device):
    asked = await options(mira)
    clock.late += timedelta(minutes=5)
    assert (await used(mira, device.use(asked))).status_code == 401


async def test_a_copy_is_noticed_by_its_counter(desk, mira, device):
    for _ in range(3):
        assert (await used(mira, device.use(await options(mira)))).status_code == 200
    device.counter = 1  # as the copy has it, made before
    assert (await used(mira, device.use(await options(mira)))).status_code == 401


async def test_a_device_that_has_not_verified_anybody_is_refused(desk, mira, device):
    careless = Authenticator(localhost(desk), verified=False)
    asked = await options(mira, "/v1/me/passkeys/options")
    assert (asked["authenticatorSelection"]["userVerification"], len(asked["excludeCredentials"])) == ("required", 1)
    refused = await mira.post("/v1/me/passkeys", json={"passkey": careless.make(asked)})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    device.flags = careless.flags
    assert (await used(mira, device.use(await options(mira)))).status_code == 401


async def test_a_passkey_is_made_by_who_asked_and_proved_it_lately(desk, clock, mira):
    jon = {**await join(desk, "Jon"), "Host": localhost(desk)[7:]}
    device = Authenticator(localhost(desk))
    asked = await options(mira, "/v1/me/passkeys/options")
    theirs = await desk.client.post("/v1/me/passkeys", json={"passkey": device.make(asked)}, headers=jon)
    assert theirs.status_code == 422  # Jon keeps none that Mira asked for
    elsewhere = device.make(asked, origin="https://evil.example")
    for answer in (elsewhere, device.make(asked)):  # the wrong one has used the challenge up
        assert (await mira.post("/v1/me/passkeys", json={"passkey": answer})).status_code == 422
    await made(mira, device)
    twice = device.make(await options(desk.client, "/v1/me/passkeys/options", **jon))
    again = await desk.client.post("/v1/me/passkeys", json={"passkey": twice}, headers=jon)
    assert again.status_code == 422  # a credential is one person's
    clock.late += timedelta(minutes=11)
    late = await mira.post("/v1/me/passkeys/options")
    assert (late.status_code, late.json()["code"]) == (403, "password_needed")


async def test_a_passkey_takes_the_place_of_the_password_typed_again(desk, clock, mira, device):
    jon = httpx.AsyncClient(base_url=desk.url, headers={**await join(desk, "Jon"), "Host": localhost(desk)[7:]})
    clock.late += timedelta(minutes=11)
    assert (await mira.post("/v1/me/passkeys/options")).status_code == 403
    async with jon:
        refused = await used(jon, device.use(await options(jon)), "/v1/session/proof/passkey")
        assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_failed")  # it is Mira's
    proved = await used(mira, device.use(await options(mira)), "/v1/session/proof/passkey")
    assert proved.status_code == 200
    assert (await mira.get("/v1/me")).status_code == 401  # the token is another from here on
    mira.headers["Cookie"] = f"understudy={cookie_of(proved)[1]}"
    assert (await mira.post("/v1/me/passkeys/options")).status_code == 200


async def test_a_disabled_person_and_a_removed_passkey_open_nothing(desk, mira, device):
    running = desk.app.state.running
    (shown,) = (await mira.get("/v1/me/passkeys")).json()["passkeys"]
    async with running.database.write() as session:
        person = await people.find(session, "mira@shop.example")
        await people.disable(session, running.clock, COMMAND_LINE, person.id)
    assert (await used(mira, device.use(await options(mira)))).status_code == 401
    async with running.database.write() as session:
        await people.enable(session, running.clock, COMMAND_LINE, person.id)
    back = await used(mira, device.use(await options(mira)))
    mira.headers["Cookie"] = f"understudy={cookie_of(back)[1]}"
    assert (await mira.delete(f"/v1/me/passkeys/{shown['id']}", headers={"Origin": localhost(desk)})).status_code == 204
    assert (await used(mira, device.use(await options(mira)))).status_code == 401
    assert [act for act, _ in await acts(desk)][-2:] == ["passkey_removed", "sign_in_failed"]


async def test_an_admin_takes_them_away_with_the_second_factor(desk, mira, device):
    ada = await join(desk, "Ada", Role.ADMIN)
    who = (await mira.get("/v1/me")).json()["id"]
    assert (await desk.client.delete(f"/v1/people/{who}/totp", headers=ada)).status_code == 204
    assert (await mira.get("/v1/me/passkeys")).json()["passkeys"] == []
    assert (await sign_in(desk.client, "mira", PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("sent", "origin"),
    [
        ({"X-Forwarded-Proto": "https", "Host": "Help.Shop.example"}, "https://help.shop.example"),
        ({"X-Forwarded-Proto": "https", "Host": "help.shop.example:443"}, "https://help.shop.example"),
        ({"X-Forwarded-Proto": "https", "Host": "help.shop.example:8443"}, "https://help.shop.example:8443"),
        ({"Host": "help.shop.example"}, None),
        ({"Host": "127.0.0.1:8080"}, None),
        ({"X-Forwarded-Proto": "https", "Host": "[::1]:8080"}, None),
        ({"X-Forwarded-Proto": "https", "Host": "192.0.2.1"}, None),
    ],
)
async def test_passkeys_are_for_hosts_with_a_name_over_a_safe_line(desk, sent, origin):
    ways = (await desk.client.get("/v1/session/ways", headers=sent)).json()
    assert ways["passkeys"] is (origin is not None)
    if origin is None:
        refused = await desk.client.post(
            "/v1/session/passkey/options", headers={"Sec-Fetch-Site": "same-origin", **sent}
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "https_needed")
        return
    cookie = (await join(desk, "Mira"))["Cookie"].replace("understudy=", "__Host-understudy=")
    device = Authenticator(origin)
    async with httpx.AsyncClient(base_url=desk.url, headers={"Cookie": cookie, **sent}) as mira:
        mira.headers["Sec-Fetch-Site"] = "same-origin"
        await made(mira, device)
        assert (await used(mira, device.use(await options(mira)))).status_code == 200


async def test_a_passkey_of_one_host_opens_no_other(desk, mira, device):
    there = {"X-Forwarded-Proto": "https", "Host": "help.shop.example"}
    asked = await options(desk.client, **there)
    refused = await used(desk.client, device.use(asked, origin="https://help.shop.example"), **there)
    assert refused.status_code == 401


async def test_another_sites_page_signs_nobody_in(desk, mira, device):
    asked = await options(mira)
    refused = await used(mira, device.use(asked), **{"Sec-Fetch-Site": "cross-site"})
    assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")
