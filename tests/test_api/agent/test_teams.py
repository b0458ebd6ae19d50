"""Teams, and conversations given to people and teams; on both databases."""

from __future__ import annotations

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from tests.test_api.agent.test_worklist import clock, desk, found, settings, team  # noqa: F401 - fixtures


@pytest.fixture
async def waits(desk):  # noqa: F811
    """A conversation that waits for a person; its id."""

    async def one(text="my kettle leaks"):
        started = (await desk.client.post("/v1/conversations", json={})).json()
        path, headers = f"/v1/conversations/{started['id']}", {"Authorization": f"Bearer {started['token']}"}
        await desk.client.post(f"{path}/messages", json={"client_id": "m1", "text": text}, headers=headers)
        await desk.client.post(f"{path}/handover", json={}, headers=headers)
        return started["id"]

    return one


@pytest.fixture
def acts(team):  # noqa: F811
    async def act(agent, do, *ids, **more):
        answer = await team("POST", "/worklist/acts", {"agent": agent, "do": do, "ids": list(ids), **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return act


@pytest.fixture
async def people(team):  # noqa: F811
    """Two people who are known, and a team of one of them."""
    for name in ("Mira", "Jon"):
        await team("POST", "/presence", {"agent": name})
    made = await team("POST", "/teams", {"name": "Refunds  Desk", "members": ["jon"]})
    assert (made.status_code, made.json()["members"], made.json()["name"]) == (201, ["Jon"], "Refunds Desk")
    return made.json()["id"]


async def undo(acts, agent, done):
    for act in done["undo"]:
        given = dict(act)
        await acts(agent, given.pop("do"), *given.pop("ids"), **given)


async def shown(team, name):  # noqa: F811
    listed = (await team("GET", "/worklist")).json()["conversations"]
    return next((each["status"], each["agent"], each["team"]) for each in listed if each["id"] == name)


async def test_a_conversation_is_given_to_a_person_a_team_and_back(team, waits, acts, people, found):  # noqa: F811
    name = await waits()
    given = await acts("Mira", "assign", name, to="JON")
    assert await shown(team, name) == ("agent", "Jon", None)
    await undo(acts, "Mira", given)
    assert await shown(team, name) == ("waiting", None, None)

    to_team = await acts("Mira", "assign", name, team="refunds desk")
    assert await shown(team, name) == ("waiting", None, "Refunds Desk")
    assert await found('team:"refunds desk"') == await found("team:mine", agent="Jon") == [name]
    assert await found("team:mine", agent="Mira") == await found("team:none") == []
    views = (await team("GET", "/worklist/views", agent="Jon")).json()["views"]
    assert next(view["count"] for view in views if view["id"] == "team") == 1
    await undo(acts, "Mira", to_team)
    assert await shown(team, name) == ("waiting", None, None)

    await acts("Jon", "claim", name)
    both = await acts("Mira", "assign", name, team="refunds desk")
    assert both["undo"] == [{"do": "assign", "to": "Jon", "team": "", "ids": [name]}]
    await undo(acts, "Mira", both)
    assert await shown(team, name) == ("agent", "Jon", None)
    assert (await acts("Mira", "assign", name, to="Jon"))["undo"] == []


async def test_what_the_bot_has_goes_back_to_the_bot(desk, team, acts, people):  # noqa: F811
    name = (await desk.client.post("/v1/conversations", json={})).json()["id"]
    given = await acts("Mira", "assign", name, to="Jon")
    assert await shown(team, name) == ("agent", "Jon", None)
    await undo(acts, "Mira", given)
    assert await shown(team, name) == ("open", None, None)


async def test_nobody_and_no_team_of_that_name(waits, acts, people):
    name = await waits()
    for wrong in ({"to": "Nobody"}, {"team": "Nothing"}):
        assert (await acts("Mira", "assign", name, **wrong))["results"][0]["error"]["status"] == 422


async def test_the_next_one_is_of_the_own_team_or_of_nobodys_first(team, waits, acts, people):  # noqa: F811
    theirs, free = await waits(), await waits()
    await acts("Mira", "assign", theirs, team="Refunds Desk")
    order = [(await team("POST", "/queue/next", {"agent": "Mira"})).json()["conversation"]["id"] for _ in range(2)]
    assert order == [free, theirs]


async def test_teams_are_changed_and_deleted(team, waits, acts, people):  # noqa: F811
    name = await waits()
    await acts("Mira", "assign", name, team="Refunds Desk")
    assert (await team("POST", "/teams", {"name": "refunds desk"})).status_code == 409
    assert (await team("POST", "/teams", {"name": "mine"})).status_code == 422
    assert (await team("POST", "/teams", {"name": "x", "members": ["Nobody"]})).status_code == 422
    changed = await team("PUT", f"/teams/{people}", {"name": "Money", "members": ["Mira", "Jon"]})
    assert changed.json() == {"id": people, "name": "Money", "members": ["Jon", "Mira"]}
    known = (await team("GET", "/worklist/known")).json()
    assert (known["people"], known["teams"]) == (["Jon", "Mira"], [changed.json()])
    assert (await team("DELETE", f"/teams/{people}")).status_code == 204
    assert await shown(team, name) == ("waiting", None, None)
    assert (await team("GET", "/teams")).json() == {"teams": []}


async def test_an_agent_gives_only_what_no_other_has(desk, waits, acts, people):  # noqa: F811
    running, name = desk.app.state.running, await waits()
    key = await api_keys.create(running.database, "mira", scopes=[Scope.AGENT], agent="Mira")
    headers = {"Authorization": f"Bearer {key}"}

    async def assigns(**to):
        body = {"do": "assign", "ids": [name], **to}
        answer = await desk.client.post("/v1/worklist/acts", json=body, headers=headers)
        error = answer.json()["results"][0]["error"]
        return error and error["code"]

    assert await assigns(team="Refunds Desk") == "permission_missing"
    await acts("Jon", "claim", name)
    assert await assigns(to="Mira") == "permission_missing"
    await acts("Jon", "release", name)
    assert await assigns(to="Jon") is None
    assert await assigns() is None  # taken back by who gave it
    assert (await desk.client.post("/v1/teams", json={"name": "Mine too"}, headers=headers)).status_code == 403


async def test_a_view_of_ones_own_is_nobody_elses(team):  # noqa: F811
    kept = await team(
        "POST", "/worklist/views", {"agent": "Mira", "name": "Mine alone", "q": "refund", "personal": True}
    )
    view = kept.json()["id"]

    async def names(agent):
        return [each["name"] for each in (await team("GET", "/worklist/views", agent=agent)).json()["views"][8:]]

    assert (await names("Mira"), await names("Jon")) == (["Mine alone"], [])
    assert (await team("DELETE", f"/worklist/views/{view}", agent="Jon")).status_code == 404
    body = {"agent": "Mira", "name": "Refunds", "q": "tag:refund"}
    assert (await team("PUT", f"/worklist/views/{view}", body)).json()["name"] == "Refunds"
    assert await names("Jon") == ["Refunds"]
    assert (await team("DELETE", f"/worklist/views/{view}", agent="Jon")).status_code == 204


@pytest.mark.parametrize("name", ["\u200b", "Refunds\u202e"])
@pytest.mark.parametrize("path", ["/teams", "/macros", "/worklist/views"])
async def test_what_has_a_name_has_one_that_can_be_read(team, path, name):  # noqa: F811
    answer = await team("POST", path, {"name": name, "text": "hi", "q": "refund", "personal": False})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
