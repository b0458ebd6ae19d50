"""Why an answer came about, over HTTP: the stored trace, and what would be answered now."""

from __future__ import annotations

from chatbot.service.access import api_keys
from tests.test_api.conftest import serving
from tests.test_service.doubles import StandInLoader


async def key_of(desk):
    key = await api_keys.create(desk.app.state.running.database, "help desk")
    return {"Authorization": f"Bearer {key}"}


async def test_the_trace_of_an_answer_is_kept_and_given_to_who_has_a_key(desk):
    visitor = await desk.start()
    await visitor.say("Where is it?", "1")
    done = (await visitor.until("message.done"))[-1]
    message_id = done["payload"]["id"]
    answer = await desk.client.get(f"/v1/messages/{message_id}/trace", headers=await key_of(desk))
    assert answer.status_code == 200
    assert answer.json() == {"message_id": message_id, "trace": {"question": "Where is it?"}}
    assert (await desk.client.get(f"/v1/messages/{message_id}/trace", headers=visitor.headers)).status_code == 401


async def test_a_customers_message_has_no_trace_and_looks_like_none_at_all(desk):
    visitor = await desk.start()
    mine = (await visitor.say("Where is it?", "1")).json()["id"]
    headers = await key_of(desk)
    known, unknown = [await desk.client.get(f"/v1/messages/{name}/trace", headers=headers) for name in (mine, "m_0")]
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.json()["code"] == "not_found"


async def test_an_explanation_tells_what_would_be_done_and_stores_nothing(desk):
    headers = await key_of(desk)
    asked = {"messages": [{"role": "customer", "text": "Where is it?"}]}
    told = (await desk.client.post("/v1/explanations", json=asked, headers=headers)).json()
    assert (told["decision"], told["reason"], told["reply"]) == ("answer", "confident", "You said: Where is it?")
    assert told["trace"] == {"question": "Where is it?"}
    assert (told["model"], told["index"]) == (None, "one")
    asked["messages"][0]["text"] = "a person please"
    told = (await desk.client.post("/v1/explanations", json=asked, headers=headers)).json()
    assert (told["decision"], told["mode"]) == ("hand_over", "hand_over")
    assert desk.idle()


async def test_bad_requests_are_problems(desk):
    headers = await key_of(desk)
    for body in ({}, {"messages": []}, {"messages": [{"role": "robot", "text": "x"}]}):
        answer = await desk.client.post("/v1/explanations", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_without_an_index_there_is_nothing_to_explain(settings):
    async with serving(settings, StandInLoader(pipeline=None)) as desk:
        asked = {"messages": [{"role": "customer", "text": "x"}]}
        answer = await desk.client.post("/v1/explanations", json=asked, headers=await key_of(desk))
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
