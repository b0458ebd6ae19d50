"""Visitors over HTTP: tokens that end and are renewed, signed identities, and what each of them opens."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from chatbot.clock import real_clock
from chatbot.service.visitors import inbox_keys, inboxes
from chatbot.service.visitors.identity import Algorithm
from chatbot.service.visitors.inboxes import Change
from tests.test_api.conftest import Visitor, serving
from tests.test_api.transport.test_problems import is_problem
from tests.test_service.doubles import StandInLoader


@dataclass
class Clock:
    """The time of day, as far as a test moved it."""

    late: timedelta = field(default_factory=timedelta)

    def now(self):
        return datetime.now(UTC) + self.late


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def desk(settings, clock):
    around = replace(real_clock(), now=clock.now)
    async with serving(settings, StandInLoader(), around) as running:
        yield running


def server(desk):
    return desk.app.state.running


async def new_inbox(desk, **changes):
    async with server(desk).database.write() as session:
        made = await inboxes.create(session, Change(name="Shop", **changes), real_clock())
    server(desk).admission._read_at = float("-inf")
    return made.id


async def new_key(desk, inbox="default", algorithm=Algorithm.HS256, overlap=timedelta(hours=1)):
    run = server(desk)
    async with run.database.write() as session:
        key, secret, _ = await inbox_keys.rotate_key(
            session, inbox, algorithm, run.encryptor, run.clock, overlap=overlap
        )
    return key.id, secret


def signed(desk, kid, secret, inbox="default", user="user-7", **claims):
    now = int(server(desk).clock.now().timestamp())
    body = {"sub": user, "iat": now, "exp": now + 600, "aud": inbox, **claims}
    return jwt.encode(body, secret, algorithm="HS256", headers={"kid": kid})


async def sign_in(desk, key, inbox="default", **claims):
    token = signed(desk, *key, inbox, **claims)
    answer = await desk.client.post("/v1/visitor", json={"inbox": inbox, "token": token})
    assert answer.status_code == 200, answer.text
    return answer.json()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


async def start(desk, token, **body):
    made = (await desk.client.post("/v1/conversations", headers=bearer(token), json=body)).json()
    return Visitor(desk, made["id"], made["token"])


async def listed(desk, token, **query):
    answer = await desk.client.get("/v1/conversations", headers=bearer(token), params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_page_that_slept_for_a_week_comes_back(desk, clock):
    visitor = await desk.start()
    await visitor.say("hello", "1")
    clock.late = timedelta(days=7)
    for answer in (await visitor.get(), await visitor.say("still there?", "2"), await visitor.get("/events")):
        is_problem(answer, 401, "token_expired")
    renewed = await desk.client.post("/v1/visitor/token", headers=visitor.headers)
    assert renewed.status_code == 200
    assert renewed.json()["verified"] is False
    again = Visitor(desk, visitor.id, renewed.json()["token"])
    assert (await again.say("still there?", "2")).status_code == 201
    assert (await again.get()).json()["messages"][0]["text"] == "hello"
    # The answer may have been lost on the way: the old one renews again.
    assert (await desk.client.post("/v1/visitor/token", headers=visitor.headers)).status_code == 200


async def test_a_token_is_not_renewed_for_ever(desk, clock):
    visitor = await desk.start()
    clock.late = timedelta(days=31, minutes=1)
    is_problem(await desk.client.post("/v1/visitor/token", headers=visitor.headers), 401, "unauthorised")


async def test_a_token_opens_everything_its_visitor_began(desk):
    one = await desk.start()
    two = await start(desk, one.token)
    assert two.token == one.token
    assert (await two.get()).status_code == 200
    stranger = await desk.start()
    assert [c["id"] for c in (await listed(desk, one.token))["conversations"]] == [two.id, one.id]
    assert [c["id"] for c in (await listed(desk, stranger.token))["conversations"]] == [stranger.id]


async def test_the_list_goes_on_page_by_page(desk):
    first = await desk.start()
    ids = [first.id, *[(await start(desk, first.token)).id for _ in range(4)]]
    seen, cursor = [], None
    while True:
        page = await listed(desk, first.token, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["conversations"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ids[::-1]
    for wrong in ("x", "é", "MjAyNi0wMS0wMSB4", "AAAA"):
        is_problem(
            await desk.client.get("/v1/conversations", headers=bearer(first.token), params={"cursor": wrong}),
            422,
            "invalid_input",
        )


async def test_signing_out_ends_every_token_of_the_browser(desk):
    visitor = await desk.start()
    renewed = (await desk.client.post("/v1/visitor/token", headers=visitor.headers)).json()["token"]
    assert (await desk.client.delete("/v1/visitor/token", headers=bearer(renewed))).status_code == 204
    for token in (visitor.token, renewed):
        assert (await Visitor(desk, visitor.id, token).get()).status_code == 404
        is_problem(await desk.client.post("/v1/visitor/token", headers=bearer(token)), 401, "unauthorised")


async def test_a_verified_visitor_is_one_person_on_every_device(desk):
    key = await new_key(desk)
    phone = await sign_in(desk, key, name="Ada", email="ada@shop.example")
    assert (phone["verified"], phone["name"], phone["email"]) == (True, "Ada", "ada@shop.example")
    begun = await start(desk, phone["token"])
    laptop = await sign_in(desk, key)
    assert laptop["token"] != phone["token"]
    assert [c["id"] for c in (await listed(desk, laptop["token"]))["conversations"]] == [begun.id]
    assert (await Visitor(desk, begun.id, laptop["token"]).get()).status_code == 200
    other = await sign_in(desk, key, user="user-8")
    assert (await listed(desk, other["token"]))["conversations"] == []
    assert (await Visitor(desk, begun.id, other["token"]).get()).status_code == 404


async def test_what_was_begun_without_proof_never_becomes_a_verified_visitors(desk):
    anonymous = await desk.start()
    await anonymous.say("I am Ada, ada@shop.example", "1")
    key = await new_key(desk)
    token = signed(desk, *key, email="ada@shop.example")
    answer = await desk.client.post("/v1/visitor", json={"token": token}, headers=anonymous.headers)
    ada = answer.json()["token"]
    assert (await listed(desk, ada))["conversations"] == []
    assert (await Visitor(desk, anonymous.id, ada).get()).status_code == 404
    assert (await anonymous.get()).status_code == 200


async def test_a_verified_visitor_is_vouched_for_anew_and_not_renewed(desk, clock):
    key = await new_key(desk)
    session = await sign_in(desk, key)
    begun = await start(desk, session["token"])
    clock.late = timedelta(days=2)
    is_problem(await begun.get(), 401, "token_expired")
    is_problem(await desk.client.post("/v1/visitor/token", headers=begun.headers), 401, "token_expired")
    again = await sign_in(desk, key)
    assert (await Visitor(desk, begun.id, again["token"]).get()).status_code == 200


async def test_the_hash_that_other_chats_use(desk):
    _, secret = await new_key(desk, algorithm=Algorithm.USER_HASH)
    made = hmac.new(secret.encode(), b"user-7", hashlib.sha256).hexdigest()
    proof = {"user_id": "user-7", "user_hash": made, "name": "Mallory", "email": "ceo@shop.example"}
    answer = (await desk.client.post("/v1/visitor", json=proof)).json()
    assert answer["verified"] is True
    assert (answer["name"], answer["email"]) == (None, None)  # nobody signed these
    is_problem(await desk.client.post("/v1/visitor", json={**proof, "user_id": "user-8"}), 401, "identity_invalid")
    for half in ({"user_id": "user-7"}, {"user_hash": made}, {}, {**proof, "token": "x"}):
        is_problem(await desk.client.post("/v1/visitor", json=half), 422, "invalid_input")


async def test_keys_are_rotated_and_revoked(desk, clock):
    old = await new_key(desk)
    new = await new_key(desk, overlap=timedelta(hours=1))
    session = await sign_in(desk, old)  # still good: a page may have been signed before
    clock.late = timedelta(hours=2)
    for key, status in ((old, 401), (new, 200)):
        token = signed(desk, *key)
        assert (await desk.client.post("/v1/visitor", json={"token": token})).status_code == status
    # What it vouched for while it was good stays; a key that leaked takes its sessions with it.
    assert (await desk.client.get("/v1/conversations", headers=bearer(session["token"]))).status_code == 200
    async with server(desk).database.write() as session_:
        await inbox_keys.revoke_key(session_, old[0], server(desk).clock)
    assert (await desk.client.get("/v1/conversations", headers=bearer(session["token"]))).status_code == 401


async def test_an_inbox_has_its_own_keys_and_visitors(desk):
    inbox = await new_inbox(desk)
    here, there = await new_key(desk), await new_key(desk, inbox)
    for key, aud, asked in ((here, "default", inbox), (there, inbox, "default"), (here, inbox, inbox)):
        token = signed(desk, *key, aud)
        answer = await desk.client.post("/v1/visitor", json={"inbox": asked, "token": token})
        is_problem(answer, 401, "identity_invalid")
    one, two = await sign_in(desk, here), await sign_in(desk, there, inbox)
    begun = await start(desk, one["token"])
    assert (await Visitor(desk, begun.id, two["token"]).get()).status_code == 404
    answer = await desk.client.post("/v1/conversations", headers=bearer(one["token"]), json={"inbox": inbox})
    is_problem(answer, 404, "not_found")
    is_problem(await desk.client.post("/v1/conversations", json={"inbox": "in_none"}), 404, "not_found")
    is_problem(await desk.client.post("/v1/visitor", json={"inbox": "in_none", "token": "x"}), 404, "not_found")


async def test_an_inbox_may_take_verified_visitors_only(desk):
    inbox = await new_inbox(desk)
    before = Visitor(desk, **await begin(desk, inbox))
    async with server(desk).database.write() as session:
        await inboxes.alter(session, inbox, Change(verified_only=True), real_clock())
    server(desk).admission._read_at = float("-inf")
    is_problem(await desk.client.post("/v1/conversations", json={"inbox": inbox}), 403, "verification_required")
    is_problem(await before.say("hello", "1"), 403, "verification_required")
    is_problem(await before.post("/rating", {"score": 1}), 403, "verification_required")
    assert (await before.get()).status_code == 200  # what was said can still be read
    ada = await sign_in(desk, await new_key(desk, inbox), inbox)
    assert (await (await start(desk, ada["token"])).say("hello", "1")).status_code == 201
    assert (await desk.start()).id  # the default inbox asks for nothing


async def begin(desk, inbox):
    made = (await desk.client.post("/v1/conversations", json={"inbox": inbox})).json()
    return {"id": made["id"], "token": made["token"]}


async def test_pages_may_use_the_inboxes_that_list_them(desk):
    shop, blog = "https://shop.example", "https://blog.example"
    inbox = await new_inbox(desk, origins=(shop,))
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin, allowed in ((shop, shop), (blog, None)):
        answer = await desk.client.options("/v1/conversations", headers={"Origin": origin, **asking})
        assert answer.headers.get("access-control-allow-origin") == allowed
    own = desk.url
    for origin, asked, status in (
        (shop, inbox, 201),
        (own, inbox, 201),
        (blog, inbox, 403),
        (shop, "default", 403),
        (own, "default", 201),
        ("null", inbox, 403),
    ):
        answer = await desk.client.post("/v1/conversations", json={"inbox": asked}, headers={"Origin": origin})
        assert answer.status_code == status, (origin, asked)
    visitor = Visitor(desk, **await begin(desk, inbox))
    answer = await visitor.post("/messages", {"client_id": "1", "text": "hi"}, Origin=blog)
    is_problem(answer, 403, "origin_not_allowed")
    key = await new_key(desk, inbox)
    body = {"inbox": inbox, "token": signed(desk, *key, inbox)}
    is_problem(await desk.client.post("/v1/visitor", json=body, headers={"Origin": blog}), 403, "origin_not_allowed")


async def test_the_sites_an_inbox_lists_may_frame_its_chat(desk):
    inbox = await new_inbox(desk, frame_ancestors=("https://shop.example", "https://blog.example"))
    async with server(desk).database.write() as session:
        await inboxes.alter(session, inbox, Change(name='A "shop" <b>'), real_clock())
    server(desk).admission._read_at = float("-inf")
    page = await desk.client.get(f"/frame/{inbox}")
    assert f'<support-chat desk="A &quot;shop&quot; &lt;b&gt;" inbox="{inbox}" open>' in page.text
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors https://shop.example https://blog.example;" in policy
    assert "x-framed-by" not in page.headers
    default = await desk.client.get("/frame/default")
    assert "frame-ancestors 'none';" in default.headers["content-security-policy"]
    is_problem(await desk.client.get("/frame/in_none"), 404, "not_found")


async def test_secrets_of_inboxes_are_stored_encrypted(desk, all_that_is_stored):
    kid, secret = await new_key(desk)
    await desk.stop()
    stored = all_that_is_stored()
    assert kid.encode() in stored
    assert secret.encode() not in stored
