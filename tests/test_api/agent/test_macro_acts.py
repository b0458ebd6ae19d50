"""What is done together with a reply: at once or when a held one goes, as by hand, never in the way of the reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chatbot.service.access.roles import Role
from chatbot.service.worklist import releasing
from tests.test_api.agent.test_writing import heard, people, said, settings, shown  # noqa: F401 - fixtures
from tests.test_api.conftest import join, serving
from tests.test_service.doubles import StandInLoader

BY_HAND = ("tags.changed", "conversation.snoozed", "conversation.assigned", "conversation.closed", "act.refused")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


async def happened(visitor, call, name="Mira"):
    """The events of acts in a conversation, as the team gets them."""
    found = (await call(name, "GET", f"/v1/queue/{visitor.id}/events?after=0")).json()["events"]
    return [(each["kind"], each["payload"]) for each in found if each["kind"] in BY_HAND]


async def stands(visitor, call):
    return (await call("Jon", "GET", f"/v1/queue/{visitor.id}")).json()


async def go(desk, seconds=60):
    """Send what is held by then."""
    running = desk.app.state.running
    late = running.rules.clock.now() + timedelta(seconds=seconds)
    rules = replace(running.rules, clock=replace(running.rules.clock, now=lambda: late))
    await releasing.release(running.database, running.hub, rules)


async def test_what_goes_with_a_reply_that_goes_at_once_is_done_with_it(people):  # noqa: F811
    visitor, call = people
    acts = {"add": ["Refund", "kettle"], "remove": ["new"], "to": "Jon", "snooze": "tomorrow", "until": TOMORROW}
    assert (await call("Mira", "POST", "/replies", said("Done", acts=acts))).status_code == 201
    now = await stands(visitor, call)
    assert (now["tags"], now["agent"], now["snoozed_until"] is not None) == (["kettle", "refund"], "Jon", True)
    assert [kind for kind, _ in await happened(visitor, call)] == [
        "tags.changed",
        "conversation.snoozed",
        "conversation.assigned",
    ]
    assert {payload["by"] for _, payload in await happened(visitor, call)} == {"Mira"}
    assert (await call("Mira", "POST", "/replies", said("Done", acts=acts))).status_code == 200  # it is one
    assert len(await happened(visitor, call)) == 3
    assert await heard(visitor) == ["Done"]


async def test_what_goes_with_a_held_reply_is_done_when_that_goes(desk, people):  # noqa: F811
    visitor, call = people
    acts = {"add": ["refund"], "done": True}
    held = (await call("Mira", "POST", "/replies", said("Bye", hold=30, acts=acts))).json()
    assert (held["acts"]["add"], held["acts"]["done"]) == (["refund"], True)
    await go(desk, 1)
    assert (await happened(visitor, call), await heard(visitor)) == ([], [])
    assert (await shown(call, visitor))[-1]["acts"]["done"] is True
    await go(desk)
    now = await stands(visitor, call)
    assert (now["status"], now["tags"]) == ("closed", ["refund"])
    assert await heard(visitor) == ["Bye"]
    assert "acts" not in (await visitor.get()).json()["messages"][-1]


async def test_what_is_taken_back_is_not_done_and_stands_in_the_draft(desk, people):  # noqa: F811
    visitor, call = people
    acts = {"add": ["refund", "late"], "to": "Jon", "snooze": "1 week", "until": TOMORROW}
    held = (await call("Mira", "POST", "/replies", said("Bye", hold=30, acts=acts))).json()
    begun = {"client_id": "r2", "text": "And", "rev": 1, "acts": {"remove": ["late"], "done": True}}
    assert (await call("Mira", "PUT", "/drafts/reply", begun)).json()["acts"]["done"] is True
    assert (await call("Mira", "DELETE", f"/replies/{held['id']}")).status_code == 200
    await go(desk)
    assert await happened(visitor, call) == []
    (draft,) = (await call("Mira", "GET", "/drafts")).json()["drafts"]
    kept = {name: value for name, value in draft["acts"].items() if value}
    assert kept == {"add": ["refund"], "remove": ["late"], "done": True}  # what was chosen last counts


async def test_what_is_refused_stops_no_reply_and_is_told_to_the_team_alone(people):  # noqa: F811
    visitor, call = people
    acts = {
        "add": [f"tag {n}" for n in range(30)],
        "to": "Nobody",
        "snooze": "an hour ago",
        "until": "2020-01-01T00:00:00Z",
    }
    await call("Mira", "POST", "/v1/worklist/acts", {"do": "tag", "ids": [visitor.id], "add": ["one more"]})
    assert (await call("Mira", "POST", "/replies", said("Hello", acts=acts))).status_code == 201
    assert await heard(visitor) == ["Hello"]
    told = (await happened(visitor, call))[1:]
    assert [(kind, payload["do"], payload["by"]) for kind, payload in told] == [
        ("act.refused", "tag", "Mira"),
        ("act.refused", "snooze", "Mira"),
        ("act.refused", "assign", "Mira"),
    ]
    assert "30 tags" in told[0][1]["detail"]
    lines = [line["kind"] for line in (await stands(visitor, call))["lines"]]
    assert lines.count("act.refused") == 3
    await visitor.post("/closure")
    assert "act.refused" not in [event["kind"] for event in await visitor.until("conversation.closed")]


async def test_acts_are_done_under_the_permissions_of_who_sends(desk, people):  # noqa: F811
    visitor, call = people
    lead = await join(desk, "Lea", Role.LEAD)
    team = {"name": "Repairs", "members": ["Jon"]}
    assert (await desk.client.post("/v1/teams", json=team, headers=lead)).status_code == 201
    assert (await call("Mira", "POST", "/replies", said("Hello", acts={"team": "repairs"}))).status_code == 201
    ((kind, refused),) = await happened(visitor, call)
    assert (kind, refused["code"]) == ("act.refused", "permission_missing")
    assert (await stands(visitor, call))["agent"] == "Mira"


async def test_whoever_lets_go_first_has_said_what_becomes_of_it(people):  # noqa: F811
    visitor, call = people
    await call("Mira", "POST", "/replies", said("Hello", hold=30, acts={"add": ["refund"], "done": True}))
    await call("Mira", "POST", "/v1/worklist/acts", {"do": "assign", "ids": [visitor.id], "to": "Jon"})
    now = await stands(visitor, call)
    assert (now["status"], now["agent"], now["tags"]) == ("agent", "Jon", ["refund"])
    assert [kind for kind, _ in await happened(visitor, call)] == [
        "tags.changed",
        "act.refused",
        "conversation.assigned",
    ]


async def test_two_replies_go_before_what_is_done_with_either(people):  # noqa: F811
    visitor, call = people
    await call("Mira", "POST", "/replies", said("one", "r1", hold=30, acts={"done": True}))
    assert (await call("Mira", "POST", "/replies", said("two", "r2", acts={"add": ["x"]}))).status_code == 201
    assert await heard(visitor) == ["one", "two"]
    assert (await stands(visitor, call))["status"] == "closed"


async def test_a_note_does_nothing(people):  # noqa: F811
    _, call = people
    refused = await call("Mira", "POST", "/replies", {**said("x", acts={"done": True}), "visible_to": "team"})
    assert refused.status_code == 422


async def test_what_goes_with_a_held_reply_outlives_the_server(settings):  # noqa: F811
    async with serving(settings, StandInLoader()) as desk:
        mira, visitor = await join(desk, "Mira"), await desk.start()
        at = f"/v1/conversations/{visitor.id}"
        await desk.client.post(f"{at}/claim", json={}, headers=mira)
        body = said("Bye", hold=1, acts={"add": ["refund"], "done": True})
        assert (await desk.client.post(f"{at}/replies", json=body, headers=mira)).status_code == 202
    async with serving(settings, StandInLoader()) as desk:
        visitor.desk = desk
        await visitor.until("conversation.closed")
        assert await heard(visitor) == ["Bye"]
