"""Macros over HTTP: filled in for a conversation, made by who leads; none reaches a customer half done."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from zlib import crc32

import numpy as np
import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.conversations import variables
from retrieval.vectors import unit
from tests.test_api.agent.test_worklist import clock, desk, settings, talk, team  # noqa: F401 - fixtures
from tests.test_api.conftest import until_told

GREETING = "Hello {{customer.first_name|there}}, this is {{ agent.name }}."


@pytest.fixture
async def make(team):  # noqa: F811
    async def one(name, text):
        made = await team("POST", "/macros", {"name": name, "text": text})
        assert made.status_code == 201, made.text
        return made.json()["id"]

    return one


async def here(team, conversation):  # noqa: F811
    answer = await team("GET", f"/conversations/{conversation}/macros", agent="Mira")
    assert answer.status_code == 200, answer.text
    return answer.json()["macros"]


async def test_variables_are_filled_in_for_a_conversation(desk, team, make):  # noqa: F811
    await make("Greeting", GREETING)
    await make("Name", "Dear {{customer.name}}, about {{conversation.number}}")
    name = (await talk(desk, "my kettle leaks")).id
    shown = {each["name"]: (each["text"], each["missing"]) for each in await here(team, name)}
    assert shown == {
        "Greeting": ("Hello there, this is Mira.", []),
        "Name": (f"Dear {{{{customer.name}}}}, about {name}", ["customer.name"]),
    }


async def test_no_variable_reaches_the_customer(desk, team):  # noqa: F811
    name = (await talk(desk, "my kettle leaks")).id
    await team("POST", f"/conversations/{name}/claim", {"agent": "Mira"})

    async def reply(text, audience="customer"):
        said = {"agent": "Mira", "client_id": f"r{len(text)}", "text": text, "visible_to": audience}
        return await team("POST", f"/conversations/{name}/replies", said)

    refused = await reply("Dear {{customer.name}}, it is on its way.")
    assert refused.status_code == 422
    assert "customer.name" in refused.json()["detail"]
    assert (await reply("In the template write {{order}}.")).status_code == 201
    assert (await reply("{{customer.name}} of the macro is empty", "team")).status_code == 201


async def test_the_most_used_come_first(desk, team, make):  # noqa: F811
    await make("A", "first")
    second = await make("B", "second")
    name = (await talk(desk, "my kettle leaks")).id
    assert [each["name"] for each in await here(team, name)] == ["A", "B"]
    assert (await team("POST", f"/macros/{second}/uses")).status_code == 204
    assert [(each["name"], each["used"]) for each in await here(team, name)] == [("B", 1), ("A", 0)]


class Words:
    """An encoder for which texts are alike that share words."""

    fingerprint, dimension = "words", 64

    def encode(self, texts, report=None):
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[crc32(word.encode()) % self.dimension] += 1
        return unit(rows)


async def ordered(team, conversation):  # noqa: F811
    """What comes first once the engine, which may be answering just then, has found the time to order them."""
    return (await until_told(lambda: here(team, conversation), lambda told: told[0]["likeness"] is not None))[0]


@pytest.fixture
def ranked(desk):  # noqa: F811
    serving = desk.app.state.running.serving
    serving.loaded = replace(serving.loaded, retriever=SimpleNamespace(encoder=Words()))
    return serving


async def test_those_come_first_that_are_like_the_question_or_were_used_for_one_like_it(desk, team, make, ranked):  # noqa: F811
    often = await make("Often", "we wish you a good day")
    await make("Parcel", "your parcel is on its way")
    by_use = await make("Shelf", "a new part comes by post")
    await team("POST", f"/macros/{often}/uses")
    parcel, kettle = (await talk(desk, "where is my parcel")).id, (await talk(desk, "my kettle leaks")).id
    assert (await ordered(team, parcel))["name"] == "Parcel"
    used = await team("POST", f"/macros/{by_use}/uses", conversation_id=(await talk(desk, "the kettle leaks")).id)
    assert used.status_code == 204
    first = await ordered(team, kettle)
    assert (first["name"], first["likeness"] > 0.5) == ("Shelf", True)


async def test_where_the_engine_is_busy_the_most_used_come_first(desk, team, make, ranked, monkeypatch):  # noqa: F811
    await make("Parcel", "your parcel is on its way")
    often = await make("Z", "we wish you a good day")
    await team("POST", f"/macros/{often}/uses")
    name = (await talk(desk, "where is my parcel")).id
    assert (await ordered(team, name))["name"] == "Parcel"
    monkeypatch.setattr(type(ranked), "busy", property(lambda _: True))
    assert [(each["name"], each["likeness"]) for each in await here(team, name)] == [("Z", None), ("Parcel", None)]


async def test_they_are_changed_and_deleted(team, make):  # noqa: F811
    name = await make("Greeting", GREETING)
    await make("Goodbye", "Bye")
    changed = await team("PUT", f"/macros/{name}", {"name": "Greeting", "text": "Hello"})
    assert (changed.status_code, changed.json()["text"]) == (200, "Hello")
    assert (await team("PUT", f"/macros/{name}", {"name": "goodbye", "text": "Hello"})).status_code == 409
    taken = (await team("POST", "/macros", {"name": "GREETING", "text": "x"})).json()
    assert (taken["code"], taken["title"]) == ("name_taken", "This name is taken")
    unknown = await team("POST", "/macros", {"name": "Order", "text": "Your {{order.number}}"})
    assert (unknown.status_code, "order.number" in unknown.json()["detail"]) == (422, True)
    assert (await team("DELETE", f"/macros/{name}")).status_code == 204
    assert (await team("DELETE", f"/macros/{name}")).status_code == 404
    assert (await team("POST", f"/macros/{name}/uses")).status_code == 404
    assert [each["name"] for each in (await team("GET", "/macros")).json()["macros"]] == ["Goodbye"]


@pytest.fixture
async def by(desk):  # noqa: F811
    """Calls as Mira or Jon, each by a key that acts for one person."""
    database = desk.app.state.running.database
    names = ("Mira", "Jon")
    keys = {name: await api_keys.create(database, name, scopes=[Scope.AGENT], agent=name) for name in names}

    async def call(name, method, path, body=None):
        headers = {"Authorization": f"Bearer {keys[name]}"}
        return await desk.client.request(method, f"/v1{path}", json=body, headers=headers)

    return call


async def test_a_key_of_one_person_makes_none_for_the_desk(by, team, make):  # noqa: F811
    name = await make("Greeting", "Hello")
    for method, path in (("POST", "/macros"), ("PUT", f"/macros/{name}"), ("DELETE", f"/macros/{name}")):
        refused = await by("Mira", method, path, {"name": "A", "text": "b"} if method != "DELETE" else None)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    taken = await by("Mira", "PUT", f"/macros/{name}", {"name": "A", "text": "b", "personal": True})
    assert taken.status_code == 403
    assert [each["name"] for each in (await team("GET", "/macros")).json()["macros"]] == ["Greeting"]


async def test_ones_own_macros_are_seen_and_changed_by_nobody_else(by, desk, team, make):  # noqa: F811
    own = {"name": "Greeting", "text": "Hello from {{agent.name}}", "personal": True}
    shared, mine = await make("Greeting", "Hello"), (await by("Mira", "POST", "/macros", own)).json()
    assert (mine["personal"], mine["used"]) == (True, 0)
    assert (await by("Mira", "POST", "/macros", own)).json()["code"] == "name_taken"
    assert (await by("Jon", "POST", "/macros", own)).status_code == 201

    async def seen(name):
        return [each["id"] for each in (await by(name, "GET", "/macros")).json()["macros"]]

    assert {shared, mine["id"]} == {*await seen("Mira")}
    assert mine["id"] not in await seen("Jon")
    assert [each["id"] for each in (await team("GET", "/macros")).json()["macros"]] == [shared]
    at = f"/macros/{mine['id']}"
    for name, method, path in (("Jon", "PUT", at), ("Jon", "DELETE", at), ("Jon", "POST", f"{at}/uses")):
        assert (await by(name, method, path, own if method == "PUT" else None)).status_code == 404
    assert (await team("DELETE", at)).status_code == 404  # nor by who leads
    assert (await by("Mira", "PUT", at, {**own, "personal": False})).status_code == 403
    assert (await by("Mira", "PUT", at, {**own, "text": "Hi"})).json()["text"] == "Hi"
    assert (await by("Mira", "POST", f"{at}/uses")).status_code == 204
    name = (await talk(desk, "my kettle leaks")).id
    here = (await by("Mira", "GET", f"/conversations/{name}/macros")).json()["macros"]
    assert {(each["text"], each["personal"]) for each in here} == {("Hello", False), ("Hi", True)}
    assert (await by("Mira", "DELETE", at)).status_code == 204
    assert await seen("Mira") == [shared]


async def test_what_a_macro_does_is_checked_when_it_is_made(team):  # noqa: F811
    await team("POST", "/teams", {"name": "Refunds", "members": []})

    async def made(**acts):
        return await team("POST", "/macros", {"name": "A", "text": "b", "acts": acts})

    for acts, why in (
        ({"to": "Nobody"}, "nobody called Nobody"),
        ({"team": "Returns"}, "no team called Returns"),
        ({"add": ['say "x"']}, "no quotes"),
        ({"done": True, "snooze": "tomorrow 9:00"}, "neither put off nor given"),
        ({"done": True, "to": "me"}, "neither put off nor given"),
        ({"until": "2030-01-01T09:00:00Z"}, "words for a time"),
    ):
        refused = await made(**acts)
        assert (refused.status_code, why in refused.json()["detail"]) == (422, True), acts
    kept = (await made(add=["Refund", " LATE  parcel"], remove=["refund"], team="refunds", snooze="明天9点")).json()[
        "acts"
    ]
    assert kept == {
        "add": ["refund", "late parcel"],
        "remove": [],
        "to": None,
        "team": "Refunds",
        "snooze": "明天9点",
        "until": None,
        "done": False,
    }


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{agent.name}}{{agent.name}}", "MiraMira"),
        ("{{customer.name|}}!", "!"),
        ("{{agent.name|x}}", "Mira"),
        ("{{agent.name", "{{agent.name"),
        ("{{ {{agent.name}} }}", "{{ Mira }}"),
        ("{{customer.name}}", "{{customer.name}}"),
    ],
)
def test_what_is_filled_in(text, filled):
    assert variables.fill(text, {"agent.name": "Mira", "customer.name": ""}) == filled
