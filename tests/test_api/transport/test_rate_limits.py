"""Too much in too short a time: 429 with a sentence and a time to wait, by address, conversation and inbox."""

from __future__ import annotations

import pytest

from chatbot.clock import real_clock
from chatbot.service.visitors import inboxes
from chatbot.service.visitors.inboxes import Change
from chatbot.settings import Settings
from tests.test_api.conftest import Visitor, serving
from tests.test_api.transport.test_problems import is_problem
from tests.test_service.doubles import StandInLoader

FAR = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(
        update={
            "database_url": database_url,
            "rate_address": "5/minute",
            "rate_starts": "2/minute",
            "rate_conversation": "3/minute",
            "allowed_origins": ("https://shop.example",),
        }
    )


def refused(answer, at_most):
    is_problem(answer, 429, "rate_limited")
    seconds = int(answer.headers["retry-after"])
    assert 0 < seconds <= at_most
    assert f"{seconds} second" in answer.json()["detail"]


async def test_by_address_as_a_trusted_proxy_tells_it(desk):
    for _ in range(5):
        answer = await desk.client.get("/v1/conversations", headers=FAR)
        assert answer.status_code == 401
    refused(await desk.client.get("/v1/conversations", headers={**FAR, "Origin": "https://shop.example"}), 12)
    spoofed = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}  # what the visitor claims stands to the left
    refused(await desk.client.get("/v1/conversations", headers=spoofed), 12)
    other = {"X-Forwarded-For": "203.0.113.8"}
    assert (await desk.client.get("/v1/conversations", headers=other)).status_code == 401
    assert (await desk.client.get("/health/live", headers=FAR)).status_code == 200


async def test_every_answer_says_what_is_left(desk):
    told = [(await desk.client.get("/v1/models", headers=FAR)).headers for _ in range(6)]
    assert {each["ratelimit-policy"] for each in told} == {'"address";q=5;w=60'}
    assert [each["ratelimit"].partition(";t=")[0] for each in told] == [f'"address";r={n}' for n in (4, 3, 2, 1, 0, 0)]
    assert 0 < int(told[0]["ratelimit"].partition(";t=")[2]) <= 12
    assert "ratelimit" not in (await desk.client.get("/health/live", headers=FAR)).headers
    assert "ratelimit" not in (await desk.client.get("/v1/models")).headers  # this machine is not counted


async def test_a_page_of_another_origin_can_read_how_long_to_wait(desk):
    for _ in range(6):
        answer = await desk.client.get("/v1/conversations", headers={**FAR, "Origin": "https://shop.example"})
    refused(answer, 12)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


async def test_conversations_begun_from_one_address(desk):
    for status in (201, 201, 429):
        answer = await desk.client.post("/v1/conversations", headers=FAR)
        assert answer.status_code == status
    refused(answer, 30)


async def test_this_machine_begins_many_and_not_any_number(settings):
    async with serving(settings.model_copy(update={"rate_starts_here": "4/minute"}), StandInLoader()) as desk:
        for status in (201, 201, 201, 201, 429):
            answer = await desk.client.post("/v1/conversations")
            assert answer.status_code == status
        refused(answer, 15)
        assert (await desk.client.post("/v1/conversations", headers=FAR)).status_code == 201


async def test_seven_hundred_conversations_in_seconds_are_not_begun(settings):
    """As a new desk is set up."""
    async with serving(Settings(home=settings.home), StandInLoader()) as desk:
        began = [(await desk.client.post("/v1/conversations")).status_code for _ in range(400)]
    assert began.count(201) < 340
    assert set(began) == {201, 429}


async def test_by_conversation_and_nothing_is_lost(desk):
    visitor, other = await desk.start(), await desk.start()
    for number in range(3):
        assert (await visitor.say("hello", str(number))).status_code == 201
    refused(await visitor.say("hello", "3"), 20)
    assert (await visitor.get()).status_code == 200
    assert (await other.say("hello", "1")).status_code == 201
    texts = [m for m in (await visitor.get()).json()["messages"] if m["role"] == "customer"]
    assert [m["client_id"] for m in texts] == ["0", "1", "2"]


async def test_a_stranger_cannot_use_up_somebodys_limit(desk):
    visitor, stranger = await desk.start(), await desk.start()
    for number in range(5):
        assert (await Visitor(desk, visitor.id, stranger.token).say("x", str(number))).status_code == 404
    assert (await visitor.say("hello", "1")).status_code == 201


async def test_by_inbox(desk):
    server = desk.app.state.running
    async with server.database.write() as session:
        inbox = await inboxes.create(session, Change(name="Busy", rate="1/minute"), real_clock())
    server.admission._read_at = float("-inf")
    assert (await desk.client.post("/v1/conversations", json={"inbox": inbox.id})).status_code == 201
    refused(await desk.client.post("/v1/conversations", json={"inbox": inbox.id}), 60)
    assert (await desk.client.post("/v1/conversations")).status_code == 201


async def test_https_is_known_from_the_proxy_and_kept(desk):
    plain = await desk.client.get("/health/live")
    assert "strict-transport-security" not in plain.headers
    secure = await desk.client.get("/health/live", headers={"X-Forwarded-Proto": "https", **FAR})
    assert secure.headers["strict-transport-security"] == "max-age=31536000"


async def test_pages_and_scripts_say_who_may_hold_them(desk):
    page = (await desk.client.get("/demo/")).headers
    assert page["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in page["permissions-policy"]
    assert page["cross-origin-resource-policy"] == "same-origin"
    script = (await desk.client.get("/widget/support-chat.js")).headers
    assert script["cross-origin-resource-policy"] == "cross-origin"
    assert (await desk.client.get("/health/live")).headers["cross-origin-resource-policy"] == "same-origin"
