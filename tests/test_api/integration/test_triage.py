"""What other systems ask of a conversation: what was said, and what it is about."""

from __future__ import annotations

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from tests.test_api.conftest import eventually

ASK = "Where is my parcel? Order 4711-0815, mail ada@example.org"
ELSEWHERE = [
    {"role": "customer", "text": "hello"},
    {"role": "customer", "text": ASK},
    {"role": "agent", "text": "I look into it. " + "x" * 400},
    {"role": "note", "text": "Carrier says Friday."},
    {"role": "customer", "text": "And when does it come?"},
]


@pytest.fixture
async def call(desk):
    key = await api_keys.create(desk.app.state.running.database, "help desk", scopes=[*Scope])

    async def post(path, body, **headers):
        headers = {"Authorization": f"Bearer {key}", **headers}
        return await desk.client.post(f"/v1{path}", json=body, headers=headers)

    return post


def texts(told):
    return [(line["part"], line["role"], line["text"][:24]) for line in told["lines"]]


async def test_a_summary_is_made_of_extracts_that_name_their_place(call):
    told = (await call("/summaries", {"messages": ELSEWHERE, "for": "handover"})).json()
    assert texts(told) == [
        ("asked", "customer", ASK[:24]),
        ("answered", "agent", "I look into it. xxxxxxxx"),
        ("noted", "note", "Carrier says Friday."),
        ("open", "customer", "And when does it come?"),
    ]
    assert [line["index"] for line in told["lines"]] == [1, 2, 3, 4]
    assert [line["cut"] for line in told["lines"]] == [False, True, False, False]
    assert all(line["text"].removesuffix("\u2026") in ELSEWHERE[line["index"]]["text"] for line in told["lines"])
    assert {(each["kind"], each["value"], each["index"]) for each in told["details"]} == {
        ("order", "4711-0815", 1),
        ("email", "ada@example.org", 1),
    }
    assert (told["read"], told["total"], told["reason"]) == (5, 5, None)


async def test_what_is_masked_stays_so_and_a_card_is_never_shown(call):
    masked = [{"role": "customer", "text": "I am [NAME_1], [EMAIL_1], card 4111 1111 1111 1111. Where is [ORDER_1]?"}]
    told = (await call("/summaries", {"messages": masked, "for": "note"})).json()
    assert [(each["kind"], each["value"]) for each in told["details"]] == [("card", None)]


@pytest.mark.parametrize(
    ("purpose", "parts"),
    [("note", ["asked", "answered", "open"]), ("list", ["asked", "answered"]), ("handover", None)],
)
async def test_notes_and_lists_are_short(call, purpose, parts):
    told = (await call("/summaries", {"messages": ELSEWHERE, "for": purpose})).json()
    if parts is not None:
        assert [line["part"] for line in told["lines"]] == parts
        assert "Carrier" not in str(told)
    assert (told["details"] == []) == (purpose == "list")


async def test_a_summary_of_this_desks_own(call, desk):
    visitor = await desk.start()
    await visitor.say(ASK, "1")
    await eventually(desk.idle)
    await visitor.say("a person please", "2")
    await eventually(desk.idle)
    note = {"agent": "Mira", "visible_to": "team", "client_id": "n", "text": "Known to us."}
    assert (await call(f"/conversations/{visitor.id}/replies", note)).status_code == 201
    told = (await call("/summaries", {"ticket_id": visitor.id, "for": "handover"})).json()
    assert [part for part, _, _ in texts(told)] == ["asked", "tried", "open", "noted"]
    shown = (await call("/summaries", {"ticket_id": visitor.id, "for": "list"})).json()["lines"]
    said = {each["id"]: each["text"] for each in (await visitor.get()).json()["messages"]}
    assert [each["text"] for each in shown] == [said[each["message_id"]] for each in shown]
    assert told["reason"] == "wants_person"
    assert all(each["seq"] for each in told["lines"])


@pytest.mark.parametrize("path", ["/summaries", "/classifications", "/decisions", "/suggestions"])
async def test_who_may_not_read_conversations_reads_none_this_way(desk, call, path):
    visitor = await desk.start()
    more = {"/summaries": {"for": "list"}, "/classifications": {"into": "language"}}.get(path, {})
    narrow = await api_keys.create(desk.app.state.running.database, "narrow", scopes=[Scope.SUGGEST])
    headers = {"Authorization": f"Bearer {narrow}"}
    answer = await desk.client.post(f"/v1{path}", json={"ticket_id": visitor.id, **more}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert (await call(path, {"ticket_id": "c_none", **more})).status_code == 404
    assert (await call(path, {"ticket_id": visitor.id, "messages": ELSEWHERE, **more})).status_code == 422
    assert (await call(path, more)).status_code == 422


async def test_the_language_of_a_conversation(call):
    german = [{"role": "customer", "text": "Guten Tag, wo ist mein Paket? Ich warte seit zwei Wochen."}]
    told = (await call("/classifications", {"messages": german, "into": "language"})).json()
    assert (told["labels"][0]["name"], told["abstained"], told["by"]) == ("de", None, "language")
    assert told["labels"][0]["p"] > 0.7
    none = (
        await call("/classifications", {"messages": [{"role": "customer", "text": "4711"}], "into": "language"})
    ).json()
    assert (none["labels"], none["abstained"]["code"]) == ([], "unknown_language")
