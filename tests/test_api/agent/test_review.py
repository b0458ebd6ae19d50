"""Judging live answers over HTTP: the list in pages, decisions, and what a running desk makes of them."""

from __future__ import annotations

import asyncio

from tests.test_api.integration.test_knowledge import comes, live_desk, suggestions

ANSWER = "Rinse the burrs in warm water."
ASKED = "the burrs of my grinder squeak"


async def talk(desk, text, answer, *, by="agent", agent="Mira", visitor=None):
    """A live conversation that an agent answers and somebody closes; its id."""
    client = desk.client
    if visitor is None:
        made = (await client.post("/v1/conversations", headers={"Authorization": ""})).json()
        visitor = made["token"]
    else:
        made = (await client.post("/v1/conversations", headers={"Authorization": f"Bearer {visitor}"})).json()
    path, theirs = f"/v1/conversations/{made['id']}", {"Authorization": f"Bearer {visitor}"}
    assert (await client.post(f"{path}/handover", json={}, headers=theirs)).status_code == 200
    said = await client.post(f"{path}/messages", json={"client_id": "1", "text": text}, headers=theirs)
    assert said.status_code == 201
    assert (await client.post(f"{path}/claim", json={"agent": agent})).status_code == 200
    reply = await client.post(
        f"{path}/replies", json={"agent": agent, "visible_to": "customer", "client_id": "r", "text": answer}
    )
    assert reply.status_code == 201
    if by == "agent":
        closed = await client.post(f"{path}/release", json={"agent": agent, "to": "closed"})
    else:
        closed = await client.post(f"{path}/closure", json={}, headers=theirs)
    assert closed.status_code == 200
    return made["id"]


async def listed(desk, **query):
    answer = await desk.client.get("/v1/review", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def decide(desk, name, decision, **more):
    return await desk.client.post(f"/v1/review/{name}", json={"decision": decision, **more})


async def test_it_is_listed_approved_and_rejected(settings):
    async with live_desk(settings) as desk:
        first = await talk(desk, ASKED, ANSWER)
        second = await talk(desk, "the lid squeaks", "Oil the lid.", by="customer", agent="Bo")
        answers = (await listed(desk))["answers"]
        told = [(one["id"], one["agent"], one["closed_by"], one["question"], one["answer"]) for one in answers]
        assert told == [
            (f"{first}:1", "Mira", "agent", ASKED, ANSWER),
            (f"{second}:1", "Bo", "customer", "the lid squeaks", "Oil the lid."),
        ]
        await comes(desk.client, ASKED, f"{first}:1")
        assert f"{second}:1" not in await suggestions(desk.client, "the lid squeaks")
        stale = await decide(desk, f"{first}:1", "approve", seen="0" * 32)
        assert (stale.status_code, stale.json()["code"]) == (409, "changed")
        seen = answers[0]["seen"]
        for outcome in ("approved", "unchanged"):
            done = await decide(desk, f"{first}:1", "approve", seen=seen, reason="holds for all")
            assert (done.status_code, done.json()) == (200, {"id": f"{first}:1", "outcome": outcome})
        assert (await decide(desk, f"{second}:1", "approve")).json()["outcome"] == "approved"
        await comes(desk.client, "the lid squeaks", f"{second}:1")
        assert await listed(desk) == {"answers": [], "next": None}
        assert (await decide(desk, f"{first}:1", "reject")).json()["outcome"] == "rejected"
        await comes(desk.client, ASKED, f"{first}:1", there=False)


async def test_pages(settings):
    async with live_desk(settings) as desk:
        names = [f"{await talk(desk, f'question {number}', f'answer {number}')}:1" for number in range(5)]
        found, cursor = [], None
        while True:
            page = await listed(desk, limit=2, **({"cursor": cursor} if cursor else {}))
            found += [one["id"] for one in page["answers"]]
            cursor = page["next"]
            if cursor is None:
                break
            await decide(desk, found[-1], "approve")
        assert found == names
        for wrong in ("x", "1-", "9" * 30 + "-1", "\0", "\ud800"):
            answer = await desk.client.get("/v1/review", params={"cursor": wrong.encode("utf-8", "surrogatepass")})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_the_same_request_again_does_the_same_once(settings):
    async with live_desk(settings) as desk:
        name = f"{await talk(desk, ASKED, ANSWER)}:1"
        for _ in range(2):
            done = await desk.client.post(
                f"/v1/review/{name}", json={"decision": "reject"}, headers={"Idempotency-Key": "k1"}
            )
            assert done.json()["outcome"] == "rejected"
        for wrong in ({"decision": "maybe"}, {}, {"decision": "approve", "reason": "x" * 2001}):
            assert (await desk.client.post(f"/v1/review/{name}", json=wrong)).status_code == 422
        missing = await decide(desk, "c_none:1", "approve")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
        nul = await decide(desk, "c%00:1", "approve")
        assert nul.status_code == 422


async def test_a_customer_who_closes_five_conversations_gains_nothing(settings):
    async with live_desk(settings) as desk:
        made = (await desk.client.post("/v1/conversations", headers={"Authorization": ""})).json()
        for number in range(5):
            token = None if number % 2 else made["token"]
            await talk(desk, ASKED, ANSWER, by="customer", visitor=token, agent=("Mira", "Bo")[number % 2])
        await asyncio.sleep(0.3)
        held = {one["id"] for one in (await listed(desk))["answers"]}
        assert len(held) == 5
        assert not held & set(await suggestions(desk.client, ASKED))
        metrics = (await desk.client.get("/metrics")).text
        assert "understudy_conversations_unreviewed" in metrics
