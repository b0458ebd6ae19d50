"""What a server writes down of a real exchange: everything needed to find a mistake, and nothing that anybody said."""

from __future__ import annotations

import asyncio
import json
import time
import uuid

from chatbot.dialogue.timing import step
from chatbot.service.access import api_keys
from chatbot.service.conversations import opening
from tests.test_api.conftest import eventually, serving
from tests.test_api.visitor.test_identity import bearer, new_key, signed
from tests.test_service.doubles import RulePipeline, StandInLoader

SAID = "Kohlrabi-4711"  # in every text that a person or a system sends


async def exchange(desk):
    """All that a visitor, another system and a clumsy client do in a day; the secrets they carried."""
    run = desk.app.state.running
    visitor = await desk.start()
    key = await api_keys.create(run.database, "desk")
    kid, secret = await new_key(desk)
    proof = signed(desk, kid, secret, user=SAID, name=SAID)
    session = (await desk.client.post("/v1/visitor", json={"token": proof})).json()
    await desk.client.get("/v1/conversations", headers=bearer(session["token"]))
    renewed = (await desk.client.post("/v1/visitor/token", headers=visitor.headers)).json()["token"]
    once = str(uuid.uuid4())
    await visitor.post("/messages", {"client_id": "1", "text": f"hello {SAID}"}, **{"Idempotency-Key": once})
    await visitor.until("message.done")
    await visitor.say(f"break {SAID}", "2")  # the pipeline raises an exception that quotes it
    await eventually(desk.idle)
    await visitor.post("/rating", {"score": 2, "comment": SAID})
    for body in ({"client_id": SAID, "text": SAID * 2000}, {"client_id": f"{SAID} ", "text": 7}, [SAID], SAID):
        assert (await visitor.post("/messages", body)).status_code == 422
    await desk.client.post(
        f"/v1/conversations/{visitor.id}/messages", content=f'{{"text": "{SAID}'.encode(), headers=visitor.headers
    )
    await desk.client.post("/v1/visitor", json={"token": f"{proof}x", "user_id": SAID})
    await desk.client.post("/v1/visitor", json={"token": f"{proof}x"})
    await desk.client.get(f"/v1/conversations/{SAID}", headers=visitor.headers)
    await desk.client.get(f"/nothing/{SAID}?q={SAID}", headers={"User-Agent": SAID, "Referer": f"https://x/{SAID}"})
    ask = {"messages": [{"role": "customer", "text": SAID}]}
    await desk.client.post("/v1/suggestions", json=ask, headers=bearer(key))
    await desk.client.post("/v1/completions", json={**ask, "draft": SAID}, headers=bearer(key))
    await desk.client.request(SAID, "/v1/conversations")
    return [visitor.token, renewed, session["token"], key, secret, proof, once]


async def test_no_words_and_no_secrets(settings, logging, monkeypatch):
    async with serving(settings, StandInLoader()) as desk:
        secrets = await exchange(desk)

        async def broken(*args, **kwargs):
            raise RuntimeError(SAID, *secrets)

        monkeypatch.setattr(opening, "snapshot", broken)
        visitor = await desk.start()
        assert (await visitor.get()).status_code == 500
        metrics = (await desk.client.get("/metrics")).text
    written = logging.readouterr()
    for text in (written.err, written.out, metrics):
        assert SAID not in text
        for secret in [*secrets, visitor.token]:
            assert secret not in text
    lines = [json.loads(line) for line in written.err.splitlines() if line]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) > 20
    for line in requests:
        assert {"method", "route", "status", "ms", "request_id", "timestamp"} <= set(line)
    failures = [line for line in lines if line["event"] in {"request failed", "the pipeline failed"}]
    assert {line["error"] for line in failures} == {"RuntimeError", "ValueError"}


class OneStep(RulePipeline):
    """Its answer is one long recall."""

    answer = step("recall")(RulePipeline.answer)


async def test_metrics_tell_of_requests_streams_queue_steps_and_decisions(settings):
    async with serving(settings, StandInLoader(OneStep.at_once())) as desk:
        visitor = await desk.start()
        await visitor.say("hello", "1")
        await visitor.until("message.done")
        text = (await desk.client.get("/metrics")).text
    for name in (
        "understudy_requests_total",
        "understudy_request_seconds_bucket",
        "understudy_streams",
        "understudy_answers_waiting",
        "understudy_answers_total",
        "understudy_answer_seconds_bucket",
    ):
        assert f"\n{name}" in text
    for name in ("read", "recall", "write", "check", "rank", "decide"):
        count = 1.0 if name == "recall" else 0.0
        assert f'understudy_step_seconds_count{{step="{name}"}} {count}' in text


async def test_a_stop_ends_open_streams_at_once(settings):
    """Whoever follows is told to come again; nothing waits for the ten minutes a stream may last."""
    async with serving(settings, StandInLoader()) as desk:
        visitors = [await desk.start() for _ in range(3)]
        ended = []

        async def follow(visitor):
            async for _ in visitor.events():
                pass
            ended.append(visitor.id)

        following = [asyncio.create_task(follow(visitor)) for visitor in visitors]
        run = desk.app.state.running
        await eventually(lambda: run.metrics.streams._value.get() == 3)
        began = time.monotonic()
        await desk.stop()
        await asyncio.gather(*following)
        assert sorted(ended) == sorted(visitor.id for visitor in visitors)
        assert time.monotonic() - began < 5  # of the ten seconds of grace
        assert run.metrics.streams._value.get() == 0
