"""What who looks after a desk's knowledge reads: articles with a preview, past answers with what stands behind them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from chatbot.service.access import api_keys
from chatbot.service.access.roles import Role
from chatbot.storage.queries import corpus, harvest
from chatbot.storage.tables.corpus import HARVESTED
from data.transcripts import Article, Conversation, Turn
from data.transcripts import Role as Speaker
from tests.test_api.conftest import join, serving
from tests.test_service.live_desk import SearchedLoader

LIDS = {"title": "Lids of kettles", "text": "Press the seal in until it **clicks**.", "format": "markdown"}
ASKED = "my kettle leaks"
LEAKS = "Press the seal of the lid in until it clicks."


def conversation(name, asked=ASKED, answered=LEAKS, at="2026-01-02", author="Mira"):
    turns = (Turn(Speaker.CUSTOMER, asked), Turn(Speaker.AGENT, answered, author))
    return Conversation(name, turns, source="mail", labels={"created": at})


@asynccontextmanager
async def a_desk(settings, *items):
    async with serving(settings, SearchedLoader(settings.desk())) as desk:
        running = desk.app.state.running
        async with running.database.write() as session:
            await corpus.store_batch(session, items)
        desk.client.headers.update(await join(desk, "Lea", Role.LEAD))
        await known(desk)
        yield desk


async def known(desk):
    """Wait until the bot has taken in all that was changed."""
    running = desk.app.state.running
    for _ in range(400):
        async with running.database.read() as session:
            if await running.serving.knows(session):
                return
        await asyncio.sleep(0.05)
    raise AssertionError("the bot did not take it in within 20 seconds")


async def test_an_article_is_edited_as_markdown_and_stored_as_customers_read_it(settings):
    table = "Part | Price\nLid | £8"
    async with a_desk(
        settings, Article("parts", "Parts", f"Ask for them.\n\n{table}", "en", extras={"shelf": 3})
    ) as desk:
        read = (await desk.client.get("/v1/articles/parts")).json()
        assert read["markdown"] == "Ask for them.\n\n| Part | Price |\n| --- | --- |\n| Lid | £8 |"
        assert (read["language"], read["parts"], read["out"], read["changed"]) == ("en", 1, 0, None)
        said = {"title": "Parts", "language": "en", "format": "markdown", "seen": read["seen"]}
        same = await desk.client.put("/v1/articles/parts", json={**said, "text": read["markdown"]})
        assert same.json()["outcome"] == "unchanged", "what was imported with it is kept"
        changed = await desk.client.put("/v1/articles/parts", json={**said, "text": "# Lids\n\nThey cost **£9**."})
        assert changed.json()["outcome"] == "changed"
        read = (await desk.client.get("/v1/articles/parts")).json()
        assert read["text"] == "Lids\n\nThey cost £9."
        assert (read["changed"]["act"], read["changed"]["who"]) == ("article_kept", "Lea")
        async with desk.app.state.running.database.read() as session:
            assert (await corpus.articles(session, ["parts"]))[0].extras == {"shelf": 3}


async def test_nobody_overwrites_what_somebody_else_wrote(settings):
    async with a_desk(settings) as desk:
        url = "/v1/articles/lids"
        assert (await desk.client.put(url, json={**LIDS, "seen": ""})).status_code == 201
        taken = await desk.client.put(url, json={**LIDS, "text": "Mine.", "seen": ""})
        assert (taken.status_code, taken.json()["code"]) == (409, "changed")
        seen = (await desk.client.get(url)).json()["seen"]
        assert (await desk.client.put(url, json={**LIDS, "text": "First.", "seen": seen})).status_code == 200
        late = await desk.client.put(url, json={**LIDS, "text": "Second.", "seen": seen})
        assert (late.status_code, late.json()["code"]) == (409, "changed")
        assert (await desk.client.get(url)).json()["text"] == "First."
        seen = (await desk.client.get(url)).json()["seen"]
        await desk.client.delete(url)
        gone = await desk.client.put(url, json={**LIDS, "seen": seen})
        assert "deleted" in gone.json()["detail"]


async def test_of_two_who_save_at_once_one_is_told(settings, database_url):
    async with a_desk(
        settings.model_copy(update={"database_url": database_url}), Article("lids", "Lids", "One.")
    ) as desk:
        seen = (await desk.client.get("/v1/articles/lids")).json()["seen"]
        said = [{"title": "Lids", "text": text, "seen": seen} for text in ("Two.", "Three.", "Four.")]
        done = await asyncio.gather(*(desk.client.put("/v1/articles/lids", json=each) for each in said))
        assert sorted(each.status_code for each in done) == [200, 409, 409]
        kept = said[[each.status_code for each in done].index(200)]["text"]
        assert (await desk.client.get("/v1/articles/lids")).json()["text"] == kept


async def test_articles_are_listed_by_title_found_by_words_and_paged(settings):
    items = [Article(f"a{at}", f"Part {at}", f"Word{at} of the shop.") for at in range(5)]
    async with a_desk(settings, *items, Article("help/returns", "Back", "Send it back, it's SHOP policy.")) as desk:
        first = (await desk.client.get("/v1/articles?limit=4")).json()
        assert [one["slug"] for one in first["articles"]] == ["help/returns", "a0", "a1", "a2"]
        assert (first["total"], first["next"]) == (6, 4)
        rest = (await desk.client.get("/v1/articles?limit=4&cursor=4")).json()
        assert ([one["slug"] for one in rest["articles"]], rest["next"]) == (["a3", "a4"], None)
        found = (await desk.client.get("/v1/articles?q=shop+back")).json()
        assert [one["slug"] for one in found["articles"]] == ["help/returns"]
        assert (await desk.client.get("/v1/articles/help%2Freturns")).json()["title"] == "Back"
        assert (await desk.client.get("/v1/articles/none")).status_code == 404
        assert (await desk.client.get("/v1/articles?q=nothing+of+it")).json() == {
            "articles": [],
            "total": 0,
            "next": None,
        }


async def test_a_whole_article_goes_out_of_use_stays_so_when_edited_and_comes_back(settings):
    long = "\n\n".join(f"Chapter {at}. " + "word " * 140 for at in range(3))
    async with a_desk(settings, Article("long", "A long one", long), Article("other", "Other", "Stays.")) as desk:
        client, url = desk.client, "/v1/retirements/long"
        assert (await client.post(url, json={"reason": "Sold out."})).json() == {"id": "long", "outcome": "retired"}
        read = (await client.get("/v1/articles/long")).json()
        assert (read["parts"], read["out"]) == (3, 3)
        assert {name: read["retired"][name] for name in ("act", "who", "reason")} == {
            "act": "retired",
            "who": "Lea",
            "reason": "Sold out.",
        }
        more = {"title": "A long one", "text": f"{long}\n\n{long}"}
        assert (await client.put("/v1/articles/long", json=more)).json()["outcome"] == "changed"
        read = (await client.get("/v1/articles/long")).json()
        assert read["parts"] == read["out"] == 6
        assert (await client.get("/v1/articles/other")).json()["out"] == 0
        await known(desk)
        assert desk.app.state.running.serving.loaded.retriever.search("chapter word", 9) != []
        assert all(hit.passage.source_id != "long" for hit in await hits(desk, "chapter word"))
        assert (await client.delete(url)).json()["outcome"] == "restored"
        read = (await client.get("/v1/articles/long")).json()
        assert (read["out"], read["retired"]["act"], read["retired"]["who"]) == (0, "restored", "Lea")
        assert (await client.delete(url)).status_code == 404
        assert (await client.post("/v1/retirements/long%231", json={"reason": ""})).status_code == 201
        assert (await client.get("/v1/articles/long")).json()["out"] == 1


async def hits(desk, text):
    return await desk.app.state.running.serving.look(lambda retriever: retriever.search(text, 9))


async def test_the_preview_is_what_the_bot_sends(settings):
    text = "## Prices\n\nThey are:\n\n| Part | Price |\n|---|---|\n| Lid | **£8** |\n| Cord | £6 |\n\nAsk [us](https://a.example/x)."
    async with a_desk(settings) as desk:
        shown = (await desk.client.post("/v1/articles/preview", json={"text": text})).json()
        assert shown["parts"] == [
            {"heading": "Prices", "text": "They are:\n- Lid – Price: £8.\n- Cord – Price: £6."},
            {"heading": "Prices", "text": "Ask us (https://a.example/x)."},
        ]
        assert (await desk.client.post("/v1/articles/preview", json={"text": ""})).json() == {"parts": []}


async def test_past_answers_are_found_read_with_what_stands_behind_and_retired(settings):
    said = [
        conversation("t1"),
        conversation("t2", f"{ASKED} badly", at="2026-01-03", author="Jon"),
        conversation("t3", "where is my parcel", "It is on its way, two days.", at="2026-01-04"),
    ]
    async with a_desk(settings, *said, Article("lids", "Lids", LEAKS)) as desk:
        client = desk.client
        newest = (await client.get("/v1/answers?limit=2")).json()
        assert [one["id"] for one in newest["answers"]] == ["t3:1", "t2:1"]
        assert newest["next"] == 2
        found = (await client.get(f"/v1/answers?q={ASKED}")).json()["answers"]
        assert {one["id"] for one in found[:2]} == {"t1:1", "t2:1"}
        one = (await client.get("/v1/answers/t1:1")).json()
        assert [(turn["role"], turn["author"], turn["text"]) for turn in one["turns"]] == [
            ("customer", None, ASKED),
            ("agent", "Mira", LEAKS),
        ]
        assert [each["id"] for each in one["alike"]] == ["t2:1"]
        assert one["articles"][0]["slug"] == "lids"
        assert (one["state"], one["customers"], one["done"]) == ("in_use", 1, None)

        retired = await client.post("/v1/retirements/t1:1", json={"reason": "Another seal now."})
        assert retired.status_code == 201
        await known(desk)
        one = (await client.get("/v1/answers/t1:1")).json()
        assert (one["state"], one["done"]["who"], one["done"]["reason"]) == ("retired", "Lea", "Another seal now.")
        assert "t1:1" not in {each["id"] for each in (await client.get(f"/v1/answers?q={ASKED}")).json()["answers"]}
        out = (await client.get("/v1/answers?retired=true")).json()["answers"]
        assert [each["id"] for each in out] == ["t1:1"]
        assert (await client.get(f"/v1/answers?q={ASKED}&retired=true")).json()["answers"] == out
        await client.delete("/v1/retirements/t1:1")
        await known(desk)
        one = (await client.get("/v1/answers/t1:1")).json()
        assert (one["state"], one["done"]["act"], one["known"]) == ("in_use", "restored", True)
        assert (await client.get("/v1/answers/t9:1")).status_code == 404
        assert (await client.get("/v1/answers/lids%230")).status_code == 404


async def test_what_was_changed_is_in_the_audit_log_and_what_was_not_is_not(settings):
    async with a_desk(settings, conversation("t1")) as desk:
        for _ in range(2):
            await desk.client.put("/v1/articles/lids", json=LIDS)
            await desk.client.post("/v1/retirements/t1:1", json={"reason": ""})
        await desk.client.delete("/v1/retirements/t1:1")
        admin = await join(desk, "Ada", Role.ADMIN)
        lines = (await desk.client.get("/v1/audit", headers=admin)).json()["lines"]
        told = [(one["act"], one["subject"]) for one in lines if one["who"].startswith("Lea")]
        assert told[-3:] == [("article_kept", "lids"), ("retired", "t1:1"), ("restored", "t1:1")]


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/answers", "/v1/topics"])
async def test_an_agent_sees_nothing_of_it(settings, path):
    async with a_desk(settings) as desk:
        refused = await desk.client.get(path, headers=await join(desk, "Jon", Role.AGENT))
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
        key = await api_keys.create(desk.app.state.running.database, "desk", scopes=["knowledge"])
        bare = {"Authorization": f"Bearer {key}", "Cookie": ""}
        assert (await desk.client.get(path, headers=bare)).status_code == 200


async def test_what_waits_is_approved_in_these_words(settings):
    harvested = replace(conversation("c_1"), source=HARVESTED)
    async with a_desk(settings) as desk:
        async with desk.app.state.running.database.write() as session:
            await harvest.store(session, harvested, held=False)
        await known(desk)
        (waiting,) = (await desk.client.get("/v1/answers")).json()["answers"]
        assert (waiting["id"], waiting["state"]) == ("c_1:1", "waits")
        read = (await desk.client.get("/v1/answers/c_1:1")).json()
        said = {"decision": "approve", "seen": read["seen"]}
        assert (await desk.client.post("/v1/review/c_1:1", json=said)).json()["outcome"] == "approved"
        read = (await desk.client.get("/v1/answers/c_1:1")).json()
        assert (read["state"], read["done"]["act"], read["done"]["who"]) == ("in_use", "approved", "Lea")
        await known(desk)
        (waiting,) = (await desk.client.get("/v1/answers")).json()["answers"]
        assert waiting["state"] == "in_use"
        assert (await desk.client.post("/v1/review/c_1:1", json={"decision": "reject"})).json()["outcome"] == "rejected"
        read = (await desk.client.get("/v1/answers/c_1:1")).json()
        assert (read["state"], read["done"]["act"], read["done"]["who"]) == ("retired", "retired", "Lea")
