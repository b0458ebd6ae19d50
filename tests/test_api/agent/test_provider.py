"""Signing in through a provider, a real one on this machine: who may, and what a liar, a thief or a stranger gets."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from chatbot.clock import real_clock
from chatbot.service import audit
from chatbot.service.access import people
from chatbot.service.access.roles import Role
from chatbot.service.audit import COMMAND_LINE
from chatbot.service.monitoring import doctor
from tests.test_api.agent.oidc_provider import CLIENT, SECRET, flat, provider
from tests.test_api.conftest import join, serving
from tests.test_service.doubles import StandInLoader


@pytest.fixture
def op():
    with provider() as one:
        yield one


class Clock:
    def __init__(self):
        self.late = timedelta()

    def now(self):
        return datetime.now(UTC) + self.late


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(settings, database_url, op):
    said = {"oidc_issuer": op.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    return settings.model_copy(update={**said, "database_url": database_url, "oidc_name": "Shop ID"})


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


async def invite(desk, name="Mira", role=Role.AGENT):
    running = desk.app.state.running
    async with running.database.write() as session:
        email = f"{name.lower()}@shop.example"
        return await people.invite(session, running.clock, COMMAND_LINE, email=email, name=name, role=role)


@asynccontextmanager
async def browser(desk):
    async with httpx.AsyncClient(base_url=desk.url, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        yield client


async def goes(client, *, again=False):
    """To the provider and back: what stands in the address."""
    begun = await client.post("/v1/session/provider", json={"again": again})
    assert begun.status_code == 200, begun.text
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(begun.json()["url"])).headers["location"]
    assert back.startswith(f"{client.base_url}/console/?")
    return flat(urlsplit(back).query)


def answers(client, said):
    return client.post("/v1/session/provider/answer", json=said)


async def log(desk):
    async with desk.app.state.running.database.read() as session:
        return [(line["act"], json.loads(line["detail"])) for line in await audit.page(session, 0, 500)]


async def test_who_was_invited_signs_in_and_stays_who_they_are(desk, op):
    await invite(desk, role=Role.LEAD)
    op.claims["role"] = op.claims["groups"] = "admin"
    async with browser(desk) as mira:
        assert (await mira.get("/v1/session/ways")).json()["provider"] == "Shop ID"
        answer = await answers(mira, await goes(mira))
        me = answer.json()
        assert (me["name"], me["role"], me["state"]) == ("Mira", "lead", "active")
        asked = op.asked[0]
        assert (asked["code_challenge_method"], asked["response_type"], asked["scope"][:6]) == (
            "S256",
            "code",
            "openid",
        )
        assert len(asked["nonce"]) == len(asked["state"]) + 21 == 64
        assert (await mira.get("/v1/me")).status_code == 200
        assert "understudy-provider" not in mira.cookies
        # Known from now on by what does not change, whatever becomes of the address there.
        op.claims |= {"email": "other@shop.example", "email_verified": False}
        assert (await answers(mira, await goes(mira))).json()["name"] == "Mira"
    acts = await log(desk)
    assert [act for act, _ in acts] == ["invited", "provider_linked", "signed_in", "signed_in"]
    assert acts[-1][1]["by"] == "provider"


async def test_an_address_that_somebody_else_has_by_now_opens_nothing(desk, op):
    await invite(desk)
    async with browser(desk) as mira, browser(desk) as next_one:
        assert (await answers(mira, await goes(mira))).status_code == 200
        op.claims["sub"] = "u-2"
        refused = await answers(next_one, await goes(next_one))
        assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_failed")
        assert (await log(desk))[-1] == ("sign_in_failed", {"why": "nobody here"})
        ada = await join(desk, "Ada", Role.ADMIN)
        who = (await mira.get("/v1/me")).json()["id"]
        assert (await desk.client.delete(f"/v1/people/{who}/totp", headers=ada)).status_code == 204
        assert (await answers(next_one, await goes(next_one))).status_code == 200  # linked anew
    assert [act for act, _ in await log(desk)][-3:] == ["provider_unlinked", "provider_linked", "signed_in"]


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email_verified": None}, {"email_verified": [True]}])
async def test_an_address_that_is_not_verified_is_nobodys(desk, op, claims):
    await invite(desk)
    op.claims |= claims
    async with browser(desk) as mira:
        assert (await answers(mira, await goes(mira))).json()["code"] == "sign_in_failed"


async def test_who_was_not_invited_or_is_disabled_stays_outside(desk, op):
    async with browser(desk) as mira:
        assert (await answers(mira, await goes(mira))).status_code == 401
        person, _ = await invite(desk)
        assert (await answers(mira, await goes(mira))).status_code == 200
        running = desk.app.state.running
        async with running.database.write() as session:
            await people.disable(session, running.clock, COMMAND_LINE, person.id)
        assert (await mira.get("/v1/me")).status_code == 401
        assert (await answers(mira, await goes(mira))).status_code == 401


async def test_people_of_a_domain_join_as_agents_where_that_is_set(settings, op):
    joining = settings.model_copy(update={"oidc_join": ("@shop.example",)})
    async with serving(joining, StandInLoader()) as desk, browser(desk) as mira, browser(desk) as jon:
        op.claims["role"] = "admin"
        me = (await answers(mira, await goes(mira))).json()
        assert (me["name"], me["role"], me["email"]) == ("Mira", "agent", "mira@shop.example")
        op.claims |= {"sub": "u-2", "email": "jon@shop.example.evil.example"}
        assert (await answers(jon, await goes(jon))).status_code == 401
        op.claims |= {"email": "jon@shop.example", "name": "mira"}  # a name that customers know another by
        assert (await answers(jon, await goes(jon))).status_code == 401


def signed_by(key, header=None):
    return lambda op: lambda claims: jwt.encode({"alg": "RS256", "kid": "one", **(header or {})}, claims, key(op))


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(op):
    return lambda claims: f"{text(json.dumps({'alg': 'none'}).encode())}.{text(json.dumps(claims).encode())}."


def by_secret(op):
    """The public key taken for a secret, which a careless verifier would try."""
    head = text(json.dumps({"alg": "HS256", "kid": "one"}).encode())

    def sign(claims):
        said = f"{head}.{text(json.dumps(claims).encode())}"
        return f"{said}.{text(hmac.digest(op.key.as_pem(private=False), said.encode(), 'sha256'))}"

    return sign


LIES = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another"},
    "several audiences": {"aud": [CLIENT, "another"]},
    "several, for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "another issuer": {"iss": "https://evil.example"},
    "over": {"exp": 1_700_000_000},
    "not yet": {"iat": 4_000_000_000},
    "nobody": {"sub": ""},
    "no text": {"sub": 5},
    "no end": {"exp": None},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_token_that_says_something_else_opens_nothing(desk, op, lie):
    await invite(desk)
    op.told = lambda claims: {name: value for name, value in {**claims, **lie}.items() if value is not None}
    await is_refused(desk)


SIGNATURES = {
    "unsigned": unsigned,
    "by a secret": by_secret,
    "by another key": signed_by(lambda op: RSAKey.generate_key(2048)),
    "by a key that it brings": lambda op: own_key(),
    "no token": lambda op: lambda claims: "x",
    "nothing": lambda op: lambda claims: None,
}


def own_key():
    key = RSAKey.generate_key(2048, {"kid": "one"})
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "one", "jwk": key.as_dict(private=False)}, claims, key)


@pytest.mark.parametrize("made", SIGNATURES.values(), ids=SIGNATURES)
async def test_a_token_that_the_provider_has_not_signed_opens_nothing(desk, op, made):
    await invite(desk)
    op.sign = made(op)
    await is_refused(desk)


async def is_refused(desk, said=None):
    async with browser(desk) as mira:
        refused = await answers(mira, {**await goes(mira), **(said or {})})
        assert (refused.status_code, refused.json()["code"]) == (502, "provider_failed")
        assert (await mira.get("/v1/me")).status_code == 401
    assert (await log(desk))[-1] == ("sign_in_failed", {"why": "the provider"})


async def test_an_answer_of_another_issuer_is_refused(desk, op):
    await invite(desk)
    await is_refused(desk, {"iss": "https://evil.example"})
    op.metadata["authorization_response_iss_parameter_supported"] = True
    await is_refused(desk, {"iss": None})


async def test_a_code_and_a_state_are_answered_once_in_the_browser_that_went(desk, clock):
    await invite(desk)
    async with browser(desk) as mira, browser(desk) as victim:
        said = await goes(mira)
        for thief in (victim, victim):  # who was given the link of somebody else's sign-in, or stole it
            assert (await answers(thief, said)).json()["code"] == "sign_in_failed"
        other = await goes(victim)
        assert (await answers(victim, {**said, "code": other["code"]})).status_code == 401  # mixed up
        assert (await answers(victim, {**other, "code": said["code"]})).status_code == 502  # PKCE: another's code
        said = await goes(mira)
        kept = dict(mira.cookies)
        assert (await answers(mira, said)).status_code == 200
        for name, value in kept.items():
            mira.cookies.set(name, value)
        assert (await answers(mira, said)).status_code == 401  # the same once more
        late = await goes(mira)
        clock.late += timedelta(minutes=10)
        assert (await answers(mira, late)).status_code == 401
        assert (await answers(mira, {"code": "x", "state": secrets.token_urlsafe(32)})).status_code == 401


async def test_another_sites_page_sends_nobody_there_and_signs_nobody_in(desk):
    async with browser(desk) as mira:
        said = await goes(mira)
        mira.headers["Sec-Fetch-Site"] = "cross-site"
        for path, body in (("", {}), ("/answer", said)):
            refused = await mira.post(f"/v1/session/provider{path}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "cross_site")


async def test_only_who_was_asked_again_there_may_do_what_takes_a_password(desk, op):
    await invite(desk)
    async with browser(desk) as mira:
        await answers(mira, await goes(mira))
        late = await mira.post("/v1/me/totp")
        assert (late.status_code, late.json()["code"]) == (403, "password_needed")
        await answers(mira, await goes(mira, again=True))
        assert (op.asked[-1]["prompt"], op.asked[-1]["max_age"]) == ("login", "0")
        assert (await mira.post("/v1/me/totp")).status_code == 200
        op.claims["auth_time"] = 4_000_000_000  # says it of tomorrow
        await answers(mira, await goes(mira))
        assert (await mira.post("/v1/me/totp")).status_code == 403


async def test_the_secret_goes_in_the_body_where_the_provider_wants_it_so(desk, op):
    await invite(desk)
    op.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    async with browser(desk) as mira:
        assert (await answers(mira, await goes(mira))).status_code == 200


BROKEN = {
    "another issuer": {"issuer": "https://evil.example"},
    "not https": {"token_endpoint": "http://id.shop.example/token"},
    "a file": {"jwks_uri": "file:///etc/passwd"},
    "no PKCE": {"code_challenge_methods_supported": ["plain"]},
    "no address": {"authorization_endpoint": None},
}


@pytest.mark.parametrize("metadata", BROKEN.values(), ids=BROKEN)
async def test_a_provider_that_is_set_up_wrongly_is_told_by_the_doctor(desk, settings, op, metadata):
    assert (await found(settings)).ok
    op.metadata |= metadata
    wrong = await found(settings)
    assert (wrong.ok, str(next(iter(metadata.values())))[:8] in wrong.sentence or "PKCE" in wrong.sentence) == (
        False,
        True,
    )
    async with browser(desk) as mira:
        assert (await mira.post("/v1/session/provider", json={})).json()["code"] == "provider_failed"


ANSWERS = {
    "too much": (200, b" " * 600_000 + b"{}"),
    "no JSON": (200, b"<html>"),
    "a list": (200, []),
    "an error": (500, {"error": "server_error"}),
    "elsewhere": (302, "http://127.0.0.1:1/"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_what_is_no_answer_is_none(settings, op, answer):
    op.answers["/.well-known/openid-configuration"] = answer
    assert not (await found(settings)).ok
    op.answers = {"/jwks": answer}
    assert not (await found(settings)).ok


async def found(settings):
    return await doctor._look("provider", doctor._provider(settings))


async def test_half_of_a_provider_is_none_and_the_doctor_names_the_rest(settings):
    half = settings.model_copy(update={"oidc_client_secret": None})
    told = await found(half)
    assert (told.ok, "UNDERSTUDY_OIDC_CLIENT_SECRET" in told.sentence) == (False, True)
    async with serving(half, StandInLoader()) as desk:
        assert (await desk.client.get("/v1/session/ways")).json()["provider"] is None
        await join(desk, "Mira")  # everybody has a password
    unsafe = await found(settings.model_copy(update={"oidc_issuer": "http://id.shop.example"}))
    assert (unsafe.ok, "https" in unsafe.sentence) == (False, True)
    away = await found(settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"}))
    assert (away.ok, "does not answer" in away.sentence) == (False, True)
    assert SECRET not in f"{told} {unsafe} {away}"


async def test_the_address_says_where_to_come_back_and_not_who_asks(desk):
    async with browser(desk) as mira:
        url = (await mira.post("/v1/session/provider", json={})).json()["url"]
    said = parse_qs(urlsplit(url).query)
    assert said["redirect_uri"] == [f"{desk.url}/console/"]
    assert SECRET not in url
    assert "code_verifier" not in said
