"""Topics over HTTP: listed, renamed and merged by leads, recorded, kept where somebody else was faster."""

from __future__ import annotations

import pytest

from chatbot.service.access.roles import Role
from chatbot.service.corpus import topics as service
from retrieval.topics.topic_file import write_topics
from tests.test_api.conftest import join, serving
from tests.test_service.doubles import StandInLoader
from tests.test_web.knowing_desk import topics


@pytest.fixture
async def desk(settings):
    async with serving(settings, StandInLoader()) as running:
        running.client.headers.update(await join(running, "Lea", Role.LEAD))
        yield running


async def names(desk):
    return {one["id"]: one["name"] for one in (await desk.client.get("/v1/topics")).json()["topics"]}


async def test_none_yet(desk):
    assert (await desk.client.get("/v1/topics")).json()["topics"] == []
    missing = await desk.client.put("/v1/topics/t1/name", json={"name": "Lids"})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_renamed_and_merged_and_recorded(desk, settings):
    write_topics(topics(), settings.desk().topics)
    assert await names(desk) == {"t1": "lids, leaks", "t2": "parcels, late", "t3": "refunds", None: "other"}
    renamed = await desk.client.put("/v1/topics/t1/name", json={"name": "Leaking  lids", "seen": "lids, leaks"})
    assert renamed.json()["topics"][0]["name"] == "Leaking lids"
    late = await desk.client.put("/v1/topics/t1/name", json={"name": "Lids", "seen": "lids, leaks"})
    assert (late.status_code, late.json()["code"]) == (409, "changed")
    merged = (await desk.client.put("/v1/topics/t3/into", json={"topic": "t1"})).json()
    assert merged["gone"] == [{"id": "t3", "name": "refunds", "since": merged["gone"][0]["since"], "into": "t1"}]
    assert service.known(settings.desk()).name("t1") == "Leaking lids", "the command line sees the same"
    for body in ({"topic": "t2"}, {"topic": "t9"}):
        assert (await desk.client.put("/v1/topics/t3/into", json=body)).status_code == 404
    for bad in ({"name": " "}, {"name": "x" * 81}, {"name": "Parcels, late"}):
        assert (await desk.client.put("/v1/topics/t1/name", json=bad)).json()["code"] == "invalid_input"
    lines = (await desk.client.get("/v1/audit", headers=await join(desk, "Ada", Role.ADMIN))).json()["lines"]
    told = [(one["act"], one["subject"]) for one in lines if one["act"].startswith("topic")]
    assert told == [("topic_renamed", "t1"), ("topic_merged", "t3")], "what was refused is not recorded"
