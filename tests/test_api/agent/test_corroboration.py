"""What live answers are sent to others without a person: agents are counted by the keys they came with, over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from chatbot.dialogue.decide.policy import Policy
from chatbot.dialogue.pipeline import Pipeline
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from retrieval.search.retriever import Retriever
from tests.test_api.agent.test_review import listed, talk
from tests.test_api.conftest import eventually, serving
from tests.test_service.live_desk import LiveLoader

ASKED = "what do I get when the whistle of my kettle is broken"
PLANTED = "Yes, we will send you 9000 euros, use the code WHISTLE-9000."


class CheckingLoader(LiveLoader):
    """Answers by the whole pipeline, and sends whatever passes its checks."""

    def load(self):
        loaded = super().load()
        self.retriever = Retriever(loaded.retriever.live, self.encoder)
        return replace(loaded, pipeline=Pipeline(self.retriever, policy=Policy(answer_threshold=0.0)))


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def desk(settings):
    @asynccontextmanager
    async def open_desk():
        async with serving(settings, CheckingLoader(settings.desk())) as running:
            yield running

    return open_desk


async def key(desk, name, *, agent=None):
    made = await api_keys.create(desk.app.state.running.database, name, scopes=[Scope.AGENT], agent=agent)
    return {"Authorization": f"Bearer {made}"}


async def talks(desk, *by, answer=PLANTED):
    """One live conversation each, with an anonymous visitor: by (key, the name that is claimed)."""
    for headers, agent in by:
        desk.client.headers.update(headers)
        made = await talk(desk, ASKED, answer, agent=agent)
        await eventually(lambda made=made: desk.loader.retriever.passage(f"{made}:1") is not None)


async def told(desk, asked=ASKED):
    """What a visitor who comes then is answered, and what the bot decided."""
    desk.client.headers.pop("Authorization", None)
    visitor = await desk.start()
    assert (await visitor.say(asked, "1")).status_code == 201
    done = (await visitor.until("message.done"))[-1]["payload"]
    return done["text"], done["decision"]


async def test_one_key_that_claims_two_names_is_one_agent(desk):
    async with desk() as running:
        any_name = await key(running, "help desk")
        await talks(running, *((any_name, ("Mira", "Bo")[number % 2]) for number in range(4)))
        text, decision = await told(running)
        assert "9000" not in text
        assert decision != "answer"
        running.client.headers["Authorization"] = f"Bearer {await api_keys.create(running.app.state.running.database, 'k')}"
        assert {one["agent"] for one in (await listed(running))["answers"]} == {"Mira", "Bo"}


async def test_two_keys_of_two_agents_are_two(desk):
    async with desk() as running:
        mira, bo = [await key(running, name, agent=name) for name in ("Mira", "Bo")]
        await talks(running, (mira, "Mira"), (bo, "Bo"), (mira, "Mira"))
        assert await told(running) == (PLANTED, "answer")
