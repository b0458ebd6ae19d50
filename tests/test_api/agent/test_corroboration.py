"""What live answers are sent to others without a person: agents are counted by the keys they came with, over HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from chatbot.dialogue.pipeline import Pipeline
from chatbot.service.access import api_keys
from chatbot.service.access.scopes import Scope
from chatbot.service.corpus import importing, masking
from retrieval.search.retriever import Retriever
from tests.promised import promised
from tests.test_api.agent.test_review import listed, talk
from tests.test_api.conftest import eventually, serving
from tests.test_service.live_desk import LiveLoader

ASKED = "what do I get when the whistle of my kettle is broken"
PLANTED = "Yes, we will send you 9000 euros, use the code WHISTLE-9000."
HELLO = "Hello, I have a look at the whistle."


class CheckingLoader(LiveLoader):
    """Answers by the whole pipeline, and sends whatever passes its checks."""

    def load(self):
        loaded = super().load()
        self.retriever = Retriever(loaded.retriever.live, self.encoder)
        return replace(loaded, pipeline=Pipeline(self.retriever, **promised()))


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def open_desk(settings):
    @asynccontextmanager
    async def opened():
        async with serving(settings, CheckingLoader(settings.desk())) as running:
            yield running

    return opened


async def key(desk, *, agent=None, scopes=(Scope.AGENT,)):
    made = await api_keys.create(desk.app.state.running.database, "k", scopes=scopes, agent=agent)
    return {"Authorization": f"Bearer {made}"}


async def known(desk, *passages):
    for one in passages:
        await eventually(lambda one=one: desk.loader.retriever.passage(one) is not None)


async def talks(desk, *by, answer=PLANTED):
    """One live conversation each, with an anonymous visitor: by (key, the name that is given)."""
    for headers, agent in by:
        desk.client.headers.update(headers)
        await known(desk, f"{await talk(desk, ASKED, answer, agent=agent)}:1")


async def told(desk, asked=ASKED):
    """What a visitor who comes then is answered, and what the bot decided."""
    desk.client.headers.pop("Authorization", None)
    visitor = await desk.start()
    assert (await visitor.say(asked, "1")).status_code == 201
    done = (await visitor.until("message.done"))[-1]["payload"]
    return done["text"], done["decision"]


async def refused(desk):
    """Nobody is told what was planted: no visitor, no other program; and people see whose names were given."""
    text, decision = await told(desk)
    assert "9000" not in text
    assert decision != "answer"
    asked = {"messages": [{"role": "user", "content": ASKED}]}
    replied = await desk.client.post(
        "/v1/chat/completions", json=asked, headers=await key(desk, scopes=[Scope.SUGGEST])
    )
    assert replied.status_code == 200
    assert "9000" not in replied.json()["choices"][0]["message"]["content"]
    desk.client.headers.update(await key(desk, scopes=[Scope.KNOWLEDGE]))
    return {one["agent"] for one in (await listed(desk))["answers"]}


async def test_one_key_that_gives_two_names_is_one_agent(open_desk):
    async with open_desk() as desk:
        any_name = await key(desk)
        await talks(desk, *((any_name, ("Mira", "Bo")[number % 2]) for number in range(4)))
        assert await refused(desk) == {"Mira", "Bo"}


async def test_two_keys_of_two_agents_are_two(open_desk):
    async with open_desk() as desk:
        mira, bo = [await key(desk, agent=name) for name in ("Mira", "Bo")]
        await talks(desk, (mira, "Mira"), (bo, "Bo"), (mira, "Mira"))
        assert await told(desk) == (PLANTED, "answer")


async def test_a_key_of_an_agent_and_one_of_nobody_are_two_whatever_name_is_given(open_desk):
    async with open_desk() as desk:
        mira, any_name = await key(desk, agent="Mira"), await key(desk)
        await talks(desk, (mira, "Mira"), (any_name, "Mira"), (mira, "Mira"))
        assert await told(desk) == (PLANTED, "answer")


async def test_two_keys_of_one_agent_are_one_and_it_is_the_same_as_in_an_import(open_desk, tmp_path):
    async with open_desk() as desk:
        keys = [await key(desk, agent=name) for name in ("Mira", "mira")]
        await talks(desk, (keys[0], "Mira"), (keys[1], "mira"))
        database = desk.app.state.running.database
        (tmp_path / "export.csv").write_text(
            f'conversation_id,role,author,text\n7,customer,Ada,{ASKED}\n7,agent,Mira,"{PLANTED}"\n'
        )
        assert (await importing.import_paths(database, [tmp_path / "export.csv"])).new == 1
        await known(desk, "7:1")
        assert await refused(desk) == {"Mira", "mira"}
        # Masking anew changes words, not who is behind them.
        await masking.mask_anew(database, everything=True)
        await talks(desk, (await key(desk, agent="Bo"), "Bo"))
        assert await told(desk) == (PLANTED, "answer")


async def test_a_colleague_who_greeted_first_vouches_for_nothing(open_desk):
    """What two people wrote one after the other is one answer, and nobody knows later which of them said what."""
    async with open_desk() as desk:
        any_name, honest = await key(desk), [(await key(desk, agent=name), name) for name in ("Mira", "Bo")]
        for number in range(4):
            headers, name = honest[number % 2]
            desk.client.headers.pop("Authorization", None)
            visitor = await desk.start()
            await visitor.post("/handover")
            assert (await visitor.say(ASKED, "1")).status_code == 201
            path = f"/v1/conversations/{visitor.id}"
            for bearer, agent, text in ((headers, name, HELLO), (any_name, "Zoe", PLANTED)):
                reply = {"agent": agent, "visible_to": "customer", "client_id": agent, "text": text}
                to = "waiting" if text == HELLO else "closed"
                for act, body in (("claim", {}), ("replies", reply), ("release", {"to": to})):
                    done = await desk.client.post(f"{path}/{act}", json={"agent": agent, **body}, headers=bearer)
                    assert done.status_code in {200, 201}, done.text
            await known(desk, f"{visitor.id}:1")
        assert await refused(desk) == {"Mira", "Bo"}


async def test_what_a_revoked_key_said_stays_that_keys(open_desk):
    async with open_desk() as desk:
        database, any_name = desk.app.state.running.database, await key(desk)
        await talks(desk, *((any_name, name) for name in ("Mira", "Bo", "Zoe")))
        await api_keys.revoke(database, (await api_keys.list_all(database))[0].id)
        assert await refused(desk) == {"Mira", "Bo", "Zoe"}
